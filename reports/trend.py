"""The runs of one target over time: what they counted, and what changed from each to the next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from slashv1.record import Outcome, Run
from slashv1.reports.compare import Comparison, Kind, compare, same_rules
from slashv1.reports.compare_text import SAYS, Group, groups, remarks
from slashv1.reports.words import UNJUDGED, Verdict, verdict

STEP, HEIGHT = 120, 120
"""Width of one run and height of the chart, in the units of its drawing."""
_DRAWN = (Outcome.FAILED, Outcome.WARNED)
_MOST = 40
_MARGIN = 18


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of difference to the run before."""

    title: str
    count: int
    groups: tuple[Group, ...]
    more: int
    """Groups left out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run among those of its target."""

    run: Run
    verdict: Verdict
    unjudged: int
    remarks: tuple[str, ...]
    """What else differs from the run before: suite, profile, plan."""
    changes: tuple[Change, ...]
    """Against the run before; empty for the first."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How often one outcome came, run by run."""

    outcome: Outcome
    points: tuple[tuple[float, float], ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """All runs of one target, the oldest first."""

    label: str
    steps: tuple[Step, ...]
    curves: tuple[Curve, ...]
    suites: tuple[int, ...]
    """Where in the chart another suite begins."""

    @property
    def width(self) -> int:
        """Of the chart."""
        return STEP * len(self.steps)

    @property
    def told(self) -> str:
        """The chart in words."""
        said = (f"{curve.outcome} {', '.join(map(str, curve.counts))}" for curve in self.curves)
        return f"{self.label}, {len(self.steps)} runs, the oldest first: {'; '.join(said)}"


def make_trend(label: str, history: Sequence[Run]) -> Trend:
    """What became of a target from run to run; `history`: the oldest first."""
    befores = (None, *history[:-1])
    steps = tuple(_step(run, before) for run, before in zip(history, befores, strict=True))
    others = (
        STEP * at
        for at, (before, run) in enumerate(pairwise(history), 1)
        if not same_rules(before.suite, run.suite)
    )
    return Trend(label, steps, _curves(history), tuple(others))


def _step(run: Run, before: Run | None) -> Step:
    if before is not None and run.target.name == before.target.name == "embedded":
        port = replace(before.target, base_url=run.target.base_url)  # another one every time
        before = replace(before, target=port)
    comparison = compare(before, run) if before else None
    return Step(
        run,
        verdict(run),
        sum(run.summary[outcome] for outcome in UNJUDGED),
        tuple(remarks(comparison)) if comparison else (),
        tuple(_changes(comparison)) if comparison else (),
    )


def _changes(comparison: Comparison) -> list[Change]:
    made = []
    for kind in Kind:
        found = comparison.of(kind)
        if found:
            told = groups(found)
            made.append(Change(SAYS[kind], len(found), tuple(told[:_MOST]), max(0, len(told) - _MOST)))
    return made


def _curves(history: Sequence[Run]) -> tuple[Curve, ...]:
    counts = {outcome: tuple(run.summary[outcome] for run in history) for outcome in _DRAWN}
    most = max(1, *(count for found in counts.values() for count in found))
    span = HEIGHT - 2 * _MARGIN
    return tuple(
        Curve(
            outcome,
            tuple(
                (STEP * (at + 0.5), round(HEIGHT - _MARGIN - span * count / most, 1))
                for at, count in enumerate(found)
            ),
            found,
        )
        for outcome, found in counts.items()
    )
