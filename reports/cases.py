"""Every case with its results, those that ended alike as one group of check ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from slashv1.record import Level, Outcome, Result, Run, Wire
from slashv1.reports.timeline import Timeline, make_timeline
from slashv1.reports.visible import clip
from slashv1.reports.words import FAULTS, RANK, UNJUDGED

_LEVELS = list(Level)

GroupKey = tuple[int, str, int]
"""Rank of the outcome, cause, place of the level."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A result and its place in the page, by which the script knows it."""

    index: int
    result: Result


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one case that share outcome, level and cause, numbered without a gap."""

    outcome: Outcome
    level: Level
    cause: str
    members: tuple[Numbered, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: what went over the wire, and every check on it."""

    operation: str
    case: str
    wire: Wire | None
    timeline: Timeline | None
    groups: tuple[Group, ...]
    """The worst first."""
    counts: tuple[tuple[Outcome, int], ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The results of one case for which nothing was learnt for one reason."""

    operation: str
    case: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Results that share the cause for which nothing was learnt."""

    outcome: Outcome
    cause: str
    stretches: tuple[Stretch, ...]
    results: int


def make_cases(run: Run) -> dict[str, tuple[CaseView, ...]]:
    """By operation, in the order of the run; results are numbered in the order in which they are shown."""
    grouped: dict[str, dict[str, dict[GroupKey, list[Result]]]] = {}
    for result in run.results:
        key = (RANK[result.outcome], result.cause or "", _LEVELS.index(result.level))
        cases = grouped.setdefault(result.operation, {})
        cases.setdefault(result.case, {}).setdefault(key, []).append(result)
    wires = {(wire.operation, wire.case): wire for wire in run.wires}
    numbers = count()
    return {
        operation: tuple(
            _case(operation, case, groups, wires.get((operation, case)), numbers)
            for case, groups in cases.items()
        )
        for operation, cases in grouped.items()
    }


def _case(
    operation: str,
    case: str,
    groups: Mapping[GroupKey, list[Result]],
    wire: Wire | None,
    numbers: Iterator[int],
) -> CaseView:
    held = [result for results in groups.values() for result in results]
    counts = Counter(result.outcome for result in held)
    offending = _frames(result for result in held if result.outcome in FAULTS)
    return CaseView(
        operation=operation,
        case=case,
        wire=wire,
        timeline=make_timeline(wire, offending, _frames(held)) if wire and wire.frames else None,
        groups=tuple(
            Group(
                outcome=groups[key][0].outcome,
                level=groups[key][0].level,
                cause=key[1],
                members=tuple(Numbered(next(numbers), result) for result in groups[key]),
            )
            for key in sorted(groups)
        ),
        counts=tuple((outcome, counts[outcome]) for outcome in RANK if counts[outcome]),
    )


def _frames(results: Iterable[Result]) -> set[int]:
    return {f.frame for result in results for f in result.findings if f.frame is not None}


def numbered(cases: Mapping[str, Iterable[CaseView]]) -> list[Numbered]:
    """All results, in the order of their numbers."""
    return [
        member
        for views in cases.values()
        for view in views
        for group in view.groups
        for member in group.members
    ]


def unjudged(cases: Mapping[str, Iterable[CaseView]]) -> tuple[Unjudged, ...]:
    """What was not judged by its cause, and of each cause the cases; those of most results first."""
    causes: dict[tuple[Outcome, str], list[Stretch]] = {}
    for view in (view for views in cases.values() for view in views):
        for (outcome, cause), members in _not_judged(view).items():
            stretch = Stretch(view.operation, view.case, members[0].index, members[-1].index)
            causes.setdefault((outcome, cause), []).append(stretch)
    made = [
        Unjudged(outcome, clip(cause, 500), tuple(found), sum(one.last - one.first + 1 for one in found))
        for (outcome, cause), found in causes.items()
    ]
    return tuple(sorted(made, key=lambda one: (RANK[one.outcome], -one.results)))


def _not_judged(view: CaseView) -> dict[tuple[Outcome, str], list[Numbered]]:
    """By outcome and cause; groups of one cause and several levels stand side by side."""
    found: dict[tuple[Outcome, str], list[Numbered]] = {}
    for group in view.groups:
        if group.outcome in UNJUDGED:
            cause = group.cause or "no cause recorded"
            found.setdefault((group.outcome, cause), []).extend(group.members)
    return found
