"""JSON laid out for a reader, its literals and keys as they were sent: `1.0` stays, and so do twin keys."""

from __future__ import annotations

import json
import re

_NUMBER = r"-?\d[-+.\deE]*"
_TOKEN = re.compile(
    rf'\[(?:\s*{_NUMBER}\s*,)*\s*{_NUMBER}\s*\]|"(?:[^"\\]|\\.)*"|[{{}}\[\],:]|[^\s{{}}\[\],:"]+', re.S
)
"""A list of nothing but numbers is one piece: an embedding does not take a thousand lines."""
_STEP = "  "


def indented(text: str) -> str:
    """The text over several lines; as it is where it is no JSON object or array."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return text
    return "".join(_laid_out(_TOKEN.findall(text)))


def _laid_out(tokens: list[str]) -> list[str]:
    out: list[str] = []
    depth, before = 0, ""
    for piece in tokens:
        if piece in "}]":
            depth -= 1
            out.append("" if before in ("{", "[") else f"\n{_STEP * depth}")
        elif before in ("{", "[", ","):
            out.append(f"\n{_STEP * depth}")
        out.append(" ".join(piece.split()) if piece[0] == "[" else piece)
        if piece in "{[":
            depth += 1
        elif piece == ":":
            out.append(" ")
        before = piece
    return out
