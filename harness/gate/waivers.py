"""The file of waivers: what it says, and every mistake in it by file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from slashv1.harness.judge.engine import checks
from slashv1.harness.plan import matches
from slashv1.matrix import Case
from slashv1.matrix.yamlfile import Document, nearest, read

DEFAULT_NAME = "waivers.yaml"
TO_FILL_IN = "TODO"
"""What an entry says that `--waivers-update` wrote and nobody has finished."""
DEFAULT_REPEAT = 3
_PEOPLE = ("reason", "owner", "expires")


@dataclass(frozen=True, slots=True)
class Entry:
    """One deviation that is known, or one that comes and goes."""

    check: str
    """Id or glob."""
    cases: tuple[str, ...]
    """`operation::case`, by name or glob; empty: all."""
    reason: str
    owner: str
    expires: date
    """The last day on which it holds."""
    link: str | None
    file: str
    lines: tuple[int, int]
    """First and last line of it in the file, from 1."""
    repeat: int = 0
    """How often its cases are sent; 0: a waiver, nothing is sent again."""
    at_least: int = 1
    """How many of them must pass."""

    @property
    def place(self) -> str:
        """`waivers.yaml:12`."""
        return f"{self.file}:{self.lines[0]}"

    @property
    def delete(self) -> str:
        """`delete lines 12 to 17`."""
        first, last = self.lines
        return f"delete line {first}" if first == last else f"delete lines {first} to {last}"

    @property
    def what(self) -> str:
        """Its patterns, as people read them."""
        return f"{self.check} on {', '.join(self.cases)}" if self.cases else self.check

    def covers(self, item: str) -> bool:
        """Whether it speaks of `operation::case::check`."""
        return any(matches(pattern, item) for pattern in self.patterns)

    @property
    def patterns(self) -> tuple[str, ...]:
        """What it covers as `operation::case::check` globs."""
        parts = (case.partition("::") for case in self.cases or ("*",))
        return tuple(f"{operation}::{name or '*'}::{self.check}" for operation, _, name in parts)


@dataclass(frozen=True, slots=True)
class Waivers:
    """All that a file says."""

    file: str
    waivers: tuple[Entry, ...] = ()
    flaky: tuple[Entry, ...] = ()


def read_waivers(path: Path, cases: Sequence[Case]) -> Waivers:
    """The entries of a file; `cases`: the matrix, against which names are held.

    Raises:
        UsageError: not readable, not what the schema wants, or a name nobody knows; file, line and a hint.
    """
    document = read(path, "waivers")
    lines = entry_lines(document.text)
    names = _Names(cases)
    found = {
        table: tuple(
            _entry(document, table, at, said, lines[table][at], names)
            for at, said in enumerate(document.value.get(table) or ())
        )
        for table in ("waivers", "flaky")
    }
    return Waivers(str(path), found["waivers"], found["flaky"])


def entry_lines(text: str) -> dict[str, list[tuple[int, int]]]:
    """First and last line of every entry, by list."""
    found: dict[str, list[tuple[int, int]]] = {"waivers": [], "flaky": []}
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, value in top.value if isinstance(top, yaml.MappingNode) else ():
        if isinstance(value, yaml.SequenceNode) and key.value in found:
            found[key.value] = [(item.start_mark.line + 1, _last_line(item, text)) for item in value.value]
    return found


def _last_line(node: yaml.Node, text: str) -> int:
    """A block's end mark stands where the next token begins: blank lines and comments are not of it."""
    if isinstance(node, yaml.ScalarNode):
        if node.style not in ("|", ">"):
            return int(node.end_mark.line) + 1
        inside = text.splitlines()[node.start_mark.line : node.end_mark.line]
        while len(inside) > 1 and not inside[-1].strip():
            inside.pop()
        return int(node.start_mark.line) + len(inside)
    if getattr(node, "flow_style", False):
        return int(node.end_mark.line) + 1
    children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return max((_last_line(child, text) for child in children), default=node.start_mark.line + 1)


class _Names:
    """What entries may name."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.checks = list(checks())
        self.operations = list(dict.fromkeys(case.operation for case in cases))
        self.cases = list(dict.fromkeys(case.name for case in cases))


def _entry(
    document: Document,
    table: str,
    at: int,
    said: Mapping[str, Any],
    lines: tuple[int, int],
    names: _Names,
) -> Entry:
    for key in _PEOPLE:
        if said[key].lstrip().upper().startswith(TO_FILL_IN):
            raise document.wrong(f"{table}.{at}.{key} is still to be filled in", table, at, key)
    cases = said.get("case", ())
    entry = Entry(
        check=said["check"],
        cases=(cases,) if isinstance(cases, str) else tuple(cases),
        reason=" ".join(said["reason"].split()),
        owner=said["owner"].strip(),
        expires=_day(document, table, at, said["expires"]),
        link=said.get("link"),
        file=str(document.path),
        lines=lines,
        repeat=said.get("repeat", DEFAULT_REPEAT) if table == "flaky" else 0,
        at_least=said.get("at_least", 1),
    )
    if entry.at_least > max(entry.repeat, 1):
        wrong = f"{table}.{at}.at_least is {entry.at_least}, more than the {entry.repeat} times it is sent"
        raise document.wrong(wrong, table, at, "at_least")
    _known(document, (table, at, "check"), entry.check, names.checks, "check")
    if not entry.check.startswith("fuzz."):  # the cases of what is drawn stand in no matrix
        for case in entry.cases:
            operation, _, name = case.partition("::")
            _known(document, (table, at, "case"), operation, names.operations, "operation")
            _known(document, (table, at, "case"), name or "*", names.cases, "case")
    return entry


def _known(
    document: Document, steps: tuple[str | int, ...], pattern: str, words: Iterable[str], kind: str
) -> None:
    words = list(words)
    if not any(fnmatchcase(word, pattern) for word in words):
        where = ".".join(map(str, steps))
        hint = nearest(pattern.strip("*"), words)
        raise document.wrong(f"{where} is {pattern!r}, which names no {kind}{hint}", *steps)


def _day(document: Document, table: str, at: int, text: str) -> date:
    try:
        if len(text) == len("2026-12-31"):  # the week and ordinal forms are no days that people write
            return date.fromisoformat(text)
    except ValueError:
        pass
    wrong = f"{table}.{at}.expires is {text[:40]!r}; expected the last day as YYYY-MM-DD"
    raise document.wrong(wrong, table, at, "expires")
