"""What outcomes and verdicts are called, and the sign that stands for each beside its colour."""

from __future__ import annotations

from dataclasses import dataclass

from slashv1.record import Level, Outcome, Readiness, Run

SIGNS = {
    Outcome.FAILED: "✕",
    Outcome.UNWAIVED: "≠",
    Outcome.ERROR: "‼",
    Outcome.WARNED: "!",
    Outcome.NOTED: "i",
    Outcome.WAIVED: "≈",
    Outcome.INCONCLUSIVE: "?",
    Outcome.UNSUPPORTED: "∅",
    Outcome.SKIPPED: "–",
    Outcome.PASSED: "✓",
}
"""By outcome, the worst first."""

MEANINGS = {
    Outcome.FAILED: "a MUST deviates",
    Outcome.UNWAIVED: "a waiver expired or is no longer needed",
    Outcome.ERROR: "the harness or the network broke",
    Outcome.WARNED: "a SHOULD deviates",
    Outcome.NOTED: "a MAY deviates",
    Outcome.WAIVED: "a deviation that a valid waiver covers",
    Outcome.INCONCLUSIVE: "the model did not play along",
    Outcome.UNSUPPORTED: "honestly rejected, and not required by the profile",
    Outcome.SKIPPED: "something before it failed or was left out",
    Outcome.PASSED: "as it should be",
}

CLIENT_OUTCOMES = {
    Readiness.READY: Outcome.PASSED,
    Readiness.LIMITS: Outcome.WARNED,
    Readiness.NOT_JUDGED: Outcome.INCONCLUSIVE,
    Readiness.NOT_READY: Outcome.FAILED,
}
"""Whose colour and sign the state of a client has."""

LEVELS = {
    Level.MUST: "an official SDK or the documented contract breaks",
    Level.SHOULD: "genuine OpenAI always does it, clients live without",
    Level.MAY: "information",
}

RANK = {outcome: rank for rank, outcome in enumerate(SIGNS)}
"""0 is the worst."""

DEVIATING = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.ERROR, Outcome.WARNED, Outcome.NOTED, Outcome.WAIVED)
FAULTS = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.ERROR, Outcome.WARNED)
"""Deviations but what is merely noted, or known."""
UNJUDGED = (Outcome.INCONCLUSIVE, Outcome.UNSUPPORTED, Outcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one word on top of a report."""

    word: str
    sign: str
    tone: str
    """`passed`, `failed`, `warned` or `error`: the colour."""
    sentence: str


def verdict(run: Run) -> Verdict:
    """What the run says about its target, by the rules of its exit code."""
    if run.interrupted:
        return Verdict("Interrupted", "‖", "error", f"Stopped before the plan was done. {_counted(run)}")
    if run.summary["error"]:
        return Verdict("Not judged", "‼", "error", f"The harness or the network broke. {_counted(run)}")
    if run.exit_code == 2:
        return Verdict("Nothing learnt", "?", "error", f"No MUST check passed. {_counted(run)}")
    if run.exit_code == 1:
        return Verdict("Deviates", "✕", "failed", _counted(run))
    return Verdict("Conforming", "✓", "passed", _counted(run))


def _counted(run: Run) -> str:
    summary = run.summary
    bad = [
        _number(summary["failed"], "MUST deviation"),
        _number(summary["unwaived"], "spent waiver"),
        _number(summary["warned"], "SHOULD deviation"),
    ]
    if not summary["failed"] + summary["unwaived"] + summary["warned"]:
        bad = ["No deviation but those waived" if summary["waived"] else "No deviation"]
    cases = len({(result.operation, result.case) for result in run.results})
    counted = " and ".join(part for part in bad if part)
    waived = f"; {summary['waived']:,} waived" if summary["waived"] else ""
    return f"{counted} in {_number(len(run.results), 'check')} on {_number(cases, 'case')}{waived}."


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}" if count else ""
