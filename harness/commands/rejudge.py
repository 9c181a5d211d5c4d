"""`slashv1 rejudge`: the saved exchanges of a run, judged by the checks of today; nothing is sent."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.commands.compare import read_baseline
from slashv1.harness.commands.conclusion import check_conclusion, conclude, conclusion_options
from slashv1.harness.commands.options import AS_OF, FILE
from slashv1.harness.commands.output import output_options
from slashv1.harness.commands.waiving import gate_for, waiver_options, waivers_file

if TYPE_CHECKING:
    from slashv1.harness.fuzz.plan import FuzzPlan
    from slashv1.harness.plan import Plan
    from slashv1.harness.saved import Saved
    from slashv1.matrix import Case, Profile


@click.command(help="Judge saved exchanges (`check --save-exchanges`) again; nothing is sent.")
@click.argument("file", type=FILE)
@click.option(
    "--profile",
    metavar="NAME|FILE",
    help="What counts. [default: the run's]",
    shell_complete=completing.profile,
)
@click.option(
    "--select",
    multiple=True,
    metavar="GLOB",
    help="Only these, as operation::case::check.",
    shell_complete=completing.selection,
)
@click.option("--matrix", metavar="DIR", help="A matrix folder of your own. [default: the run's]")
@click.option("--fixtures", type=FILE, metavar="DIR", help="Compare with these. [default: the run's]")
@AS_OF
@click.option("--sdk/--no-sdk", default=None, help="Read by the official client too. [default: as the run]")
@waiver_options
@conclusion_options
@output_options
def command(file: Path, **options: Any) -> int:
    """Exit code as of `check`.

    Raises:
        UsageError: a file that is damaged or none of ours, or what the run needed and is not here.
    """
    from slashv1.harness.rejudge import dated, rejudged
    from slashv1.harness.saved_read import read_saved
    from slashv1.matrix import load_matrix

    check_conclusion(options)
    saved = read_saved(file)
    if options["as_of"] is not None:
        saved = dated(saved, options["as_of"].date())
    options, notes = as_saved(options, saved, file)
    cases = load_matrix(options["matrix"])
    profile = profile_for(options, saved, file)
    baseline = options["baseline"] and read_baseline(options["baseline"], options["select"])
    plan, gone = planned(cases, profile, saved, options)
    if gone:
        notes.append(f"selected then, and not there today: {', '.join(gone[:8])}{' …' if gone[8:] else ''}")
    waivers = waivers_file({**options, "base_url": None}, Path.cwd())
    gate = gate_for(waivers, plan, cases, profile, options)
    runs = rejudged(
        saved,
        [plan, *(one.plan for one in (gate.rounds if gate else ()))],
        profile,
        source=str(file),
        fixtures=options["fixtures"],
        strict=options["strict"],
        same_profile=options["profile"] == saved.asked.profile,
        notes=notes,
    )
    again = [f"--from {shlex.quote(str(file))}"]
    if options["profile"] != saved.asked.profile:
        again.append(f"--profile {shlex.quote(options['profile'])}")
    return conclude(runs, gate, waivers, cases, options, baseline, again)


def as_saved(options: Mapping[str, Any], saved: Saved, file: Path) -> tuple[dict[str, Any], list[str]]:
    """The options, those that are left open as the run had them; and what of it is not here.

    Raises:
        UsageError: its matrix is not here.
    """
    asked, notes = saved.asked, list[str]()
    said = {**options, "phase": asked.phase, "tier": asked.tier}
    said["strict"] = options["strict"] or asked.strict
    said["sdk"] = asked.sdk if options["sdk"] is None else options["sdk"]
    said["profile"] = options["profile"] or asked.profile
    said["matrix"] = options["matrix"] or asked.matrix
    if options["matrix"] is None and asked.matrix and not Path(asked.matrix).is_dir():
        raise UsageError(f"{file}: the run's matrix {asked.matrix} is not here: name it with --matrix DIR")
    if options["fixtures"] is not None and not options["fixtures"].is_dir():
        raise UsageError(f"--fixtures {options['fixtures']}: no such folder")
    if options["fixtures"] is None and asked.fixtures:
        said["fixtures"] = folder = Path(asked.fixtures) if Path(asked.fixtures).is_dir() else None
        notes += [] if folder else [_missing("fixtures", asked.fixtures, "compared with those of slashv1")]
    if options.get("waivers") is None and asked.waivers:
        said["waivers"] = waivers = Path(asked.waivers) if Path(asked.waivers).is_file() else None
        notes += [] if waivers else [_missing("waivers", asked.waivers, "nothing is waived")]
    return said, notes


def _missing(what: str, path: str, instead: str) -> str:
    return f"the run's {what} {path} are not here (--{what}): {instead}"


def profile_for(options: Mapping[str, Any], saved: Saved, file: Path) -> Profile:
    """The profile that judges, with what the run was asked for beside it.

    Raises:
        UsageError: it cannot be read, or the official client is to read and is not there.
    """
    from slashv1.harness.judge.sdk_client import lacks_sdk
    from slashv1.harness.plan import with_cors, with_foreign_fixtures, with_sdk
    from slashv1.harness.rejudge import as_it_was
    from slashv1.matrix import load_profile

    try:
        profile = load_profile(options["profile"])
    except UsageError as error:
        if options["profile"] != saved.asked.profile:
            raise
        raise UsageError(f"{file}: of the run's profile: {error}; --profile names another") from error
    if options["fixtures"] is not None:
        profile = with_foreign_fixtures(profile)
    if options["sdk"]:
        lacking = lacks_sdk()
        if lacking:
            raise UsageError(f"{file}: to be read by the official client too, {lacking}; or give --no-sdk")
        profile = with_sdk(profile)
    if saved.asked.cors:
        profile = with_cors(profile)
    return as_it_was(profile, saved)


def planned(
    cases: Sequence[Case], profile: Profile, saved: Saved, options: Mapping[str, Any]
) -> tuple[Plan, list[str]]:
    """The plan of the run by today's matrix, and the patterns of its selection that select nothing today.

    Raises:
        UsageError: nothing is left, or a pattern that was given now selects nothing.
    """
    from slashv1.harness.plan import make_plan, matches
    from slashv1.harness.profile_lint import check_names

    check_names(profile, cases)
    asked = saved.asked
    within: dict[str, Any] = {"phase": asked.phase, "tier": asked.tier, "fuzz": _fuzz(saved, profile)}
    if options["select"] or not asked.select:
        return make_plan(cases, profile, select=options["select"], **within), []
    whole = [item.id for item in make_plan(cases, profile, **within).all_items]
    ids = frozenset(whole)
    kept = [glob for glob in asked.select if glob in ids or any(matches(glob, name) for name in whole)]
    if not kept:
        raise UsageError("nothing of what the run selected is there today: --select names what to judge")
    gone = [glob for glob in asked.select if glob not in set(kept)]
    return make_plan(cases, profile, select=kept, **within), gone


def _fuzz(saved: Saved, profile: Profile) -> FuzzPlan | None:
    from slashv1.harness.commands.check import DEFAULT_SEED
    from slashv1.harness.fuzz.plan import plan_fuzz

    number, seed = saved.asked.fuzz, saved.asked.fuzz_seed
    if number is None:
        return None
    seed = DEFAULT_SEED if seed is None else seed
    return plan_fuzz(number, seed, phase=saved.asked.phase, profile=profile)
