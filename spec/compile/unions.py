"""Unions to `if/then`: by JSON type, then by a discriminator, so that an error names the field.

`{"anyOf": […]}` of the plain form tells a reader of an error only that nothing matched. Branches of
different JSON types are told apart by type; objects by the property whose values differ, which is marked
`x-discriminator`. What neither tells apart stays `anyOf`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slashv1.spec.compile.normal import Schema

TAGS = ("type", "role", "object")
"""Properties that upstream discriminates by, in the order they are tried."""

_ORDER = ("object", "array", "string", "number", "integer", "boolean", "null")


class Unions:
    """Compiles the unions of one set of definitions."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.definitions = definitions

    def compiled(self, schema: Schema) -> Schema:
        """`schema` with every union in it compiled, at any depth."""
        if "anyOf" in schema:
            extra = {key: value for key, value in schema.items() if key not in ("anyOf", "x-tag")}
            branches = self._inlined(schema["anyOf"])
            return self._by_type(branches, schema.get("x-tag")) | extra
        out = dict(schema)
        if "properties" in out:
            out["properties"] = {key: self.compiled(value) for key, value in out["properties"].items()}
        for key in ("items", "additionalProperties"):
            if isinstance(out.get(key), dict):
                out[key] = self.compiled(out[key])
        return out

    def _inlined(self, branches: Sequence[Schema]) -> list[Schema]:
        # A reference beside null alone stays a reference; among others its own branches count.
        rest = [branch for branch in branches if branch != {"type": "null"}]
        if len(rest) < 2:
            return list(branches)
        out: list[Schema] = []
        for branch in branches:
            target = self.resolved(branch)
            inner = self._inlined(target["anyOf"]) if "anyOf" in target else [branch]
            out.extend(one for one in inner if one not in out)
        return out

    def resolved(self, schema: Schema) -> Schema:
        """What a reference leads to."""
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"]]
        return schema

    def types(self, schema: Schema) -> set[str]:
        """The JSON types a schema lets through; empty where it says none."""
        target = self.resolved(schema)
        if "anyOf" in target:
            found = [self.types(branch) for branch in target["anyOf"]]
            return set().union(*found) if all(found) else set()
        said = target.get("type")
        return {said} if isinstance(said, str) else set(said or ())

    def _by_type(self, branches: Sequence[Schema], tag: str | None) -> Schema:
        rest = [branch for branch in branches if branch != {"type": "null"}]
        named = [name for name in _ORDER if name != "null" and name in self.types(rest[0])]
        if len(rest) == 1 < len(named):
            # A choice between types, or null: the reference says the choice, null stands beside it.
            part = {"if": {"type": named}, "then": self.compiled(rest[0])}
            return {"type": [*named, "null"], "allOf": [part]}
        groups: dict[str, list[Schema]] = {}
        for branch in branches:
            types = self.types(branch)
            if not types:
                return {"anyOf": [self.compiled(one) for one in branches]}
            for name in types:
                groups.setdefault(name, []).append(branch)
        if "number" in groups:
            groups.pop("integer", None)
        types_here = [name for name in _ORDER if name in groups]
        parts = {name: self._one_type(name, groups[name], tag) for name in types_here}
        if len(parts) == 1:
            return next(iter(parts.values()))
        return _joined(parts)

    def _one_type(self, name: str, branches: list[Schema], tag: str | None) -> Schema:
        if name in ("string", "integer", "number", "boolean", "null"):
            return _values(name, [self.resolved(branch) for branch in branches])
        if len(branches) == 1:
            return self.compiled(branches[0])
        if name == "object":
            return self._tagged(branches, tag)
        return {"anyOf": [self.compiled(branch) for branch in branches]}

    def _tagged(self, branches: list[Schema], tag: str | None, used: tuple[str, ...] = ()) -> Schema:
        if len(branches) == 1:
            return self.compiled(branches[0])
        for name in dict.fromkeys([*([tag] if tag else []), *TAGS]):
            if name in used:
                continue
            groups = self._grouped(branches, name)
            if groups and len(groups) > 1:
                return self._switch(name, groups, branches, (*used, name))
        return {"anyOf": [self.compiled(branch) for branch in branches]}

    def _grouped(self, branches: list[Schema], tag: str) -> dict[str, list[Schema]] | None:
        groups: dict[str, list[Schema]] = {}
        for branch in branches:
            values = self._tag_values(branch, tag)
            if not values:
                return None
            for value in values:
                groups.setdefault(value, []).append(branch)
        return groups

    def _tag_values(self, branch: Schema, tag: str) -> list[str]:
        found = self.resolved(self.resolved(branch).get("properties", {}).get(tag, {}))
        if "anyOf" in found:
            inner = [self.resolved(one) for one in found["anyOf"] if one != {"type": "null"}]
            found = inner[0] if len(inner) == 1 else {}
        return [value for value in found.get("enum", ()) if isinstance(value, str)]

    def _switch(
        self, tag: str, groups: Mapping[str, list[Schema]], branches: list[Schema], used: tuple[str, ...]
    ) -> Schema:
        bare = [one for one in branches if tag not in self.resolved(one).get("required", ())]
        merged: list[tuple[list[str], list[Schema]]] = []
        for value, group in groups.items():
            same = next((values for values, known in merged if known == group), None)
            if same is None:
                merged.append(([value], group))
            else:
                same.append(value)
        out: Schema = {"type": "object"}
        if not bare:
            out["required"] = [tag]
        known: list[str | None] = list(groups)
        nullable = [one for one in bare if "null" in self.types(self.resolved(one)["properties"][tag])]
        out["properties"] = {tag: {"enum": [*known, None] if nullable else known, "x-discriminator": True}}
        out["allOf"] = [
            {
                "if": {"properties": {tag: _among(values)}, "required": [tag]},
                "then": self._tagged(group, None, used),
            }
            for values, group in merged
        ]
        if nullable:
            null: Schema = {"properties": {tag: {"const": None}}, "required": [tag]}
            out["allOf"].append({"if": null, "then": self._tagged(nullable, None, used)})
        if bare:
            absent: Schema = {"not": {"required": [tag]}}
            out["allOf"].append({"if": absent, "then": self._tagged(bare, None, used)})
        return out


def _among(values: list[str]) -> Schema:
    return {"const": values[0]} if len(values) == 1 else {"enum": values}


def _values(name: str, branches: list[Schema]) -> Schema:
    """Branches of one scalar type as one: enums joined, an open one wins."""
    own = [_only(name, branch) for branch in branches]
    free = [branch for branch in own if "enum" not in branch]
    if free:
        return next((branch for branch in free if branch == {"type": name}), free[0])
    joined = dict.fromkeys(value for branch in own for value in branch["enum"])
    return {"type": name, "enum": list(joined)}


def _only(name: str, branch: Schema) -> Schema:
    drop = ("anyOf", "x-tag", "properties", "required", "items", "additionalProperties")
    if "anyOf" in branch:
        return {"type": name}
    return {**{key: value for key, value in branch.items() if key not in drop}, "type": name}


def _joined(parts: Mapping[str, Schema]) -> Schema:
    """Parts of different JSON types as one schema."""
    names = list(parts)
    rest = [name for name in names if name != "null"]
    if len(rest) == 1 and isinstance(parts[rest[0]].get("type"), str) and "allOf" not in parts[rest[0]]:
        only = dict(parts[rest[0]])
        if "enum" in only:
            only["enum"] = [*only["enum"], None]
        return {**only, "type": [rest[0], "null"]}
    full = [name for name in names if set(parts[name]) - {"type"}]
    out: Schema = {"type": names}
    if full:
        out["allOf"] = [{"if": {"type": name}, "then": parts[name]} for name in full]
    return out
