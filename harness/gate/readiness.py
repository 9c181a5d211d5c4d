"""Which clients will work with the target, by what they need and what was found. Pure but for the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from slashv1.harness.notes.clients import Client, Need, clients
from slashv1.harness.plan import matches
from slashv1.record import ClientReadiness, Level, Outcome, Readiness, Result, Run

_BROKEN = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.WAIVED)
"""A waiver lets a release pass; it mends no client."""
_JUDGED = (Outcome.PASSED, Outcome.NOTED, Outcome.WARNED)
_MOST_CHECKS = 4
ByCase = Mapping[str, Sequence[Result]]
"""Results by `operation::case`."""


def with_readiness(run: Run) -> Run:
    """The run with what it says of each client."""
    musts = musts_of(run.results)
    return replace(run, clients=tuple(readiness_of(client, musts) for client in clients()))


def musts_of(results: Iterable[Result]) -> ByCase:
    """What clients are judged by."""
    return _by_case(result for result in results if result.level is Level.MUST)


def readiness_of(client: Client, musts: ByCase) -> ClientReadiness:
    """What these results mean for one client, with the reasons."""
    state, reasons = Readiness.READY, list[str]()
    for need in client.needs:
        worse, reason = _judged(need, list(_of(need, client, musts)))
        state = max(state, worse, key=list(Readiness).index)
        if reason:
            reasons.append(f"{need.what}: {reason}")
    return ClientReadiness(client.name, state, tuple(reasons), client.source)


def _by_case(results: Iterable[Result]) -> ByCase:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(f"{result.operation}::{result.case}", []).append(result)
    return found


def _of(need: Need, client: Client, musts: ByCase) -> Iterator[Result]:
    for case, results in musts.items():
        wanted = [check for glob in need.items if (check := _checks(glob, case)) is not None]
        for result in results if wanted else ():
            if _any(tuple(wanted), result.check) and not _any(client.tolerates, result.check):
                yield result


@lru_cache(maxsize=65536)
def _checks(glob: str, case: str) -> str | None:
    """The glob of the checks that a glob of items selects of a case; None: none of it."""
    *of_case, check = (*glob.split("::"), "*", "*")[:3]
    return check if matches("::".join(of_case), case) else None


@lru_cache(maxsize=65536)
def _any(globs: tuple[str, ...], check: str) -> bool:
    return any(fnmatchcase(check, glob) for glob in globs)


def _judged(need: Need, found: Sequence[Result]) -> tuple[Readiness, str]:
    broken = [result for result in found if result.outcome in _BROKEN and result.findings]
    if broken:
        return (Readiness.LIMITS if need.optional else Readiness.NOT_READY), _named(broken)
    refused = dict.fromkeys(result.case for result in found if result.outcome is Outcome.UNSUPPORTED)
    if refused:
        said = f"not offered ({', '.join(refused)})"
        return (Readiness.LIMITS if need.optional else Readiness.NOT_READY), said
    seen = _by_case(result for result in found if result.outcome in _JUDGED)
    if not all(_seen(glob, seen) for glob in need.items):
        return (Readiness.LIMITS if need.optional else Readiness.NOT_JUDGED), "not judged in this run"
    return Readiness.READY, ""


def _seen(glob: str, judged: ByCase) -> bool:
    """Whether anything of it came to a verdict: a part of what a client needs is not all."""
    return any(
        _any((check,), result.check)
        for case, results in judged.items()
        if (check := _checks(glob, case)) is not None
        for result in results
    )


def _named(broken: Sequence[Result]) -> str:
    cases: dict[str, list[str]] = {}
    for result in broken:
        cases.setdefault(result.check, []).append(result.case)
    shown = [f"{check} in {', '.join(names[:3])}" for check, names in list(cases.items())[:_MOST_CHECKS]]
    more = f" and {len(cases) - _MOST_CHECKS} more checks" if len(cases) > _MOST_CHECKS else ""
    return "; ".join(shown) + more
