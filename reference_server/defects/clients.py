"""Defects that the contract's words allow, and that break the official Python client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_bytes, on_events, on_request
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event

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


def _keepalive(writes: Writes) -> Writes:
    return (writes[0], b'data: "keepalive"\n\n', *writes[1:])


def _whole_with_tools(asked: dict[str, Any]) -> None:
    if asked.get("tools"):
        asked.pop("stream", None)
        asked.pop("stream_options", None)


def _errors_in(charset: str) -> Callable[[Call, Answer], Answer]:
    """Errors are UTF-8 still, and say something else, as what was made for texts within a program does."""
    told = f"application/json; charset={charset}"
    return lambda call, answer: answer if answer.ok else answer.with_header("content-type", told)


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
    Twist(
        "client-keepalive-text",
        "A text is sent as an event, to keep the connection",
        on_bytes(_keepalive),
        CHAT,
        "sdk.stream.fields",
        ("framing.json-object",),
    ),
    Twist(
        "client-tools-whole",
        "Where tools are offered no stream comes, but a whole completion",
        on_request(_whole_with_tools),
        CHAT,
        "sdk.stream.done",
        ("framing.content-type",),
    ),
    Twist(
        "client-error-utf-16",
        "Errors say that they are UTF-16, and have no byte-order mark",
        on_answer(_errors_in("utf-16")),
        ("models.retrieve",),
        "sdk.raises",
        ("http.charset",),
    ),
    Twist(
        "client-error-utf-16le",
        "Errors say that they are little-endian UTF-16",
        on_answer(_errors_in("utf-16le")),
        ("models.retrieve",),
        "sdk.error-fields",
        ("http.charset",),
    ),
)
