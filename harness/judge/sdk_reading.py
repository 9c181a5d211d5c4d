"""What the official client makes of an exchange: a typed object, an exception, or the chunks of a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from slashv1.fixtures import Exchange, Read, Request
from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.sdk_client import client, openai, replayed, silent
from slashv1.harness.reading import Event, Reading

ARGUMENTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "chat.completions.create": {"model": "m", "messages": ()},
        "responses.create": {"model": "m", "input": "x"},
        "responses.retrieve": {"response_id": "resp_1"},
        "responses.delete": {"response_id": "resp_1"},
        "responses.cancel": {"response_id": "resp_1"},
        "responses.input_tokens.count": {"model": "m", "input": "x"},
        "embeddings.create": {"model": "m", "input": "x"},
        "models.list": {},
        "models.retrieve": {"model": "m"},
    }
)
"""By operation, which is the method's own name, the least that it takes: the answer is there already."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of giving one exchange to the client."""

    value: Any = None
    """What the method returned; None where it raised, or returns nothing. A stream has been read."""
    raised: Exception | None = None
    """What it raised, at once or while a stream was iterated."""
    chunks: tuple[Any, ...] = field(default=(), repr=False)
    """What a stream yielded."""
    opened: bool = True
    """False where the method itself raised."""
    waited: bool = False
    """A stream was read to the end of the connection."""


def seen(reading: Reading) -> Seen:
    """What the client makes of a reading, read once for all checks.

    Raises:
        Inconclusive: this version of the client has no such method, or the answer did not come whole.
    """
    if reading.exchange.failure is not None:
        raise Inconclusive("the answer did not arrive whole (http.answered)")
    found = reading.once(_see)
    if found is None:
        raise Inconclusive(f"the installed client knows no {reading.case.operation}")
    return found


def _see(reading: Reading) -> Seen | None:
    case = reading.case
    try:
        method = attrgetter(case.operation)(client())
    except AttributeError:
        return None
    options = dict(ARGUMENTS[case.operation]) | ({"stream": True} if case.stream else {})
    with silent():
        return _called(lambda: method(**options), reading)


def _called(method: Callable[[], Any], reading: Reading) -> Seen:
    replay = replayed(reading.exchange)
    try:
        value = method()
    except Exception as error:  # whatever a user of the client would get
        return Seen(raised=error, opened=False)
    if not reading.case.stream:
        return Seen(value)
    chunks: list[Any] = []
    try:
        chunks.extend(value)
    except Exception as error:
        return Seen(value, error, tuple(chunks), waited=replay.ended)
    return Seen(value, None, tuple(chunks), waited=replay.ended)


@cache
def stops_at_done() -> bool:
    """Whether this version of the client leaves a stream at `[DONE]`: older ones read on to its end."""
    reads = (Read(b"data: {}\n\n", 0.0), Read(b"data: [DONE]\n\n", 0.0))
    kind = (("content-type", "text/event-stream"),)
    replay = replayed(Exchange(Request("POST", "/v1/chat/completions"), 200, kind, reads, sent_at=0.0))
    with silent():
        list(client().chat.completions.create(**ARGUMENTS["chat.completions.create"], stream=True))
    return not replay.ended


def awaited(reading: Reading) -> tuple[Event, ...]:
    """The events that a client has to yield: all whole ones with data, up to `[DONE]`."""
    return reading.once(_awaited)


def _awaited(reading: Reading) -> tuple[Event, ...]:
    done = (frame.number for frame in reading.frames if (frame.data or "").strip() == "[DONE]")
    end = next(done, len(reading.frames))
    return tuple(event for event in reading.events if event.number < end and event.frame.terminated)


def is_told_error(error: Exception | None) -> bool:
    """Whether the client raised what it raises for an error that a stream tells: that is documented."""
    package = openai()
    return isinstance(error, package.APIError) and not isinstance(
        error, (package.APIConnectionError, package.APIResponseValidationError, package.APIStatusError)
    )
