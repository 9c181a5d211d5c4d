"""Changing one thing of an exchange: a value at a path, a text, a frame, a header. Everything else stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slashv1.fixtures import Exchange, Read
from slashv1.fixtures.exchange import Facet
from slashv1.harness.sse import decode
from slashv1.spec import parse

Path = tuple[str | int, ...]
"""Keys and indices from the root."""

RAW = "\x01raw\x01"
"""A value in whose place `dumped` writes a text that is no JSON value."""
_RAW_TEXT = json.dumps(RAW)


def dumped(value: Any, raw: str = "null") -> str:
    """A value as JSON text; `raw` stands where the value has `RAW`."""
    return json.dumps(value, ensure_ascii=False).replace(_RAW_TEXT, raw)


def changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy with what lies at `path` changed; siblings are shared, key order is kept."""
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy with `new` at `path`; a key that was not there is added last."""
    if path and isinstance(path[-1], str):
        return changed(value, path[:-1], lambda inner: {**inner, path[-1]: new})
    return changed(value, path, lambda _: new)


def without(value: Any, path: Path) -> Any:
    """A copy without the key or the entry at `path`."""

    def less(inner: Any) -> Any:
        if isinstance(inner, list):
            return [item for index, item in enumerate(inner) if index != path[-1]]
        return {key: item for key, item in inner.items() if key != path[-1]}

    return changed(value, path[:-1], less)


def renamed(value: Any, path: Path, name: str) -> Any:
    """A copy in which the last key of `path` is called `name`, at the same place."""

    def other(inner: dict[str, Any]) -> dict[str, Any]:
        return {name if key == path[-1] else key: item for key, item in inner.items()}

    return changed(value, path[:-1], other)


def dig(value: Any, *path: str | int) -> Any:
    """What lies at a path; None where the way ends before."""
    for step in path:
        inside = isinstance(value, dict) if isinstance(step, str) else isinstance(value, list)
        if not inside or (step not in value if isinstance(step, str) else not 0 <= step < len(value)):
            return None
        value = value[step]
    return value


def pointer(path: Path) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def with_body(exchange: Exchange, body: bytes | str) -> Exchange:
    """The exchange with another body, as if read at once."""
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return replace(exchange, reads=(Read(data, 0.0),), facets=exchange.facets - {Facet.TIMES})


def with_header(exchange: Exchange, name: str, value: str | None) -> Exchange:
    """The exchange with one header replaced or added; None takes it away."""
    if value is not None and exchange.header(name) is None:
        return replace(exchange, headers=(*exchange.headers, (name, value)))
    pairs = ((key, value if key.lower() == name else old) for key, old in exchange.headers)
    return replace(exchange, headers=tuple((key, new) for key, new in pairs if new is not None))


@dataclass(frozen=True, slots=True)
class Cut:
    """One frame of a stream: its bytes, and what they say."""

    raw: bytes
    """Up to and with the blank line."""
    event: str | None = None
    data: str | None = None
    value: Any = None
    """The data as JSON; None where it is not."""

    @property
    def object(self) -> dict[str, Any]:
        """The data where it is an object, else empty."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def kind(self) -> str:
        """Its `type`; empty where it has none."""
        found = self.object.get("type")
        return found if isinstance(found, str) else ""

    @property
    def done(self) -> bool:
        """Whether it says `[DONE]`."""
        return (self.data or "").strip() == "[DONE]"

    def saying(self, data: str) -> Cut:
        """The frame with other data."""
        return written(self.event, data)

    def holding(self, value: Any) -> Cut:
        """The frame with another JSON value."""
        return replace(self.saying(dumped(value)), value=value)


def written(event: str | None, data: str) -> Cut:
    """A frame as genuine streams write it."""
    name = "" if event is None else f"event: {event}\n"
    return Cut(f"{name}data: {data}\n\n".encode("utf-8", "surrogatepass"), event, data)


def cuts(exchange: Exchange) -> tuple[Cut, ...]:
    """The frames of a stream; joined they are the whole body."""
    found: list[Cut] = []
    start = 0
    for frame in decode(exchange):
        value = parse(frame.data).value if frame.data is not None else None
        found.append(Cut(exchange.body[start : frame.end], frame.event, frame.data, value))
        start = frame.end
    rest = exchange.body[start:]
    return tuple(found) if not rest else (*found, Cut(rest))


def with_cuts(exchange: Exchange, frames: Sequence[Cut]) -> Exchange:
    """The exchange with these frames for a body."""
    return with_body(exchange, b"".join(frame.raw for frame in frames))


def renumbered(frames: Sequence[Cut]) -> list[Cut]:
    """The frames with `sequence_number` contiguous again, from the smallest of the first ones on."""
    numbers = [frame.object["sequence_number"] for frame in frames if "sequence_number" in frame.object]
    due = min(numbers, default=0)
    made: list[Cut] = []
    for frame in frames:
        if "sequence_number" in frame.object:
            if frame.object["sequence_number"] != due:
                frame = frame.holding({**frame.object, "sequence_number": due})
            due += 1
        made.append(frame)
    return made
