"""`slashv1 check`: judge a target, or the embedded reference gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slashv1.errors import UsageError
from slashv1.harness.commands.compare import read_baseline
from slashv1.harness.commands.conclusion import check_conclusion, conclude, conclusion_options
from slashv1.harness.commands.configured import ConfiguredCommand, configuration_options
from slashv1.harness.commands.options import (
    AS_OF,
    FILE,
    SDK,
    connection_from,
    connection_options,
    profile_option,
    selection_options,
    settled,
)
from slashv1.harness.commands.output import output_options
from slashv1.harness.commands.saving import again_options, asked_of, save
from slashv1.harness.commands.waiving import gate_for, waiver_options, waivers_file

if TYPE_CHECKING:
    from slashv1.harness.connection import Connection
    from slashv1.harness.fuzz.plan import FuzzPlan
    from slashv1.harness.gate.run import Gate
    from slashv1.harness.plan import Plan
    from slashv1.harness.run_record import Traffic
    from slashv1.matrix import Case, Profile
    from slashv1.record import Run

DEFAULT_SEED = 1
"""Of what `--fuzz` draws: always the same, so that a gate's verdict changes with its target alone."""


@click.command(
    cls=ConfiguredCommand,
    help="Judge a target (without --base-url or a slashv1.toml: the embedded reference gateway).",
)
@configuration_options
@connection_options
@profile_option()
@selection_options
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be sent, send nothing.")
@click.option("--fixtures", type=FILE, metavar="DIR", help="Compare with exchanges you recorded.")
@AS_OF
@SDK
@click.option("--cors", is_flag=True, help="Also ask what a browser asks for a web page.")
@click.option(
    "--fuzz",
    type=click.IntRange(min=1, max=100_000),
    metavar="N",
    help="Besides, draw at most N requests from the contract, valid and broken ones.",
)
@click.option(
    "--fuzz-seed",
    type=click.IntRange(min=0),
    metavar="S",
    help=f"What they are drawn with; the same seed draws the same. [default: {DEFAULT_SEED}]",
)
@waiver_options
@conclusion_options
@click.option(
    "--save-exchanges",
    type=FILE,
    metavar="FILE",
    help="Keep what was sent and answered, redacted: `slashv1 rejudge FILE` judges it again.",
)
@output_options
def command(**options: Any) -> int:
    """Exit code: 0 conforming, 1 deviating, 2 nothing or not all was learnt; with --baseline 1 is regressed.

    Raises:
        UsageError, TargetError: found before a verdict; one line each.
    """
    if options["base_url"] is not None:
        connection_from(options)  # its mistakes come before those of the plan
    from slashv1.matrix import load_profile

    options = settled(options, load_profile(options["profile"]))
    baseline = options["baseline"] and read_baseline(options["baseline"], options["select"])
    file = waivers_file(options, options["folder"])
    cases, profile, plan = _planned(options)
    gate = gate_for(file, plan, cases, profile, options)
    check_limits(gate.counted(plan) if gate else plan, options)
    if options["plan_only"]:
        from slashv1.harness.terminal import show_plan

        show_plan(plan)
        if gate and gate.rounds:
            click.echo(f"and {gate.requests} requests more for what {file} calls flaky")
        return 0
    check_conclusion(options, "save_exchanges")
    traffic: list[Traffic] = []
    with _connection(options, profile) as connection:
        runs = _run(plan, connection, profile, gate, options, traffic)
    try:
        return conclude(runs, gate, file, cases, options, baseline, again_options(options))
    finally:  # what cannot be told, or written, must not cost the exchanges
        if options["save_exchanges"] is not None:
            plans = [plan, *(one.plan for one in (gate.rounds if gate else ()))]
            save(options["save_exchanges"], runs[0].suite, asked_of(options, file), plans, traffic)
            if not options["quiet"]:
                click.echo(f"wrote {options['save_exchanges']}", err=True)


def check_fixtures(folder: Path, plan: Plan) -> None:
    """Find out before anything is sent that the user's fixtures cannot be read.

    Raises:
        UsageError: one of them is broken, or there is none for any case of the plan.
    """
    from slashv1.fixtures.store import load_fixture

    every = [load_fixture(folder, case.id) for case in plan.cases]
    if all(fixture is None for fixture in every):
        raise UsageError(
            f"--fixtures {folder}: holds no fixture of a case to be sent; "
            f"`slashv1 record --out {folder}` makes them"
        )


def check_limits(plan: Plan, options: Mapping[str, Any]) -> None:
    """Fail closed, before anything is sent.

    Raises:
        UsageError: more is needed than --max-requests or --max-tokens allow.
    """
    from slashv1.harness.plan import check_limits as check

    check(plan, max_requests=options["max_requests"], max_tokens=options["max_tokens"])


def _planned(options: Mapping[str, Any]) -> tuple[tuple[Case, ...], Profile, Plan]:
    from slashv1.harness.plan import make_plan, with_cors, with_foreign_fixtures, with_sdk
    from slashv1.harness.profile_lint import check_names
    from slashv1.matrix import load_matrix, load_profile

    folder = options["fixtures"]
    if folder is not None and not folder.is_dir():
        raise UsageError(f"--fixtures {folder}: no such folder")
    profile = load_profile(options["profile"])
    if options["base_url"] is None:
        from slashv1.harness.embedded import provoking

        profile = provoking(profile)
    if folder is not None:
        profile = with_foreign_fixtures(profile)
    if options["sdk"]:
        profile = with_sdk(profile)
    if options["cors"]:
        profile = with_cors(profile)
    cases = load_matrix(options["matrix"])
    check_names(profile, cases)
    plan = make_plan(
        cases,
        profile,
        phase=options["phase"],
        select=options["select"],
        tier=options["tier"],
        fuzz=_fuzz(options, profile),
    )
    if folder is not None:
        check_fixtures(folder, plan)
    return cases, profile, plan


def _fuzz(options: Mapping[str, Any], profile: Profile) -> FuzzPlan | None:
    """What is drawn besides the cases; None without --fuzz."""
    number, seed = options["fuzz"], options["fuzz_seed"]
    if number is None:
        if seed is not None:
            raise UsageError("--fuzz-seed goes with --fuzz N: say how many requests may be drawn")
        return None
    if find_spec("hypothesis") is None:
        raise UsageError("--fuzz needs Hypothesis, which is not installed: pip install 'slashv1[fuzz]'")
    from slashv1.harness.fuzz.plan import plan_fuzz

    return plan_fuzz(number, DEFAULT_SEED if seed is None else seed, phase=options["phase"], profile=profile)


@contextmanager
def _connection(options: Mapping[str, Any], profile: Profile) -> Iterator[Connection]:
    """To the target, or to the gateway started for as long as it is needed."""
    if options["base_url"] is not None:
        yield connection_from(options)
        return
    from slashv1.harness.embedded import embedded_gateway, gateway_profile

    with embedded_gateway(profile=gateway_profile(profile)) as base_url:
        yield connection_from(options, embedded=base_url)


def _run(
    plan: Plan,
    connection: Connection,
    profile: Profile,
    gate: Gate | None,
    options: Mapping[str, Any],
    traffic: list[Traffic],
) -> Sequence[Run]:
    from slashv1.harness.gate.run import run_rounds
    from slashv1.harness.terminal import progress

    with progress(len(plan.cases), options["color"], quiet=options["quiet"]) as on_event:
        return run_rounds(
            plan,
            connection,
            profile,
            gate,
            fixtures=options["fixtures"],
            strict=options["strict"],
            as_of=options["as_of"] and options["as_of"].date(),
            on_event=on_event,
            keep=traffic if options["save_exchanges"] is not None else None,
        )
