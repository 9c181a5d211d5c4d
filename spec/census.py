"""Which keys genuine messages carry, at every place of the contract that holds an object.

A value is walked along its schema: a place is a definition and, below it, the keywords that lead to an object
that has no name of its own (`CreateChatCompletionResponse/properties/choices/items`). What the schema says is
required plays no part: the counts are those of the traffic, so they can be held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from slashv1.spec.contract import definitions, narrowed


@dataclass(slots=True)
class Count:
    """What was seen at one place."""

    objects: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    """By name: in how many of the objects it stood."""
    exchanges: dict[str, str] = field(default_factory=dict)
    """Those with an object here: the day of recording (`""`: not dated) by id."""
    lacking: dict[str, set[str]] = field(default_factory=dict)
    """By name: the exchanges with an object that lacked the key."""
    having: dict[str, set[str]] = field(default_factory=dict)
    """By name: the exchanges with an object that had it."""
    operations: set[str] = field(default_factory=set)

    def add(self, value: Mapping[str, Any], known: Iterable[str], exchange: str, day: str) -> None:
        """Count one object; keys without a name in the contract (of maps) are left out."""
        self.objects += 1
        self.exchanges[exchange] = day
        for name in known:
            self.keys[name] += name in value
            (self.having if name in value else self.lacking).setdefault(name, set()).add(exchange)

    def began(self, name: str, least: int) -> str | None:
        """The day from which on a key always stood there and before which it never did, if there is one.

        At least so many dated exchanges must lie on either side, on more than one day each.
        """
        dated = {one: day for one, day in self.exchanges.items() if day}
        lacking = self.lacking.get(name, set())
        before = [day for one, day in dated.items() if one in lacking]
        since = [day for one, day in dated.items() if one not in lacking]
        if min(len(before), len(since)) < least or min(len(set(before)), len(set(since))) < 2:
            return None
        mixed = lacking & self.having.get(name, set())
        return min(since) if max(before) < min(since) and not mixed else None


class Census:
    """Counts of one family of schemas, by place."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.places: dict[str, Count] = {}

    def add(self, reference: str, value: Any, operation: str, exchange: str, day: str = "") -> None:
        """Count the objects of one message.

        Raises:
            KeyError: no such family or definition.
        """
        name = narrowed(reference, value).partition("#/$defs/")[2]
        for place, node, found in walk(self.family, name, value):
            count = self.places.setdefault(place, Count())
            count.add(found, node["properties"], exchange, day)
            count.operations.add(operation)


def walk(family: str, name: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any], dict[str, Any]]]:
    """The objects in a value whose keys the contract names: place, schema, object."""
    known = definitions(family)
    waiting: list[tuple[str, Any, Any]] = [(name, known[name], value)]
    while waiting:
        place, node, here = waiting.pop()
        if not isinstance(node, dict):
            continue
        if "$ref" in node:
            target = node["$ref"].removeprefix("#/$defs/")
            waiting.append((target, known[target], here))
        if isinstance(here, dict) and _names(node):
            yield place, node, here
        waiting.extend(_below(family, place, node, here))


def _names(node: Mapping[str, Any]) -> bool:
    """Whether a schema names the keys of an object, rather than the discriminator of a choice alone."""
    properties = node.get("properties", {})
    return bool(properties) and not any(one.get("x-discriminator") for one in properties.values())


def _below(
    family: str, place: str, node: Mapping[str, Any], value: Any
) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    if isinstance(value, dict):
        properties, more = node.get("properties", {}), node.get("additionalProperties")
        for key, inner in value.items():
            if key in properties:
                yield f"{place}/properties/{key}", properties[key], inner
            elif isinstance(more, dict):
                yield f"{place}/additionalProperties", more, inner
    elif isinstance(value, list) and "items" in node:
        for inner in value:
            yield f"{place}/items", node["items"], inner
    for index, part in enumerate(node.get("allOf", ())):
        if "then" not in part or _takes(family, part["if"])(value):
            yield f"{place}/allOf/{index}/then", part.get("then", part), value
    for index, branch in enumerate(node.get("anyOf", ())):
        if _takes(family, branch)(value):
            yield f"{place}/anyOf/{index}", branch, value
            break


_GUARDS: dict[tuple[str, int], Callable[[Any], bool]] = {}


def _takes(family: str, guard: dict[str, Any]) -> Callable[[Any], bool]:
    """A guard, or a branch without one, as a quick question; both live as long as the family."""
    import jsonschema_rs

    name = (family, id(guard))
    if name not in _GUARDS:
        whole = {**guard, "$defs": _defs(family)} if "$ref" in str(guard) else guard
        _GUARDS[name] = jsonschema_rs.Draft202012Validator(whole).is_valid
    return _GUARDS[name]


@cache
def _defs(family: str) -> dict[str, Any]:
    return dict(definitions(family))
