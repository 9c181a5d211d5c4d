"""Delays and faults of a scripted answer: what is done to its frames before they leave.

A frame is one event of a stream, counted from 1; a plain body is a single frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slashv1.reference_server.wire import Answer

HOLD_SECONDS = 3600.0
"""How long an answer that is held says nothing; a client leaves before."""
Frames = list[tuple[int, bytes]]
"""Frames, each with its number; what is put in before one has the same."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds."""

    head: float = 0.0
    """Before the status line."""
    frames: float = 0.0
    """Before each frame but the first."""
    before: Mapping[int, float] = field(default_factory=dict)
    """Before frames by number, in place of `frames`."""

    @classmethod
    def read(cls, said: Any) -> Delay:
        """A number delays the head."""
        if not isinstance(said, Mapping):
            return cls(head=said)
        before = {int(number): seconds for number, seconds in said.get("before", {}).items()}
        return cls(said.get("head", 0.0), said.get("frames", 0.0), before)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the answer."""

    cut: int | None = None
    """The connection breaks off after so many frames; of a plain body: bytes."""
    hold: int | None = None
    """After so many frames nothing comes any more, and the connection stays."""
    malformed: tuple[int, ...] = ()
    """Frames whose JSON ends in the middle."""
    drop: tuple[int | str, ...] = ()
    """Frames left out; `done` is the closing `[DONE]`."""
    repeat: tuple[int, ...] = ()
    """Frames sent twice."""
    insert: Mapping[int, str] = field(default_factory=dict)
    """Text as it stands before a frame."""
    write: int | None = None
    """Bytes a write, whatever the frames."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Fault:
        """From a script; a single number stands for a list of one."""
        return cls(
            cut=said.get("cut"),
            hold=said.get("hold"),
            malformed=_listed(said.get("malformed", ())),
            drop=_listed(said.get("drop", ())),
            repeat=_listed(said.get("repeat", ())),
            insert={int(number): text for number, text in said.get("insert", {}).items()},
            write=said.get("write"),
        )


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def disturbed(answer: Answer, delay: Delay, fault: Fault) -> Answer:
    """The answer with its delays and faults."""
    if delay == Delay() and fault == Fault():
        return answer
    streamed = answer.events is not None or (answer.writes is not None and len(answer.writes) > 1)
    frames: Frames = list(enumerate(answer.encoded(), 1))
    cut = fault.cut is not None and (not streamed or fault.cut <= len(frames))
    frames = _cut(_changed(frames, fault), fault.cut, streamed)
    writes, pauses = _written(frames, delay, fault)
    return replace(
        answer,
        writes=tuple(writes),
        cut=answer.cut or cut,
        delay=answer.delay + delay.head,
        pace=delay.frames or answer.pace,
        pauses=pauses,
        turn=None,
    )


def _changed(frames: Frames, fault: Fault) -> Frames:
    changed: Frames = []
    for number, data in frames:
        if number in fault.insert:
            changed.append((number, fault.insert[number].encode()))
        if number in fault.drop or ("done" in fault.drop and data.startswith(b"data: [DONE]")):
            continue
        sent = _torn(data) if number in fault.malformed else data
        changed += [(number, sent)] * (2 if number in fault.repeat else 1)
    return changed


def _cut(frames: Frames, after: int | None, streamed: bool) -> Frames:
    if after is None:
        return frames
    if streamed:
        return [frame for frame in frames if frame[0] <= after]
    return [(number, data[:after]) for number, data in frames]


def _torn(data: bytes) -> bytes:
    """A frame whose JSON ends in the middle, itself framed as it should be."""
    end = b"\n\n" if data.endswith(b"\n\n") else b""
    text = data.removesuffix(end)
    begin = text.rfind(b"data: ") + len(b"data: ") if end else 0
    return text[: begin + (len(text) - begin) // 2] + end


def _written(frames: Frames, delay: Delay, fault: Fault) -> tuple[list[bytes], dict[int, float]]:
    """The writes, and the pauses before some of them by index."""
    writes: list[bytes] = []
    pauses: dict[int, float] = {}
    before = 0
    for number, data in frames:
        if fault.hold is not None and number > fault.hold:
            break
        if number in delay.before and number != before:
            pauses[len(writes)] = delay.before[number]
        size = fault.write or max(len(data), 1)
        writes += [data[start : start + size] for start in range(0, len(data), size)]
        before = number
    if fault.hold is not None:
        pauses[len(writes)] = HOLD_SECONDS
        writes.append(b"")
    return writes, pauses
