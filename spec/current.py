"""What genuine OpenAI always sends though upstream's document calls it optional, by the day it began."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

from slashv1.spec.contract import explained, narrowed, schema
from slashv1.spec.objection import Objection


def lacking(reference: str, value: Any, as_of: date) -> list[Objection]:
    """The keys that every genuine message carries on that day and `value` lacks, as `missing`.

    Keys that are required outright are the business of `objections`.

    Raises:
        KeyError: no such family or definition.
    """
    reference = narrowed(reference, value)
    days = _days(reference)
    day = days[: bisect_right(days, as_of.isoformat())][-1:]
    is_valid = _quick(reference, *day)
    try:
        if is_valid(value):
            return []
    except (ValueError, RecursionError, OverflowError):
        return []
    required = {one.pointer for one in explained(schema(reference), value)}
    found = explained(_demanding(reference, *day), value)
    return [one for one in found if one.kind == "missing" and one.pointer not in required]


@cache
def _quick(reference: str, day: str = "") -> Callable[[Any], bool]:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_demanding(reference, day)).is_valid


@cache
def _days(reference: str) -> list[str]:
    """The days on which something new was sent, in order: between two of them nothing changes."""
    return sorted({node["x-since"] for node in _nodes(schema(reference)) if "x-since" in node})


@cache
def _demanding(reference: str, day: str = "") -> dict[str, Any]:
    """The schema with what was always sent on that day required."""
    made: dict[str, Any] = _demanded(schema(reference), day)
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
