"""Captured answers, judged: the results of a plan, in its order. Pure but for reading the fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from slashv1.fixtures.store import load_fixture
from slashv1.harness.capture import Captured
from slashv1.harness.judge.engine import Item, judge
from slashv1.harness.offering import Absent, absent_operations, needing, without_verdict
from slashv1.harness.plan import Plan
from slashv1.harness.reading import Reading
from slashv1.harness.same_ids import twins
from slashv1.matrix import Case, Profile
from slashv1.record import Outcome, Result

INTERRUPTED = "interrupted before it was answered"


def judge_plan(
    plan: Plan,
    captured: Captured,
    profile: Profile,
    fixtures: Path | None = None,
) -> list[Result]:
    """The results of the plan's items, in their order. Pure but for reading the fixtures.

    `fixtures`: a folder the user recorded; None: the fixtures of the package.
    """
    return [result for results in _verdicts(plan, captured, profile, fixtures) for result in results]


def judge_as_far(
    plan: Plan, captured: Captured, profile: Profile, fixtures: Path | None
) -> tuple[list[Result], bool]:
    """The results, and whether Ctrl-C let all of them be reached."""
    results: list[Result] = []
    try:
        for verdicts in _verdicts(plan, captured, profile, fixtures):
            results += verdicts
    except KeyboardInterrupt:
        rest = plan.items[len(results) :]
        return results + [_without(item, Outcome.SKIPPED, INTERRUPTED) for item in rest], False
    return results, True


def _verdicts(
    plan: Plan, captured: Captured, profile: Profile, fixtures: Path | None
) -> Iterator[list[Result]]:
    """Case by case; a reading, with all that was parsed of it, goes once nobody needs it any more."""
    readings = read_plan(plan, captured, fixtures, profile)
    absent = absent_operations(readings)
    groups = by_case(plan)
    last_use = {
        name: place
        for place, items in enumerate(groups)
        for name in (items[0].case.id, *items[0].case.after, *items[0].case.beside)
    }
    for place, items in enumerate(groups):
        cause = plan.unprovoked.get(items[0].case.id)
        if cause is None:
            yield judge_case(items, captured, readings, profile, absent)
        else:
            yield [_without(item, Outcome.INCONCLUSIVE, cause) for item in items]
        for name in [name for name in readings if last_use.get(name, -1) <= place]:
            del readings[name]


def read_plan(
    plan: Plan, captured: Captured, fixtures: Path | None = None, profile: Profile | None = None
) -> dict[str, Reading]:
    """By case id, a reading of each answer, linked to those it stands after and beside.

    An answer that bears the id of another of the run is linked to that one too, whatever case it is of.
    """
    readings: dict[str, Reading] = {}
    links: dict[str, dict[str, Reading]] = {}
    alike: dict[str, dict[str, Reading]] = {}
    for case in plan.cases:
        if case.id in captured.exchanges:
            links[case.id], alike[case.id] = {}, {}
            readings[case.id] = Reading(
                case,
                captured.exchanges[case.id],
                captured.asked.get(case.id),
                links[case.id],
                load_fixture(fixtures, case.id),
                as_of=captured.as_of,
                profile=profile,
                alike=alike[case.id],
            )
    for name, others in links.items():
        case = readings[name].case
        others.update({step: readings[step] for step in (*case.after, *case.beside) if step in readings})
    for name, other in twins(readings):
        alike[name].setdefault(other, readings[other])
    return readings


def by_case(plan: Plan) -> list[list[Item]]:
    """The plan's items, those of one case together, in their order."""
    groups: dict[str, list[Item]] = {}
    for item in plan.items:
        groups.setdefault(item.case.id, []).append(item)
    return list(groups.values())


def judge_case(
    items: Sequence[Item],
    captured: Captured,
    readings: Mapping[str, Reading],
    profile: Profile,
    absent: Mapping[str, Absent] = MappingProxyType({}),
) -> list[Result]:
    """The results of one case's items, whether it was answered or not.

    `absent`: operations that the target does not offer.
    """
    case = items[0].case
    if case.operation in absent:
        return without_verdict(items, absent[case.operation], readings, profile)
    if case.id in captured.errors:
        return [_without(item, Outcome.ERROR, captured.errors[case.id]) for item in items]
    if case.id in captured.left_out:
        cause = needing(case, absent) or captured.left_out[case.id]
        return [_without(item, Outcome.SKIPPED, cause) for item in items]
    if case.id not in readings:
        return [_without(item, Outcome.SKIPPED, INTERRUPTED) for item in items]
    return judge(items, readings[case.id], profile)


def _without(item: Item, outcome: Outcome, cause: str) -> Result:
    case: Case = item.case
    return Result(case.operation, case.name, item.check.id, item.level, outcome, (), cause)
