"""Whether a stream comes as it is generated, as far as arrival times can tell.

A quick server's answer comes at once, and so does one that a slow start held up: neither is a fault. What
is certain needs other answers to the same prompt, long ones and short ones, to know what generating costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import dig
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Event, Reading
from slashv1.matrix import Case
from slashv1.record import Level

LONG = "long"
"""Tag of the cases that keep a model busy; what else stands beside is short."""
SILENCE = 1.0
"""Seconds that a user notices: what came sooner was not held back."""
MANY = 64
"""Pieces of text that no model generates in no time."""
AT_ONCE = 0.05
"""Share of the silence within which all text came, for it to have come at once."""
TIMES_LONGER = 3
"""A long answer must take so many times as long as every short one for the wait to be generation."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the text of a stream came, in seconds after the request."""

    first: float
    last: float
    pieces: int
    frame: int

    @property
    def at_once(self) -> bool:
        """Whether nothing came for long, and then all."""
        return self.first >= SILENCE and self.last - self.first <= AT_ONCE * self.first


def arrival(reading: Reading) -> Arrival | None:
    """When the text came; None where there is none, or no time was kept."""
    events = [event for event in reading.events if _brings_text(event)]
    times = [event.frame.at for event in events if event.frame.at is not None]
    return Arrival(times[0], times[-1], len(times), events[0].number) if times else None


def _brings_text(event: Event) -> bool:
    chat = dig(event.object.get("choices"), 0, "delta", "content")
    return bool(chat) or event.object.get("type") == "response.output_text.delta"


def _long_stream(case: Case) -> bool:
    return LONG in case.tags and bool(case.beside)


@check(
    "framing.buffered",
    level=Level.SHOULD,
    title="A long stream does not come whole after the time it took to generate",
    clause="ES-14",
    when=on(stream=True).where(_long_stream),
    needs=[Facet.TIMES, Facet.BYTES],
)
def _buffered(reading: Reading) -> Iterator[Deviation]:
    """The user looks at nothing for as long as the whole answer takes; agents and proxies time out.

    A proxy that buffers (nginx without `proxy_buffering off`), a compressor that is never flushed, a
    gateway that awaits the whole answer and only then cuts it into events.
    """
    came = arrival(reading)
    if came is None or not came.at_once:
        return
    if came.pieces < MANY:
        raise Inconclusive(f"the text came in {came.pieces} pieces, too few to tell when they were generated")
    quick, spent = _cost(reading)
    generating = spent - quick
    if generating < SILENCE or spent < TIMES_LONGER * quick:
        raise Inconclusive("a long answer takes hardly longer than a short one: the wait may be the start")
    if came.first < quick + generating / 2:
        raise Inconclusive("the stream came sooner than the plain answer was generated: it may be a copy")
    span = f"{(came.last - came.first) * 1000:.0f} ms"
    message = (
        f"{came.pieces} pieces of text came within {span} after {came.first:.1f} s without any, "
        f"where the plain answer took {spent:.1f} s and a short one {quick:.1f} s: the stream was held back"
    )
    yield Deviation(message, "text as it is generated", f"all of it at {came.first:.1f} s", frame=came.frame)


def _cost(reading: Reading) -> tuple[float, float]:
    """Seconds that the slowest short answer took, and the quickest long one that is not judged here.

    Raises:
        Inconclusive: one is missing, or another long stream did come bit by bit.
    """
    others = [other for other in reading.others.values() if other.expected_status]
    long = [other for other in others if LONG in other.case.tags]
    streams = [arrival(other) for other in long if other.case.stream]
    if any(came is not None and not came.at_once for came in streams):
        raise Inconclusive("another long stream came bit by bit")
    short = _seconds([other for other in others if LONG not in other.case.tags])
    plain = _seconds([other for other in long if not other.case.stream])
    if not short or not plain or None in streams or not streams:
        raise Inconclusive("the answers that it is compared with are missing")
    return max(short), min(plain)


def _seconds(readings: Sequence[Reading]) -> list[float]:
    return [r.exchange.seconds for r in readings if r.exchange.seconds is not None]
