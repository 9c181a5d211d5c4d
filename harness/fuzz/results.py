"""From tallies to results: the least failing requests judged by the same engine as all others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slashv1.fixtures import Exchange
from slashv1.harness.fuzz.plan import FuzzPlan
from slashv1.harness.fuzz.tally import Example, Tally
from slashv1.harness.judge.engine import Item, judge
from slashv1.harness.judge.fuzz import faults
from slashv1.matrix import Case, Profile
from slashv1.record import DEVIATES, Finding, Outcome, Result

_NOTHING_SENT = "no request was left for it: raise --fuzz"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one item, and the request that a report shows of it."""

    result: Result
    case: Case | None = None
    """With the request that its first finding is about; None where it has none."""
    exchange: Exchange | None = None


def fuzz_verdicts(
    plan: FuzzPlan,
    tallies: Mapping[str, Tally],
    profile: Profile,
    left_out: Mapping[str, str],
    others: Sequence[Result] = (),
) -> list[Verdict]:
    """The verdicts on the plan's items, in their order.

    `left_out`: by half, why it was not searched, or not to its end. `others`: the results of the cases: what
    a check finds on one of the same operation is left to it.
    """
    said = {(other.operation, other.check) for other in others if other.outcome is Outcome.FAILED}
    return [
        _verdict(item, tallies.get(half.id), profile, left_out.get(half.id), said)
        for half in plan.halves
        for item in half.items
    ]


def _verdict(
    item: Item,
    tally: Tally | None,
    profile: Profile,
    cause: str | None,
    said: Collection[tuple[str, str]],
) -> Verdict:
    if tally is None or (tally.requests == 0 and not tally.crashed):
        return Verdict(_result(item, Outcome.SKIPPED, cause=cause or _NOTHING_SENT))
    kinds = tally.failing.get(item.check.id, {})
    known = {kind for kind in kinds if (item.case.operation, kind) in said}
    reported = f"reported by {', '.join(sorted(known))}" if known else None
    least = sorted(
        ((kind, example) for kind, example in kinds.items() if kind not in known),
        key=lambda one: (one[1].sample.size, one[0]),
    )
    if least:
        found = [one for kind, example in least for one in _findings(item, kind, example, profile)]
        case = least[0][1].reading(item.case, profile).case
        return Verdict(_result(item, DEVIATES[item.level], found, reported), case, least[0][1].exchange)
    if cause is not None:
        return Verdict(_result(item, Outcome.ERROR, cause=cause))
    unlearnt = _unlearnt(item, tally)
    outcome = Outcome.INCONCLUSIVE if unlearnt else Outcome.PASSED
    return Verdict(_result(item, outcome, cause=unlearnt or reported))


def _result(
    item: Item, outcome: Outcome, findings: Sequence[Finding] = (), cause: str | None = None
) -> Result:
    case = item.case
    return Result(case.operation, case.name, item.check.id, item.level, outcome, tuple(findings), cause)


def _findings(item: Item, kind: str, example: Example, profile: Profile) -> Iterator[Finding]:
    """What is of that kind in the answer to its least request."""
    reading = example.reading(item.case, profile)
    (result,) = judge([item], reading, profile)
    kinds = [fault.kind for fault in faults(item.check.id, reading)]
    yield from (found for found, own in zip(result.findings, kinds, strict=False) if own == kind)


def _unlearnt(item: Item, tally: Tally) -> str | None:
    """Why a check had nothing to look at."""
    if item.check.id == "fuzz.valid-answer" and not tally.answered:
        return f"none of {tally.requests} valid requests was answered; the last refusal: {tally.refusal}"
    if item.check.id == "fuzz.broken-envelope" and not tally.refused:
        return f"none of {tally.requests} requests with a mistake was refused"
    return None
