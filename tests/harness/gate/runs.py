"""Runs of one check on some cases, and entries that cover them."""

from __future__ import annotations

from datetime import date
from typing import Any

from slashv1.harness.gate.waivers import Entry, Waivers
from slashv1.record import Level, Outcome, Result, Run
from tests.reports import sample

CHECK = "headers.request-id"
DAY = date(2026, 3, 4)
"""On which the sample's runs are made."""


def entry(check: str = CHECK, *cases: str, expires: str = "2026-03-04", **more: Any) -> Entry:
    """A waiver on lines 3 to 6."""
    made = {"lines": (3, 6), "link": None, **more}
    return Entry(check, cases, "known", "edge", date.fromisoformat(expires), file="waivers.yaml", **made)


def waivers(*entries: Entry) -> Waivers:
    return Waivers(
        "waivers.yaml", tuple(e for e in entries if not e.repeat), tuple(e for e in entries if e.repeat)
    )


def run(**outcomes: str) -> Run:
    """One result by case name, and one MUST that passed."""
    results = [_result(case.replace("_", "-"), Outcome(said)) for case, said in outcomes.items()]
    return sample.run(sample.result("models.list", "plain", "http.status"), *results)


def _result(case: str, outcome: Outcome) -> Result:
    bad = outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.NOTED)
    level = {Outcome.WARNED: Level.SHOULD, Outcome.NOTED: Level.MAY}.get(outcome, Level.MUST)
    found = (sample.finding(CHECK, level),) if bad else ()
    return Result(sample.CHAT, case, CHECK, level, outcome, found, None if bad else "because")


def outcomes(made: Run) -> dict[str, str]:
    """By case, of the results of `run`."""
    return {result.case: str(result.outcome) for result in made.results if result.operation == sample.CHAT}


def causes(made: Run) -> dict[str, str]:
    return {result.case: result.cause or "" for result in made.results}
