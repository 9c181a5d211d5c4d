"""Judging recorded traffic by several processes: dealt out, and added up in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from slashv1.harness.audit import Audit, AuditObjection, audit
from slashv1.harness.plan import wanting, with_sdk
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
    profile, wanted = _asked(task)
    return audit(records, profile, wanted=wanted, as_of=task.as_of)


@cache
def _asked(task: Task) -> tuple[Profile, Callable[[str], bool]]:
    """Profile and checks, the very same for every hand: what is known of them is kept by identity."""
    found = load_profile(task.profile)
    return with_sdk(found) if task.sdk else found, wanting(task.globs)


def _hands(records: Iterable[Recorded | Broken]) -> Iterator[list[Recorded | Broken]]:
    hand: list[Recorded | Broken] = []
    weight = 0
    for record in records:
        hand.append(record)
        weight += record.exchange.size if isinstance(record, Recorded) else 0
        if len(hand) >= _HAND or weight >= _HEAVY:
            yield hand
            hand, weight = [], 0
    if hand:
        yield hand
