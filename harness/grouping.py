"""Results put together for a reader: the same deviation in many cases is said once, no place left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from slashv1.place import TOLD_APART, any_index, dotted, frame_of, others, without_event, worded
from slashv1.record import Finding, Level, Outcome, Result

SHOWN = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.WARNED)
"""Outcomes whose findings are spelt out, in this order."""
WITHOUT_VERDICT = (Outcome.ERROR, Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED)

_MANY = 6
"""Cases of one operation that are told as all of them, with the few that are left out, where they are."""
_LEFT_OUT = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One deviation, the same wherever it was seen but for the numbers of places and events."""

    message: str
    expected: str | None
    actual: str | None
    places: tuple[str, ...]
    """One line a case: the case, then the pointers, frames and headers in it."""


@dataclass(frozen=True, slots=True)
class Deviating:
    """Everything one check found, at one outcome."""

    check: str
    level: Level
    outcome: Outcome
    cases: tuple[str, ...]
    kinds: tuple[Kind, ...]
    causes: tuple[str, ...] = ()
    """What else there is to say: that some are reported elsewhere, or that there are more."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Results without a verdict that share a cause."""

    outcome: Outcome
    cause: str
    count: int
    cases: str
    """By operation: `models.list: plain; models.retrieve: plain, unknown`."""


def deviating(results: Sequence[Result]) -> list[Deviating]:
    """Failures first, then warnings; within each in the order in which they were found."""
    cases = _Cases(results)
    groups: dict[tuple[Outcome, Level, str], list[Result]] = {}
    for result in results:
        if result.outcome in SHOWN:
            groups.setdefault((result.outcome, result.level, result.check), []).append(result)
    found = [
        Deviating(
            check,
            level,
            outcome,
            tuple(_case(r) for r in members),
            tuple(_kinds(members, cases)),
            _causes(members, cases),
        )
        for (outcome, level, check), members in groups.items()
    ]
    return sorted(found, key=lambda group: SHOWN.index(group.outcome))


def unjudged(results: Sequence[Result]) -> list[Unjudged]:
    """By outcome and cause, errors first."""
    cases = _Cases(results)
    groups: dict[tuple[Outcome, str], list[Result]] = {}
    for result in results:
        if result.outcome in WITHOUT_VERDICT:
            groups.setdefault((result.outcome, result.cause or "no cause given"), []).append(result)
    found = [
        Unjudged(outcome, cause, len(members), cases.together(_case(r) for r in members))
        for (outcome, cause), members in groups.items()
    ]
    return sorted(found, key=lambda group: WITHOUT_VERDICT.index(group.outcome))


def _causes(results: Sequence[Result], cases: _Cases) -> tuple[str, ...]:
    said: dict[str, list[str]] = {}
    for result in results:
        if result.cause:
            said.setdefault(result.cause, []).append(_case(result))
    return tuple(f"{cause} (in {cases.together(names)})" for cause, names in said.items())


def ranges(numbers: Iterable[int]) -> str:
    """`0, 3–7`: numbers in order, runs of three and more drawn together."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}–{b}" for a, b in spans)


def _kinds(results: Sequence[Result], cases: _Cases) -> list[Kind]:
    same: dict[str, list[tuple[str, Finding]]] = {}
    for result in results:
        for finding in result.findings:
            same.setdefault(_alike(finding), []).append((_case(result), finding))
    return [kind for alike, found in same.items() for kind in _drawn_together(alike, found, cases)]


def _alike(finding: Finding) -> str:
    """A message without the place that it begins with, and what `worded` leaves out."""
    message, place = finding.message, dotted(finding.pointer) if finding.pointer else ""
    return worded(f"…{message[len(place) :]}" if place and message.startswith(place) else message)


def _drawn_together(alike: str, found: Sequence[tuple[str, Finding]], cases: _Cases) -> list[Kind]:
    """One kind for each wording; a single one where it would be more than a reader compares."""
    exact: dict[tuple[str, str | None, str | None], dict[str, list[Finding]]] = {}
    for case, finding in found:
        said = (without_event(finding.message), finding.expected, finding.actual)
        exact.setdefault(said, {}).setdefault(case, []).append(finding)
    if len(exact) <= TOLD_APART:
        return [
            Kind(_common(message, seen), expected, actual, tuple(_lines(seen, cases)))
            for (message, expected, actual), seen in exact.items()
        ]
    vague: dict[str, list[Finding]] = {}
    for case, finding in found:
        where = finding.pointer and any_index(finding.pointer)
        vague.setdefault(case, []).append(replace(finding, pointer=where, frame=None))
    wordings = {worded(message) for message, *_ in exact}
    alike = wordings.pop() if len(wordings) == 1 else alike
    expected, actual = (_one_of(said[at] for said in exact) for at in (1, 2))
    return [Kind(alike, expected, actual, tuple(_lines(vague, cases)))]


def _common(message: str, seen: dict[str, list[Finding]]) -> str:
    """With the event that all name; where they name several, the places say which."""
    said = {finding.message for findings in seen.values() for finding in findings}
    return said.pop() if len(said) == 1 else message


def _one_of(texts: Iterable[str | None]) -> str | None:
    told = list(texts)
    return f"{told[0]}{others(told)}" if others(told) else told[0]


def _lines(seen: dict[str, list[Finding]], cases: _Cases) -> list[str]:
    """Cases that show it at the same places share a line."""
    shared: dict[str, list[str]] = {}
    for case, findings in seen.items():
        shared.setdefault(_places(findings), []).append(case)
    lines = [(f"at {places} " if places else "", names) for places, names in shared.items()]
    return [f"{at}in {cases.together(names)}" for at, names in lines]


class _Cases:
    """The cases of a run by operation, to say many of them in few words."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._all: dict[str, dict[str, None]] = {}
        for result in results:
            self._all.setdefault(result.operation, {})[result.case] = None

    def together(self, cases: Iterable[str]) -> str:
        """Case ids by operation, the operation said once."""
        names: dict[str, list[str]] = {}
        for case in dict.fromkeys(cases):
            operation, _, name = case.partition("/")
            names.setdefault(operation, []).append(name)
        return "; ".join(f"{operation}: {self._told(operation, of)}" for operation, of in names.items())

    def _told(self, operation: str, names: list[str]) -> str:
        whole = self._all[operation]
        left = [name for name in whole if name not in names]
        if len(names) < _MANY or len(left) > _LEFT_OUT:
            return ", ".join(names)
        return f"all {len(whole)} cases{' but ' if left else ''}{', '.join(left)}"


def _places(findings: Sequence[Finding]) -> str:
    at: dict[str, list[Finding]] = {}
    for finding in findings:
        where = dotted(finding.pointer) if finding.pointer else ""
        if finding.header:
            where = f"header {finding.header}"
        at.setdefault(where, []).append(finding)
    parts = (" of ".join(part for part in (where, _frames(found)) if part) for where, found in at.items())
    return "; ".join(part for part in parts if part)


def _frames(findings: Sequence[Finding]) -> str:
    """The frames by number; of a single one the byte too, to look it up in a dump."""
    numbers = {finding.frame for finding in findings if finding.frame is not None}
    if len(numbers) == 1:
        return next(frame_of(finding) for finding in findings if finding.frame is not None)
    return f"frame {ranges(numbers)}" if numbers else ""


def _case(result: Result) -> str:
    return f"{result.operation}/{result.case}"
