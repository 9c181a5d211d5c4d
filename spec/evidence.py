"""How much genuine traffic the contract rests on, by operation: figures, measured once and committed.

`evidence.json` holds them; `python benchmarks/evidence_counts.py FILE` measures them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from slashv1.spec.census import Census, Count
from slashv1.spec.contract import find_operation
from slashv1.spec.data import read
from slashv1.spec.jsontext import parse

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


Place = tuple[int, Mapping[str, int]]
"""Objects seen at a place, and how many of them carried each key that not all carried."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What genuine messages of one part of an operation carry."""

    messages: int
    places: Mapping[str, Place]
    """By place of the schema, as `census` names it."""


def carried(operation: str, part: str) -> Carried:
    """The figures of accepted requests, of responses or of events; none where no message was seen."""
    found = _committed()["parts"].get(operation, {}).get(part)
    if found is None:
        return Carried(0, {})
    places = {place: (row[0], row[1] if len(row) > 1 else {}) for place, row in found["places"].items()}
    return Carried(found["messages"], places)


@cache
def _committed() -> Mapping[str, Any]:
    whole: Mapping[str, Any] = read("evidence.json")
    return whole


def measured(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What `evidence.json` holds, from exchanges as recorded: `request`, `response`, `recorded_at`."""
    rows: dict[str, list[tuple[str, int, bool]]] = {}
    parts: dict[str, dict[str, Part]] = {}
    for one in exchanges:
        found = find_operation(one["request"]["method"], _path(one["request"]))
        if found is None:
            continue
        response = one["response"]
        rows.setdefault(found.name, []).append((_day(one), response["status"], bool(response.get("sse"))))
        for message in messages(one):
            parts.setdefault(found.name, {}).setdefault(message.part, Part()).add(message)
    days = [day for row in rows.values() for day, _, _ in row if day]
    return {
        "exchanges": sum(map(len, rows.values())),
        "first": min(days, default=""),
        "last": max(days, default=""),
        "operations": {name: asdict(_counted(rows[name])) for name in sorted(rows)},
        "parts": {name: {part: one.told() for part, one in parts[name].items()} for name in sorted(parts)},
    }


@dataclass(frozen=True, slots=True)
class Message:
    """One genuine message that a schema speaks of."""

    operation: str
    part: str
    """`request`, `response` or `events`."""
    reference: str
    value: Any
    exchange: str
    day: str


def messages(exchange: Mapping[str, Any]) -> Iterator[Message]:
    """What of an accepted exchange the contract has a schema for."""
    request, response = exchange["request"], exchange["response"]
    found = find_operation(request["method"], _path(request))
    if found is None or not 200 <= response["status"] < 300:
        return
    name, day = str(exchange.get("id") or id(exchange)), _day(exchange)
    if found.request and isinstance(request.get("json"), Mapping):
        yield Message(found.name, "request", found.request, request["json"], name, day)
    if response.get("sse") and found.event:
        for event in _events(response["sse"]):
            yield Message(found.name, "events", found.event, event, name, day)
    elif found.response and isinstance(response.get("json"), Mapping):
        yield Message(found.name, "response", found.response, response["json"], name, day)


def _events(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        event = parse(line[5:]).value if line.startswith("data:") else None
        # An error in the midst of a stream is no event of the operation's.
        if isinstance(event, dict) and ("error" not in event or "type" in event):
            yield event


class Part:
    """The figures of one part of an operation, as they are gathered."""

    def __init__(self) -> None:
        self.messages = 0
        self.census: Census | None = None

    def add(self, message: Message) -> None:
        """Count one message."""
        self.messages += 1
        if self.census is None:
            self.census = Census(message.reference.partition("#")[0])
        self.census.add(message.reference, message.value, message.operation, message.exchange, message.day)

    def told(self) -> dict[str, Any]:
        """The figures as JSON values: of keys that every object carried nothing is said."""
        known = self.census.places if self.census else {}
        return {"messages": self.messages, "places": {place: _row(known[place]) for place in sorted(known)}}


def _row(count: Count) -> list[Any]:
    partly = {name: n for name, n in sorted(count.keys.items()) if n < count.objects}
    return [count.objects, partly] if partly else [count.objects]


def _day(exchange: Mapping[str, Any]) -> str:
    return str(exchange.get("recorded_at") or "")[:10]


def _path(request: Mapping[str, Any]) -> str:
    query = request.get("query")
    return f"{request['path']}?{query}" if isinstance(query, str) and query else str(request["path"])


def _counted(row: list[tuple[str, int, bool]]) -> Seen:
    days = sorted(day for day, _, _ in row if day)
    accepted = [streamed for _, status, streamed in row if 200 <= status < 300]
    return Seen(len(row), len(accepted), sum(accepted), days[0] if days else "", days[-1] if days else "")
