"""JSON text to values, with what `json.loads` merges or lets pass kept as problems.

Source: RFC 8259 and RFC 7493 (I-JSON): unique names, no NaN, no lone surrogates.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slashv1.spec.hostile import DEPTH, moved

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""What a text must hold for a value of it to hold a surrogate."""
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


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON text, read."""

    value: Any
    """The parsed value; None where a problem is fatal (ask `ok`)."""
    problems: tuple[Problem, ...] = ()
    plain: bool = False
    """Known to nest no deeper than is judged, and `moved` to be what `hostile.nudged` would make of it."""
    moved: Any = None
    """The value with `1.0` become `0.5`, where a whole number is written with a point; else None."""

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
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            return _broken("encoding", f"invalid UTF-8 at byte {error.start}: {error.reason}")
    if _containers(text) > _MAX_VALUES:
        return _broken("size", f"more than {_MAX_VALUES:,} objects and arrays")
    return _READERS.read(text) or _carefully(text)


def _carefully(text: str) -> Document:
    """Read a text that may break a rule, and find which."""
    hooks = _Hooks()
    try:
        value = json.loads(
            text, object_pairs_hook=hooks.pairs, parse_constant=hooks.constant, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        return _broken("syntax", f"{error.msg} at character {error.pos}")
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


class _Readers(threading.local):
    """Of each thread the reader of texts that break no rule: three times as fast as the careful one."""

    def __init__(self) -> None:
        self.read = _reader()


def _reader() -> Callable[[str], Document | None]:
    """A function that reads a text, or gives None where it may break a rule.

    The hooks see objects and numbers only as Python's own decoder has made them: keys are not compared
    but counted, and a count that differs from that of the text is left to the careful reader.
    """
    keys, written = 0, False

    def count(made: dict[str, Any]) -> dict[str, Any]:
        nonlocal keys
        keys += len(made)
        return made

    def number(text: str) -> float:
        nonlocal written
        value = float(text)
        if value.is_integer():
            written = True
        return value

    decoder: Any = json.JSONDecoder(  # typeshed lacks `scan_once`
        object_hook=count, parse_float=number, parse_int=_integer, parse_constant=_refuse
    )
    mover: Any = json.JSONDecoder(parse_float=lambda text: moved(float(text)))
    scan, scan_moved = decoder.scan_once, mover.scan_once

    def read(text: str) -> Document | None:
        nonlocal keys, written
        keys, written = 0, False
        try:
            value, end = scan(text, 0)
        except (ValueError, RecursionError, StopIteration):
            return None
        whole = end == len(text) or not text[end:].strip(_SPACE)
        if not whole or (keys != text.count(":") and keys != _most_keys(text)):
            return None
        if "\\u" in text and _ESCAPED.search(text):
            return None
        plain = _shallow(text)
        return Document(value, (), plain, scan_moved(text, 0)[0] if written and plain else None)

    return read


_SPACE = " \t\n\r"


def _refuse(name: str) -> float:
    raise ValueError(name)


def _most_keys(text: str) -> int:
    """No fewer than the keys that stand in a JSON text; -1 where that is not easily said.

    A key is followed by a colon, at once or behind white space. A colon behind an escaped quote stands in a
    string; that the quote is escaped is certain only where no backslash is.
    """
    if '\\\\"' in text:
        return -1
    return text.count('":') - text.count('\\":') + sum(text.count(space + ":") for space in _SPACE)


def _shallow(text: str) -> bool:
    return len(text) <= DEPTH or text.count("{") + text.count("[") <= DEPTH


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _twice(items: list[tuple[str, Any]]) -> str:
    counted = Counter(key for key, _ in items)
    names = [repr(key[:60]) for key, times in counted.items() if times > 1]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _containers(text: str) -> int:
    return text.count("{") + text.count("[") if len(text) > _MAX_VALUES else 0


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


_READERS = _Readers()
