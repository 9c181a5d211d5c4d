"""Server text made harmless for a terminal: what is no plain character is shown as its escape."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, hide or reorder text, or cannot be written at all."""


def printable(text: str, limit: int | None = None) -> str:
    """The text with control, format and surrogate characters as `\\x1b`, cut at `limit` characters."""
    cut = text if limit is None or len(text) <= limit else f"{text[: limit - 1]}…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(_visible(c) if unicodedata.category(c) in _HIDDEN else c for c in cut)


def _visible(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
