"""A chat stream, walked once: its chunks, what each choice got, how it ended. No checks of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.framing import is_stream
from slashv1.harness.judge.look import integer, joined, mapping, objects, pointer
from slashv1.harness.reading import Event, Reading
from slashv1.harness.sse import Frame


@dataclass(frozen=True, slots=True)
class Part:
    """One choice of one chunk."""

    chunk: Event
    place: int
    """In the chunk's `choices`."""
    index: int

    @property
    def frame(self) -> int:
        """Number of the chunk's frame."""
        return self.chunk.number

    @property
    def choice(self) -> dict[str, Any]:
        """The choice itself: a long stream's is read when it is asked for."""
        found: dict[str, Any] = self.chunk.object["choices"][self.place]
        return found

    @property
    def delta(self) -> dict[str, Any]:
        """The delta where it is an object, else empty."""
        return mapping(self.choice.get("delta"))

    @property
    def finish(self) -> Any:
        """The finish reason; None where null or absent."""
        return self.choice.get("finish_reason")

    @property
    def ended(self) -> bool:
        """Whether the choice ends here; an empty finish reason is none."""
        return isinstance(self.finish, str) and self.finish != ""

    def at(self, *steps: str | int) -> str:
        """Pointer to a place within this choice."""
        return pointer("choices", self.place, *steps)


@dataclass(frozen=True, slots=True)
class CallDelta:
    """One piece of a tool call."""

    part: Part
    place: int
    """In the delta's `tool_calls`."""

    @property
    def value(self) -> dict[str, Any]:
        """The piece itself."""
        found: dict[str, Any] = self.part.delta["tool_calls"][self.place]
        return found

    @property
    def kind(self) -> str:
        """`custom` or `function`."""
        return "custom" if "custom" in self.value else "function"

    @property
    def called(self) -> dict[str, Any]:
        """The inner object with name and arguments."""
        return mapping(self.value.get(self.kind))

    def at(self, *steps: str | int) -> str:
        """Pointer to a place within this piece."""
        return self.part.at("delta", "tool_calls", self.place, *steps)


@dataclass(frozen=True, slots=True)
class ChatStream:
    """What the checks of a chat stream look at."""

    chunks: tuple[Event, ...]
    """Events that are objects and no error, in order, up to `[DONE]`, where clients stop reading."""
    errors: tuple[Event, ...]
    late: tuple[Event, ...]
    """Objects behind the first `[DONE]`."""
    done: tuple[Frame, ...]
    """Frames that say `[DONE]`."""
    choices: Mapping[int, tuple[Part, ...]]
    """The parts of every choice, by its index."""
    whole: bool
    """Neither cut off nor broken off with an error: how it ends can be judged."""

    @property
    def usages(self) -> tuple[Event, ...]:
        """The chunks that carry a usage object."""
        return tuple(chunk for chunk in self.chunks if isinstance(chunk.object.get("usage"), dict))

    def last_finish(self, index: int) -> Part | None:
        """The part with the finish reason of a choice."""
        return next((part for part in reversed(self.choices[index]) if part.finish is not None), None)


def chat_stream(reading: Reading) -> ChatStream:
    """The stream of a reading, folded once.

    Raises:
        Inconclusive: the answer is no event stream, which `framing.content-type` reports.
    """
    stream = reading.once(_fold)
    if stream is None:
        raise Inconclusive("the answer is no event stream (framing.content-type)")
    return stream


def _fold(reading: Reading) -> ChatStream | None:
    if not is_stream(reading):
        return None
    done = tuple(frame for frame in reading.frames if (frame.data or "").strip() == "[DONE]")
    end = done[0].number if done else len(reading.frames)
    found = [event for event in reading.events if event.object]
    seen = [event for event in found if event.number < end]
    chunks = tuple(event for event in seen if not event.object.get("error"))
    errors = tuple(event for event in seen if event.object.get("error"))
    late = tuple(event for event in found if event.number > end)
    choices: dict[int, list[Part]] = {}
    for part in (part for chunk in chunks for part in _parts(chunk)):
        choices.setdefault(part.index, []).append(part)
    whole = reading.exchange.failure is None and not errors
    return ChatStream(chunks, errors, late, done, {i: tuple(parts) for i, parts in choices.items()}, whole)


def _parts(chunk: Event) -> Iterator[Part]:
    for place, choice in objects(chunk.object.get("choices")):
        index = integer(choice.get("index"))
        if index is not None:
            yield Part(chunk, place, index)


def content(parts: Iterable[Part]) -> str:
    """The text that the deltas of one choice join to."""
    return joined(text for part in parts if isinstance(text := part.delta.get("content"), str))


def call_deltas(parts: tuple[Part, ...]) -> Iterator[CallDelta]:
    """Every piece of a tool call of one choice, in order."""
    for part in parts:
        given = part.delta.get("tool_calls")
        for place, _ in objects(given) if given else ():
            yield CallDelta(part, place)


def calls(parts: tuple[Part, ...]) -> Mapping[int, tuple[CallDelta, ...]]:
    """The pieces of every tool call of one choice, by the call's index."""
    found: dict[int, list[CallDelta]] = {}
    for piece in call_deltas(parts):
        index = integer(piece.value.get("index"))
        if index is not None:
            found.setdefault(index, []).append(piece)
    return {index: tuple(pieces) for index, pieces in found.items()}
