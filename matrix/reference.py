"""`${…}` in a case: what it refers to.

Three forms: a name of the run, such as `${model}`; `${operation/case#/pointer}`, a value out of the answer of
an earlier step; `${operation/case@header}`, a header of that answer. A string that is nothing but one
reference stands for the value itself, whatever its type; within a longer string for the value's text. Of an
array the pointer may say, beside a place, `-1` (its last item), `length`, or at its end `*`: all items, put
into the array around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

STORED = ("hints_ref", "session_ref", "alias")
"""What a target has stored or named, as a profile's `refs:` say."""
NONCE = "nonce"
"""A text that no other run has."""
NAMES = ("model", "embedding_model", "slashed_model", "slashed_model_encoded", NONCE, *STORED)
"""What a run knows before anything is sent; `slashed_…`: a listed id with a slash, for a path."""
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"(?P<case>[^/#@\s]+/[^/#@\s]+)(?:#(?P<pointer>(?:/\S*)?)|@(?P<header>[A-Za-z0-9-]+))")


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${…}`: a name of the run, or a place in the answer of a step."""

    text: str
    """As written between the braces."""
    case: str | None = None
    """`operation/case` of the step; None for a name of the run."""
    pointer: str = ""
    """JSON Pointer into the step's answer."""
    header: str = ""
    """Name of a header of the step's answer, in place of a pointer."""

    @property
    def ok(self) -> bool:
        """Whether it has one of the two forms."""
        return self.case is not None or self.text in NAMES


def _of_step(text: str, step: re.Match[str]) -> Reference:
    return Reference(text, step["case"], step["pointer"] or "", step["header"] or "")


def references(value: Any) -> Iterator[Reference]:
    """Every reference in a value, in order."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            step = _STEP.fullmatch(found[1])
            yield _of_step(found[1], step) if step else Reference(found[1])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)
