"""Recording: cases sent to a target, their exchanges written as fixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from slashv1.errors import UsageError
from slashv1.fixtures import Exchange
from slashv1.fixtures.redact import Redactor, redactions
from slashv1.fixtures.store import Provenance, fixture_path, write_fixture
from slashv1.harness.capture import Captured, OnEvent
from slashv1.harness.connection import Connection
from slashv1.harness.plan import Plan
from slashv1.harness.provoking import armed
from slashv1.harness.run import gather
from slashv1.harness.suite import suite_of
from slashv1.matrix import Case


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording left behind."""

    written: tuple[Path, ...]
    missing: dict[str, str]
    """By case id, why there is no fixture."""
    odd: dict[str, str]
    """By case id, what the user should know of a fixture that was written."""
    notes: tuple[str, ...]
    request_count: int


def record(
    plan: Plan,
    connection: Connection,
    folder: Path,
    *,
    target: str | None = None,
    force: bool = False,
    on_event: OnEvent | None = None,
) -> Recording:
    """Send the plan and write a fixture for every selected case that was answered.

    Steps that were only needed on the way are sent and not written. `target`: its name in the
    provenance, else its base URL.

    Raises:
        UsageError: a file is there already or cannot be written; found before anything is sent.
        TargetError: the target cannot be used at all.
    """
    plan, connection = armed(plan, connection)
    cases = selected(plan)
    _refuse_existing(folder, cases, force=force)
    started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    found, captured = gather(plan, connection, on_event)
    redactor = Redactor(connection.secrets)
    suite = suite_of(plan.cases)
    written, missing, odd = [], {}, {}
    for case in cases:
        cause = _obstacle(case, captured)
        if cause:
            missing[case.id] = cause
            continue
        exchange = redactor.exchange(captured.exchanges[case.id])
        said = Provenance(
            target=redactor.text(target or connection.base_url),
            recorded_at=started,
            suite=f"{suite.version} {suite.hash[:12]}",
            redactions=redactions(exchange),
        )
        written.append(write_fixture(folder, case.id, exchange, said, force=force))
        odd.update(_odd(case, exchange))
    return Recording(tuple(written), missing, odd, (*connection.notes, *found.notes), captured.request_count)


def selected(plan: Plan) -> list[Case]:
    """The cases a plan judges, in the order they are sent."""
    wanted = {item.case.id for item in plan.items}
    return [case for case in plan.cases if case.id in wanted]


def _refuse_existing(folder: Path, cases: Sequence[Case], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {folder}: is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be made: {error.strerror}") from error
    there = [path for case in cases if (path := fixture_path(folder, case.id)).exists()]
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise UsageError(f"{there[0]} is there already{more}: --force overwrites; nothing was sent")


def _obstacle(case: Case, captured: Captured) -> str | None:
    """Why a case gives no fixture; a broken answer is none to compare others with."""
    for causes in (captured.errors, captured.left_out):
        if case.id in causes:
            return causes[case.id]
    exchange = captured.exchanges.get(case.id)
    if exchange is None:
        return "it was not answered"
    return exchange.failure.message if exchange.failure else None


def _odd(case: Case, exchange: Exchange) -> dict[str, str]:
    if exchange.status in case.expect.status:
        return {}
    wanted = " or ".join(map(str, case.expect.status))
    return {case.id: f"was answered with status {exchange.status}; the case expects {wanted}"}
