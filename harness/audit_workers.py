"""Judging recorded traffic by several processes: dealt out, and added up in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, partial

from slashv1.harness.audit import Audit, AuditObjection, audit
from slashv1.harness.plan import with_sdk
from slashv1.harness.recorded import Broken, Recorded
from slashv1.harness.workers import dealt
from slashv1.matrix import Profile, load_profile

_HAND = 64
"""Exchanges dealt at a time."""
_HEAVY = 4 * 2**20
"""Bytes of bodies after which a hand is full whatever it counts."""
_FEW = 16
"""Hands that one process has judged by the time that others have started."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of each exchange."""

    profile: str
    """Name or file."""
    globs: tuple[str, ...] = ()
    """Of checks; empty: all."""
    sdk: bool = False
    as_of: date | None = None


def audit_all(
    records: Iterable[Recorded | Broken],
    task: Task,
    *,
    workers: int = 1,
    on_objection: Callable[[AuditObjection], None] = lambda objection: None,
    on_broken: Callable[[Broken], None] = lambda broken: None,
) -> Audit:
    """As `audit`, the same result with any number of workers.

    Raises:
        UsageError: no such profile, or a process was killed.
    """
    done = Audit()
    for found in dealt(partial(_hand, task), _hands(records), workers, least=_FEW):
        done.add(found)
        for broken in found.broken:
            on_broken(broken)
        for objection in found.objections:
            on_objection(objection)
    return done


def _hand(task: Task, records: list[Recorded | Broken]) -> Audit:
    def wanted(check: str) -> bool:
        return not task.globs or any(fnmatchcase(check, glob) for glob in task.globs)

    return audit(records, _profile(task.profile, task.sdk), wanted=wanted, as_of=task.as_of)


@cache
def _profile(name: str, sdk: bool) -> Profile:
    found = load_profile(name)
    return with_sdk(found) if sdk else found


def _hands(records: Iterable[Recorded | Broken]) -> Iterator[list[Recorded | Broken]]:
    hand: list[Recorded | Broken] = []
    weight = 0
    for record in records:
        hand.append(record)
        weight += len(record.exchange.body) if isinstance(record, Recorded) else 0
        if len(hand) >= _HAND or weight >= _HEAVY:
            yield hand
            hand, weight = [], 0
    if hand:
        yield hand
