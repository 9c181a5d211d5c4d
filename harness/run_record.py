"""The record of a run, made of what it sent and was answered: judged now, or once more later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from slashv1.fixtures.redact import Redactor
from slashv1.harness.capture import Captured
from slashv1.harness.connection import Connection
from slashv1.harness.fuzz.results import Verdict, fuzz_verdicts
from slashv1.harness.judge.engine import checks
from slashv1.harness.judging import INTERRUPTED, judge_as_far
from slashv1.harness.plan import Plan
from slashv1.harness.preflight import Preflight
from slashv1.harness.suite import suite_of
from slashv1.harness.wire import wire_of
from slashv1.matrix import Profile
from slashv1.record import Outcome, Result, Run, Suite, Target, Wire


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one run sent and was answered: all that judging it needs beside plan and profile."""

    base_url: str
    """Secrets redacted, as in all of it."""
    started_at: str
    """RFC 3339, UTC."""
    captured: Captured
    notes: tuple[str, ...] = ()
    """What the connection had to say."""
    planned: tuple[str, ...] = ()
    """Ids of the cases that were to be sent."""
    seconds: float = 0.0
    """That it took, judging included."""
    interrupted: bool = False
    """Ctrl-C came before all was sent."""
    name: str | None = None
    """What the configuration calls the target."""
    redactor: Redactor = field(default_factory=lambda: Redactor(()))
    """Of secrets that came in pieces, one a delta, and are whole where a check joins the text."""


def record_of(
    plan: Plan,
    traffic: Traffic,
    profile: Profile,
    *,
    fixtures: Path | None = None,
    strict: bool = False,
) -> Run:
    """Judge the traffic of a plan; Ctrl-C gives the results so far, marked `interrupted`.

    Raises:
        UsageError: the official client is asked for and cannot be imported.
    """
    captured, found = traffic.captured, traffic.captured.found
    suite, connection = suite_of(plan.cases, profile), Connection(traffic.base_url)
    results, whole = judge_as_far(plan, captured, profile, fixtures)
    drawn: list[Verdict] = []
    if plan.fuzz is not None:
        unfit = _unfuzzed(plan, captured, found, traffic.interrupted)
        drawn = fuzz_verdicts(plan.fuzz, captured.fuzzed, profile, unfit, results)
        results += [verdict.result for verdict in drawn]
    return Run(
        suite=suite,
        target=Target(traffic.base_url, found.model, found.embedding_model, found.server, traffic.name),
        profile=profile.name,
        plan_hash=plan.hash,
        started_at=traffic.started_at,
        seconds=traffic.seconds,
        request_count=captured.request_count,
        results=tuple(_redacted(result, traffic.redactor) for result in results),
        wires=(*_wires(plan, captured, connection, results), *_drawn(drawn, connection)),
        titles=_titles(plan),
        notes=(
            *traffic.notes,
            *found.notes,
            *_notes(captured),
            *_fuzz_notes(plan, captured),
            *_rules(suite, captured.as_of),
            *known_of(profile, results),
        ),
        strict=strict,
        interrupted=traffic.interrupted or not whole,
    )


def known_of(profile: Profile, results: Sequence[Result]) -> list[str]:
    """What the profile knows of its target, where a check that shows it fails."""
    failing = {result.check for result in results if result.outcome is Outcome.FAILED}
    return [
        f"known of {profile.name}: {one.says} ({one.source})"
        for one in profile.known
        if any(fnmatchcase(check, glob) for check in failing for glob in one.checks)
    ]


def _redacted(result: Result, redactor: Redactor) -> Result:
    if not result.findings and not result.cause:
        return result
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
