"""Applying checks to a reading: outcomes, levels, and one report per deviation."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import import_module
from itertools import islice
from types import MappingProxyType

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.applying import NOTHING, Applied, kinds_of, level_of
from slashv1.harness.judge.check import REGISTRY, Check, Deviation, Inconclusive, Uncooperative
from slashv1.harness.judge.clearance import Clearance, clearances
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Profile
from slashv1.record import DEVIATES, Finding, Level, Outcome, Result

__all__ = [
    "TOPICS",
    "Item",
    "applying",
    "checks",
    "covers",
    "items_of",
    "judge",
    "judge_all",
    "level_of",
    "required",
    "uncooperative",
    "unsupported_cause",
]

TOPICS = (
    "http",
    "framing",
    "buffering",
    "headers",
    "headers_whole",
    "headers_parity",
    "headers_profile",
    "cors",
    "errors",
    "body",
    "values",
    "request",
    "streams",
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
    "responses_stream_families",
    "embeddings",
    "embeddings_model",
    "completions",
    "moderations",
    "images",
    "audio",
    "models",
    "lifecycle",
    "stored_chat",
    "pages",
    "files",
    "batches",
    "conversations",
    "pairs",
    "pairs_values",
    "pairs_ids",
    "isolation",
    "ignored",
    "ignored_output",
    "ignored_include",
    "ignored_input",
    "replay",
    "signals",
    "signals_pairs",
    "signals_replays",
    "signals_beside",
    "sdk",
    "sdk_stream",
    "fuzz",
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


@dataclass(frozen=True, slots=True)
class _Line:
    """One check to apply, and the result of a case that passes it: most do, and results never change."""

    check: Check
    passed: Result
    unkept: dict[frozenset[Facet], Result] = field(default_factory=dict, compare=False)
    """The results of recordings that lack what the check needs, by what they kept."""


def _line(operation: str, name: str, check: Check, level: Level) -> _Line:
    return _Line(check, Result(operation, name, check.id, level, Outcome.PASSED))


def applying(case: Case, profile: Profile) -> Applied:
    """The checks that apply to a case, and the level the profile gives each."""
    if not profile.tries(case):
        return NOTHING
    return kinds_of(profile, checks()).of(case).applied(case)


_MOST_KNOWN = 512
Known = tuple[frozenset[Facet], bool, tuple[bool, ...]]
"""What is known of a reading before any check is asked: facets, whether its status is right, clearances."""
Rest = tuple[tuple[int, "_Line"], ...]
"""Lines that are left to ask, with their places."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The lines of all cases of one kind: most results are known without asking the check."""

    lines: tuple[_Line, ...]
    count: int
    """How many were asked for; those behind are judged for the sake of the broad ones."""
    clearances: tuple[Clearance, ...]
    """Those that cover any of the lines."""
    _known: dict[Known, tuple[list[Result], Rest]] = field(default_factory=dict, compare=False)

    def judged(self, reading: Reading) -> list[Result]:
        """The results of all lines."""
        given = tuple([one.given(reading) for one in self.clearances])
        key = (reading.exchange.facets, reading.expected_status, given)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[key] = self._foreseen(*key)
        results, rest = known[0].copy(), known[1]
        for at, line in rest:
            results[at] = _apply(line, reading)
        return results

    def _foreseen(
        self, facets: frozenset[Facet], expected: bool, given: tuple[bool, ...]
    ) -> tuple[list[Result], Rest]:
        held = [one.covers for one, sure in zip(self.clearances, given, strict=True) if sure]
        cleared = frozenset[str]().union(*held)
        results: list[Result] = []
        rest: list[tuple[int, _Line]] = []
        for at, line in enumerate(self.lines):
            check = line.check
            results.append(line.passed if check.needs <= facets else _unkept(line, facets))
            if check.needs <= facets and not ((check.always or expected) and check.id in cleared):
                rest.append((at, line))
        return results, tuple(rest)


@lru_cache(maxsize=256)
def _batch(operation: str, name: str, chosen: Applied, but: frozenset[str]) -> _Batch:
    """The checks asked for, then the narrower ones among the others."""
    asked = [one for one in chosen.checks if one[0].id not in but]
    beside = _narrower(chosen, asked, but)
    lines = tuple(_line(operation, name, check, level) for check, level in (*asked, *beside))
    ids = {line.check.id for line in lines}
    return _Batch(lines, len(asked), tuple(one for one in clearances() if not ids.isdisjoint(one.covers)))


Levelled = tuple[Check, Level]


def _narrower(chosen: Applied, asked: Sequence[Levelled], others: Container[str]) -> list[Levelled]:
    """Of other checks, those that one asked for may leave a deviation to."""
    breadth = max((_breadth(check) for check, _ in asked), default=0)
    return [one for one in chosen.checks if one[0].id in others and _breadth(one[0]) < breadth]


def _breadth(check: Check) -> int:
    """0: points at nobody; 1: at those; 2, one beyond the suite: at all that belong to it."""
    return 2 if check.extra else int(check.broad)


def items_of(case: Case, profile: Profile) -> list[Item]:
    """The checks that apply to a case; decided from case and profile alone."""
    return [Item(case, check, level) for check, level in applying(case, profile).checks]


def judge(items: Sequence[Item], reading: Reading, profile: Profile) -> list[Result]:
    """Judge the items of one case by one reading.

    An honest rejection of what the profile does not require makes every item `unsupported`; an
    unexpected status leaves only the checks that apply `always`, the others are skipped for it. An item
    has the same verdict alone as among all: for a broad one the narrow ones are judged too.
    """
    operation, name = reading.case.operation, reading.case.name
    lines = [_line(operation, name, item.check, item.level) for item in items]
    wanted = {item.check.id for item in items}
    narrow = applying(reading.case, profile) if any(item.check.broad for item in items) else NOTHING
    others = {check.id for check, _ in narrow.checks} - wanted
    beside = _narrower(narrow, [(item.check, item.level) for item in items], others)
    lines += [_line(operation, name, check, level) for check, level in beside]
    return _judged(lines, len(items), reading, profile)


def judge_all(reading: Reading, profile: Profile, but: frozenset[str] = frozenset()) -> list[Result]:
    """As `judge` of all items of a case but these checks, for many readings of few kinds: faster."""
    case = reading.case
    batch = _batch(case.operation, case.name, applying(case, profile), but)
    refusal = unsupported_cause(reading, profile)
    if refusal:
        return [_result(line, Outcome.UNSUPPORTED, cause=refusal) for line in batch.lines[: batch.count]]
    return _once(batch.judged(reading), batch.lines)[: batch.count]


def _judged(lines: Sequence[_Line], count: int, reading: Reading, profile: Profile) -> list[Result]:
    """The results of the first `count` lines; those behind are judged for the sake of the broad ones."""
    refusal = unsupported_cause(reading, profile)
    if refusal:
        return [_result(line, Outcome.UNSUPPORTED, cause=refusal) for line in lines[:count]]
    return _once([_apply(line, reading) for line in lines], lines)[:count]


def unsupported_cause(reading: Reading, profile: Profile) -> str | None:
    """Why this answer counts as an honest rejection of something optional; None if it does not."""
    case, status = reading.case, reading.exchange.status
    if status is None or reading.expected_status or not 400 <= status < 600:
        return None
    if case.error and not (case.optional and _of_model(reading)):
        return None
    if required(case, profile) or status in (401, 403, 429) or (status >= 500 and status != 501):
        return None
    error = reading.object.get("error")
    if not (isinstance(error, dict) and {"message", "type", "param", "code"} <= error.keys()):
        return None
    return f"rejected with {status}: {str(error['message'])[:120]}"


def _of_model(reading: Reading) -> bool:
    """Whether the target refused the model that a case names, and said nothing of the mistake in it."""
    error = reading.object.get("error")
    return isinstance(error, dict) and (
        error.get("code") == "model_not_found" or error.get("param") == "model"
    )


def uncooperative(items: Iterable[Item], reading: Reading) -> str | None:
    """Why the model did not play along in the first of these items that says so; None: it did."""
    if not reading.expected_status or reading.exchange.failure:
        return None
    for item in items:
        try:
            next(iter(item.check.judge(reading)), None)
        except Uncooperative as cause:
            return str(cause)
        except Exception:  # noqa: S112 - the verdict on it comes when all answers are there
            continue
    return None


def required(case: Case, profile: Profile) -> bool:
    """Whether the profile demands what the case exercises: all its tags, or `*`; never what is optional."""
    if case.optional:
        return False
    if "*" in profile.required:
        return True
    return case.operation in profile.required and case.tags <= profile.required


def _result(
    line: _Line,
    outcome: Outcome,
    findings: Sequence[Finding] = (),
    cause: str | None = None,
) -> Result:
    return replace(line.passed, outcome=outcome, findings=tuple(findings), cause=cause)


def _apply(line: _Line, reading: Reading) -> Result:
    check = line.check
    if check.needs and not check.needs <= reading.exchange.facets:
        return _unkept(line, reading.exchange.facets)
    if not check.always and not reading.expected_status:
        return _result(line, Outcome.SKIPPED, cause=_unexpected(reading))
    try:
        found = iter(check.judge(reading))
        for first in found:
            return _deviating(line, [first, *islice(found, MOST_FINDINGS)], reading)
    except Inconclusive as cause:
        return _result(line, Outcome.INCONCLUSIVE, cause=str(cause))
    except Exception as error:  # a crash of ours must not read as a verdict
        cause_text = f"check {check.id} crashed: {type(error).__name__}: {error}"
        return _result(line, Outcome.ERROR, cause=cause_text[:300])
    return line.passed


def _unkept(line: _Line, facets: frozenset[Facet]) -> Result:
    found = line.unkept.get(facets)
    if found is None:
        kept = ", ".join(sorted(line.check.needs - facets))
        found = _result(line, Outcome.SKIPPED, cause=f"the recording does not keep {kept}")
        line.unkept[facets] = found
    return found


def _deviating(line: _Line, first: list[Deviation], reading: Reading) -> Result:
    found = [_finding(line, deviation, reading) for deviation in first[:MOST_FINDINGS]]
    cut = f"more than {MOST_FINDINGS} deviations: the first are listed" if len(first) > len(found) else None
    return _result(line, DEVIATES[line.passed.level], found, cut)


def _unexpected(reading: Reading) -> str:
    exchange = reading.exchange
    if exchange.failure and exchange.status is None:
        return f"no answer: {exchange.failure.message} (http.answered)"
    wanted = " or ".join(str(status) for status in reading.case.expect.status)
    return f"status {exchange.status} where {wanted} was expected (http.status)"


def _finding(line: _Line, deviation: Deviation, reading: Reading) -> Finding:
    offset = None
    if deviation.frame is not None and 0 <= deviation.frame < len(reading.frames):
        offset = reading.frames[deviation.frame].offset
    return Finding(
        line.check.id,
        line.passed.level,
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


def _once(results: list[Result], lines: Sequence[_Line]) -> list[Result]:
    """Leave a deviation to the narrowest check: a broad one that objects at its place points to it."""
    deviating = [place for place, result in enumerate(results) if result.findings]
    for breadth, same in ((1, covers), (2, explains)):
        broad = [at for at in deviating if _breadth(lines[at].check) == breadth]
        if broad:
            told = [at for at in deviating if _breadth(lines[at].check) < breadth]
            narrow = [one for at in told for one in results[at].findings]
            for at in broad:
                results[at] = _pointing(results[at], narrow, same)
    return results


def _pointing(result: Result, narrow: Sequence[Finding], same: Callable[[Finding, Finding], bool]) -> Result:
    own = [f for f in result.findings if not any(same(other, f) for other in narrow)]
    if len(own) == len(result.findings):
        return result
    pointed = [f for f in result.findings if f not in own]
    ids = sorted({n.check for f in pointed for n in narrow if same(n, f)})
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


def explains(narrow: Finding, broad: Finding) -> bool:
    """Whether a finding of the suite says why a client stumbled, of which only the frame is known.

    That is one of the frame as a whole (or of the whole exchange), or a MUST within the frame.
    """
    if covers(narrow, broad):
        return True
    if broad.header or narrow.header or broad.pointer is not None or broad.frame != narrow.frame:
        return False
    return narrow.pointer is None or (broad.frame is not None and narrow.level is Level.MUST)
