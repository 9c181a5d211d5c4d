"""Streams of the other operations: what they begin with and how they end, as `streams.json` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Event, Reading
from slashv1.record import Level
from slashv1.spec import stream_machine

OTHERS = on(*stream_machine("others"), stream=True)


def _machine(reading: Reading) -> Mapping[str, Any]:
    found: Mapping[str, Any] = stream_machine("others")[reading.case.operation]
    return found


def _kind(event: Event, named_by: str) -> Any:
    return event.frame.event if named_by == "event" else event.object.get(named_by)


@check(
    "stream.first-event",
    level=Level.SHOULD,
    title="A stream begins with an event that may stand first",
    clause="ES-16",
    when=OTHERS,
)
def _first(reading: Reading) -> Iterator[Deviation]:
    """Clients make the object that the rest belongs to (a run, a text, an image) of the first event."""
    machine = _machine(reading)
    for event in reading.events[:1]:
        kind = _kind(event, machine["kind"])
        if isinstance(kind, str) and kind not in machine["first"]:
            wanted = " or ".join(machine["first"])
            yield Deviation(f"the stream begins with {short(kind)}", wanted, short(kind), "", event.number)


@check(
    "stream.last-event",
    level=Level.SHOULD,
    title="A stream ends in its final event and its terminator",
    clause="ES-17",
    when=OTHERS,
)
def _last(reading: Reading) -> Iterator[Deviation]:
    """Without the final event a client cannot tell a whole answer from one that was cut off."""
    machine = _machine(reading)
    for event in reading.events[-1:]:
        kind = _kind(event, machine["kind"])
        if isinstance(kind, str) and kind not in machine["last"]:
            wanted = " or ".join(machine["last"])
            yield Deviation(f"the stream ends in {short(kind)}", wanted, short(kind), "", event.number)
    last = next((frame for frame in reversed(reading.frames) if frame.data is not None), None)
    terminator = machine["terminator"]
    if terminator and last and (last.data or "").strip() != terminator:
        said = short((last.data or "")[:60])
        yield Deviation(f"the stream does not end in {terminator}", terminator, said, None, last.number)
