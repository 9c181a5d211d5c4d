"""The harness judged by its own gateway: each defect must be found, by its check, and by no other.

A defect's run sends the cases of the operations it touches; a legal variant's run sends all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from slashv1.record import Level, Outcome, Result

DEVIATING = {Outcome.FAILED, Outcome.WARNED, Outcome.UNWAIVED, Outcome.ERROR}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one defect or variant set off."""

    name: str
    caught_by: str | None
    """The check that must find it; None for a legal variant, on which nothing may fire."""
    also: tuple[str, ...]
    """Globs of the checks that may fire beside it."""
    fired: tuple[str, ...]
    """The checks that failed, warned or crashed, without repeats."""
    tier: str = "standard"
    """The tier of the cases that it was judged by."""

    @property
    def caught(self) -> bool:
        """Whether the named check fired; true of a variant, which names none."""
        return self.caught_by is None or self.caught_by in self.fired

    @property
    def wrong(self) -> tuple[str, ...]:
        """What fired and may not."""
        allowed = (*self.also, *([self.caught_by] if self.caught_by else ()))
        return tuple(c for c in self.fired if not any(fnmatchcase(c, glob) for glob in allowed))

    @property
    def good(self) -> bool:
        """Found where it is a defect, and nothing wrong beside it."""
        return self.caught and not self.wrong


def verdict(name: str, caught_by: str | None, also: Sequence[str], results: Iterable[Result]) -> Verdict:
    """The verdict over the results of one run; what a MAY notes counts for the check that is named."""
    told = list(results)
    fired = dict.fromkeys(r.check for r in told if r.outcome in DEVIATING)
    if any(r.check == caught_by and r.outcome is Outcome.NOTED and r.level is Level.MAY for r in told):
        fired[str(caught_by)] = None
    return Verdict(name, caught_by, tuple(also), tuple(fired))


def score(verdicts: Sequence[Verdict]) -> str:
    """One line: how many defects were found, how many variants passed, how many alarms were false."""
    defects = [v for v in verdicts if v.caught_by]
    variants = [v for v in verdicts if not v.caught_by]
    caught = sum(v.caught for v in defects)
    clean = sum(v.good for v in variants)
    stray = sum(bool(v.wrong) for v in defects)
    return (
        f"{caught} of {len(defects)} defects found, {stray} with a stray alarm; "
        f"{clean} of {len(variants)} legal variants pass"
    )
