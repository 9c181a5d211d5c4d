"""The plain half of a schema node: its keywords without choices, and two of them as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Flat = dict[str, Any]

_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}
CHOICES = ("anyOf", "oneOf")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


@dataclass(frozen=True, slots=True)
class Parts:
    """The `allOf` of a node, told apart by what each part is for."""

    free: list[Any]
    """Asked for whatever the value is."""
    by_type: list[Any]
    """Branches of a union of JSON types."""
    by_tag: list[Any]
    """Branches of a union that a discriminator chooses."""
    dependent: list[Any]
    """What one key asks of another."""


def parts(node: Mapping[str, Any]) -> Parts:
    """The parts of a node's `allOf`."""
    found = Parts([], [], [], [])
    tags = {name for name, one in node.get("properties", {}).items() if _is_tag(one)}
    for part in node.get("allOf", ()):
        guard = part.get("if") if isinstance(part, Mapping) else None
        if not isinstance(guard, Mapping):
            found.free.append(part)
        elif set(guard) == {"type"}:
            found.by_type.append(part)
        elif tags & {*guard.get("properties", ()), *guard.get("not", {}).get("required", ())}:
            found.by_tag.append(part)
        else:
            found.dependent.append(part)
    return found


def _is_tag(node: Any) -> bool:
    return isinstance(node, Mapping) and bool(node.get("x-discriminator"))


def holds(guard: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether an object meets the condition of a dependent part: keys there, their types and values."""
    if any(name not in value for name in guard.get("required", ())):
        return False
    if any(name in value for name in guard.get("not", {}).get("required", ())):
        return False
    said = guard.get("properties", {})
    return all(_is(value[name], one) for name, one in said.items() if name in value)


def _is(value: Any, node: Mapping[str, Any]) -> bool:
    if "const" in node or "enum" in node:
        return value in node.get("enum", [node.get("const")])
    return not types(node) or any(is_type(value, name) for name in types(node))


def is_type(value: Any, name: str) -> bool:
    """Whether a value is of a JSON type."""
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _PYTHON.get(name, ()))


def types(node: Mapping[str, Any]) -> list[str]:
    """The JSON types a node lets through, as it says them; empty where it says none."""
    said = node.get("type", [])
    return [said] if isinstance(said, str) else list(said)


def named(node: Mapping[str, Any]) -> str:
    """The definition that a node refers to."""
    return str(node["$ref"]).removeprefix("#/$defs/")


def plain(node: Mapping[str, Any]) -> Flat:
    """The keywords of a node that leave no choice; `const` as an enum of one."""
    out = {key: value for key, value in node.items() if key not in ("$ref", "allOf", "const", *CHOICES)}
    if "const" in node:
        out["enum"] = [node["const"]]
    return out


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Flat:
    """A node that asks for what both ask for."""
    out = {**one, **other}
    if "type" in one and "type" in other:
        out["type"] = _common(types(one), types(other))
    if "enum" in one and "enum" in other:
        out["enum"] = [value for value in one["enum"] if value in other["enum"]]
    for key in ("required", "x-always", "x-absent"):
        if key in one and key in other:
            out[key] = sorted({*one[key], *other[key]})
    if "x-if" in one and "x-if" in other:
        out["x-if"] = [*one["x-if"], *other["x-if"]]
    for keys, narrower in ((_LOWER, max), (_UPPER, min)):
        out.update({key: narrower(one[key], other[key]) for key in keys if key in one and key in other})
    for key in ("items", "propertyNames", "additionalProperties"):
        if key in one and key in other:
            out[key] = _both(one[key], other[key])
    if "properties" in one and "properties" in other:
        out["properties"] = _properties(one["properties"], other["properties"])
    return out


def _common(one: list[str], other: list[str]) -> list[str]:
    wide = [*other, "integer"] if "number" in other else other
    found = [name for name in one if name in wide]
    return [*found, "integer"] if "number" in one and "integer" in other and not found else found


def _both(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if not isinstance(one, Mapping) or not one or one == other:
        return other
    return {"allOf": [one, other]} if isinstance(other, Mapping) and other else one


def _properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> Flat:
    shared = {name: _both(one[name], other[name]) for name in other if name in one}
    return {**other, **{name: one[name] for name in one if name not in other}, **shared}
