"""A stream as a line of frames in time, with the offending ones marked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from slashv1.record import Frame, Wire

WIDTH = 1_000
"""Units of the drawing from the request to the end of the answer."""
_AROUND = 3
_MOST = 400
LONGEST_DATA = 1_200
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
    tick: Tick | None = None
    left_out: int = 0
    told: bool = False
    """Whether a finding names this frame."""


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
    """Frames that findings name and the record does not hold."""


def make_timeline(wire: Wire, offending: Collection[int], noted: Collection[int] = ()) -> Timeline:
    """The frames that fit a page: the first, the last, and those around the offending ones.

    `noted`: those of which something is said that is no fault; they are kept likewise, and not marked.
    """
    frames = wire.frames
    times = [frame.at for frame in frames if frame.at is not None]
    timed = bool(frames) and len(times) == len(frames)
    end = max([*times, wire.seconds or 0]) if timed else None
    ticks = tuple(
        Tick(round(_position(index, frame, len(frames), end), 1), frame.number in offending)
        for index, frame in enumerate(frames)
    )
    held = {frame.number for frame in frames}
    told = {*offending, *noted}
    missing = tuple(sorted(told - held))
    return Timeline(
        ticks,
        _lines(wire, ticks, _kept(frames, told), told),
        timed,
        end,
        len(frames) + wire.frames_left_out,
        tuple(sorted(offending)),
        missing,
    )


def _position(index: int, frame: Frame, count: int, end: float | None) -> float:
    if end and frame.at is not None:
        return WIDTH * frame.at / end
    return WIDTH * (index + 0.5) / count


def _kept(frames: tuple[Frame, ...], offending: Collection[int]) -> set[int]:
    near = {number + step for number in offending for step in range(-_AROUND, _AROUND + 1)}
    numbers = [frame.number for frame in frames]
    return near | set(numbers[: _MOST // 2]) | set(numbers[-_MOST // 2 :])


def _lines(wire: Wire, ticks: tuple[Tick, ...], keep: set[int], told: set[int]) -> tuple[Line, ...]:
    """The kept frames; gaps, those that the record itself lost included, as a count each."""
    lines: list[Line] = []
    after = 0
    for frame, tick in zip(wire.frames, ticks, strict=True):
        if frame.number not in keep:
            continue
        if frame.number > after:
            lines.append(Line(left_out=frame.number - after))
        lines.append(Line(frame, tick, told=frame.number in told))
        after = frame.number + 1
    rest = len(wire.frames) + wire.frames_left_out - after
    return (*lines, Line(left_out=rest)) if rest > 0 else tuple(lines)
