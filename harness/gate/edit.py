"""The file of waivers rewritten: entries added or taken out, everything else left as it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import yaml

from slashv1.errors import UsageError
from slashv1.harness.gate.waivers import TO_FILL_IN, entry_lines
from slashv1.record import Outcome, Run, Waiver

_BY_HAND = "{}: is written so that it has to be changed by hand: put each entry on lines of its own"
NEW_FILE = """\
# Known deviations of the target. Each has a reason, an owner and a last day; past it, or once the
# deviation is gone, `slashv1 check` fails and names the lines to delete.
waivers: []
"""


@dataclass(frozen=True, slots=True)
class Filling:
    """What new entries say."""

    owner: str | None = None
    expires: str | None = None
    """YYYY-MM-DD."""
    reason: str | None = None
    link: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left to fill in."""
        return None not in (self.owner, self.expires, self.reason)


def failures(run: Run) -> dict[str, list[str]]:
    """By check, the `operation::case` on which it fails and no entry says so."""
    bad = (Outcome.FAILED, Outcome.WARNED) if run.strict else (Outcome.FAILED,)
    found: dict[str, list[str]] = {}
    for result in run.results:
        if result.outcome in bad:
            found.setdefault(result.check, []).append(f"{result.operation}::{result.case}")
    return found


def with_failures(text: str, run: Run, filling: Filling, file: str) -> tuple[str, int]:
    """The text with an entry for each check that fails today, and how many entries that are.

    Raises:
        UsageError: the file is written so that no entry can be put in; nothing is changed.
    """
    found = failures(run)
    if not found:
        return text, 0
    text = text or NEW_FILE
    lines = text.splitlines()
    before = entry_lines(text)["waivers"]
    at = before[-1][1] if before else _emptied(lines)
    indent = _indent(lines[before[-1][0] - 1]) if before else "  "
    made = [line for check, cases in found.items() for line in _written(check, cases, filling, indent)]
    after = "\n".join([*lines[:at], *made, *lines[at:]]) + "\n"
    _proved(after, len(before) + len(found), file)
    return after, len(found)


def without(text: str, gone: Iterable[Waiver], file: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without these entries, and which lines went.

    Raises:
        UsageError: two entries share a line; nothing is changed.
    """
    starts = {int(waiver.place.rpartition(":")[2]) for waiver in gone}
    tables = entry_lines(text)
    every = sorted(span for table in tables.values() for span in table)
    if any(before[1] >= after[0] for before, after in pairwise(every)):
        raise UsageError(_BY_HAND.format(file))
    spans = sorted(span for table in tables.values() for span in table if span[0] in starts)
    lines = text.splitlines()
    kept = [line for number, line in enumerate(lines, 1) if not any(a <= number <= b for a, b in spans)]
    for table, entries in tables.items():
        if entries and all(span in spans for span in entries):
            kept = [f"{table}: []" if line.rstrip() == f"{table}:" else line for line in kept]
    after = "\n".join(kept) + "\n"
    left = sum(map(len, tables.values())) - len(spans)
    _proved(after, left, file, both=True)
    return after, spans


def _emptied(lines: list[str]) -> int:
    """Make an empty list of waivers ready to be filled; the line after which entries go."""
    for number, line in enumerate(lines):
        if line.split("#")[0].replace(" ", "") in ("waivers:[]", "waivers:", "waivers:null"):
            lines[number] = "waivers:"
            return number + 1
    lines += ["waivers:"]
    return len(lines)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _written(check: str, cases: Sequence[str], filling: Filling, indent: str) -> list[str]:
    told = {
        "reason": filling.reason or f"{TO_FILL_IN}: why this is accepted",
        "owner": filling.owner or f"{TO_FILL_IN}: who mends it",
        "expires": filling.expires or f"{TO_FILL_IN}: its last day, YYYY-MM-DD",
    }
    lines = [f"- check: {check}"]
    if len(cases) == 1:
        lines.append(f"  case: {cases[0]}")
    else:
        lines += ["  case:", *(f"    - {case}" for case in cases)]
    lines += [f"  {key}: {_quoted(value)}" for key, value in told.items()]
    if filling.link:
        lines.append(f"  link: {_quoted(filling.link)}")
    return [indent + line for line in lines]


def _quoted(value: str) -> str:
    return str(yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10_000)).strip()


def _proved(text: str, count: int, file: str, *, both: bool = False) -> None:
    """A file written in an unforeseen way is left to its author."""
    try:
        found = entry_lines(text)
    except yaml.YAMLError as error:
        raise UsageError(_BY_HAND.format(file)) from error
    if (sum(map(len, found.values())) if both else len(found["waivers"])) != count:
        raise UsageError(_BY_HAND.format(file))
