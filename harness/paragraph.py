"""Text laid out in the columns of a terminal, in which a Chinese character or an emoji takes two."""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells

_CHUNK = re.compile(r"\s+|\S+")
NARROWEST = 20
"""Columns that a text is given at least."""
_AHEAD = 4
"""Lines' worth of characters looked at to break one off."""


def paragraph(text: str, width: int, *, indent: int = 0, hang: int = 2) -> list[str]:
    """Lines of at most `width` columns, broken at blanks; the further ones indented by `hang` more.

    A word that is longer than a line is broken where the line ends.
    """
    width = max(NARROWEST, width)
    lines, line = list[str](), " " * indent
    rest = " " * (indent + hang)
    for chunk in _CHUNK.findall(text):
        if cell_len(line) + cell_len(chunk) <= width:
            line += "" if line == rest and lines and chunk.isspace() else chunk
            continue
        if chunk.isspace() or cell_len(chunk) <= width - len(rest):
            lines, line = [*lines, line], rest
        line += "" if chunk.isspace() else chunk
        while cell_len(ahead := line[: _AHEAD * width]) > width:  # all of it each time takes minutes
            piece = chop_cells(ahead, width)[0]
            lines, line = [*lines, piece], rest + line[len(piece) :]
    return [done.rstrip() for done in (*lines, line) if done.strip()]


def folded(line: str, width: int, hang: int) -> list[str]:
    """A line of data cut at `width` columns, what follows indented by `hang`; no character is lost."""
    width = max(NARROWEST, width)
    if cell_len(line) <= width:
        return [line]
    first = chop_cells(line, width)[0]
    return [first, *(" " * hang + piece for piece in chop_cells(line[len(first) :], width - hang))]
