"""Two runs compared: what got worse, what got better, what is no longer looked at. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from slashv1.place import sentence
from slashv1.record import Level, Outcome, Result, Run, Suite, Wire

SCHEMA_VERSION = 1
SLOWER = 2.0
"""A time that grew or shrank by this factor is told …"""
SECONDS = 0.25
"""… if the difference is as much at least."""

_GOOD = (Outcome.PASSED, Outcome.NOTED)
_BAD = (Outcome.FAILED, Outcome.UNWAIVED)
_REFUSED = (Outcome.UNSUPPORTED, Outcome.SKIPPED)
_OPEN = (*_REFUSED, Outcome.INCONCLUSIVE, Outcome.ERROR)


class Kind(StrEnum):
    """How one result differs, the worst first."""

    NEW_FAILURE = "new failure"
    MISSING = "missing"
    PASS_TO_SKIP = "pass to skip"  # noqa: S105 - no password
    """It passed, and is now refused or skipped."""
    NEW_WARNING = "new warning"
    NEW_RULE_FAILS = "new rule fails"
    """The suite of the former run did not have it."""
    UNDECIDED = "no longer judged"
    """Inconclusive or an error now; or it deviated, and is now refused or skipped."""
    NEWLY_WAIVED = "newly waived"
    FIXED = "fixed"
    GAINED = "newly judged"


REGRESSIONS = (Kind.NEW_FAILURE, Kind.MISSING, Kind.PASS_TO_SKIP)
"""Each makes exit code 1; a new warning too where the new run is strict."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One check on one case that ended otherwise."""

    kind: Kind
    operation: str
    case: str
    check: str
    level: Level
    before: Outcome | None
    """None: it was not there."""
    after: Outcome | None
    says: str
    """The first finding of the new run, or the cause; of a missing one nothing."""


@dataclass(frozen=True, slots=True)
class Slower:
    """A case that takes longer, or less long, than it did."""

    operation: str
    case: str
    what: str
    """`whole` or `first byte`."""
    before: float
    after: float
    """Seconds."""

    @property
    def factor(self) -> float:
        """Above 1: slower."""
        return self.after / self.before if self.before else float("inf")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs, as far as it matters here."""

    base_url: str
    model: str | None
    embedding_model: str | None
    server: str | None
    profile: str
    strict: bool
    suite: Suite
    plan_hash: str
    started_at: str
    seconds: float
    results: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between a run and the one before."""

    old: Side
    new: Side
    differences: tuple[Difference, ...]
    """By kind, the worst first; within one in the order of the runs."""
    times: tuple[Slower, ...]
    """The greatest change first."""
    unchanged: int
    common: int
    """Items that both runs hold."""
    unlearnt: bool = False
    """The new run was interrupted, broke, or passed no MUST."""

    def of(self, kind: Kind) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(one for one in self.differences if one.kind is kind)

    @property
    def regressions(self) -> int:
        """How many differences make exit code 1."""
        bad = (*REGRESSIONS, *([Kind.NEW_WARNING] if self.new.strict else []))
        return sum(one.kind in bad for one in self.differences)

    @property
    def other_target(self) -> bool:
        """Whether another URL or model was judged."""
        a, b = self.old, self.new
        return (a.base_url, a.model, a.embedding_model) != (b.base_url, b.model, b.embedding_model)

    @property
    def other_rules(self) -> bool:
        """Whether another suite judged; records older than `rules` are told apart by version and hash."""
        return not same_rules(self.old.suite, self.new.suite)

    @property
    def other_plan(self) -> bool:
        """Whether the same rules judged other items, or at other levels."""
        return self.old.plan_hash != self.new.plan_hash and not self.other_rules

    @property
    def exit_code(self) -> int:
        """0 no regression, 1 regressed, 2 nothing was learnt or nothing is common."""
        if self.unlearnt or not self.common:
            return 2
        return 1 if self.regressions else 0

    def to_json(self) -> dict[str, Any]:
        """As JSON values, by `comparison.schema.json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            **asdict(self),
            "times": [{**asdict(one), "factor": round(min(one.factor, 1e6), 3)} for one in self.times],
            "counts": {kind.value: len(self.of(kind)) for kind in Kind},
            "regressions": self.regressions,
            "other_target": self.other_target,
            "other_rules": self.other_rules,
            "other_plan": self.other_plan,
            "exit_code": self.exit_code,
        }


def same_rules(old: Suite, new: Suite) -> bool:
    """Whether two suites hold the same contract and checks."""
    if old.rules and new.rules:
        return old.rules == new.rules and old.sdk == new.sdk
    return (old.version, old.hash, old.sdk) == (new.version, new.hash, new.sdk)


def compare(old: Run, new: Run) -> Comparison:
    """What became of `old` in `new`."""
    before = {result.id: result for result in old.results}
    after = {result.id: result for result in new.results}
    same = same_rules(old.suite, new.suite)
    found = [
        _difference(kind, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if (kind := kind_of(before.get(name), after.get(name), same_rules=same)) is not None
    ]
    rank = {kind: place for place, kind in enumerate(Kind)}
    common = before.keys() & after.keys()
    changed = Counter(f"{one.operation}::{one.case}::{one.check}" in common for one in found)
    return Comparison(
        old=_side(old),
        new=_side(new),
        differences=tuple(sorted(found, key=lambda one: rank[one.kind])),
        times=tuple(sorted(_times(old, new), key=_gravity, reverse=True)),
        unchanged=len(common) - changed[True],
        common=len(common),
        unlearnt=new.exit_code == 2,
    )


def kind_of(before: Result | None, after: Result | None, *, same_rules: bool) -> Kind | None:
    """How a result differs; None where it does not, or not so that anyone need know."""
    if after is None:
        return Kind.MISSING
    if before is None:
        return _new(after.outcome, same_rules=same_rules)
    return _changed(before.outcome, after.outcome)


def _new(outcome: Outcome, *, same_rules: bool) -> Kind | None:
    if outcome in _BAD:
        return Kind.NEW_FAILURE if same_rules else Kind.NEW_RULE_FAILS
    if outcome is Outcome.WARNED and same_rules:
        return Kind.NEW_WARNING
    return Kind.GAINED


def _changed(before: Outcome, after: Outcome) -> Kind | None:
    if before is after or (before in _GOOD and after in _GOOD):
        return None
    if after in _BAD:
        return None if before in _BAD else Kind.NEW_FAILURE
    if after is Outcome.WARNED:
        return Kind.FIXED if before in (*_BAD, Outcome.WAIVED) else Kind.NEW_WARNING
    if after is Outcome.WAIVED:
        return Kind.NEWLY_WAIVED
    if after in _GOOD:
        return Kind.GAINED if before in _OPEN else Kind.FIXED
    if before in _OPEN:
        return None
    if after in _REFUSED and before in (*_GOOD, Outcome.WARNED):
        return Kind.PASS_TO_SKIP
    return Kind.UNDECIDED


def _difference(kind: Kind, before: Result | None, after: Result | None) -> Difference:
    shown = after or before
    if shown is None:
        raise AssertionError("a difference is of something")
    return Difference(
        kind,
        shown.operation,
        shown.case,
        shown.check,
        shown.level,
        before.outcome if before else None,
        after.outcome if after else None,
        _says(after) if after else "",
    )


def _says(result: Result) -> str:
    by_cause = result.outcome in (Outcome.WAIVED, Outcome.UNWAIVED)
    if result.findings and not (by_cause and result.cause):
        return sentence(result.findings[0])
    return result.cause or ""


def _side(run: Run) -> Side:
    target = run.target
    return Side(
        target.base_url,
        target.model,
        target.embedding_model,
        target.server,
        run.profile,
        run.strict,
        run.suite,
        run.plan_hash,
        run.started_at,
        run.seconds,
        len(run.results),
    )


def _times(old: Run, new: Run) -> Iterator[Slower]:
    before: Mapping[tuple[str, str], Wire] = {(wire.operation, wire.case): wire for wire in old.wires}
    for wire in new.wires:
        was = before.get((wire.operation, wire.case))
        if was is None or was.failure or wire.failure:
            continue
        pairs = (("whole", was.seconds, wire.seconds), ("first byte", was.first_byte, wire.first_byte))
        for what, a, b in pairs:
            if a is not None and b is not None and _tells(a, b):
                yield Slower(wire.operation, wire.case, what, a, b)
                break  # a late first byte makes the whole late


def _tells(a: float, b: float) -> bool:
    return abs(a - b) >= SECONDS and max(a, b) >= SLOWER * min(a, b)


def _gravity(one: Slower) -> float:
    return max(one.after / max(one.before, 0.001), one.before / max(one.after, 0.001))
