"""Defects that the contract's words allow, and that break the official Python client."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.defects.adapters import on_bytes, on_events
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Event

Writes = tuple[bytes, ...]
CHAT = ("chat.completions.create",)
STREAMS = ("chat.completions.create", "responses.create")


def _retry_first(writes: Writes) -> Writes:
    return (b"retry: 3000\n\n", *writes)


def _ids_and_comments(writes: Writes) -> Writes:
    return tuple(b"id: %d\n%s: keepalive\n\n" % (number, data) for number, data in enumerate(writes))


def _last_choice_first(events: list[Event]) -> list[Event]:
    """The first chunk of the highest choice leads, the rest stays in order."""
    firsts: dict[int, Event] = {}
    for event in events:
        for choice in _choices(event):
            firsts.setdefault(choice["index"], event)
    if len(firsts) < 2:
        return events
    leading = firsts[max(firsts)]
    return [leading, *(event for event in events if event is not leading)]


def _choices(event: Event) -> list[dict[str, Any]]:
    return event.data.get("choices") or [] if isinstance(event.data, dict) else []


DEFECTS = (
    Twist(
        "client-retry-alone",
        "A block of the stream says `retry` and nothing else",
        on_bytes(_retry_first),
        STREAMS,
        "sdk.stream.iterates",
    ),
    Twist(
        "client-ids-and-comments",
        "Events have ids, and comments stand between them",
        on_bytes(_ids_and_comments),
        STREAMS,
        "sdk.stream.iterates",
    ),
    Twist(
        "client-last-choice-first",
        "A stream of several choices begins with the last one",
        on_events(_last_choice_first),
        CHAT,
        "sdk.stream.accumulates",
    ),
)
