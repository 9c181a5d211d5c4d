"""Upstream's schemas in one plain form: no prose, no OpenAPI dialect, `allOf` flattened.

A union of any spelling becomes `{"anyOf": […]}`, null included, with upstream's discriminator beside
it as `x-tag`; a reference becomes `{"$ref": name}`. The later steps know only this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

KEPT = (
    "type",
    "enum",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
)
"""Keywords that pass as they are; everything unnamed here is prose or handled by name."""

_MISSPELT = {"min_items": "minItems", "max_items": "maxItems"}


class Normaliser:
    """Reads upstream's component schemas by name."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self.components = components

    def named(self, name: str) -> Schema:
        """The component `name` in the plain form."""
        return self.schema(self.components[name], name)

    def schema(self, raw: Any, inside: str = "") -> Schema:
        """A raw schema in the plain form; `inside` is the component that a recursive reference means."""
        if not isinstance(raw, dict):
            return {}
        raw = {_MISSPELT.get(key, key): value for key, value in raw.items()}
        if raw.get("nullable"):
            rest = {key: value for key, value in raw.items() if key != "nullable"}
            return union([self.schema(rest, inside), {"type": "null"}], _tag(raw))
        if "$ref" in raw:
            return {"$ref": raw["$ref"].rsplit("/", 1)[-1]}
        if "$recursiveRef" in raw:
            return {"$ref": inside}
        if "allOf" in raw:
            return self._flat(raw, inside)
        branches = raw.get("anyOf") or raw.get("oneOf")
        if branches and not ("properties" in raw and all(set(one) == {"required"} for one in branches)):
            return union([self.schema(branch, inside) for branch in branches], _tag(raw))
        return self._plain(raw, inside)

    def _plain(self, raw: Mapping[str, Any], inside: str) -> Schema:
        out = {key: raw[key] for key in KEPT if key in raw}
        if "const" in raw:
            out["enum"] = [raw["const"]]
        if "properties" in raw:
            out["type"] = "object"
            out["properties"] = {k: self.schema(v, inside) for k, v in raw["properties"].items()}
        if raw.get("required"):
            out["required"] = sorted(set(raw["required"]))
        for key in ("items", "propertyNames"):
            if isinstance(raw.get(key), dict):
                out[key] = self.schema(raw[key], inside)
        if "additionalProperties" in raw:
            more = raw["additionalProperties"]
            out["additionalProperties"] = self.schema(more, inside) if isinstance(more, dict) else more
        return _bounds(out)

    def _flat(self, raw: Mapping[str, Any], inside: str) -> Schema:
        if {"nullable": True} in raw["allOf"]:
            others = [part for part in raw["allOf"] if part != {"nullable": True}]
            return union([self.schema({**raw, "allOf": others}, inside), {"type": "null"}])
        rest = {key: value for key, value in raw.items() if key != "allOf"}
        parts = [self._followed(self.schema(part, inside)) for part in raw["allOf"]]
        parts.append(self.schema(rest, inside))
        out: Schema = {}
        for part in parts:
            properties = {**out.get("properties", {}), **part.get("properties", {})}
            required = sorted({*out.get("required", ()), *part.get("required", ())})
            out |= part
            if properties:
                out["properties"] = properties
            if required:
                out["required"] = required
        return out

    def _followed(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.named(schema["$ref"])
        return schema


def union(branches: list[Schema], tag: str | None = None) -> Schema:
    """A union in the plain form; unions directly inside are joined, doubles dropped."""
    flat: list[Schema] = []
    for branch in branches:
        for one in branch.get("anyOf", [branch]):
            if one not in flat:
                flat.append(one)
        tag = tag or branch.get("x-tag")
    if {} in flat:  # a branch that takes anything leaves the others nothing to say
        return {}
    if len(flat) == 1:
        return flat[0]
    return {"anyOf": flat, "x-tag": tag} if tag else {"anyOf": flat}


def _tag(raw: Mapping[str, Any]) -> str | None:
    return (raw.get("discriminator") or {}).get("propertyName")


def _bounds(schema: Schema) -> Schema:
    # OpenAPI 3.0 says "exclusive" as a flag beside the bound.
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(flag) is True and bound in schema:
            schema[flag] = schema.pop(bound)
        elif isinstance(schema.get(flag), bool):
            del schema[flag]
    return schema
