"""Text of a stranger, made harmless to read: what cannot be seen is shown, what is too long is cut."""

from __future__ import annotations

import re

LIMIT = 4_000
"""Characters of one value that a report shows."""

# C0 but tab and newline, DEL, C1; zero-width and bidirectional controls; line separators, surrogates,
# interlinear marks, non-characters, invisible tags. U+200C and U+200D stay: scripts and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with control characters, lone surrogates and direction overrides spelt out.

    What remains can be encoded as UTF-8 and is legal in XML 1.0.
    """
    return _HIDDEN.sub(_spelt, text)


def clip(text: str, limit: int = LIMIT) -> str:
    """At most `limit` characters, and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0xA0:
        return "\\r" if code == 0x0D else f"\\x{code:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return f"\\u{code:04x}"
    return f"⟨U+{code:04X}⟩"
