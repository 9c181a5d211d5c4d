"""What comes and goes: its cases sent several times, and told as n of k. Folding is pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from slashv1.harness.gate.waive import as_recorded, day_of, expired
from slashv1.harness.gate.waivers import Entry, Waivers
from slashv1.harness.plan import PREFLIGHT_REQUESTS, Plan, make_plan
from slashv1.matrix import Case, Profile
from slashv1.record import Outcome, Result, Run, Wire

_GOOD = (Outcome.PASSED, Outcome.NOTED)
_BAD = (Outcome.FAILED, Outcome.WARNED)


@dataclass(frozen=True, slots=True)
class Repeat:
    """One more round: the cases that some entry wants sent again."""

    plan: Plan

    @property
    def requests(self) -> int:
        """HTTP requests of it, the preflight included."""
        return self.plan.requests + PREFLIGHT_REQUESTS


def repeats(
    file: Waivers,
    plan: Plan,
    cases: Sequence[Case],
    profile: Profile,
    *,
    phase: int,
    tier: str,
    only: Set[str] | None = None,
) -> tuple[Repeat, ...]:
    """The rounds beyond the first; each holds the cases whose entries want that many.

    `only`: ids of the items that are told of, where others are judged for their sake.
    """
    times: dict[str, int] = {}
    for item in plan.items:
        if only is not None and item.id not in only:
            continue
        for entry in file.flaky:
            if entry.covers(item.id):
                case = f"{item.case.operation}::{item.case.name}"
                times[case] = max(times.get(case, 1), entry.repeat)
    rounds: list[Repeat] = []
    for number in range(1, max(times.values(), default=1)):
        due = [case for case, wanted in times.items() if wanted > number]
        rounds.append(Repeat(make_plan(cases, profile, phase=phase, tier=tier, select=due)))
    return tuple(rounds)


def counted(plan: Plan, rounds: Iterable[Repeat]) -> Plan:
    """A plan with the requests and tokens of the rounds in its sums, for the limits."""
    for one in rounds:
        plan = replace(
            plan,
            requests=plan.requests + one.requests,
            max_output_tokens=plan.max_output_tokens + one.plan.max_output_tokens,
            max_input_tokens=plan.max_input_tokens + one.plan.max_input_tokens,
            repeats=plan.repeats + one.plan.repeats,
            repeat_tokens=plan.repeat_tokens + one.plan.repeat_tokens,
        )
    return plan


def fold(run: Run, again: Sequence[Run], file: Waivers) -> Run:
    """The first run with what the others saw of the flaky: passed, waived with n of k, or failed."""
    later: dict[str, list[Result]] = {}
    for other in again:
        for result in other.results:
            later.setdefault(result.id, []).append(result)
    today = day_of(run)
    results = list(run.results)
    uses = dict.fromkeys(file.flaky, 0)
    for at, result in enumerate(run.results):
        entry = next((entry for entry in file.flaky if entry.covers(result.id)), None)
        if entry is not None:
            seen = [result, *later.get(result.id, ())][: entry.repeat]
            results[at] = _folded(seen, entry, lapsed=today > entry.expires)
            uses[entry] += results[at].outcome in (Outcome.WAIVED, Outcome.UNWAIVED)
    recorded = [
        as_recorded(entry, _state(count, lapsed=today > entry.expires), count)
        for entry, count in uses.items()
    ]
    return replace(
        run,
        results=tuple(results),
        wires=_wires(run, again, results),
        waivers=(*run.waivers, *recorded),
        seconds=round(run.seconds + sum(other.seconds for other in again), 3),
        request_count=run.request_count + sum(other.request_count for other in again),
        notes=(
            *run.notes,
            *([f"sent again {len(again)} times: what {file.file} calls flaky"] if again else []),
        ),
        interrupted=run.interrupted or any(other.interrupted for other in again),
    )


def _state(count: int, *, lapsed: bool) -> str:
    if not count:
        return "idle"
    return "expired" if lapsed else "used"


def _folded(seen: Sequence[Result], entry: Entry, *, lapsed: bool) -> Result:
    """One result for all rounds: the first that deviates tells what was found."""
    judged = [one for one in seen if one.outcome in (*_GOOD, *_BAD)]
    bad = [one for one in judged if one.outcome in _BAD]
    passed = len(judged) - len(bad)
    told = f"flaky: passed {passed} of {len(judged)} times"
    if not judged:
        return seen[0]
    if not bad:
        return replace(judged[0], cause=told)
    if passed < entry.at_least:
        needed = f", {entry.at_least} needed" if entry.at_least > 1 else ""
        return replace(bad[0], cause=f"{told}{needed}: that is more than flaky ({entry.place})")
    if lapsed:
        return replace(bad[0], outcome=Outcome.UNWAIVED, cause=f"{told}; {expired(entry)}")
    said = f"{told}; until {entry.expires} by {entry.owner}: {entry.reason} ({entry.place})"
    return replace(bad[0], outcome=Outcome.WAIVED, cause=said)


def _wires(run: Run, again: Sequence[Run], results: Sequence[Result]) -> tuple[Wire, ...]:
    """Of a case that deviated in a later round only, the exchange of that round: findings point into it."""
    first = {result.id: result for result in run.results}
    moved = {
        (result.operation, result.case)
        for result in results
        if result.findings and result.findings != first[result.id].findings
    }
    pinned = {(r.operation, r.case) for r in results if r.findings and r.findings == first[r.id].findings}
    wanted = moved - pinned
    found: dict[tuple[str, str], Wire] = {}
    for other in again:
        bad = {(r.operation, r.case) for r in other.results if r.outcome in _BAD}
        for wire in other.wires:
            if (wire.operation, wire.case) in wanted & bad:
                found.setdefault((wire.operation, wire.case), wire)
    return tuple(found.get((wire.operation, wire.case), wire) for wire in run.wires)
