"""Operations that a target does not offer at all: said once, not case by case.

Of phase 2 and later only: what a compatible endpoint is asked for first, it offers or fails. Learnt from
the answers alone: a case was refused as an unknown URL, a wrong method or not implemented, and no case of
the operation was answered otherwise. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slashv1.harness.judge.engine import Item, judge
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Profile
from slashv1.record import Outcome, Result

FIRST_PHASE = 2
_KEYS = {"message", "type", "param", "code"}
_ASTRAY = frozenset({"route", "method"})
"""Tags of cases that ask for no operation on purpose."""
_ROUTE = re.compile(
    r"invalid url|not (?:yet )?(?:implemented|supported|available)|unsupported|unknown|unrecognized"
    r"|\b(?:url|route|endpoint|path|method)\b",
    re.IGNORECASE,
)
"""How servers say that they know no such URL, beside a 404 that says so of an object."""
_MANY = 3
"""Mistakes that are all refused in the same words, where no case could be right."""
_BEFORE = (401, 403, 429)
"""Refusals that come before anybody looks for the operation."""


@dataclass(frozen=True, slots=True)
class Absent:
    """One operation that is not offered."""

    operation: str
    case: str
    """Id of the case that was told so, the plain one where there was a choice."""
    said: str
    """What it was told."""
    honest: bool
    """In the envelope."""

    @property
    def cause(self) -> str:
        """For every item of the operation."""
        return f"{self.operation} is not offered: {self.said}"


def absent_operations(readings: Mapping[str, Reading]) -> dict[str, Absent]:
    """By name, those that a target does not offer; `readings` by case id, in the order of the plan."""
    groups: dict[str, list[Reading]] = {}
    for reading in readings.values():
        case = reading.case
        if case.phase >= FIRST_PHASE and not case.tags & _ASTRAY:
            groups.setdefault(case.operation, []).append(reading)
    found = ((name, _absent(group)) for name, group in groups.items())
    return {name: absent for name, absent in found if absent is not None}


def _absent(group: Sequence[Reading]) -> Absent | None:
    refused = [reading for reading in group if _route_refused(reading)] or _all_alike(group)
    said = {_error(reading).get("message") for reading in refused}
    if not refused or not all(
        reading in refused or _tells_nothing(reading) or _is_lost(reading, said) for reading in group
    ):
        return None
    telling = _plain_first(refused)[0]
    request = telling.exchange.request
    line = f"{request.method} {request.path} was answered {telling.exchange.status}"
    message = _error(telling).get("message")
    quoted = f": {message[:120]}" if isinstance(message, str) else ""
    case = telling.case
    return Absent(case.operation, case.id, line + quoted, bool(_error(telling).keys() >= _KEYS))


def _all_alike(group: Sequence[Reading]) -> Sequence[Reading]:
    """The readings where every mistake, each another one, was told the same: that there is no such thing."""
    said = {_error(reading).get("message") for reading in group}
    alike = len(group) >= _MANY and len(said) == 1 and all(_is_lost(reading, said) for reading in group)
    return group if alike else ()


def _is_lost(reading: Reading, said: Collection[object]) -> bool:
    """Whether a path that names no object is answered 404 with one of these messages."""
    error = _error(reading)
    return (
        reading.exchange.status == 404
        and "${" not in reading.case.request.path
        and error.get("code") != "model_not_found"
        and error.get("message") in said
    )


def _plain_first(group: Iterable[Reading]) -> list[Reading]:
    return sorted(group, key=lambda reading: reading.case.error)


def _tells_nothing(reading: Reading) -> bool:
    """Whether the answer is the same with the operation and without it."""
    status = reading.exchange.status
    return status in _BEFORE or (status == 404 and reading.expected_status)


def _route_refused(reading: Reading) -> bool:
    """Whether the refusal is of the URL or method, and not of an object or model that it names."""
    status, message = reading.exchange.status, _error(reading).get("message")
    if status in (405, 501):
        return True
    if status != 404 or _error(reading).get("code") == "model_not_found":
        return False
    case = reading.case
    if not case.error and "${" not in case.request.path:
        return True
    return not isinstance(message, str) or bool(_ROUTE.search(message))


def _error(reading: Reading) -> dict[str, object]:
    error = reading.object.get("error")
    return error if isinstance(error, dict) else {}


def without_verdict(
    items: Sequence[Item], absent: Absent, readings: Mapping[str, Reading], profile: Profile
) -> list[Result]:
    """The results of one case of an operation that is not offered.

    An honest rejection is `unsupported`, unless the profile requires the operation by its name: then, and
    where the rejection is no envelope, the case that was told so is judged, and the others are skipped.
    """
    case = items[0].case
    required = case.operation in profile.required
    if absent.honest and not required:
        return [_result(item, Outcome.UNSUPPORTED, absent.cause) for item in items]
    if case.id != absent.case or case.id not in readings:
        return [_result(item, Outcome.SKIPPED, f"{absent.cause} (in {absent.case})") for item in items]
    return judge(items, readings[case.id], profile)


def needing(case: Case, absent: Mapping[str, Absent]) -> str | None:
    """Why a case was not sent: a step before it is of an operation that is not offered."""
    operations = (step.partition("/")[0] for step in case.after)
    lacking = next((name for name in operations if name in absent), None)
    return None if lacking is None else f"it needs {lacking}, which the target does not offer"


def _result(item: Item, outcome: Outcome, cause: str) -> Result:
    case = item.case
    return Result(case.operation, case.name, item.check.id, item.level, outcome, (), cause)
