"""One request to try, and what is wrong with it. Values only: nothing is drawn or sent here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """A request that was drawn."""

    method: str
    path: str
    """Percent-encoded, from `/v1` on."""
    body: bytes | None = None
    asked: Any = None
    """The JSON value of the body; None where it has none, or is no JSON."""
    mistake: str = ""
    """What is wrong with it, in words; empty where nothing is."""
    kind: str = ""
    """The kind of that mistake: of each kind the least request is reported."""

    @property
    def stream(self) -> bool:
        """Whether it asks for a stream."""
        return isinstance(self.asked, dict) and self.asked.get("stream") is True

    @property
    def size(self) -> tuple[int, bytes]:
        """By which the least of several is found: the shorter, then the first in order."""
        told = self.path.encode() + (self.body or b"")
        return len(told), told
