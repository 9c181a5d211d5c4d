"""Unions as OpenAPI says them: `anyOf` and `discriminator`, where the contract has `if` and `then`.

The contract asks whether the discriminator has that value, so that an error names the field. Who makes types
of a document reads no `if`: there each branch stands in an `anyOf`, with what chose it. Both let the same
values pass: guards exclude each other, and their values are all that the discriminator may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slashv1.spec.flat import parts, types

_OWN = frozenset({"type", "properties", "required", "allOf", "additionalProperties"})
"""What a union may say beside its branches, apart from `x-` words."""


def as_any_of(node: Any, known: Mapping[str, Any]) -> Any:
    """A node, and all below it, with `anyOf` for every union; `known`: components by name."""
    if isinstance(node, list):
        return [as_any_of(one, known) for one in node]
    if not isinstance(node, Mapping):
        return node
    said = _union(node, known) or node
    return {key: one if key == "discriminator" else as_any_of(one, known) for key, one in said.items()}


def _union(node: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
    if any(key not in _OWN and not key.startswith("x-") for key in node):
        return None
    told = parts(node)
    if told.free or told.dependent:
        return None
    if told.by_type and not told.by_tag and "properties" not in node:
        found = _by_type(node, told.by_type, known)
    elif told.by_tag and not told.by_type:
        found = _by_tag(node, told.by_tag, known)
    else:
        return None
    return found and {**found, **{key: one for key, one in node.items() if key.startswith("x-")}}


def _by_type(node: Mapping[str, Any], branches: list[Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
    chosen = [kind for one in branches for kind in types(one["if"])]
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(types(node)):
        return None
    either = [_of_type(types(one["if"]), one["then"], known) for one in branches]
    either += [{"type": kind} for kind in types(node) if kind not in chosen]
    return either[0] if len(either) == 1 else {"anyOf": either}


def _of_type(kinds: list[str], then: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A branch, with the types that chose it where it does not say them itself."""
    says = types(_target(then, known))
    if says and set(says) <= set(kinds):
        return dict(then)
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **then}


def _by_tag(node: Mapping[str, Any], branches: list[Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
    (tag, *others) = node["properties"]
    values = [value for one in branches for value in _values(one["if"], tag)]
    open_ended = tag not in node.get("required", ()) and not any("not" in one["if"] for one in branches)
    said = node["properties"][tag].get("enum", ())
    if others or open_ended or sorted(map(repr, values)) != sorted(map(repr, said)):
        return None
    chosen = [_branch(one, tag, known) for one in branches]
    found: dict[str, Any] = {"anyOf": chosen}
    if all(one.keys() == {"$ref"} for one in chosen) and all(isinstance(one, str) for one in values):
        mapping = {v: one["then"]["$ref"] for one in branches for v in _values(one["if"], tag)}
        found["discriminator"] = {"propertyName": tag, "mapping": mapping}
    return found


def _values(guard: Mapping[str, Any], tag: str) -> list[Any]:
    said = guard.get("properties", {}).get(tag, {})
    return [said["const"]] if "const" in said else list(said.get("enum", ()))


def _branch(part: Mapping[str, Any], tag: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """What a branch asks for, with what chose it where it does not ask for that itself."""
    guard, then = part["if"], part["then"]
    target = _target(then, known)
    own = target.get("properties", {}).get(tag, {})
    asks = {own["const"]} if "const" in own else set(own.get("enum", ()))
    if asks and asks <= set(_values(guard, tag)) and tag in target.get("required", ()):
        return dict(then)
    return {"type": "object", "allOf": [guard, then]}


def _target(node: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = known.get(str(node.get("$ref", "")).rpartition("/")[2], node)
    return found
