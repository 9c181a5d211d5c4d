"""What genuine OpenAI always sends though upstream's document calls it optional, by the day it began."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Any

from slashv1.spec.contract import definitions, explained, narrowed, schema
from slashv1.spec.jsontext import Document
from slashv1.spec.objection import Objection
from slashv1.spec.quick import validator


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
    nodes = list(_nodes(schema(reference)["$defs"]))
    return sorted({node["properties"][name].get("x-since", "") for node in nodes for name in _always(node)})


@cache
def _quick(reference: str, day: str) -> Callable[[Any], bool]:
    return validator(_demanding(reference, day))


@lru_cache(maxsize=64)
def _demanding(reference: str, day: str) -> dict[str, Any]:
    """The schema with what was always sent on that day required."""
    whole, family = schema(reference), reference.partition("#")[0]
    return {**whole, "$defs": {name: _definition(family, name, day) for name in whole["$defs"]}}


@cache
def _definition(family: str, name: str, day: str) -> dict[str, Any]:
    made: dict[str, Any] = _demanded(definitions(family)[name], day)
    return made


def _demanded(node: Any, day: str) -> Any:
    if isinstance(node, list):
        return [_demanded(item, day) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _demanded(value, day) for key, value in node.items()}
    due = [name for name in _always(node) if node["properties"][name].get("x-since", "") <= day]
    if due:
        out["required"] = sorted({*node.get("required", ()), *due})
    return out


def _always(node: dict[str, Any]) -> list[str]:
    said = node.get("x-always")
    return said if isinstance(said, list) else []


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(inner)
