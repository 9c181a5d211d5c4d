"""Which checks apply to a case, found once for all cases of one kind.

A kind is an operation, streamed or not, refused or not: what `When` says of it is decided once. Tests of
the single case are asked of each case, each test once however many checks share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from slashv1.harness.judge.check import Check
from slashv1.harness.judge.when import Test, When
from slashv1.matrix import Case, Profile
from slashv1.record import Level

_PROFILES = 32
"""Of which the kinds are kept: a run has one, a test session some."""


def level_of(check: Check, profile: Profile) -> Level | None:
    """The level a profile gives a check, the last pattern that matches winning; None: off.

    A check beyond the suite is off unless it was asked for, and one of another profile's always, whatever a
    pattern says of it.
    """
    if check.extra and check.extra not in profile.extras:
        return None
    if check.within and check.within not in profile.includes:
        return None
    level: Level | None = check.level
    for pattern, said in profile.levels.items():
        if fnmatchcase(check.id, pattern):
            level = None if said == "off" else Level(said)
    return level


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """The checks that apply to a case and the level of each; a cheap key, being compared by identity."""

    checks: tuple[tuple[Check, Level], ...] = ()


NOTHING = Applied()


@dataclass(frozen=True, slots=True)
class Kind:
    """The checks that come into question for cases of one kind, and the tests that some depend on."""

    checks: tuple[tuple[Check, Level, int | None], ...]
    """With the place of its tests in `tests`; None: it always applies."""
    tests: tuple[tuple[Test, ...], ...]
    _chosen: dict[tuple[bool, ...], Applied] = field(default_factory=dict, compare=False)

    def applied(self, case: Case) -> Applied:
        """The checks of one case; the very same value for cases that pass the same tests."""
        passed = tuple([tests[0](case) and _all(case, tests[1:]) for tests in self.tests])
        found = self._chosen.get(passed)
        if found is None:
            chosen = [(one, level) for one, level, at in self.checks if at is None or passed[at]]
            found = self._chosen[passed] = Applied(tuple(chosen))
        return found


def _all(case: Case, tests: tuple[Test, ...]) -> bool:
    return not tests or all(test(case) for test in tests)


class Kinds:
    """The kinds met under one profile."""

    def __init__(self, profile: Profile, checks: Mapping[str, Check]) -> None:
        levels = ((check, level_of(check, profile)) for check in checks.values())
        self.profile = profile
        self.count = len(checks)
        self._checks = [(check, level) for check, level in levels if level is not None]
        self._kinds: dict[tuple[str, bool, bool], Kind] = {}

    def of(self, case: Case) -> Kind:
        """The kind of a case."""
        key = (case.operation, case.stream, case.error)
        found = self._kinds.get(key)
        if found is None:
            found = self._kinds[key] = self._kind(*key)
        return found

    def _kind(self, operation: str, stream: bool, error: bool) -> Kind:
        places: dict[tuple[Test, ...], int] = {}
        within: list[tuple[Check, Level, int | None]] = []
        for check, level in self._checks:
            when = check.applies
            if isinstance(when, When) and not when.within(operation, stream, error):
                continue
            tests = when.tests if isinstance(when, When) else (when,)
            within.append((check, level, places.setdefault(tests, len(places)) if tests else None))
        return Kind(tuple(within), tuple(places))


_KNOWN: dict[int, Kinds] = {}


def kinds_of(profile: Profile, checks: Mapping[str, Check]) -> Kinds:
    """The kinds under a profile; told apart by identity: a profile holds mappings and has no hash."""
    found = _KNOWN.get(id(profile))
    if found is None or found.profile is not profile or found.count != len(checks):
        if len(_KNOWN) >= _PROFILES:
            _KNOWN.clear()
        found = _KNOWN[id(profile)] = Kinds(profile, checks)
    return found
