"""`${…}` in a case: what it refers to.

Two forms: a name of the run, such as `${model}`, and `${operation/case#/pointer}`, a value out of the
answer of an earlier step. A string that is nothing but one reference stands for the value itself,
whatever its type; within a longer string for the value's text. Of an array the pointer may say, beside
a place, `-1` (its last item), `length`, or at its end `*`: all items, put into the array around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = ("model", "embedding_model", "slashed_model", "slashed_model_encoded")
"""What a run knows before anything is sent; the last two: a listed id with a slash, for a path."""
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"(?P<case>[^/#\s]+/[^/#\s]+)#(?P<pointer>(?:/\S*)?)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${…}`: a name of the run, or a place in the answer of a step."""

    text: str
    """As written between the braces."""
    case: str | None = None
    """`operation/case` of the step; None for a name of the run."""
    pointer: str = ""
    """JSON Pointer into the step's answer."""

    @property
    def ok(self) -> bool:
        """Whether it has one of the two forms."""
        return self.case is not None or self.text in NAMES


def references(value: Any) -> Iterator[Reference]:
    """Every reference in a value, in order."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            step = _STEP.fullmatch(found[1])
            yield Reference(found[1], step["case"], step["pointer"]) if step else Reference(found[1])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)
