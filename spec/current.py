"""What genuine OpenAI always sends though upstream's document calls it optional, by the day it began."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Any

from slashv1.spec.contract import definitions, explained, narrowed, schema, strict_definitions
from slashv1.spec.jsontext import Document
from slashv1.spec.objection import Objection
from slashv1.spec.quick import Registry, rebuilt, registry, validator


def lacking(
    reference: str, value: Any, as_of: date, told: Iterable[Objection] | None = None
) -> list[Objection]:
    """The keys that every genuine message carries on that day and `value` lacks, as `missing`.

    Keys that are required outright are the business of `objections`; what that said may be given as `told`,
    which saves finding it again.

    Raises:
        KeyError: no such family or definition.
    """
    reference = narrowed(reference, value)
    day = _latest(reference, as_of)
    is_valid = _quick(reference, day)
    try:
        if is_valid(value):
            return []
    except (ValueError, RecursionError, OverflowError):
        return []
    required = {one.pointer for one in (explained(schema(reference), value) if told is None else told)}
    found = explained(_demanding(reference, day), value)
    return [one for one in found if one.kind == "missing" and one.pointer not in required]


@lru_cache(maxsize=1024)
def flawless(reference: str, as_of: date) -> Callable[[Document], bool]:
    """Whether neither `objections` nor `lacking` would say anything of a document: the quick answer.

    False says nothing yet. What was always sent is only ever required besides, so a value that keeps the
    schema with it keeps the schema.

    Raises:
        KeyError: no such family or definition.
    """
    known: dict[str, Callable[[Any], bool]] = {}

    def is_flawless(document: Document) -> bool:
        if not document.plain:
            return False
        narrow = narrowed(reference, document.value)
        is_valid = known.get(narrow)
        if is_valid is None:
            is_valid = known[narrow] = _quick(narrow, _latest(narrow, as_of))
        try:
            return is_valid(document.value)
        except (ValueError, RecursionError, OverflowError):
            return False

    return is_flawless


@lru_cache(maxsize=1024)
def _latest(reference: str, as_of: date) -> str:
    """The last day up to `as_of` on which something new was sent: between two of them nothing changes."""
    days = _days(reference)
    return max(days[: bisect_right(days, as_of.isoformat())], default="")


@cache
def _days(reference: str) -> list[str]:
    family = reference.partition("#")[0]
    return sorted(set().union(*(_began(family, name) for name in schema(reference)["$defs"])))


@cache
def _began(family: str, name: str) -> frozenset[str]:
    """The days on which something began always to be sent in a definition, those it refers to left out."""
    nodes = _nodes(definitions(family)[name])
    return frozenset([node["properties"][key].get("x-since", "") for node in nodes for key in _always(node)])


_NOW = "urn:slashv1:current"


@cache
def _quick(reference: str, day: str) -> Callable[[Any], bool]:
    family, _, name = reference.partition("#")
    return validator({"$ref": f"{_NOW}#{name}"}, _registry(family, day))


@cache
def _registry(family: str, day: str) -> Registry:
    known = strict_definitions(family)
    made = {name: _demanded(one, day) if _began(family, name) else one for name, one in known.items()}
    return registry((_NOW, {"$defs": made}))


@lru_cache(maxsize=64)
def _demanding(reference: str, day: str) -> dict[str, Any]:
    """The schema with what was always sent on that day required."""
    whole, family = schema(reference), reference.partition("#")[0]
    return {**whole, "$defs": {name: _definition(family, name, day) for name in whole["$defs"]}}


@cache
def _definition(family: str, name: str, day: str) -> dict[str, Any]:
    return _demanded(definitions(family)[name], day)


def _demanded(definition: dict[str, Any], day: str) -> dict[str, Any]:
    """A definition with what was always sent on that day required, at any depth."""

    def demanding(node: dict[str, Any]) -> dict[str, Any]:
        due = [name for name in _always(node) if node["properties"][name].get("x-since", "") <= day]
        return {**node, "required": sorted({*node.get("required", ()), *due})} if due else node

    made: dict[str, Any] = rebuilt(definition, demanding)
    return made


def _always(node: dict[str, Any]) -> list[str]:
    said = node.get("x-always")
    return said if isinstance(said, list) else []


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(inner)
