"""`slashv1 replay`: one case, sent again or taken from a file, shown with what is found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.commands.configured import ConfiguredCommand, configuration_options
from slashv1.harness.commands.options import AS_OF, FILE, SDK, connection_from, connection_options
from slashv1.harness.commands.output import check_output, console_for, output_options

if TYPE_CHECKING:
    from slashv1.harness.connection import Connection
    from slashv1.harness.plan import Plan
    from slashv1.matrix import Case, Profile
    from slashv1.record import Run

_EVERY: dict[str, Any] = {"phase": 4, "tier": "full"}
"""A case is sent again whatever its phase and tier."""


@click.command(
    cls=ConfiguredCommand,
    help="Send one case again, with the steps it needs, and show it; ID as reports print it.",
)
@click.argument("id_", metavar="ID", shell_complete=completing.case)
@click.option("--from", "source", type=FILE, metavar="FILE", help="Show the saved exchange, send nothing.")
@configuration_options
@connection_options
@click.option(
    "--profile", metavar="NAME|FILE", help="What counts. [default: openai]", shell_complete=completing.profile
)
@click.option("--matrix", metavar="DIR", help="A matrix folder of your own.")
@click.option(
    "--defect",
    metavar="NAME",
    help="Of the embedded gateway; `selftest --list` names them.",
    shell_complete=completing.defect,
)
@AS_OF
@SDK
@click.option("--strict", is_flag=True, help="A deviation from a SHOULD fails too.")
@output_options
@click.pass_context
def command(ctx: click.Context, /, id_: str, source: Path | None, **options: Any) -> int:
    """Exit code: 0 nothing deviates, 1 something does, 2 nothing was learnt.

    Raises:
        UsageError, TargetError: one line each.
    """
    from slashv1.harness.terminal import show_case, show_verdict

    check_output(options)
    options["typed"] = {
        name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    case, check, run = _saved(id_, source, options) if source else _sent(id_, options)
    if check is not None:
        run = replace(run, results=tuple(result for result in run.results if result.check == check))
    out, code = console_for(options), run.exit_code if check is None else _exit_code(run)
    if options["quiet"]:
        show_verdict(run, out, code)
    else:
        show_case(run, out, case.id, code, verbose=options["verbose"])
    return code


def named(id_: str, cases: Sequence[Case]) -> tuple[Case, str | None]:
    """The case that an id names, `operation::case` or `operation/case`, and the check behind it, if any.

    Raises:
        UsageError: no such case; the nearest are told.
    """
    text = id_.strip().removeprefix("slashv1::").split("@")[0]
    parts = (text if "::" in text else text.replace("/", "::", 1)).split("::")
    known = {f"{case.operation}::{case.name}": case for case in cases}
    name = "::".join(parts[:2])
    if name in known and len(parts) <= 3:
        return known[name], parts[2] if len(parts) == 3 else None
    if len(parts) > 1 and parts[1].startswith("fuzz-"):
        raise UsageError(f"{id_}: was drawn and is no case: `check --fuzz N --fuzz-seed S` draws it again")
    own = [case.name for case in cases if case.operation == parts[0]]
    if own and len(parts) == 1:
        raise UsageError(f"{id_}: name one of its cases, {parts[0]}::{own[0]}: {', '.join(own[:8])} …")
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"nearest: {', '.join(near)}" if near else "`slashv1 matrix` lists them"
    raise UsageError(f"no case is called {id_!r}; {hint}")


def _sent(id_: str, options: dict[str, Any]) -> tuple[Case, str | None, Run]:
    """The case, the check that was asked for, and the run of the case and its steps."""
    from slashv1.harness.embedded import provoking
    from slashv1.harness.plan import with_sdk
    from slashv1.harness.run import execute
    from slashv1.harness.terminal import progress
    from slashv1.matrix import load_matrix, load_profile

    if options["defect"] and options["base_url"] is not None:
        raise UsageError(
            "--defect is of the embedded gateway: leave --base-url out, or give --target embedded"
        )
    if options["base_url"] is not None:
        connection_from(options)
    cases = load_matrix(options["matrix"])
    case, check = named(id_, cases)
    profile = load_profile(options["profile"] or "openai")
    profile = provoking(profile) if options["base_url"] is None else profile
    plan, profile = _plan(case, check, cases, with_sdk(profile) if options["sdk"] else profile)
    day, strict = options["as_of"] and options["as_of"].date(), options["strict"]
    watched = progress(len(plan.cases), options["color"], quiet=options["quiet"])
    with _connection(options, profile) as connection, watched as on_event:
        run = execute(plan, connection, profile, strict=strict, as_of=day, on_event=on_event)
    return case, check, run


def _plan(case: Case, check: str | None, cases: Sequence[Case], profile: Profile) -> tuple[Plan, Profile]:
    """The plan of one case, and the profile with what the case is tried under.

    Raises:
        UsageError: the profile does not try it, or the check is none of its.
    """
    from slashv1.harness.judge.engine import items_of
    from slashv1.harness.plan import make_plan, with_cors

    if "cors" in case.tags:
        profile = with_cors(profile)
    ids = [item.check.id for item in items_of(profile.adapted(case), profile)]
    if not ids:
        raise UsageError(f"{case.id}: the profile {profile.name} does not try it; --profile names another")
    if check is not None and check not in ids:
        near = get_close_matches(check, ids, n=3, cutoff=0.4)
        hint = f"nearest: {', '.join(near)}" if near else f"there are {', '.join(ids[:6])} …"
        raise UsageError(f"{check}: is no check of {case.id} under the profile {profile.name}; {hint}")
    return make_plan(cases, profile, select=[f"{case.operation}::{case.name}"], **_EVERY), profile


@contextmanager
def _connection(options: Mapping[str, Any], profile: Profile) -> Iterator[Connection]:
    if options["base_url"] is not None:
        yield connection_from(options)
        return
    from slashv1.harness.embedded import embedded_gateway, gateway_profile

    with embedded_gateway(profile=gateway_profile(profile), defect=options["defect"]) as base_url:
        yield connection_from(options, embedded=base_url)


def _saved(id_: str, source: Path, options: dict[str, Any]) -> tuple[Case, str | None, Run]:
    """As `_sent`, from the first round of a file."""
    from slashv1.harness.commands.rejudge import as_saved, profile_for
    from slashv1.harness.connection import Connection
    from slashv1.harness.rejudge import dated, rejudged
    from slashv1.harness.saved_read import read_saved
    from slashv1.harness.wire import wire_of
    from slashv1.matrix import load_matrix

    spare = sorted(options["typed"] & {"base_url", "target", "defect"})
    if spare:
        raise UsageError(f"--from sends nothing: leave --{spare[0].replace('_', '-')} out")
    saved = read_saved(source)
    typed = {name: options[name] if name in options["typed"] else None for name in ("profile", "matrix")}
    sdk = options["sdk"] or None
    options, notes = as_saved({**options, **typed, "sdk": sdk, "fixtures": None}, saved, source)
    saved = dated(saved, options["as_of"].date()) if options["as_of"] else saved
    cases = load_matrix(options["matrix"])
    case, check = named(id_, cases)
    traffic = saved.rounds[0].traffic
    exchange = traffic.captured.exchanges.get(case.id)
    if exchange is None and case.id not in saved.rounds[0].traffic.planned:
        near = get_close_matches(case.id, traffic.planned, n=3, cutoff=0.4)
        hint = f"; nearest: {', '.join(name.replace('/', '::') for name in near)}" if near else ""
        raise UsageError(f"{source}: the run did not send {case.operation}::{case.name}{hint}")
    plan, profile = _plan(case, check, cases, profile_for(options, saved, source))
    (run,) = rejudged(
        saved,
        [plan],
        profile,
        source=str(source),
        fixtures=options["fixtures"],
        strict=options["strict"],
        whole=False,
        notes=notes,
    )
    if exchange is not None and not any(f"{wire.operation}/{wire.case}" == case.id for wire in run.wires):
        wire = wire_of(case, exchange, Connection(traffic.base_url), frozenset())
        run = replace(run, wires=(*run.wires, wire))  # of a case that asks otherwise today
    return case, check, run


def _exit_code(run: Run) -> int:
    """Of a single check: it was learnt where it came to a verdict, whatever its level."""
    from slashv1.record import Outcome

    outcomes = {result.outcome for result in run.results}
    if run.interrupted or not outcomes <= {Outcome.PASSED, Outcome.NOTED, Outcome.WARNED, Outcome.FAILED}:
        return 2
    return 1 if outcomes & ({Outcome.FAILED} | ({Outcome.WARNED} if run.strict else set())) else 0
