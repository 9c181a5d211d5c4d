"""The side of the contract: compiled schemas, `if/then` unions read back as alternatives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slashv1.spec.drift.alternatives import ANY, TAGS, Alternative, Field, Node, once

Definitions = Callable[[str], Mapping[str, Any]]
"""The definitions of a family by its name."""

_BOUNDS: Mapping[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_PYTHON: Mapping[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


@dataclass(frozen=True, slots=True)
class At:
    """One schema of a family."""

    family: str
    name: str
    """Of the definition, where the schema is one; else empty."""
    schema: Any


class Compiled:
    """Reads a contract: the committed one, or one just compiled."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions

    def root(self, reference: str) -> Node:
        """The place that a reference such as `chat#/$defs/X` names."""
        family, _, name = reference.partition("#/$defs/")
        return (At(family, name, self.definitions(family)[name]),)

    def alternatives(self, node: Node) -> Sequence[Alternative]:
        """What a place takes."""
        found = once(one for part in node for one in self._flat(part, frozenset()))
        return [replace(one, tags=self._tags(one)) if one.fields else one for one in found]

    def _tags(self, one: Alternative) -> dict[str, tuple[str, ...]]:
        said = {
            tag: [inner for part in one.fields[tag].node for inner in self._flat(part, frozenset())]
            for tag in TAGS
            if tag in one.fields
        }
        return {
            tag: tuple(dict.fromkeys(value for inner in found for value in inner.values or () if value))
            for tag, found in said.items()
        }

    def _flat(self, at: At, seen: frozenset[str]) -> Iterator[Alternative]:
        schema = at.schema
        if not isinstance(schema, dict):
            yield Alternative(ANY, (at.family, at.name))
        elif isinstance(schema.get("$ref"), str):
            name = schema["$ref"].removeprefix("#/$defs/")
            if name not in seen:
                target = At(at.family, name, self.definitions(at.family)[name])
                yield from self._flat(target, seen | {name})
        elif "anyOf" in schema:
            for branch in schema["anyOf"]:
                yield from self._flat(At(at.family, "", branch), seen)
        elif _tagged(schema):
            for part in schema["allOf"]:
                yield from self._flat(At(at.family, "", part["then"]), seen)
        elif _typed(schema):
            yield from self._by_type(at, seen)
        else:
            yield from (_plain(at, kind) for kind in _kinds(schema))

    def _by_type(self, at: At, seen: frozenset[str]) -> Iterator[Alternative]:
        parts = [(_kinds(part["if"]), part["then"]) for part in at.schema["allOf"]]
        for kind in _kinds(at.schema):
            chosen = [then for kinds, then in parts if kind in kinds]
            if not chosen:
                yield _plain(at, kind)
            for then in chosen:
                inner = self._flat(At(at.family, "", then), seen)
                yield from (one for one in inner if one.kind in (kind, ANY))


def _tagged(schema: Mapping[str, Any]) -> bool:
    marked = [one for one in schema.get("properties", {}).values() if isinstance(one, dict)]
    return "allOf" in schema and any(one.get("x-discriminator") for one in marked)


def _typed(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("allOf")) and all(set(one.get("if", ())) == {"type"} for one in schema["allOf"])


def _kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    if said:
        return tuple(said)
    if "enum" in schema or "const" in schema:
        values = _values(schema) or ()
        return tuple(dict.fromkeys(_kind(value) for value in values))
    return ("object",) if schema.get("properties") else (ANY,)


def _values(schema: Mapping[str, Any]) -> Sequence[Any] | None:
    found: Sequence[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return found


def _kind(value: Any) -> str:
    return next((kind for kind, python in _PYTHON.items() if isinstance(value, python)), "object")


def _plain(at: At, kind: str) -> Alternative:
    schema = at.schema
    values = _values(schema)
    if values is not None and kind != "null":
        values = tuple(value for value in values if isinstance(value, _PYTHON.get(kind, object)))
    more = schema.get("additionalProperties")
    items = schema.get("items")
    required = schema.get("required", ())
    return Alternative(
        kind,
        (at.family, at.name or json.dumps(schema, sort_keys=True), kind),
        at.name,
        values=tuple(values) if values is not None else None,
        fields={
            name: Field((At(at.family, "", one),), name in required)
            for name, one in (schema.get("properties", {}) if kind == "object" else {}).items()
        },
        items=(At(at.family, "", items),) if kind == "array" and isinstance(items, dict) else (),
        extra=(At(at.family, "", more),) if kind == "object" and isinstance(more, dict) else (),
        bounds={bound: schema[bound] for bound in _BOUNDS.get(kind, ()) if bound in schema},
    )
