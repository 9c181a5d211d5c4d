"""Drift as text for a terminal of 80 columns, and as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from slashv1.spec.drift.model import Change, Direction, Drift

_SIGNS = {Direction.ADDED: "+", Direction.REMOVED: "-", Direction.CHANGED: "~"}
OPERATIONS = "operations"
_ORDER = ("overlay", "operation", "request", "form", "response", "event")


def text(drift: Drift, *, shown: Callable[[str], str] = str, width: int = 80) -> Iterator[str]:
    """The lines for a terminal; `shown` makes foreign text harmless."""
    yield from textwrap.wrap(shown(headline(drift)), width, subsequent_indent="  ")
    for group, part, changes in _grouped(drift.changes):
        yield ""
        yield shown(f"{group}: {part}" if part != "operation" else group)
        for one in changes:
            line = f"{one.weight.value:<8} {_SIGNS[one.direction]} {one.what} {one.place}: {one.detail}"
            yield from textwrap.wrap(
                shown(line), width, initial_indent="  ", subsequent_indent=" " * 13, break_on_hyphens=False
            )
    notes = [f"known: {count} × {why}" for why, count in _reasons(drift)]
    notes += [f"no longer needed in known.yaml: {one}" for one in drift.stale]
    if notes:
        yield ""
    for note in notes:
        yield from textwrap.wrap(shown(note), width, subsequent_indent="  ", break_on_hyphens=False)


def markdown(drift: Drift) -> Iterator[str]:
    """A section with one table per operation and part."""
    yield f"## {_cell(headline(drift))}"
    for group, part, changes in _grouped(drift.changes):
        yield ""
        yield f"### {_cell(group)} {part if part != 'operation' else ''}".rstrip()
        yield ""
        yield "| weight | change | where | detail |"
        yield "|---|---|---|---|"
        for one in changes:
            what = f"{one.what} {one.direction.value}"
            yield f"| {one.weight.value} | {what} | {_cell(one.place)} | {_cell(one.detail)} |"
    if drift.known:
        yield ""
        yield "| known differences | why |"
        yield "|---|---|"
        for why, count in _reasons(drift):
            yield f"| {count} | {_cell(why)} |"
    for entry in drift.stale:
        yield f"\nNo longer needed in `known.yaml`: {_cell(entry)}"


def headline(drift: Drift) -> str:
    """What was compared and how much was found."""
    breaking = len(drift.breaking)
    counted = ", ".join(f"{count:,} {what}" for what, count in drift.compared.items())
    found = f"{breaking} breaking, {len(drift.changes) - breaking} additive, {len(drift.known)} known"
    return f"{drift.against}: {found} ({counted})"


def _reasons(drift: Drift) -> list[tuple[str, int]]:
    return Counter(why for _, why in drift.known).most_common()


def _grouped(changes: Sequence[Change]) -> Iterator[tuple[str, str, list[Change]]]:
    """By operation and part, in the order they were met; the breaking ones first in each.

    Operations that came, went or were renamed stand together, before all others.
    """
    met = {group: index for index, group in reversed(list(enumerate(map(_heading, changes))))}
    met[OPERATIONS] = -1
    ordered = sorted(
        changes, key=lambda one: (met[_heading(one)], _ORDER.index(one.part), one.weight.value != "breaking")
    )
    for (group, part), found in groupby(ordered, key=lambda one: (_heading(one), one.part)):
        yield group, part, list(found)


def _heading(one: Change) -> str:
    return OPERATIONS if one.part == "operation" else one.group


def _cell(said: str) -> str:
    flat = " ".join(said.split()).replace("\\", "\\\\")
    for sign in "|`*_<[]":
        flat = flat.replace(sign, f"\\{sign}")
    return flat.replace("\\<", "&lt;")
