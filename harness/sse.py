"""Server-sent events by the WHATWG rules, with the byte offset and time of every frame."""

from __future__ import annotations

from dataclasses import dataclass

from slashv1.fixtures import Exchange


@dataclass(frozen=True, slots=True)
class Frame:
    """One event stream block, dispatched or not."""

    number: int
    """From 0, in order of the stream; comment-only blocks count not."""
    offset: int
    """Byte offset of its first line in the body."""
    end: int
    """Byte offset behind its last byte, the blank line included."""
    at: float | None
    """Seconds after the request at which its last byte was read."""
    data: str | None
    """Joined `data` lines; None where the block had none."""
    event: str | None = None
    """The `event` field; None where absent."""
    id: str | None = None
    retry: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """Every line of the block: field name and value; name `""` for comments."""
    terminated: bool = True
    """Whether a blank line ended it; WHATWG drops a block that the end of the body cuts."""


def decode(exchange: Exchange) -> tuple[Frame, ...]:
    """The frames of an exchange's body."""
    raise NotImplementedError
