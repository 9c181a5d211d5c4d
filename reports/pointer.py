"""Where a JSON Pointer points in a JSON text, so that the very characters can be marked."""

from __future__ import annotations

import json
import re

from slashv1.reports.difference import Pieces
from slashv1.reports.visible import visible

_LONGEST = 200_000
"""A longer text is not searched: reading it once per part of the pointer takes too long."""
_BEFORE = 160
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


def marked(text: str, pointer: str | None, limit: int) -> Pieces:
    """At most about `limit` characters of the text around the value pointed at, the value marked.

    Where there is no such value, the beginning, unmarked.
    """
    span = locate(text, pointer) if pointer else None
    if span is None:
        return _pieces("", (text[:limit], False), _more(text, limit))
    start, end = span
    first = 0 if end <= limit else max(0, start - _BEFORE)
    last = min(len(text), first + limit)
    stop = min(end, last)
    head = "… " if first else ""
    return _pieces(
        head,
        (text[first:start], False),
        (text[start:stop], True),
        (text[stop:last], False),
        _more(text, last),
    )


def span_shown(text: str, pointer: str, limit: int) -> tuple[int, int] | None:
    """Where the value stands in the first `limit` characters as a page shows them, in units of UTF-16.

    None where there is no such value, or where it ends behind the limit.
    """
    span = locate(text, pointer)
    if span is None or span[1] > limit:
        return None
    start, end = (_units(visible(text[:at])) for at in span)
    return start, end


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def locate(text: str, pointer: str) -> tuple[int, int] | None:
    """Begin and end of the value a pointer names; None where it names none or the text is no JSON."""
    if len(text) > _LONGEST or not pointer.startswith("/"):
        return None
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    try:
        start: int | None = _skip(text, 0)
        for part in parts:
            start = _step(text, start, part) if start is not None else None
        return None if start is None else (start, _DECODER.raw_decode(text, start)[1])
    except (ValueError, IndexError, RecursionError):
        return None


def _step(text: str, start: int, part: str) -> int | None:
    """Where the value under one key or index begins; of duplicate keys the last, as parsers take it."""
    opening = text[start]
    if opening not in "{[":
        return None
    found, at, index = None, _skip(text, start + 1), 0
    while text[at] not in "}]":
        name = str(index)
        if opening == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if name == part:
            found = at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
        index += 1
    return found


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _more(text: str, last: int) -> tuple[str, bool]:
    return (f"… ({len(text) - last:,} more characters)" if last < len(text) else "", False)


def _pieces(head: str, *pieces: tuple[str, bool]) -> Pieces:
    return tuple(piece for piece in ((head, False), *pieces) if piece[0])
