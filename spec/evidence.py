"""How much genuine traffic the contract rests on, by operation: figures, measured once and committed.

`evidence.json` holds them; `python benchmarks/evidence_counts.py FILE` measures them anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from slashv1.spec.contract import Operation, find_operation
from slashv1.spec.data import read

THIN = 10
"""Fewer exchanges than this say nothing by their share: there the documented shape counts."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Genuine exchanges of one operation."""

    exchanges: int
    accepted: int
    """Answered with a 2xx."""
    streams: int
    """Of the accepted: answered with an event stream."""
    first: str
    """Day of the oldest recording, `2023-11-06`; empty where none is dated."""
    last: str


def seen(operation: str) -> Seen:
    """The figures of an operation; all zero where no exchange was seen."""
    found = _committed()["operations"].get(operation)
    return Seen(**found) if found else Seen(0, 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Carried:
    """How many genuine messages of one part carry which of its keys."""

    messages: int
    keys: Mapping[str, int]


def carried(operation: str, part: str) -> Carried:
    """The keys of accepted requests, or of responses; none where no message was seen."""
    found = _committed()["keys"].get(operation, {}).get(part)
    return Carried(**found) if found else Carried(0, {})


@cache
def _committed() -> Mapping[str, Any]:
    whole: Mapping[str, Any] = read("evidence.json")
    return whole


def measured(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What `evidence.json` holds, from exchanges as recorded: `request`, `response`, `recorded_at`."""
    rows: dict[str, list[tuple[str, int, bool]]] = {}
    keys: dict[str, dict[str, Counter[str]]] = {}
    for one in exchanges:
        request, response = one["request"], one["response"]
        found = find_operation(request["method"], _path(request))
        if found is not None:
            day = str(one.get("recorded_at") or "")[:10]
            rows.setdefault(found.name, []).append((day, response["status"], bool(response.get("sse"))))
            if 200 <= response["status"] < 300:
                _count(found, request, response, keys.setdefault(found.name, {}))
    days = [day for row in rows.values() for day, _, _ in row if day]
    return {
        "exchanges": sum(map(len, rows.values())),
        "first": min(days, default=""),
        "last": max(days, default=""),
        "operations": {name: asdict(_counted(rows[name])) for name in sorted(rows)},
        "keys": {name: {part: _told(count) for part, count in keys[name].items()} for name in sorted(keys)},
    }


def _count(
    found: Operation, request: Mapping[str, Any], response: Mapping[str, Any], into: dict[str, Counter[str]]
) -> None:
    """Count the keys of a request and its answer; `""` counts the messages."""
    for part, reference, value in (
        ("request", found.request, request.get("json")),
        ("response", found.response, response.get("json")),
    ):
        if reference and isinstance(value, Mapping):
            into.setdefault(part, Counter()).update(["", *(key for key in value if key.isidentifier())])


def _told(count: Counter[str]) -> dict[str, Any]:
    return {"messages": count[""], "keys": {key: count[key] for key in sorted(count) if key}}


def _path(request: Mapping[str, Any]) -> str:
    query = request.get("query")
    return f"{request['path']}?{query}" if isinstance(query, str) and query else str(request["path"])


def _counted(row: list[tuple[str, int, bool]]) -> Seen:
    days = sorted(day for day, _, _ in row if day)
    accepted = [streamed for _, status, streamed in row if 200 <= status < 300]
    return Seen(len(row), len(accepted), sum(accepted), days[0] if days else "", days[-1] if days else "")
