"""Which clients will work with the target, by what they need and what was found. Pure but for the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from slashv1.harness.notes.clients import Client, Need, clients
from slashv1.harness.plan import matches
from slashv1.record import ClientReadiness, Level, Outcome, Readiness, Result, Run

_BROKEN = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.WAIVED)
"""A waiver lets a release pass; it mends no client."""
_JUDGED = (Outcome.PASSED, Outcome.NOTED, Outcome.WARNED)
_MOST_CHECKS = 4


def with_readiness(run: Run) -> Run:
    """The run with what it says of each client."""
    return replace(run, clients=tuple(readiness_of(client, run.results) for client in clients()))


def readiness_of(client: Client, results: Sequence[Result]) -> ClientReadiness:
    """What these results mean for one client, with the reasons."""
    state, reasons = Readiness.READY, list[str]()
    for need in client.needs:
        found = list(_of(need, client, results))
        worse, reason = _judged(need, found)
        state = max(state, worse, key=list(Readiness).index)
        if reason:
            reasons.append(f"{need.what}: {reason}")
    return ClientReadiness(client.name, state, tuple(reasons), client.source)


def _of(need: Need, client: Client, results: Iterable[Result]) -> Iterable[Result]:
    return (
        result
        for result in results
        if result.level is Level.MUST
        and any(matches(glob, result.id) for glob in need.items)
        and not any(fnmatchcase(result.check, glob) for glob in client.tolerates)
    )


def _judged(need: Need, found: Sequence[Result]) -> tuple[Readiness, str]:
    broken = [result for result in found if result.outcome in _BROKEN and result.findings]
    if broken:
        return (Readiness.LIMITS if need.optional else Readiness.NOT_READY), _named(broken)
    refused = dict.fromkeys(result.case for result in found if result.outcome is Outcome.UNSUPPORTED)
    if refused:
        said = f"not offered ({', '.join(refused)})"
        return (Readiness.LIMITS if need.optional else Readiness.NOT_READY), said
    if not all(_seen(glob, found) for glob in need.items):
        return (Readiness.LIMITS if need.optional else Readiness.NOT_JUDGED), "not judged in this run"
    return Readiness.READY, ""


def _seen(glob: str, found: Sequence[Result]) -> bool:
    """Whether anything of it came to a verdict: a part of what a client needs is not all."""
    return any(result.outcome in _JUDGED and matches(glob, result.id) for result in found)


def _named(broken: Sequence[Result]) -> str:
    cases: dict[str, list[str]] = {}
    for result in broken:
        cases.setdefault(result.check, []).append(result.case)
    shown = [f"{check} in {', '.join(names[:3])}" for check, names in list(cases.items())[:_MOST_CHECKS]]
    more = f" and {len(cases) - _MOST_CHECKS} more checks" if len(cases) > _MOST_CHECKS else ""
    return "; ".join(shown) + more
