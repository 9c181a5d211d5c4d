"""Waivers applied to a run: what is known is waived, what is no longer so is said. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date

from slashv1.harness.gate.waivers import Entry, Waivers
from slashv1.record import Outcome, Result, Run, Waiver

DEVIATING = (Outcome.FAILED, Outcome.WARNED)
"""What a waiver can cover; a MAY is information and needs none."""
_GOOD = (Outcome.PASSED, Outcome.NOTED)


def day_of(run: Run) -> date:
    """The day on which expiry is judged: that of the run, UTC, so that a record says why it ended so."""
    return date.fromisoformat(run.started_at[:10])


def waive(run: Run, file: Waivers, *, planned: Set[str] | None = None) -> Run:
    """The run with what the file covers waived, and a failure for each entry that has had its day.

    `planned`: ids of all items that the tier and phase hold, where only some were run; an entry is called
    unneeded only where everything it covers was judged.
    """
    today = day_of(run)
    results = [_waived(result, file.waivers, today) for result in run.results]
    ids = {result.id for result in results}
    states: list[Waiver] = []
    for entry in file.waivers:
        covered = [at for at, result in enumerate(results) if entry.covers(result.id)]
        whole = planned is None or all(name in ids for name in planned if entry.covers(name))
        state, count = _state(entry, [run.results[at] for at in covered], today, whole=whole)
        if state == "unneeded":
            at = next(at for at in covered if run.results[at].outcome in _GOOD)
            if results[at].outcome is not Outcome.UNWAIVED:
                results[at] = replace(results[at], outcome=Outcome.UNWAIVED, cause=_unneeded(entry))
        states.append(as_recorded(entry, state, count))
    return replace(run, results=tuple(results), waivers=(*run.waivers, *states))


def as_recorded(entry: Entry, state: str, count: int) -> Waiver:
    """An entry as the run record shows it."""
    return Waiver(
        check=entry.check,
        cases=entry.cases,
        reason=entry.reason,
        owner=entry.owner,
        expires=entry.expires.isoformat(),
        link=entry.link,
        place=entry.place,
        state=state,
        results=count,
        repeat=entry.repeat or None,
    )


def expired(entry: Entry) -> str:
    """What is said of a deviation whose entry has had its day."""
    return (
        f"{entry.place}: expired on {entry.expires} (owner {entry.owner}: {entry.reason}): "
        f"mend it and {entry.delete}, or set a new day"
    )


def _waived(result: Result, entries: Sequence[Entry], today: date) -> Result:
    if result.outcome not in DEVIATING:
        return result
    covering = [entry for entry in entries if entry.covers(result.id)]
    valid = next((entry for entry in covering if today <= entry.expires), None)
    if valid is not None:
        said = f"waived until {valid.expires} by {valid.owner}: {valid.reason} ({valid.place})"
        return replace(result, outcome=Outcome.WAIVED, cause=_with(said, result.cause))
    if covering:
        return replace(result, outcome=Outcome.UNWAIVED, cause=_with(expired(covering[0]), result.cause))
    return result


def _with(said: str, cause: str | None) -> str:
    return f"{said}; {cause}" if cause else said


def _state(entry: Entry, covered: Sequence[Result], today: date, *, whole: bool) -> tuple[str, int]:
    """`used`, `expired`, `unneeded` or `idle` (nothing it covers was judged), and how many deviate."""
    outcomes = [result.outcome for result in covered]
    count = sum(outcome in DEVIATING for outcome in outcomes)
    if count:
        return ("used" if today <= entry.expires else "expired"), count
    if whole and outcomes and all(outcome in _GOOD for outcome in outcomes):
        return "unneeded", 0
    return "idle", 0


def _unneeded(entry: Entry) -> str:
    return f"{entry.place}: no longer needed, nothing that {entry.what!r} covers deviates: {entry.delete}"
