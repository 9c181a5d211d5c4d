"""`slashv1 record`: run cases against a target and write fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from slashv1.harness.commands.options import FILE, connection_from, connection_options, selection_options

if TYPE_CHECKING:
    from slashv1.harness.connection import Connection
    from slashv1.harness.plan import Plan
    from slashv1.harness.record_run import Recording

EMBEDDED = "the reference gateway of slashv1"


@click.command(
    help="Run cases against a target and write fixtures (without --base-url: the embedded gateway)."
)
@connection_options
@selection_options
@click.option("--out", type=FILE, required=True, metavar="DIR", help="Folder for the fixtures.")
@click.option("--force", is_flag=True, help="Overwrite fixtures that are there.")
def command(**options: Any) -> int:
    """Exit code: 0 every selected case has a fixture or no model for one, 1 some have none.

    Raises:
        UsageError, TargetError: one line each.
    """
    from slashv1.harness.record_run import record
    from slashv1.harness.terminal import progress

    if options["base_url"] is not None:
        connection_from(options)  # its mistakes come before those of the plan
    plan = _plan(options)
    with _connection(options) as (connection, target), progress(len(plan.cases)) as on_event:
        recording = record(
            plan, connection, options["out"], target=target, force=options["force"], on_event=on_event
        )
    _say(recording, options)
    return 1 if recording.missing else 0


def _plan(options: Mapping[str, Any]) -> Plan:
    from slashv1.harness.plan import check_limits, make_plan
    from slashv1.matrix import load_matrix, load_profile

    profile = load_profile("openai")  # a profile says what counts, not what is sent
    if options["base_url"] is None:
        from slashv1.harness.embedded import provoking

        profile = provoking(profile)
    plan = make_plan(
        load_matrix(options["matrix"]),
        profile,
        phase=options["phase"] or 1,
        select=options["select"],
        tier=options["tier"] or "standard",
    )
    check_limits(plan, max_requests=options["max_requests"], max_tokens=options["max_tokens"])
    return plan


@contextmanager
def _connection(options: Mapping[str, Any]) -> Iterator[tuple[Connection, str | None]]:
    """To the target, or to the gateway started for as long as it is needed, with its name."""
    if options["base_url"] is not None:
        yield connection_from(options), None
        return
    from slashv1.harness.embedded import embedded_gateway

    with embedded_gateway() as base_url:
        yield connection_from(options, embedded=base_url), EMBEDDED


def _say(recording: Recording, options: Mapping[str, Any]) -> None:
    from slashv1.harness.printable import printable

    for note in recording.notes:
        click.echo(f"note: {printable(note)}", err=True)
    for name, said in recording.odd.items():
        click.echo(f"{name}: {printable(said)}", err=True)
    for name, cause in recording.missing.items():
        click.echo(f"{name}: no fixture, {printable(cause)}", err=True)
    count = f"{len(recording.written)} fixtures"
    click.echo(f"wrote {count} to {options['out']} with {recording.request_count} requests")
