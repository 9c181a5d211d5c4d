"""`${…}` in a case: what it refers to, and filling it in.

Three forms: `${model}`, `${embedding_model}` and `${operation/case#/pointer}`, a value out of the
answer of an earlier step. A string that is nothing but one reference becomes the value itself,
whatever its type; within a longer string the value's text is put in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = ("model", "embedding_model")
"""What a run knows before anything is sent."""
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_STEP = re.compile(r"(?P<case>[^/#\s]+/[^/#\s]+)#(?P<pointer>(?:/[^\s]*)?)")


class Unfilled(LookupError):  # noqa: N818 - says what is missing, not that something broke
    """A reference that has no value: the step was not answered as expected, or a name is unset."""


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
        """Whether it has one of the three forms."""
        return self.case is not None or self.text in NAMES


def references(value: Any) -> Iterator[Reference]:
    """Every reference in a value, keys included, in order."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            yield _reference(found[1])
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)


def fill(value: Any, names: Mapping[str, str | None], answers: Mapping[str, Any]) -> Any:
    """`value` with every reference replaced; `answers` are parsed bodies by `operation/case`.

    Raises:
        Unfilled: a name or a place in an answer that is not there.
    """
    if isinstance(value, str):
        return _fill_text(value, names, answers)
    if isinstance(value, Mapping):
        return {key: fill(item, names, answers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill(item, names, answers) for item in value]
    return value


def at_pointer(document: Any, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901).

    Raises:
        LookupError: nothing is there.
    """
    value = document
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[step]
        elif isinstance(value, list) and step.isdecimal():
            value = value[int(step)]
        else:
            raise LookupError(step)
    return value


def _reference(text: str) -> Reference:
    step = _STEP.fullmatch(text)
    return Reference(text, step["case"], step["pointer"]) if step else Reference(text)


def _fill_text(text: str, names: Mapping[str, str | None], answers: Mapping[str, Any]) -> Any:
    whole = _REFERENCE.fullmatch(text)
    if whole:
        return _value(_reference(whole[1]), names, answers)

    def put(found: re.Match[str]) -> str:
        value = _value(_reference(found[1]), names, answers)
        return value if isinstance(value, str) else json.dumps(value)

    return _REFERENCE.sub(put, text)


def _value(reference: Reference, names: Mapping[str, str | None], answers: Mapping[str, Any]) -> Any:
    if reference.case is None:
        value = names.get(reference.text)
        if value is None:
            raise Unfilled(f"no {reference.text.replace('_', ' ')} is known")
        return value
    if reference.case not in answers:
        raise Unfilled(f"the step {reference.case} was not answered")
    try:
        return at_pointer(answers[reference.case], reference.pointer)
    except LookupError as error:
        raise Unfilled(f"the answer of {reference.case} has nothing at {reference.pointer}") from error
