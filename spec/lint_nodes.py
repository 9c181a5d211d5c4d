"""What can be wrong with a schema node by itself: the half of `lint` that walks schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from slashv1.spec.flat import is_type, parts, types

Said = tuple[str, str]
"""JSON Pointer and what is wrong there."""

_VALUES = ("type", "enum", "const", "format", "pattern", "x-discriminator")
_OBJECTS = ("properties", "required", "additionalProperties", "propertyNames", "x-since", "x-always")
_CHOICES = ("$ref", "items", "contains", "allOf", "anyOf", "oneOf", "not", "if", "then")
_PAIRS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_BOUNDS = (
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "uniqueItems",
    *(key for pair in _PAIRS for key in pair),
)
KEYWORDS = frozenset((*_VALUES, *_OBJECTS, *_CHOICES, *_BOUNDS))
"""What explaining, showing and making examples understand."""


def escaped(step: Any) -> str:
    """A step of a JSON Pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def flaws(node: Any, pointer: str, known: Mapping[str, Any]) -> Iterator[Said]:
    """Everything wrong with a node and below it; `known`: the definitions that it may refer to."""
    yield from _Walk(known).node(node, pointer, frozenset(), False)


class _Walk:
    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def node(self, node: Any, at: str, outer: frozenset[str], is_property: bool) -> Iterator[Said]:
        """`outer`: keys that the node beside which this one stands knows."""
        if isinstance(node, bool):
            return
        if not isinstance(node, Mapping):
            yield at, "no schema"
            return
        names = outer | set(node.get("properties", ()))
        for key in sorted(set(node) - KEYWORDS):
            yield f"{at}/{escaped(key)}", "a keyword that the contract does not use"
        yield from self._reference(node, at)
        yield from _values(node, at)
        yield from _bounds(node, at)
        yield from _names(node, at, names)
        yield from _since(node, at, is_property)
        yield from self._branches(node, at)
        yield from self._below(node, at, frozenset(names))

    def _below(self, node: Mapping[str, Any], at: str, names: frozenset[str]) -> Iterator[Said]:
        for name, child in node.get("properties", {}).items():
            yield from self.node(child, f"{at}/properties/{escaped(name)}", frozenset(), True)
        for key in ("items", "contains", "additionalProperties", "propertyNames"):
            if key in node:
                yield from self.node(node[key], f"{at}/{key}", frozenset(), False)
        for key in ("allOf", "anyOf", "oneOf"):
            for index, branch in enumerate(node.get(key, ())):
                here = f"{at}/{key}/{index}"
                if key == "allOf" and isinstance(branch, Mapping) and "if" in branch:
                    yield from self.node(branch.get("then", {}), f"{here}/then", names, False)
                else:
                    yield from self.node(branch, here, names, False)

    def _reference(self, node: Mapping[str, Any], at: str) -> Iterator[Said]:
        if "$ref" not in node:
            return
        target = str(node["$ref"])
        if not target.startswith("#/$defs/"):
            yield f"{at}/$ref", f"{target} leads out of the file"
        elif target.removeprefix("#/$defs/") not in self.known:
            yield f"{at}/$ref", f"{target} does not resolve"

    def _branches(self, node: Mapping[str, Any], at: str) -> Iterator[Said]:
        whole = list(node.get("allOf", ()))
        told = parts(node)
        yield from _by_type(node, [(f"{at}/allOf/{whole.index(one)}", one["if"]) for one in told.by_type])
        yield from self._by_tag(node, at, [one if one in told.by_tag else {} for one in whole])
        for key in ("anyOf", "oneOf"):
            yield from _shadowed(node.get(key, ()), f"{at}/{key}")

    def _by_tag(self, node: Mapping[str, Any], at: str, guarded: Sequence[Any]) -> Iterator[Said]:
        claimed: dict[tuple[str, Any], int] = {}
        for index, one in enumerate(guarded):
            for tag, value in _claims(one.get("if", {})):
                here = f"{at}/allOf/{index}"
                if (tag, value) in claimed:
                    yield here, f"{tag} = {value!r} is claimed by branch {claimed[tag, value]} already"
                    continue
                claimed[tag, value] = index
                yield from self._claimed(node, here, one.get("then", {}), tag, value)
        for tag in {tag for tag, _ in claimed}:
            for value in _enum(node.get("properties", {}).get(tag, {})):
                if value is not None and (tag, value) not in claimed:
                    yield f"{at}/properties/{escaped(tag)}", f"{tag} = {value!r} leads to no branch"

    def _claimed(self, node: Mapping[str, Any], at: str, then: Any, tag: str, value: Any) -> Iterator[Said]:
        allowed = _enum(node.get("properties", {}).get(tag, {}))
        if allowed and value not in allowed:
            yield at, f"unreachable: {tag} may not be {value!r}"
        own = _enum(self._resolved(self._resolved(then).get("properties", {}).get(tag, {})))
        if own and value not in own:
            yield at, f"never accepts: chosen by {tag} = {value!r}, but asks for {own[0]!r} itself"

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        seen: set[str] = set()
        while isinstance(node, Mapping) and "$ref" in node:
            name = str(node["$ref"]).removeprefix("#/$defs/")
            if name in seen or name not in self.known:
                return {}
            seen.add(name)
            node = self.known[name]
        return node if isinstance(node, Mapping) else {}


def _claims(guard: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for tag, said in guard.get("properties", {}).items():
        yield from ((tag, value) for value in _enum(said))


def _enum(node: Any) -> list[Any]:
    if not isinstance(node, Mapping):
        return []
    return [node["const"]] if "const" in node else list(node.get("enum", ()))


def _by_type(node: Mapping[str, Any], guards: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Said]:
    said = set(types(node))
    seen: set[str] = set()
    for at, guard in guards:
        wanted = set(types(guard))
        if wanted and said and not wanted & said:
            yield at, f"unreachable: the value is never {' or '.join(sorted(wanted))}"
        if wanted and wanted <= seen:
            yield at, f"{' and '.join(sorted(wanted))} is claimed by a branch before"
        seen |= wanted


def _shadowed(branches: Sequence[Any], at: str) -> Iterator[Said]:
    for index, branch in enumerate(branches):
        before = next((other for other in range(index) if _covers(branches[other], branch)), None)
        if before is not None:
            yield f"{at}/{index}", f"shadowed: branch {before} takes whatever it takes"


def _covers(wide: Any, narrow: Any) -> bool:
    if wide == narrow or wide in (True, {}):
        return True
    if not isinstance(wide, Mapping) or not isinstance(narrow, Mapping) or set(wide) != {"type"}:
        return False
    return bool(types(narrow)) and set(types(narrow)) <= set(types(wide))


_TYPES = frozenset({"string", "integer", "number", "boolean", "null", "object", "array"})


def _values(node: Mapping[str, Any], at: str) -> Iterator[Said]:
    for name in types(node):
        if name not in _TYPES:
            yield f"{at}/type", f"{name!r} is no JSON type"
    if "enum" not in node:
        return
    values, said = node["enum"], types(node)
    if not isinstance(values, list) or not values:
        yield f"{at}/enum", "no value: nothing is ever valid"
        return
    for index, value in enumerate(values):
        if value in values[:index]:
            yield f"{at}/enum/{index}", f"{value!r} twice"
        if said and not any(is_type(value, name) for name in said):
            yield f"{at}/enum/{index}", f"{value!r} is no {' or '.join(said)}"


def _bounds(node: Mapping[str, Any], at: str) -> Iterator[Said]:
    for low, high in _PAIRS:
        if low in node and high in node and node[low] > node[high]:
            yield f"{at}/{low}", f"{node[low]} is more than {high} {node[high]}"
    if "pattern" in node:
        try:
            re.compile(node["pattern"])
        except (re.error, TypeError) as error:
            yield f"{at}/pattern", f"no regular expression: {error}"


def _names(node: Mapping[str, Any], at: str, names: frozenset[str] | set[str]) -> Iterator[Said]:
    for key in ("required", "x-always"):
        for name in node.get(key, ()):
            if name not in names:
                closed = " of a closed object: nothing is ever valid" if _closed(node) else ""
                yield f"{at}/{key}", f"{name!r} is no property{closed if key == 'required' else ''}"
    both = sorted(set(node.get("required", ())) & set(node.get("x-always", ())))
    if both:
        yield f"{at}/x-always", f"required already: {', '.join(both)}"


def _closed(node: Mapping[str, Any]) -> bool:
    return node.get("additionalProperties") is False


def _since(node: Mapping[str, Any], at: str, is_property: bool) -> Iterator[Said]:
    for name in node.get("required", ()):
        child = node.get("properties", {}).get(name)
        if isinstance(child, Mapping) and "x-since" in child:
            yield (
                f"{at}/properties/{escaped(name)}/x-since",
                "a required key is in every message, dated or not",
            )
    if "x-since" not in node:
        return
    if not is_property:
        yield f"{at}/x-since", "stands at no field"
    try:
        date.fromisoformat(str(node["x-since"]))
    except ValueError:
        yield f"{at}/x-since", f"{node['x-since']!r} is no date (YYYY-MM-DD)"
