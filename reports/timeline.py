"""A stream as a line of frames in time, with the offending ones marked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from slashv1.record import Frame, Wire
from slashv1.reports.difference import Pieces
from slashv1.reports.pointer import marked

WIDTH = 1_000
"""Units of the drawing from the request to the end of the answer."""
_AROUND = 3
_MOST = 400
_LONGEST_DATA = 1_200
"""Characters of one frame's data."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One frame on the line."""

    x: float
    offending: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list of frames: a frame, or a number of frames that are left out."""

    frame: Frame | None = None
    offending: bool = False
    data: Pieces = ()
    """The frame's data, cut, with the value marked at which the pointer of the finding points."""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing and the list."""

    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    timed: bool
    """False where no arrival times were kept: ticks then stand in order, evenly."""
    end: float | None
    """Seconds at the right end."""
    total: int
    bad: tuple[int, ...] = ()
    """Numbers of the offending frames."""
    missing: tuple[int, ...] = ()
    """Offending frames that the record does not hold."""


def make_timeline(
    wire: Wire,
    offending: Collection[int],
    *,
    pointer: str | None = None,
    whole: bool = False,
) -> Timeline:
    """The frames around the offending ones, or all that fit a page where `whole`.

    `pointer` is marked in the data of the offending frames.
    """
    frames = wire.frames
    times = [frame.at for frame in frames if frame.at is not None]
    timed = bool(frames) and len(times) == len(frames)
    end = max([*times, wire.seconds or 0]) if timed else None
    ticks = tuple(
        Tick(round(_position(index, frame, len(frames), end), 1), frame.number in offending)
        for index, frame in enumerate(frames)
    )
    keep = _kept(frames, offending, whole=whole)
    lines = _lines(wire, keep, offending, pointer)
    held = {frame.number for frame in frames}
    missing = tuple(sorted(set(offending) - held))
    return Timeline(
        ticks, lines, timed, end, len(frames) + wire.frames_left_out, tuple(sorted(offending)), missing
    )


def _position(index: int, frame: Frame, count: int, end: float | None) -> float:
    if end and frame.at is not None:
        return WIDTH * frame.at / end
    return WIDTH * (index + 0.5) / count


def _kept(frames: tuple[Frame, ...], offending: Collection[int], *, whole: bool) -> set[int]:
    near = {number + step for number in offending for step in range(-_AROUND, _AROUND + 1)}
    numbers = [frame.number for frame in frames]
    if whole:
        return near | set(numbers[: _MOST // 2]) | set(numbers[-_MOST // 2 :])
    return near or set(numbers[: 2 * _AROUND])


def _lines(wire: Wire, keep: set[int], offending: Collection[int], pointer: str | None) -> tuple[Line, ...]:
    """The kept frames; gaps, those that the record itself lost included, as a count each."""
    lines: list[Line] = []
    after = 0
    for frame in (frame for frame in wire.frames if frame.number in keep):
        if frame.number > after:
            lines.append(Line(left_out=frame.number - after))
        bad = frame.number in offending
        lines.append(Line(frame, bad, marked(frame.data, pointer if bad else None, _LONGEST_DATA)))
        after = frame.number + 1
    rest = len(wire.frames) + wire.frames_left_out - after
    return (*lines, Line(left_out=rest)) if rest > 0 else tuple(lines)
