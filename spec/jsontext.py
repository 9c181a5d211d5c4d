"""JSON text to values, with what `json.loads` merges or lets pass kept as problems.

Source: RFC 8259 and RFC 7493 (I-JSON): unique names, no NaN, no lone surrogates.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from jiter import from_json

from slashv1.spec.hostile import DEPTH

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_DIGITS = 400
"""More digits than any double needs; Python itself refuses an integer of 4,300."""

_MAX_VALUES = 1_000_000
"""Objects and arrays of one text: 64 MiB of `{},` would be gigabytes; 2,048 embeddings are thousands."""

_MAX_PROBLEMS = 20
"""Told of one text; a hostile one could hold a million."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the text itself."""

    kind: str
    """`syntax`, `depth`, `size`, `encoding`, `number`, `nan`, `surrogate` or `duplicate-key`."""
    message: str
    fatal: bool
    """No value could be read."""


class Document(NamedTuple):
    """A JSON text, read. A stream has one an event: a tuple is made three times as fast as a dataclass."""

    value: Any
    """The parsed value; None where a problem is fatal (ask `ok`)."""
    problems: tuple[Problem, ...] = ()
    plain: bool = False
    """Known to break no rule and to nest no deeper than is judged."""

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return not (self.problems and any(problem.fatal for problem in self.problems))


def _broken(kind: str, message: str) -> Document:
    return Document(None, (Problem(kind, message, fatal=True),))


def parse(text: bytes | str) -> Document:
    """Read one JSON text; never raises, whatever a server sent.

    Duplicate keys (the last wins), NaN, lone surrogates and numbers no double holds are problems
    beside a value; syntax errors, invalid UTF-8, absurd depth or size and 400-digit integers leave none.
    """
    return _quickly(text) or _carefully(text)


def _quickly(text: bytes | str) -> Document | None:
    """Read a text that breaks no rule; None where it may break one, which the careful reader tells.

    The reader in Rust refuses duplicate keys, NaN and lone surrogates, and invalid UTF-8; of numbers it takes
    more digits than we do.
    """
    try:
        data = text.encode() if isinstance(text, str) else text
        if _is_large(data):
            return None
        value = from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        return None
    if len(data) > _MAX_DIGITS and _DIGITS.search(data[::_STRIDE]):
        return None
    return Document(value, (), len(data) <= DEPTH or _openings(data) < DEPTH)


_STRIDE = 20
_DIGITS = re.compile(b"[0-9]{%d}" % (_MAX_DIGITS // _STRIDE))
"""What stands in every `_STRIDE`th byte of a text that holds a number of too many digits."""


def _is_large(data: bytes) -> bool:
    return len(data) > _MAX_VALUES and _openings(data) > _MAX_VALUES


def _openings(data: bytes) -> int:
    """No fewer than the objects and arrays of a text."""
    return data.count(b"{") + data.count(b"[")


def _carefully(text: bytes | str) -> Document:
    """Read a text that may break a rule, and find which."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            return _broken("encoding", f"invalid UTF-8 at byte {error.start}: {error.reason}")
    if len(text) > _MAX_VALUES and text.count("{") + text.count("[") > _MAX_VALUES:
        return _broken("size", f"more than {_MAX_VALUES:,} objects and arrays")
    hooks = _Hooks()
    try:
        value = json.loads(
            text, object_pairs_hook=hooks.pairs, parse_constant=hooks.constant, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        return _broken("syntax", f"{error.msg.removesuffix(' at')} at character {error.pos}")
    except RecursionError:
        return _broken("depth", "nested too deeply to read")
    except ValueError as error:
        return _broken("number", str(error))
    return Document(value, (*hooks.problems, *_surrogates(text, value)))


class _Hooks:
    """What `json.loads` asks while it reads; the faults it lets pass are kept."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def pairs(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) != len(items):
            self._keep("duplicate-key", f"key {_twice(items)} twice in one object")
        return value

    def constant(self, name: str) -> float:
        self._keep("nan", f"{name} is not JSON")
        return float(name.replace("Infinity", "inf"))

    def _keep(self, kind: str, message: str) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(kind, message, fatal=False))


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _twice(items: list[tuple[str, Any]]) -> str:
    counted = Counter(key for key, _ in items)
    names = [repr(key[:60]) for key, times in counted.items() if times > 1]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _surrogates(text: str, value: Any) -> tuple[Problem, ...]:
    if "\\u" not in text or not _has_surrogate(value):
        return ()
    return (Problem("surrogate", "a lone surrogate, not Unicode text", False),)


def _has_surrogate(value: Any) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
                return True
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False
