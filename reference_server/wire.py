"""A request as the gateway reads it, and an answer as it leaves: values, and how they become bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read to its end."""

    method: str
    path: str
    """From `/v1` on, prefixes of defects and variants taken off."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    spool: BinaryIO | None = None
    """Where `body` is too long to be held: a temporary file, and `body` is empty."""
    account: str = ""
    """Whose request it is, where a gateway around knows; never the key itself."""

    @property
    def json(self) -> dict[str, Any]:
        """The body's JSON object; empty where it is none. For defects, which look without validating."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    data: Any
    """A JSON value, or a text that is sent as it is (`[DONE]`)."""
    name: str | None = None
    crlf: bool = False
    """Whether its lines end in CRLF, as those of audio do."""

    def encode(self) -> bytes:
        """The bytes as OpenAI frames them: `event:` where named, one `data:` line, a blank line."""
        text = self.data if isinstance(self.data, str) else dumps(self.data)
        end = "\r\n" if self.crlf else "\n"
        head = f"event: {self.name}{end}" if self.name is not None else ""
        return f"{head}data: {text}{end}{end}".encode()


@dataclass(frozen=True, slots=True)
class Turn:
    """What may come about while a stream waits, so that it ends otherwise."""

    at: int
    """Index of the event that is waited for."""
    comes: asyncio.Event
    events: tuple[Event, ...]
    """Sent in place of that event and all that follow it."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The content of a large file, read while it is sent."""

    size: int
    """Bytes."""
    read: Callable[[], AsyncIterator[bytes]]
    """May end early, where the file was deleted meanwhile."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON body, or events, or a file's bytes, or bytes that a defect has already made."""

    operation: str
    """Upstream's name; `""` where no operation was reached."""
    status: int = 200
    headers: Headers = ()
    body: Any = None
    events: tuple[Event, ...] | None = None
    writes: tuple[bytes, ...] | None = None
    """The body as it is written to the socket, write by write; None: made from what is answered."""
    cut: bool = False
    """Break the connection off where the body should end."""
    delay: float = 0.0
    """Seconds before anything is sent: what a model needs that is not as quick as this one."""
    pace: float = 0.0
    """Seconds before each write but the first."""
    content: bytes | None = None
    """In place of JSON: text, or a file."""
    media: str = "application/octet-stream"
    """The content type of `content` and `pieces`."""
    pieces: Pieces | None = None
    """In place of `content`, where it is too long to be held."""
    pauses: Mapping[int, float] = field(default_factory=dict)
    """Seconds before a write, by its index, in place of `pace`."""
    turn: Turn | None = None

    @property
    def ok(self) -> bool:
        """Whether the request was granted."""
        return self.status < 400

    def encoded(self) -> tuple[bytes, ...]:
        """The body, write by write; nothing of a large file, which is read while it is sent."""
        if self.pieces is not None:
            return ()
        if self.writes is not None:
            return self.writes
        if self.events is not None:
            return tuple(event.encode() for event in self.events)
        return (pretty(self.body) if self.content is None else self.content,)

    def with_header(self, name: str, value: str | None) -> Answer:
        """The same with one header replaced, added, or (None) taken away."""
        kept = tuple((n, v) for n, v in self.headers if n.lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


Handler = Callable[[Call], Awaitable[Answer]]


def dumps(value: Any) -> str:
    """JSON as a stream carries it: compact, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pretty(value: Any) -> bytes:
    """JSON as a plain answer carries it: indented, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
