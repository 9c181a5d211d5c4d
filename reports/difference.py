"""Expected beside actual, with the parts that differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Pieces = tuple[tuple[str, bool], ...]
"""Stretches of a text, in order, and whether each differs."""

_TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)
_MOST_TOKENS = 400
"""Matching is quadratic; beyond this only the common ends are taken off."""
_ALIKE = 0.35
"""Below this ratio two texts have nothing to do with each other, and all of both differs."""


def difference(expected: str, actual: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces; joined they are the texts again."""
    left, right = _TOKENS.findall(expected), _TOKENS.findall(actual)
    if max(len(left), len(right)) > _MOST_TOKENS:
        return _by_ends(left, right)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return _all(expected), _all(actual)
    codes = matcher.get_opcodes()
    return (
        _merged([("".join(left[i1:i2]), tag != "equal") for tag, i1, i2, _, _ in codes]),
        _merged([("".join(right[j1:j2]), tag != "equal") for tag, _, _, j1, j2 in codes]),
    )


def _by_ends(left: list[str], right: list[str]) -> tuple[Pieces, Pieces]:
    shortest = min(len(left), len(right))
    head = next((i for i in range(shortest) if left[i] != right[i]), shortest)
    most = shortest - head
    tail = next((i for i in range(most) if left[-1 - i] != right[-1 - i]), most)
    return _three(left, head, tail), _three(right, head, tail)


def _three(tokens: list[str], head: int, tail: int) -> Pieces:
    end = len(tokens) - tail
    parts = [(tokens[:head], False), (tokens[head:end], True), (tokens[end:], False)]
    return _merged([("".join(part), differs) for part, differs in parts])


def _all(text: str) -> Pieces:
    return ((text, True),) if text else ()


def _merged(pieces: list[tuple[str, bool]]) -> Pieces:
    return tuple(piece for piece in pieces if piece[0])
