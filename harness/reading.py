"""An exchange, read: its JSON, its frames and events, and the exchanges it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeGuard, TypeVar

from slashv1.fixtures import Exchange
from slashv1.fixtures.reads import LONG
from slashv1.harness.long_stream import Frames, LateEvent, Texts
from slashv1.harness.sse import Frame, decode
from slashv1.matrix import Case, Profile
from slashv1.spec import Document, parse

T = TypeVar("T")
_OF_STREAMS = (b"d", b"e", b":")
"""What an event stream begins with, and no JSON: that the first byte tells, of however many."""


class Event(Protocol):
    """One SSE frame whose data was read as JSON."""

    @property
    def frame(self) -> Frame:
        """The frame itself."""

    @property
    def number(self) -> int:
        """Number of the frame, from 0."""

    @property
    def document(self) -> Document:
        """The data, parsed."""

    @property
    def value(self) -> Any:
        """The parsed data; None where it is not JSON."""

    @property
    def object(self) -> dict[str, Any]:
        """The parsed data where it is an object, else empty: safe to ask."""


class ReadEvent(NamedTuple):
    """An `Event`, read. No properties: fifty checks ask every event of a stream."""

    frame: Frame
    document: Document
    number: int
    value: Any
    object: dict[str, Any]


def _event(frame: Frame, data: str) -> ReadEvent:
    document = parse(data)
    value = document.value
    return ReadEvent(frame, document, frame.number, value, value if isinstance(value, dict) else {})


def _is_json(data: str | None) -> TypeGuard[str]:
    """Whether a frame's data is JSON, or was to be."""
    return data is not None and (data[:1] == "{" or data.strip() != "[DONE]")


@dataclass(frozen=True)
class Reading:
    """What a check looks at. Everything is read once, on first use."""

    case: Case
    exchange: Exchange
    asked: Any = None
    """The JSON body as sent, `${…}` filled in, or a form's fields (`forms.fields_of`); None: neither."""
    others: Mapping[str, Reading] = field(default_factory=dict)
    """By `operation/case`: the steps before (`after`) and the exchanges compared with (`beside`)."""
    golden: Exchange | None = None
    """The fixture of this case, where there is one."""
    as_of: date | None = None
    """The day whose newer fields are asked for; None: the day it was sent."""
    profile: Profile | None = None
    """Under which it is judged, for a check that asks others; None: each at its own level."""
    alike: Mapping[str, Reading] = field(default_factory=dict, repr=False, compare=False)
    """By `operation/case`: answers of the same run that seem to bear an id of this one."""
    _made: dict[Callable[[Reading], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[[Reading], T]) -> T:
        """What `make` gives of this reading: made on first use and shared by all checks (a stream's fold)."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @property
    def neighbours(self) -> Mapping[str, Reading]:
        """The others, and those that are alike: what no id may be shared with."""
        return {**self.others, **self.alike}

    @cached_property
    def document(self) -> Document:
        """The body as JSON."""
        start = self.exchange.part(0, 1)
        if start in _OF_STREAMS and self.exchange.size > LONG:
            return parse(start)
        return parse(self.exchange.body)

    @cached_property
    def body(self) -> Any:
        """The parsed body; None where it is not JSON."""
        return self.document.value

    @cached_property
    def object(self) -> dict[str, Any]:
        """The parsed body where it is an object, else empty: safe to ask."""
        return self.body if isinstance(self.body, dict) else {}

    @cached_property
    def frames(self) -> Sequence[Frame]:
        """The SSE frames of the body, in order."""
        return Frames(self.exchange) if self.exchange.size > LONG else decode(self.exchange)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The frames that carry JSON data: all but empty ones and `[DONE]`."""
        frames = self.frames
        if isinstance(frames, Frames):
            texts = Texts(frames)
            return tuple([LateEvent(frame.number, texts) for frame in frames if _is_json(frame.data)])
        return tuple([_event(frame, data) for frame in frames if _is_json(data := frame.data)])

    @cached_property
    def expected_status(self) -> bool:
        """Whether the status is one the case expects."""
        return self.exchange.status in self.case.expect.status
