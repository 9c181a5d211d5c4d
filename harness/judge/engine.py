"""Applying checks to a reading: outcomes, levels, and one report per deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from itertools import islice
from types import MappingProxyType

from slashv1.harness.judge.check import REGISTRY, Check, Deviation, Inconclusive
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Profile
from slashv1.record import DEVIATES, Finding, Level, Outcome, Result

TOPICS = (
    "http",
    "framing",
    "headers",
    "errors",
    "body",
    "usage",
    "chat",
    "chat_parts",
    "chat_stream",
    "chat_deltas",
    "chat_tokens",
    "chat_finish",
    "chat_ending",
    "responses",
    "responses_output",
    "responses_echo",
    "responses_stream",
    "responses_stream_items",
    "responses_stream_text",
    "embeddings",
    "models",
    "lifecycle",
    "pairs",
    "ignored",
    "ignored_output",
    "replay",
)
"""The modules that define checks, in the order in which results are listed."""
MOST_FINDINGS = 100
"""Of one check on one case: a body of a million mistakes must not make a record of a million findings."""
LONGEST_TEXT = 4_000
"""Characters of one text of a finding."""


_GRAVITY = {Level.MAY: 0, Level.SHOULD: 1, Level.MUST: 2}


@cache
def checks() -> Mapping[str, Check]:
    """Every check by id, in the order of the topics."""
    for topic in TOPICS:
        import_module(f"slashv1.harness.judge.{topic}")
    return MappingProxyType(REGISTRY)


@dataclass(frozen=True, slots=True)
class Item:
    """One check on one case, at the level the profile gives it: the unit of selection."""

    case: Case
    check: Check
    level: Level

    @property
    def id(self) -> str:
        """`operation::case::check`."""
        return f"{self.case.operation}::{self.case.name}::{self.check.id}"


def level_of(check: Check, profile: Profile) -> Level | None:
    """The level a profile gives a check, the last pattern that matches winning; None: off."""
    level: Level | None = check.level
    for pattern, said in profile.levels.items():
        if fnmatchcase(check.id, pattern):
            level = None if said == "off" else Level(said)
    return level


def items_of(case: Case, profile: Profile) -> list[Item]:
    """The checks that apply to a case; decided from case and profile alone."""
    if case.tags & profile.without:
        return []
    found = ((check, level_of(check, profile)) for check in checks().values() if check.applies(case))
    return [Item(case, check, level) for check, level in found if level is not None]


def judge(items: Sequence[Item], reading: Reading, profile: Profile) -> list[Result]:
    """Judge the items of one case by one reading.

    An honest rejection of what the profile does not require makes every item `unsupported`; an
    unexpected status leaves only the checks that apply `always`, the others are skipped for it. An item
    has the same verdict alone as among all: for a broad one the narrow ones are judged too.
    """
    refusal = unsupported_cause(reading, profile)
    if refusal:
        return [_result(item, Outcome.UNSUPPORTED, cause=refusal) for item in items]
    wanted = {item.id for item in items}
    narrow = items_of(reading.case, profile) if any(item.check.broad for item in items) else []
    judged = [*items, *(item for item in narrow if item.id not in wanted and not item.check.broad)]
    return _once([_apply(item, reading) for item in judged], judged)[: len(items)]


def unsupported_cause(reading: Reading, profile: Profile) -> str | None:
    """Why this answer counts as an honest rejection of something optional; None if it does not."""
    case, status = reading.case, reading.exchange.status
    if case.error or status is None or reading.expected_status or not 400 <= status < 600:
        return None
    if required(case, profile) or status in (401, 403, 429) or (status >= 500 and status != 501):
        return None
    error = reading.object.get("error")
    if not (isinstance(error, dict) and {"message", "type", "param", "code"} <= error.keys()):
        return None
    return f"rejected with {status}: {str(error['message'])[:120]}"


def required(case: Case, profile: Profile) -> bool:
    """Whether the profile demands what the case exercises: all its tags, or `*`."""
    if "*" in profile.required:
        return True
    return case.operation in profile.required and case.tags <= profile.required


def _result(
    item: Item,
    outcome: Outcome,
    findings: Sequence[Finding] = (),
    cause: str | None = None,
) -> Result:
    case = item.case
    return Result(case.operation, case.name, item.check.id, item.level, outcome, tuple(findings), cause)


def _apply(item: Item, reading: Reading) -> Result:
    missing = item.check.needs - reading.exchange.facets
    if missing:
        kept = ", ".join(sorted(missing))
        return _result(item, Outcome.SKIPPED, cause=f"the recording does not keep {kept}")
    if not reading.expected_status and not item.check.always:
        return _result(item, Outcome.SKIPPED, cause=_unexpected(reading))
    try:
        first = list(islice(item.check.judge(reading), MOST_FINDINGS + 1))
        found = [_finding(item, deviation, reading) for deviation in first[:MOST_FINDINGS]]
    except Inconclusive as cause:
        return _result(item, Outcome.INCONCLUSIVE, cause=str(cause))
    except Exception as error:  # a crash of ours must not read as a verdict
        cause_text = f"check {item.check.id} crashed: {type(error).__name__}: {error}"
        return _result(item, Outcome.ERROR, cause=cause_text[:300])
    cut = f"more than {MOST_FINDINGS} deviations: the first are listed" if len(first) > len(found) else None
    return _result(item, DEVIATES[item.level] if found else Outcome.PASSED, found, cut)


def _unexpected(reading: Reading) -> str:
    exchange = reading.exchange
    if exchange.failure and exchange.status is None:
        return f"no answer: {exchange.failure.message} (http.answered)"
    wanted = " or ".join(str(status) for status in reading.case.expect.status)
    return f"status {exchange.status} where {wanted} was expected (http.status)"


def _finding(item: Item, deviation: Deviation, reading: Reading) -> Finding:
    offset = None
    if deviation.frame is not None and 0 <= deviation.frame < len(reading.frames):
        offset = reading.frames[deviation.frame].offset
    return Finding(
        item.check.id,
        item.level,
        _cut(deviation.message),
        expected=deviation.expected and _cut(deviation.expected),
        actual=deviation.actual and _cut(deviation.actual),
        pointer=deviation.pointer,
        frame=deviation.frame,
        offset=offset,
        header=deviation.header,
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… [cut: {len(text):,} characters]"


def _once(results: list[Result], items: Sequence[Item]) -> list[Result]:
    """Leave a deviation to the narrowest check: a broad one that objects at its place points to it."""
    narrow = [
        finding
        for item, result in zip(items, results, strict=True)
        if not item.check.broad
        for finding in result.findings
    ]
    return [
        _pointing(result, narrow) if item.check.broad and result.findings else result
        for item, result in zip(items, results, strict=True)
    ]


def _pointing(result: Result, narrow: Sequence[Finding]) -> Result:
    own = [f for f in result.findings if not any(covers(other, f) for other in narrow)]
    if len(own) == len(result.findings):
        return result
    pointed = [f for f in result.findings if f not in own]
    ids = sorted({n.check for f in pointed for n in narrow if covers(n, f)})
    cause = "; ".join(filter(None, (f"reported by {', '.join(ids)}", result.cause)))
    outcome = result.outcome if own else Outcome.PASSED
    return replace(result, findings=tuple(own), outcome=outcome, cause=cause)


def covers(narrow: Finding, broad: Finding) -> bool:
    """Whether a narrow finding says what a broad one says: at its place, or inside it and no milder.

    One that points at the whole around the place would hide what the broad one saw in it.
    """
    if broad.header or narrow.header:
        return broad.header is not None and broad.header == narrow.header
    if broad.frame != narrow.frame or narrow.pointer is None or broad.pointer is None:
        return False
    if narrow.pointer == broad.pointer:
        return True
    inside = broad.pointer != "" and narrow.pointer.startswith(broad.pointer + "/")
    return inside and _GRAVITY[narrow.level] >= _GRAVITY[broad.level]
