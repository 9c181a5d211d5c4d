"""A whole run: preflight, capture, judge, record."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from string import ascii_lowercase
from types import MappingProxyType

from slashv1.fixtures.exchange import FailureKind
from slashv1.fixtures.redact import Redactor
from slashv1.fixtures.store import load_fixture
from slashv1.harness.capture import Captured, Event, OnEvent, maker, send_plan
from slashv1.harness.connection import Connection
from slashv1.harness.fuzz.results import Verdict, fuzz_verdicts
from slashv1.harness.judge.engine import Item, checks, judge, uncooperative
from slashv1.harness.offering import Absent, absent_operations, needing, without_verdict
from slashv1.harness.plan import Plan
from slashv1.harness.preflight import NAMES, Preflight, run_preflight, still_there
from slashv1.harness.provoking import armed
from slashv1.harness.reading import Reading
from slashv1.harness.sender import Sender
from slashv1.harness.suite import suite_of
from slashv1.harness.templates import needs_model
from slashv1.harness.wire import wire_of
from slashv1.matrix import Case, Profile
from slashv1.matrix.reference import NONCE
from slashv1.record import Outcome, Result, Run, Suite, Target, Wire

__all__ = ["Captured", "Event", "Preflight", "capture_plan", "execute", "gather", "judge_plan", "preflight"]

INTERRUPTED = "interrupted before it was answered"
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


def judge_plan(
    plan: Plan,
    captured: Captured,
    profile: Profile,
    fixtures: Path | None = None,
) -> list[Result]:
    """The results of the plan's items, in their order. Pure but for reading the fixtures.

    `fixtures`: a folder the user recorded; None: the fixtures of the package.
    """
    return [result for results in _verdicts(plan, captured, profile, fixtures) for result in results]


def read_plan(
    plan: Plan, captured: Captured, fixtures: Path | None = None, profile: Profile | None = None
) -> dict[str, Reading]:
    """By case id, a reading of each answer, linked to those it stands after and beside."""
    readings: dict[str, Reading] = {}
    links: dict[str, dict[str, Reading]] = {}
    for case in plan.cases:
        if case.id in captured.exchanges:
            links[case.id] = {}
            readings[case.id] = Reading(
                case,
                captured.exchanges[case.id],
                captured.asked.get(case.id),
                links[case.id],
                load_fixture(fixtures, case.id),
                fixtures is not None,
                as_of=captured.as_of,
                profile=profile,
            )
    for name, others in links.items():
        case = readings[name].case
        others.update({step: readings[step] for step in (*case.after, *case.beside) if step in readings})
    return readings


def by_case(plan: Plan) -> list[list[Item]]:
    """The plan's items, those of one case together, in their order."""
    groups: dict[str, list[Item]] = {}
    for item in plan.items:
        groups.setdefault(item.case.id, []).append(item)
    return list(groups.values())


def judge_case(
    items: Sequence[Item],
    captured: Captured,
    readings: Mapping[str, Reading],
    profile: Profile,
    absent: Mapping[str, Absent] = MappingProxyType({}),
) -> list[Result]:
    """The results of one case's items, whether it was answered or not.

    `absent`: operations that the target does not offer.
    """
    case = items[0].case
    if case.operation in absent:
        return without_verdict(items, absent[case.operation], readings, profile)
    if case.id in captured.errors:
        return [_without(item, Outcome.ERROR, captured.errors[case.id]) for item in items]
    if case.id in captured.left_out:
        cause = needing(case, absent) or captured.left_out[case.id]
        return [_without(item, Outcome.SKIPPED, cause) for item in items]
    if case.id not in readings:
        return [_without(item, Outcome.SKIPPED, INTERRUPTED) for item in items]
    return judge(items, readings[case.id], profile)


def execute(
    plan: Plan,
    connection: Connection,
    profile: Profile,
    *,
    fixtures: Path | None = None,
    strict: bool = False,
    as_of: date | None = None,
    on_event: OnEvent | None = None,
) -> Run:
    """Preflight, capture and judge; Ctrl-C gives the partial run, marked `interrupted`.

    Raises:
        TargetError: the target cannot be judged at all.
        UsageError: a key that the profile provokes with is not set, or the official client is asked for and
            cannot be imported.
    """
    plan, connection = armed(plan, connection)
    suite = suite_of(plan.cases, profile)
    started_at, started = datetime.now(UTC), time.perf_counter()
    captured, found, interrupted = Captured(as_of=as_of), Preflight(), False
    try:
        found = asyncio.run(_gather(plan, connection, captured, on_event, profile))
    except KeyboardInterrupt:
        interrupted = True
    if on_event:
        on_event(Event("judging", len(plan.cases), len(plan.cases)))
    results, whole = _judge(plan, captured, profile, fixtures)
    drawn: list[Verdict] = []
    if plan.fuzz is not None:
        unfit = _unfuzzed(plan, captured, found, interrupted)
        drawn = fuzz_verdicts(plan.fuzz, captured.fuzzed, profile, unfit, results)
        results += [verdict.result for verdict in drawn]
    redactor = Redactor(connection.secrets)
    return Run(
        suite=suite,
        target=Target(redactor.text(connection.base_url), found.model, found.embedding_model, found.server),
        profile=profile.name,
        plan_hash=plan.hash,
        started_at=started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        seconds=round(time.perf_counter() - started, 3),
        request_count=captured.request_count,
        results=tuple(_redacted(result, redactor) for result in results),
        wires=(*_wires(plan, captured, connection, results), *_drawn(drawn, connection)),
        titles=_titles(plan),
        notes=(
            *connection.notes,
            *found.notes,
            *_notes(captured),
            *_fuzz_notes(plan, captured),
            *_rules(suite, as_of),
            *known_of(profile, results),
        ),
        strict=strict,
        interrupted=interrupted or not whole,
    )


def _redacted(result: Result, redactor: Redactor) -> Result:
    """A secret that came in pieces, one a delta, is whole again where a check joins the text."""
    findings = tuple(
        replace(
            finding,
            message=redactor.text(finding.message),
            expected=finding.expected and redactor.text(finding.expected),
            actual=finding.actual and redactor.text(finding.actual),
            pointer=finding.pointer and redactor.text(finding.pointer),
            header=finding.header and redactor.text(finding.header),
        )
        for finding in result.findings
    )
    return replace(result, findings=findings, cause=result.cause and redactor.text(result.cause))


def _verdicts(
    plan: Plan, captured: Captured, profile: Profile, fixtures: Path | None
) -> Iterator[list[Result]]:
    """Case by case; a reading, with all that was parsed of it, goes once nobody needs it any more."""
    readings = read_plan(plan, captured, fixtures, profile)
    absent = absent_operations(readings)
    groups = by_case(plan)
    last_use = {
        name: place
        for place, items in enumerate(groups)
        for name in (items[0].case.id, *items[0].case.after, *items[0].case.beside)
    }
    for place, items in enumerate(groups):
        cause = plan.unprovoked.get(items[0].case.id)
        if cause is None:
            yield judge_case(items, captured, readings, profile, absent)
        else:
            yield [_without(item, Outcome.INCONCLUSIVE, cause) for item in items]
        for name in [name for name in readings if last_use.get(name, -1) <= place]:
            del readings[name]


def _judge(
    plan: Plan, captured: Captured, profile: Profile, fixtures: Path | None
) -> tuple[list[Result], bool]:
    """The results, and whether Ctrl-C let all of them be reached."""
    results: list[Result] = []
    try:
        for verdicts in _verdicts(plan, captured, profile, fixtures):
            results += verdicts
    except KeyboardInterrupt:
        rest = plan.items[len(results) :]
        return results + [_without(item, Outcome.SKIPPED, INTERRUPTED) for item in rest], False
    return results, True


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
            found = await run_preflight(connection, sender, _needs(plan))
            await _capture(plan, connection, found, sender, captured, on_event, profile)
        finally:
            captured.request_count = sender.request_count
        return found


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


def _unfuzzed(plan: Plan, captured: Captured, found: Preflight, interrupted: bool) -> dict[str, str]:
    """By half, why it was not searched, or not to its end."""
    said: dict[str, str] = {}
    for half in plan.fuzz.halves if plan.fuzz else ():
        tally = captured.fuzzed.get(half.id)
        if interrupted and (tally is None or tally.requests == 0):
            said[half.id] = INTERRUPTED
        elif tally is None and half.model not in (None, *found.names):
            option = f"--{str(half.model).replace('_', '-')}"
            said[half.id] = f"no {str(half.model).replace('_', ' ')} is known: name one with {option}"
        elif tally is not None and tally.unreachable:
            said[half.id] = f"the target could not be reached any more: {tally.unreachable}"[:300]
        elif tally is not None and tally.crashed:
            said[half.id] = tally.crashed
    return said


def _drawn(verdicts: Sequence[Verdict], connection: Connection) -> Iterator[Wire]:
    """The least failing requests, as the report shows them."""
    for one in verdicts:
        if one.case is not None and one.exchange is not None:
            frames = frozenset(found.frame for found in one.result.findings if found.frame is not None)
            yield wire_of(one.case, one.exchange, connection, frames)


def _fuzz_notes(plan: Plan, captured: Captured) -> list[str]:
    """How to repeat what was drawn."""
    if plan.fuzz is None:
        return []
    sent = sum(tally.requests for tally in captured.fuzzed.values())
    number, seed = plan.fuzz.requests, plan.fuzz.seed
    return [f"fuzz: {sent} requests drawn; repeat them with --fuzz {number} --fuzz-seed {seed}"]


def _without(item: Item, outcome: Outcome, cause: str) -> Result:
    case: Case = item.case
    return Result(case.operation, case.name, item.check.id, item.level, outcome, (), cause)


def _wires(
    plan: Plan, captured: Captured, connection: Connection, results: Sequence[Result]
) -> tuple[Wire, ...]:
    marked: dict[str, set[int]] = {}
    for result in results:
        frames = {finding.frame for finding in result.findings if finding.frame is not None}
        marked.setdefault(f"{result.operation}/{result.case}", set()).update(frames)
    return tuple(
        wire_of(case, captured.exchanges[case.id], connection, frozenset(marked.get(case.id, ())))
        for case in plan.cases
        if case.id in captured.exchanges
    )


def _titles(plan: Plan) -> dict[str, dict[str, str]]:
    from slashv1.harness.notes import breaking  # where a record is written: judging needs neither
    from slashv1.spec.clause import told

    used = {item.check.id for item in plan.all_items}
    clients = breaking()
    return {
        name: {"title": check.title, "why": check.why, "clause": told(check.clause)}
        | ({"clients": clients[name]} if name in clients and not check.broad else {})
        for name, check in checks().items()
        if name in used
    }


def _rules(suite: Suite, as_of: date | None) -> list[str]:
    """What the verdicts depend on beside the suite and the profile."""
    client = [f"read by the official Python client too, openai {suite.sdk}"] if suite.sdk else []
    return client + ([f"as of {as_of}"] if as_of else [])


def known_of(profile: Profile, results: Sequence[Result]) -> list[str]:
    """What the profile knows of its target, where a check that shows it fails."""
    failing = {result.check for result in results if result.outcome is Outcome.FAILED}
    return [
        f"known of {profile.name}: {one.says} ({one.source})"
        for one in profile.known
        if any(fnmatchcase(check, glob) for check in failing for glob in one.checks)
    ]


def _notes(captured: Captured) -> list[str]:
    """Nothing is repeated silently."""
    repeated = {name: e.attempts for name, e in captured.exchanges.items() if e.attempts > 1}
    said = ", ".join(f"{name} {attempts} times" for name, attempts in sorted(repeated.items()))
    why = "Retry-After, or a connection closed before an answer"
    notes = [
        f"{old} was sent as {new}: the model refuses the former" for old, new in captured.respelt.items()
    ]
    why += ", or max_tokens refused" if notes else ""
    why += ", or a model that did not play along, or a job that has not ended, or a refusal not yet provoked"
    return [*notes, f"sent again ({why}): {said}"] if said else notes
