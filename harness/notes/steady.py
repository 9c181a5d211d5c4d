"""An exchange with whatever differs from run to run replaced: ids, times, what was counted."""

from __future__ import annotations

import re
import string
from dataclasses import replace

from slashv1.fixtures import Exchange
from slashv1.fixtures.reads import Read

_ID = re.compile(
    r"\b((?:batch_)?[a-z]{2,8}[-_])(?:[0-9A-Za-z]{22,}|(?<=modr-)\d{1,4})\b"
    r"|\b(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"
)
_FILLER = re.compile(r'("obfuscation": ?)"([^"]*)"')
_NO_TEXT = re.compile("[^\udc80-\udcff]+")
"""All but bytes that are no UTF-8, as they are decoded here."""
_SECONDS = re.compile(r"\b1\d{9}\b")
_MILLISECONDS = re.compile(r"\b1\d{12}\b")
_STEP = re.compile(r'("(?:in_progress|finalizing|completed|cancelling|cancelled)_at": ?)(1\d{9})\b')
"""When work went on: a second sooner or later from run to run."""
_NOW, _DAY = 1_750_000_000, 86_400
_TOOK = re.compile(r"\b\d+\.\d+ s\b")
_FROM = re.compile(r"\bfrom byte \d+ on\b")
"""Where two ids begin to differ."""
_COUNTED = ("openai-processing-ms",)


class Steady:
    """One replacement of each id, the same wherever the id comes again.

    `sent_at`: Unix seconds of the exchange; times of that day become one and the same.
    """

    def __init__(self, sent_at: float) -> None:
        self._names: dict[str, str] = {}
        self._sent_at = int(sent_at)
        self._first: int | None = None

    def text(self, text: str) -> str:
        """The text with ids as `resp_A`, `resp_B`, and times of today as one day's."""
        text = _FILLER.sub(lambda given: f'{given[1]}"{_NO_TEXT.sub("", given[2])}…"', text)
        text = _STEP.sub(
            lambda given: f"{given[1]}{_NOW if self._is_today(int(given[2])) else given[2]}", text
        )
        text = _SECONDS.sub(self._time, text)
        text = _MILLISECONDS.sub(lambda given: f"{self._time(given, 1000)}000", text)
        return _ID.sub(self._name, _FROM.sub("from byte … on", _TOOK.sub("… s", text)))

    def restart(self) -> None:
        """Count times anew, from the next one that comes; ids stay known."""
        self._first = None

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange with its body and headers replaced, its body in one read."""
        body = self.text(exchange.body.decode("utf-8", "surrogateescape"))
        headers = tuple(
            (name, "7" if name.lower() in _COUNTED and value.isdigit() else self.text(value))
            for name, value in exchange.headers
        )
        read = Read(body.encode("utf-8", "surrogateescape"), 0.0)
        return replace(exchange, reads=(read,), headers=headers)

    def _is_today(self, seconds: int) -> bool:
        return abs(seconds - self._sent_at) <= _DAY

    def _time(self, match: re.Match[str], unit: int = 1) -> str:
        given = int(match[0]) // unit
        if not self._is_today(given):
            return str(given)
        self._first = given if self._first is None else self._first
        return str(_NOW + max(0, given - self._first))

    def _name(self, match: re.Match[str]) -> str:
        if match[0] not in self._names:
            letter = string.ascii_uppercase[len(self._names) % 26]
            self._names[match[0]] = f"{match[1] or ''}{letter * (1 + len(self._names) // 26)}"
        return self._names[match[0]]
