"""A long stream, decoded and parsed anew at each look: what was made of it before is not kept.

Fifty checks ask every event; of a stream of many megabytes all parsed events at once are several times its
size. A short one, as all genuine ones are, is read once: that is faster.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

from slashv1.fixtures import Exchange
from slashv1.harness.sse import Frame, decode_one, each_frame
from slashv1.spec import Document, parse

_AT_HAND = 2**21
"""Characters of the events that were asked for last: those of 5,000 frames of the usual size, or of a few
long ones that a check compares."""


class Frames(Sequence[Frame]):
    """The frames of a body; only their places are held."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._places, self._times = array("Q"), array("d")
        """Of each frame: its first byte, the one behind its last; when it came, where times were kept."""
        self._last: Frame | None = None
        for frame in each_frame(exchange):
            self._places.extend((frame.offset, frame.end))
            if frame.at is not None:
                self._times.append(frame.at)

    def __len__(self) -> int:
        return len(self._places) // 2

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Frame]: ...
    def __getitem__(self, place: int | slice) -> Frame | Sequence[Frame]:
        numbers = range(len(self))[place]
        return self._made(numbers) if isinstance(numbers, int) else tuple(map(self._made, numbers))

    def __iter__(self) -> Iterator[Frame]:
        return map(self._made, range(len(self)))

    def _made(self, number: int) -> Frame:
        if self._last is None or self._last.number != number:
            start, end = self._places[2 * number : 2 * number + 2]
            at = self._times[number] if self._times else None
            self._last = decode_one(self._exchange.part(start, end), start, number, at)
        return self._last


class Texts:
    """What the frames say in JSON; those asked for last are at hand."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._known: dict[int, tuple[Document, int]] = {}
        """By number, with the length of the text; the one asked for last is the last."""
        self._size = 0

    def document(self, number: int) -> Document:
        """The data of a frame, parsed."""
        found = self._known.pop(number, None)
        if found is None:
            data = self.frames[number].data or ""
            found = parse(data), len(data)
            self._size += len(data)
            while self._known and self._size > _AT_HAND:
                self._size -= self._known.pop(next(iter(self._known)))[1]
        self._known[number] = found
        return found[0]


class LateEvent:
    """An `Event` of a long stream: it holds its number, and what it says is read when it is asked."""

    __slots__ = ("_texts", "number")

    def __init__(self, number: int, texts: Texts) -> None:
        self.number, self._texts = number, texts

    @property
    def frame(self) -> Frame:
        """As `Event`'s."""
        return self._texts.frames[self.number]

    @property
    def document(self) -> Document:
        """As `Event`'s."""
        return self._texts.document(self.number)

    @property
    def value(self) -> Any:
        """As `Event`'s."""
        return self.document.value

    @property
    def object(self) -> dict[str, Any]:
        """As `Event`'s."""
        value = self.document.value
        return value if isinstance(value, dict) else {}
