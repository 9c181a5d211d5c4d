"""A saved run judged once more, by the checks, cases and levels of today. Nothing is sent.

An exchange is judged only where the case of its name still asks the same, and what comes before it does;
everything else is skipped with the reason: it would have to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from slashv1.harness.capture import Captured
from slashv1.harness.fuzz.plan import FuzzPlan, Half
from slashv1.harness.fuzz.tally import Failing, Tally, kinds_of_faults
from slashv1.harness.plan import Plan
from slashv1.harness.run_record import record_of
from slashv1.harness.saved import Round, Saved, digest_of
from slashv1.harness.suite import suite_of
from slashv1.matrix import Case, Profile, Provocation
from slashv1.record import Outcome, Run

NOT_SENT = "not among the saved exchanges: it must be sent"
CHANGED = "asks for something else than the saved exchange answers: it must be sent"
DRAWN = "of the drawn requests only those that failed are kept, and the rules were others: they must be sent"
_MOST_NAMES = 8


def as_it_was(profile: Profile, saved: Saved) -> Profile:
    """The profile, with what the run could provoke and what its target had stored: that was sent."""
    causes = frozenset[str]().union(*(one.provoked for one in saved.rounds))
    refs = {name: value for one in saved.rounds for name, value in one.refs.items()}
    known = {cause: Provocation() for cause in sorted(causes)}
    return replace(profile, provoke={**known, **profile.provoke}, refs={**refs, **profile.refs})


def dated(saved: Saved, day: date) -> Saved:
    """The same, to be asked for the fields of that day."""

    def of(one: Round) -> Round:
        captured = replace(one.traffic.captured, as_of=day)
        return replace(one, traffic=replace(one.traffic, captured=captured))

    return replace(saved, rounds=tuple(of(one) for one in saved.rounds))


def rejudged(
    saved: Saved,
    plans: Sequence[Plan],
    profile: Profile,
    *,
    source: str,
    fixtures: Path | None = None,
    strict: bool = False,
    same_profile: bool = True,
    whole: bool = True,
    notes: Sequence[str] = (),
) -> list[Run]:
    """The run of each plan, by the round of the same number; a plan beyond the last round is left out.

    `source`: how the file is called. `same_profile`: whether it is the run's. `whole`: whether the first plan
    is meant to hold all that was saved. `notes`: what else there is to say.
    """
    known = same_profile and suite_of((), profile).rules == saved.suite.rules
    runs = []
    for number, (plan, one) in enumerate(zip(plans, saved.rounds, strict=False)):
        traffic = replace(one.traffic, captured=_fitting(plan, one, profile))
        run = record_of(plan, traffic, profile, fixtures=fixtures, strict=strict)
        run = run if known or plan.fuzz is None else _half_known(run, plan.fuzz)
        said = [*_told(saved, plan if whole else None, one, run, source), *notes] if number == 0 else []
        runs.append(replace(run, notes=(*run.notes, *said)))
    return runs


def _half_known(run: Run, plan: FuzzPlan) -> Run:
    """What other rules say of the drawn requests that passed is not known: none of them was kept."""
    drawn = {item.id for item in plan.items}
    results = tuple(
        replace(one, outcome=Outcome.SKIPPED, cause=DRAWN)
        if one.id in drawn and one.outcome is Outcome.PASSED
        else one
        for one in run.results
    )
    return replace(run, results=results)


def _fitting(plan: Plan, one: Round, profile: Profile) -> Captured:
    """What was captured, without answers to what today's cases do not ask: these are left out, and why."""
    was = one.traffic.captured
    now = replace(was, exchanges={}, asked={}, left_out={})
    for case in plan.cases:
        cause = _unfit(case, one, now)
        if cause is not None:
            now.left_out[case.id] = cause
        elif case.id in was.exchanges:
            now.exchanges[case.id], now.asked[case.id] = was.exchanges[case.id], was.asked[case.id]
    now.fuzzed = _fuzzed(plan.fuzz, was.fuzzed, profile)
    return now


def _unfit(case: Case, one: Round, now: Captured) -> str | None:
    """Why nothing of a case can be judged; None: it can, or an interruption or an error says why not."""
    was = one.traffic.captured
    for causes in (one.withheld, was.left_out):
        if case.id in causes:
            return causes[case.id]
    if case.id not in one.traffic.planned:
        return NOT_SENT
    if case.id in was.exchanges and one.digests[case.id] != digest_of(case):
        return CHANGED
    for step in case.after:
        if case.id in was.exchanges and step not in now.exchanges:
            return f"step {step}: {now.left_out.get(step, NOT_SENT)}"[:300]
    return None


def _fuzzed(plan: FuzzPlan | None, saved: Mapping[str, Tally], profile: Profile) -> dict[str, Tally]:
    """The tallies of the halves, of the failing requests those that fail by today's checks."""
    found = {}
    for half in plan.halves if plan else ():
        tally = saved.get(half.id)
        if tally is None:
            continue
        failing = {check: _still(half, check, kinds, profile) for check, kinds in tally.failing.items()}
        found[half.id] = replace(tally, failing={check: kinds for check, kinds in failing.items() if kinds})
    return found


def _still(half: Half, check: str, kinds: Failing, profile: Profile) -> Failing:
    return {
        kind: example
        for kind, example in kinds.items()
        if kind in kinds_of_faults(half, example, profile).get(check, ())
    }


def _told(saved: Saved, plan: Plan | None, one: Round, run: Run, source: str) -> list[str]:
    """Where the verdict comes from, and what of the file the plan leaves out."""
    notes = [f"judged again from {source}, nothing was sent; the run is of {one.traffic.started_at}"]
    if run.suite.rules != saved.suite.rules:
        notes.append(
            f"judged by other rules than then: slashv1 {saved.suite.version} ({_short(saved.suite.rules)}), "
            f"now {run.suite.version} ({_short(run.suite.rules)})"
        )
    planned = {case.id for case in plan.cases} if plan else set(one.traffic.captured.exchanges)
    elsewhere = set(one.traffic.captured.exchanges) - planned
    if elsewhere:
        notes.append(f"saved and not judged, no case of this plan: {_some(sorted(elsewhere))}")
    return notes


def _short(digest: str | None) -> str:
    return (digest or "unknown")[:12]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
