"""A whole run: preflight, capture, judge, record."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from string import ascii_lowercase

from slashv1.fixtures.exchange import FailureKind
from slashv1.fixtures.redact import Redactor
from slashv1.harness.capture import Captured, Event, OnEvent, maker, send_plan
from slashv1.harness.connection import Connection
from slashv1.harness.judge.engine import uncooperative
from slashv1.harness.judging import by_case
from slashv1.harness.plan import Plan
from slashv1.harness.preflight import NAMES, Preflight, run_preflight, still_there
from slashv1.harness.provoking import armed
from slashv1.harness.reading import Reading
from slashv1.harness.run_record import Traffic, record_of
from slashv1.harness.sender import Sender
from slashv1.harness.suite import suite_of
from slashv1.harness.templates import needs_model
from slashv1.matrix import Profile
from slashv1.matrix.reference import NONCE
from slashv1.record import Run

__all__ = ["Captured", "Event", "Preflight", "capture_plan", "execute", "gather", "preflight"]

_NO_EMBEDDINGS = "no embedding model is known: name one with --embedding-model"


async def preflight(connection: Connection, *, plan: Plan | None = None) -> Preflight:
    """Reach the target, find its models; with a plan only those that it needs.

    Raises:
        TargetError: unreachable, the key is refused, or no model is known.
    """
    async with Sender(connection) as sender:
        return await run_preflight(connection, sender, _needs(plan))


async def capture_plan(
    plan: Plan,
    connection: Connection,
    found: Preflight,
    on_event: OnEvent | None = None,
) -> Captured:
    """Send the plan's cases; nothing a target does raises."""
    captured = Captured()
    plan, connection = armed(plan, connection)
    async with Sender(connection) as sender:
        await _capture(plan, connection, found, sender, captured, on_event)
    return captured


def gather(plan: Plan, connection: Connection, on_event: OnEvent | None = None) -> tuple[Preflight, Captured]:
    """Preflight and capture, over one client, from synchronous code.

    Raises:
        TargetError: as `preflight`.
    """
    captured = Captured()
    plan, connection = armed(plan, connection)
    return asyncio.run(_gather(plan, connection, captured, on_event)), captured


def execute(
    plan: Plan,
    connection: Connection,
    profile: Profile,
    *,
    fixtures: Path | None = None,
    strict: bool = False,
    as_of: date | None = None,
    on_event: OnEvent | None = None,
    keep: list[Traffic] | None = None,
) -> Run:
    """Preflight, capture and judge; Ctrl-C gives the partial run, marked `interrupted`.

    `keep`: gets what was sent and answered, to judge it again.

    Raises:
        TargetError: the target cannot be judged at all.
        UsageError: a key that the profile provokes with is not set, or the official client is asked for and
            cannot be imported.
    """
    plan, connection = armed(plan, connection)
    suite_of(plan.cases, profile)
    started_at, started = datetime.now(UTC), time.perf_counter()
    captured, interrupted = Captured(as_of=as_of), False
    try:
        asyncio.run(_gather(plan, connection, captured, on_event, profile))
    except KeyboardInterrupt:
        interrupted = True
    if on_event:
        on_event(Event("judging", len(plan.cases), len(plan.cases)))
    redactor = Redactor(connection.secrets)
    traffic = Traffic(
        redactor.text(connection.base_url),
        started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        captured,
        connection.notes,
        tuple(case.id for case in plan.cases),
        interrupted=interrupted,
        name=connection.name,
        redactor=redactor,
    )
    run = record_of(plan, traffic, profile, fixtures=fixtures, strict=strict)
    run = replace(run, seconds=round(time.perf_counter() - started, 3))
    if keep is not None:
        keep.append(replace(traffic, seconds=run.seconds))
    return run


async def _gather(
    plan: Plan,
    connection: Connection,
    captured: Captured,
    on_event: OnEvent | None,
    profile: Profile | None = None,
) -> Preflight:
    async with Sender(connection) as sender:
        if on_event:
            on_event(Event("preflight", 0, len(plan.cases)))
        try:
            captured.found = await run_preflight(connection, sender, _needs(plan))
            await _capture(plan, connection, captured.found, sender, captured, on_event, profile)
        finally:
            captured.request_count = sender.request_count
        return captured.found


async def _capture(
    plan: Plan,
    connection: Connection,
    found: Preflight,
    sender: Sender,
    captured: Captured,
    on_event: OnEvent | None,
    profile: Profile | None = None,
) -> None:
    if found.embedding_model is None:
        lacking = {c.id: _NO_EMBEDDINGS for c in plan.cases if c.operation == "embeddings.create"}
        plan = plan.without(lacking)
    names = {**found.names, **plan.refs, NONCE: _nonce()}
    make = maker(
        names,
        api_key=connection.api_key,
        headers=connection.headers,
        query=connection.query,
        provocations=plan.provocations,
    )
    try:
        await send_plan(
            plan, sender, captured, models=names, make=make, again=_again(plan), on_event=on_event
        )
        if plan.fuzz is not None and profile is not None:
            from slashv1.harness.fuzz.capture import send_fuzz  # Hypothesis is loaded where it is asked for

            await send_fuzz(
                plan.fuzz,
                sender,
                captured.fuzzed,
                models=found.names,
                profile=profile,
                make=make,
                renamed=captured.respelt,
                on_request=_fuzzing(plan, on_event),
            )
        await _look_again(connection, sender, captured)
    finally:
        captured.request_count = sender.request_count


def _nonce() -> str:
    """Letters alone: a prompt with it has the same number of tokens in every run."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(16))


def _again(plan: Plan) -> Callable[[Reading], bool]:
    """Whether an answer leaves open what its case was sent for: not yet provoked, or not shown."""
    items = {group[0].case.id: group for group in by_case(plan)}

    def again(reading: Reading) -> bool:
        if reading.case.provoke:
            return not reading.expected_status
        return uncooperative(items.get(reading.case.id, ()), reading) is not None

    return again


async def _look_again(connection: Connection, sender: Sender, captured: Captured) -> None:
    """Tell a target that misbehaves from one that is gone: only the latter makes errors of failures."""
    broken = {name: e for name, e in captured.exchanges.items() if e.failure}
    unreachable = {FailureKind.DNS, FailureKind.TLS}
    for name, exchange in broken.items():
        if exchange.failure and exchange.failure.kind in unreachable:
            captured.errors[name] = exchange.failure.message
    cut_off = [tally for tally in captured.fuzzed.values() if tally.unreachable]
    if broken or cut_off:
        gone = await still_there(connection, sender)
        if gone:
            for name in broken:
                captured.errors.setdefault(name, f"the target is gone: {gone}"[:300])


def _needs(plan: Plan | None) -> frozenset[str]:
    """The models that the plan's requests leave open."""
    if plan is None:
        return frozenset(NAMES)
    drawn = plan.fuzz.needs if plan.fuzz else frozenset()
    held = (name for name in NAMES if any(needs_model(case, name) for case in plan.cases))
    return frozenset(held) | drawn


def _fuzzing(plan: Plan, on_event: OnEvent | None) -> Callable[[str], None] | None:
    """Progress of what is drawn: the cases are all done."""
    if on_event is None:
        return None
    whole = len(plan.cases)
    return lambda half: on_event(Event("answered", whole, whole, f"fuzz {half}"))
