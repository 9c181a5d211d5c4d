"""The migration checklist: six points, each answered by the verdicts on a few cases, evidence beside it.

It has no engine of its own: the cases are those of the matrix, sent and judged as `check` does. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from slashv1.harness.checklist_evidence import told
from slashv1.harness.judge.look import dig
from slashv1.matrix import Case, Profile
from slashv1.record import Outcome, Result, Run, Wire
from slashv1.spec import parse

CHAT = "chat.completions.create"
_WRONG = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.ERROR)
_HELD = (Outcome.PASSED, Outcome.NOTED, Outcome.WARNED, Outcome.WAIVED)


class Answer(StrEnum):
    """What a point is answered with."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True, slots=True)
class Part:
    """A case, and the checks on it that a point stands for."""

    case: str
    """`operation/case`."""
    checks: tuple[str, ...]
    """Globs."""
    shows: tuple[str, ...]
    """What of the answer is evidence."""

    @property
    def signals(self) -> bool:
        """Whether it stands for header signals of the answer."""
        return "signals.present" in self.checks


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the list."""

    number: int
    title: str
    parts: tuple[Part, ...]


_ENVELOPE = ("http.answered", "http.status", "error.envelope", "error.keys", "error.message", "error.type")
_NAMED = ("signals.present", "signals.trace-id", "signals.execution-profile", "signals.resolved-provider")
POINTS = (
    Point(
        1,
        "Base URL and key swapped: a chat completion has content and a filled usage",
        (
            Part(
                f"{CHAT}/plain",
                ("http.*", "chat.message.content", "usage.present", "usage.total"),
                ("content", "usage"),
            ),
        ),
    ),
    Point(
        2,
        "The shape is OpenAI's: message content, finish_reason and usage.total_tokens with their types",
        (
            Part(
                f"{CHAT}/plain",
                ("http.status", "body.*", "chat.finish*", "chat.choices*", "usage.*"),
                ("shape",),
            ),
        ),
    ),
    Point(
        3,
        "A stream has chat.completion.chunk frames, [DONE] at its end and the usage before it",
        (
            Part(
                f"{CHAT}/stream-usage",
                ("http.*", "framing.*", "body.*", "chat.stream.*"),
                ("frames",),
            ),
        ),
    ),
    Point(
        4,
        "Trace id, execution profile and provider stand in headers, and /v2/usage has the trace",
        (
            Part(f"{CHAT}/plain", ("http.status", *_NAMED), ("signals",)),
            Part("gateway.usage/own", ("signals.usage-found",), ("record",)),
        ),
    ),
    Point(
        5,
        "Errors are OpenAI's: a 400 for empty messages, a 429 for a budget that SDKs take for a quota",
        (
            Part(f"{CHAT}/empty-messages", _ENVELOPE, ("error",)),
            Part(f"{CHAT}/quota", (*_ENVELOPE, "error.quota-told"), ("error", "quota")),
        ),
    ),
    Point(
        6,
        "An alias in place of a model's id resolves, and Agent-Resolved-Provider tells to what",
        (
            Part(
                f"{CHAT}/alias",
                ("http.*", "chat.message.content", "signals.model-echo", *_NAMED),
                ("model", "content", "signals"),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What came of a part."""

    case: str
    answer: Answer
    evidence: tuple[str, ...]
    checks: Mapping[str, str]
    """Outcome by check."""


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """What came of a point."""

    number: int
    title: str
    answer: Answer
    parts: tuple[PartAnswer, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """All points, answered."""

    run: Run
    points: tuple[PointAnswer, ...]

    @property
    def exit_code(self) -> int:
        """0 nothing fails, 1 a point fails, 2 nothing (or not all) was learnt."""
        outcomes = {
            outcome for point in self.points for part in point.parts for outcome in part.checks.values()
        }
        answers = {point.answer for point in self.points}
        if self.run.interrupted or Outcome.ERROR in outcomes or answers == {Answer.NOT_OFFERED}:
            return 2
        return 1 if Answer.FAIL in answers else 0

    def to_json(self) -> dict[str, Any]:
        """Target, profile, and each point with its parts; JSON values."""
        target = self.run.target
        return {
            "base_url": target.base_url,
            "model": target.model,
            "profile": self.run.profile,
            "started_at": self.run.started_at,
            "requests": self.run.request_count,
            "points": [
                {
                    "number": point.number,
                    "title": point.title,
                    "answer": point.answer.value,
                    "parts": [
                        {
                            "case": part.case,
                            "answer": part.answer.value,
                            "evidence": list(part.evidence),
                            "checks": dict(part.checks),
                        }
                        for part in point.parts
                    ],
                }
                for point in self.points
            ],
            "exit_code": self.exit_code,
        }


def selection(cases: Sequence[Case], profile: Profile) -> list[str]:
    """The cases that the points stand for and the profile tries, as a plan is asked for them."""
    wanted = dict.fromkeys(part.case for point in POINTS for part in point.parts)
    known = {case.id: case for case in cases}
    tried = [name for name in wanted if name in known and profile.tries(known[name])]
    return [name.replace("/", "::") for name in tried]


def answered(run: Run) -> Checklist:
    """The list, answered by the results of a run of `selection`."""
    results: dict[str, list[Result]] = {}
    for result in run.results:
        results.setdefault(f"{result.operation}/{result.case}", []).append(result)
    wires = {f"{wire.operation}/{wire.case}": wire for wire in run.wires}
    points = []
    for point in POINTS:
        parts = [
            _part(part, results.get(part.case, ()), wires.get(part.case), run.profile) for part in point.parts
        ]
        points.append(PointAnswer(point.number, point.title, _whole(parts), tuple(parts)))
    return Checklist(run, tuple(points))


def _whole(parts: Sequence[PartAnswer]) -> Answer:
    """The worst of its parts."""
    answers = {part.answer for part in parts}
    return next(one for one in (Answer.FAIL, Answer.NOT_OFFERED, Answer.PASS) if one in answers)


def _part(part: Part, results: Sequence[Result], wire: Wire | None, profile: str) -> PartAnswer:
    own = [result for result in results if any(fnmatchcase(result.check, glob) for glob in part.checks)]
    checks = {result.check: result.outcome.value for result in own}
    evidence = told(wire, *part.shows)
    missing = _not_offered(part, own, wire, profile)
    if missing is not None:
        return PartAnswer(part.case, Answer.NOT_OFFERED, (*evidence, missing), checks)
    wrong = [result for result in own if result.outcome in _WRONG]
    if wrong:
        said = tuple(f"{result.check}: {_why(result)}" for result in wrong)
        return PartAnswer(part.case, Answer.FAIL, (*evidence, *said), checks)
    warned = tuple(f"{r.check}: {_why(r)}" for r in own if r.outcome is Outcome.WARNED)
    return PartAnswer(part.case, Answer.PASS, (*evidence, *warned), checks)


def _why(result: Result) -> str:
    return result.findings[0].message if result.findings else result.cause or result.outcome.value


def _not_offered(part: Part, own: Sequence[Result], wire: Wire | None, profile: str) -> str | None:
    """Why the target, or the profile, has nothing to judge here; None where it has."""
    if not own:
        return f"the profile {profile} does not ask for it"
    if wire is not None and part.case == f"{CHAT}/alias" and _no_such_model(wire):
        return "the target knows no such alias; a profile's `refs: {alias: …}` names another"
    if wire is not None and part.signals and wire.status == 200 and not _signalled(wire):
        return "the answer has no Agent-* header at all"
    held = [result for result in own if result.outcome in (*_HELD, *_WRONG)]
    return None if held else next((r.cause for r in own if r.cause), "nothing was judged")


def _signalled(wire: Wire) -> bool:
    return any(name.lower().startswith("agent-") for name, _ in wire.response_headers)


def _no_such_model(wire: Wire) -> bool:
    code = dig(parse(wire.body or "").value, "error", "code")
    return wire.status in (400, 404) and code == "model_not_found"
