"""Judging recorded traffic: each exchange of an operation the contract knows, by each check that applies."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from slashv1.harness.judge.engine import checks, judge_all
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Broken, Recorded, case_of
from slashv1.matrix import Profile
from slashv1.record import Finding, Level, Outcome
from slashv1.spec import Operation, find_operation

NEED_OTHERS = ("replay.",)
"""Checks that compare an exchange with a fixture or with another one of the same run."""


@dataclass(frozen=True, slots=True)
class AuditObjection:
    """One MUST or SHOULD that a recorded exchange breaks."""

    id: str
    """Of the exchange, as recorded."""
    line: int
    """In the file, from 1."""
    check: str
    level: Level
    where: str
    """JSON Pointer, frame or header."""
    expected: str
    actual: str
    operation: str


@dataclass(slots=True)
class Audit:
    """What came of one file."""

    exchanges: int = 0
    """Lines that were read."""
    judged: int = 0
    objections: list[AuditObjection] = dataclasses.field(default_factory=list)
    broken: list[Broken] = dataclasses.field(default_factory=list)
    not_judged: Counter[str] = dataclasses.field(default_factory=Counter)
    """By method and path with ids left out: operations that the contract lacks."""
    errors: list[AuditObjection] = dataclasses.field(default_factory=list)
    """Checks that crashed: a fault of the suite, never of the recording."""

    def add(self, other: Audit) -> None:
        """Take what came of later lines."""
        self.exchanges += other.exchanges
        self.judged += other.judged
        self.objections += other.objections
        self.broken += other.broken
        self.not_judged += other.not_judged
        self.errors += other.errors

    @property
    def exit_code(self) -> int:
        """0 no objection, 1 any, 2 nothing could be read or a check crashed."""
        if self.exchanges == 0 or self.errors:
            return 2
        return 1 if self.objections else 0

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {
            "exchanges": self.exchanges,
            "judged": self.judged,
            "objections": [dataclasses.asdict(one) for one in self.objections],
            "broken": [dataclasses.asdict(one) for one in self.broken],
            "not_judged": dict(self.not_judged.most_common()),
            "errors": [dataclasses.asdict(one) for one in self.errors],
        }


def audit(
    records: Iterable[Recorded | Broken],
    profile: Profile,
    *,
    wanted: Callable[[str], bool] = lambda check: True,
    as_of: date | None = None,
) -> Audit:
    """Judge records one after the other; only objections are kept, so memory is flat in the file's length.

    `as_of`: the day whose newer fields are asked for; None: for each exchange the day it was sent.
    """
    done = Audit()
    but = _left_out(wanted)
    for record in records:
        if isinstance(record, Broken):
            done.broken.append(record)
            continue
        done.exchanges += 1
        _one(record, profile, but, done, as_of)
    return done


@lru_cache(maxsize=16)
def _left_out(wanted: Callable[[str], bool]) -> frozenset[str]:
    return frozenset(one for one in checks() if one.startswith(NEED_OTHERS) or not wanted(one))


def _one(record: Recorded, profile: Profile, but: frozenset[str], done: Audit, as_of: date | None) -> None:
    request = record.exchange.request
    if record.elsewhere:
        done.not_judged["outside /v1"] += 1
        return
    operation = operation_of(request.method, request.path)
    if operation is None:
        done.not_judged[f"{request.method} {_family(request.path)}"] += 1
        return
    done.judged += 1
    case = case_of(record, operation)
    reading = Reading(case, record.exchange, asked=record.asked, as_of=as_of)
    for result in judge_all(reading, profile, but):
        if result.outcome is Outcome.ERROR:
            crash = AuditObjection(
                record.id,
                record.line,
                result.check,
                result.level,
                "",
                "a verdict",
                result.cause or "",
                case.operation,
            )
            done.errors.append(crash)
        elif result.level is not Level.MAY:
            done.objections.extend(_objection(record, finding, case.operation) for finding in result.findings)


def operation_of(method: str, path: str) -> Operation | None:
    """The operation of a request line whose base URL is not known: `/v1` may stand deeper, or be left out."""
    _, cut, rest = path.rpartition("/v1/")
    for candidate in (path, f"/v1/{rest}" if cut else path, f"/v1{path}"):
        found = find_operation(method, candidate)
        if found is not None:
            return found
    return None


def _objection(record: Recorded, finding: Finding, operation: str) -> AuditObjection:
    return AuditObjection(
        record.id,
        record.line,
        finding.check,
        finding.level,
        _where(finding),
        finding.expected or finding.message,
        finding.actual or "",
        operation,
    )


def _where(finding: Finding) -> str:
    if finding.header is not None:
        return f"header {finding.header}"
    parts = [] if finding.frame is None else [f"frame {finding.frame}"]
    if finding.pointer is not None:
        parts.append(finding.pointer or "/")
    return " ".join(parts) or "the exchange"


def _family(path: str) -> str:
    """A path without its ids: the words of upstream's routes are short and lower case."""
    steps = [
        step if step.replace("_", "").isalpha() and step.islower() else "{id}" for step in path.split("/")[2:]
    ]
    return "/v1/" + "/".join(steps)
