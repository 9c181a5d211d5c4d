"""YAML read item by item, as plain values: no tag constructs, no alias is copied, depth is bounded."""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

MAX_DEPTH = 100
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the sequence that was asked for."""

    line: int
    """Of its begin, from 1."""
    end: int
    """The line it ends before."""
    value: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the text cannot be read on."""

    line: int
    cause: str
    syntax: bool = True
    """Whether more may be read behind it; False: it is YAML, and not what was asked for."""


class _TooDeepError(ValueError):
    """Nested beyond all reason."""


def items(text: str, keys: frozenset[str], offset: int = 0) -> Iterator[Item | Fault]:
    """The items of the sequence under one of the top-level `keys`; a fault of syntax ends them.

    `offset` is added to line numbers. A text that has no such sequence is a fault, an empty one is not.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(keys)
    line = 1 + offset
    try:
        for event in cast("Iterator[Any]", yaml.parse(text, Loader=loader)):
            line = event.start_mark.line + 1 + offset
            done = builder.take(event)
            if done is not None:
                start, end, value = done
                yield Item(start + 1 + offset, end + 1 + offset, value)
        if not builder.found:
            yield from _lacking(builder)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = mark.line + 1 + offset if mark else line
        yield Fault(where, f"not YAML: {error.problem or error.context}")
    except (yaml.YAMLError, UnicodeError) as error:
        yield Fault(line, f"not YAML: {' '.join(str(error).split())[:160]}")
    except _TooDeepError as error:
        yield Fault(line, str(error))


def _lacking(builder: _Builder) -> Iterator[Fault]:
    """What stands there in place of the sequence; nothing where nothing does."""
    known = " or ".join(sorted(builder.keys))
    for key, line in builder.tops.items():
        if key in builder.keys:
            yield Fault(line, f"{key} is no list", syntax=False)
            return
        near = difflib.get_close_matches(key, builder.keys, n=1)
        if near:
            yield Fault(line, f"{key!r} where {near[0]!r} is due", syntax=False)
            return
    if builder.started:
        yield Fault(1, f"no {known} at its top", syntax=False)


class _Builder:
    """Builds values from events with a stack of its own."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.keys = keys
        self.stack: list[Any] = []
        self.pending: list[Any] = []
        """Per open mapping its key that waits for a value; per sequence nothing."""
        self.anchors: dict[str, Any] = {}
        self.starts: list[int] = []
        self.top: str | None = None
        self.tops: dict[str, int] = {}
        """The line, from 1, of each top-level key."""
        self.found = False
        """The sequence that was asked for stands there, be it without an item."""
        self.started = False
        """There is anything at all."""

    def take(self, event: Any) -> tuple[int, int, Any] | None:
        """Take one event; first and last line (from 0) and value of an item that it ends."""
        kind = type(event).__name__
        self.started = self.started or kind.startswith(("Mapping", "Sequence", "Scalar"))
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._open(event, {} if kind[0] == "M" else [])
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            value, start = self.stack.pop(), self.starts.pop()
            self.pending.pop()
            return self._put(value, start, event.end_mark.line)
        elif kind == "ScalarEvent":
            value = _scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = value
            return self._put(value, event.start_mark.line, event.end_mark.line)
        elif kind == "AliasEvent":
            value = self.anchors.get(event.anchor)
            return self._put(value, event.start_mark.line, event.end_mark.line)
        return None

    def _open(self, event: Any, value: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _TooDeepError(f"more than {MAX_DEPTH} levels of nesting")
        if isinstance(value, list) and len(self.stack) == 1 and self.top in self.keys:
            self.found = True
        if event.anchor:
            self.anchors[event.anchor] = value
        self.stack.append(value)
        self.pending.append(_NONE)
        self.starts.append(event.start_mark.line)

    def _put(self, value: Any, start: int, end: int) -> tuple[int, int, Any] | None:
        if not self.stack:
            return None
        parent = self.stack[-1]
        if isinstance(parent, list):
            if len(self.stack) == 2 and self.top in self.keys:
                return start, end, value  # not kept: memory stays flat in the length of the file
            parent.append(value)
        elif self.pending[-1] is _NONE:
            # A list or mapping as a key is never looked up, and writing one out could be endless.
            key = "?" if isinstance(value, list | dict) else str(value)
            self.pending[-1] = key
            if len(self.stack) == 1:
                self.top = key
                self.tops[key] = start + 1
        else:
            parent[self.pending[-1]] = value
            if value is None and len(self.stack) == 1 and self.top in self.keys:
                self.found = True
            self.pending[-1] = _NONE
        return None


_NONE = object()


def _scalar(event: Any) -> Any:
    text = event.value
    if event.tag and event.tag.endswith("binary"):
        try:
            return base64.b64decode(text)
        except (binascii.Error, ValueError):
            return text
    if event.style or event.tag:  # quoted, a block, or tagged: text
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
