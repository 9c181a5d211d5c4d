"""Many runs as one self-contained HTML page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from slashv1 import __version__
from slashv1.record import Level, Outcome, Run
from slashv1.reports.html import render_page
from slashv1.reports.overview import Item, Overview, Shown, worst
from slashv1.reports.trend import make_trend
from slashv1.reports.visible import clip
from slashv1.reports.words import RANK, SIGNS, UNJUDGED, verdict

_TONES = {0: "passed", 1: "failed", 2: "error"}
_MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One line of the table of targets."""

    shown: Shown
    column: int | None
    """Its place in the grids; None where it was not judged."""
    run: Run | None
    outcome: Outcome
    """Whose colour and sign its verdict has."""
    word: str
    against: str
    """How it ended against its baseline, where it has one."""
    counts: tuple[int, ...]
    """Failed, warned, not judged, passed."""


def render_overview(overview: Overview) -> str:
    """The page of many runs; it needs nothing but itself and works without scripts, then unfiltered."""
    columns = overview.columns
    moments = [run.started_at for one in overview.targets for run in one.history]
    counts: Counter[Outcome] = Counter()
    for item in overview.items:
        counts.update(set(filter(None, item.outcomes)))
    return render_page(
        "overview.html",
        styles=("report.css", "overview.css"),
        version=__version__,
        overview=overview,
        tone=_TONES[overview.exit_code],
        latest=max(moments, default=""),
        runs=len(moments),
        sentence=summary_of(overview),
        rows=target_rows(overview),
        alone=[overview.only(column) for column in range(len(columns))],
        trends=[make_trend(one.label, one.history) for one in columns if len(one.history) > 1],
        outcomes=[(outcome, counts[outcome]) for outcome in RANK if counts[outcome]],
        groups=grouped(overview.items),
        worst=worst,
        named=named,
        digits=digits,
        told=told,
    )


def grouped(items: Sequence[Item]) -> dict[str, dict[str, list[list[Item]]]]:
    """By operation and case, those of one level that ended alike at each target; the worst first."""
    found: dict[str, dict[str, dict[object, list[Item]]]] = {}
    for item in items:
        cases = found.setdefault(item.operation, {})
        cases.setdefault(item.case, {}).setdefault((item.outcomes, item.level), []).append(item)
    return {
        operation: {case: sorted(groups.values(), key=_rank) for case, groups in cases.items()}
        for operation, cases in found.items()
    }


def _rank(group: Sequence[Item]) -> tuple[int, int]:
    first = group[0]
    return RANK[worst(first.outcomes)], list(Level).index(first.level)


def target_rows(overview: Overview) -> list[TargetRow]:
    """The targets as they were given, judged or not."""
    places = {one.label: at for at, one in enumerate(overview.columns)}
    return [_row(one, places.get(one.label)) for one in overview.targets]


def _row(shown: Shown, column: int | None) -> TargetRow:
    run = shown.run
    if run is None:
        return TargetRow(shown, None, None, Outcome.ERROR, "Not judged", "", ())
    said, summary = verdict(run), run.summary
    outcome = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}.get(said.tone, Outcome.ERROR)
    against = ""
    if shown.newest.exit_code is not None and shown.newest.exit_code != run.exit_code:
        against = {0: "no worse than its baseline", 1: "worse than its baseline"}.get(
            shown.newest.exit_code, "not compared with its baseline"
        )
    counts = (
        summary["failed"] + summary["unwaived"],
        summary["warned"],
        sum(summary[one] for one in (*UNJUDGED, Outcome.ERROR)),
        summary["passed"],
    )
    return TargetRow(shown, column, run, outcome, said.word, against, counts)


def summary_of(overview: Overview) -> str:
    """How many targets ended how, in one line."""
    ends = Counter(row.word for row in target_rows(overview))
    return ", ".join(f"{word.lower()}: {count}" for word, count in ends.most_common())


def named(outcomes: Sequence[Outcome | None]) -> str:
    """The outcomes that occur, for the filter."""
    return " ".join(dict.fromkeys(outcome for outcome in outcomes if outcome))


def digits(outcomes: Sequence[Outcome | None]) -> str:
    """By column the place of its outcome among all, for the filter; `-` where it was not asked."""
    return "".join(str(list(SIGNS).index(outcome)) if outcome else "-" for outcome in outcomes)


def told(item: Item, columns: Sequence[Shown]) -> str:
    """The outcomes in words, who had them; alike at all: the outcome alone."""
    by_outcome: dict[Outcome, list[str]] = {}
    for outcome, column in zip(item.outcomes, columns, strict=True):
        if outcome is not None:
            by_outcome.setdefault(outcome, []).append(column.label)
    if len(by_outcome) == 1:
        return str(next(iter(by_outcome)))
    said = []
    for outcome in sorted(by_outcome, key=RANK.__getitem__):
        names = by_outcome[outcome]
        few = ", ".join(clip(name, 40) for name in names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        said.append(f"{outcome}: {few}{more}")
    return "; ".join(said)
