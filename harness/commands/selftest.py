"""`slashv1 selftest`: run every defect and every legal variant of the reference gateway."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.commands.options import WORKERS
from slashv1.harness.selftest import Verdict, score, verdict
from slashv1.harness.workers import dealt

if TYPE_CHECKING:
    from slashv1.matrix import Profile
    from slashv1.reference_server import Twist

CHAT_MODEL = "gpt-4o-mini"
EMBEDDING_MODEL = "text-embedding-3-small"
DRAWN, SEED = 60, 1
"""Requests that are drawn for a defect that no case shows, and the seed."""
_HAND = 8
"""Defects dealt to a process at a time: few enough that none waits long for another at the end."""


@click.command("selftest")
@click.argument("names", nargs=-1, shell_complete=completing.twist)
@click.option("--list", "listing", is_flag=True, help="Print the names, one a line, with their checks.")
@click.option(
    "--write",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the kill table of all defects and variants as a page of Markdown too.",
)
@WORKERS
def command(names: tuple[str, ...], listing: bool, page: Path | None, workers: int) -> int:
    """Run every defect and legal variant (or those NAMED) and print the kill table.

    Exit 1 where a defect is missed, a check fires that may not, or a legal variant is objected to.
    """
    from slashv1.reports.write import write_report

    if page is not None and (names or listing):
        raise UsageError("--write is for the whole table: leave the names and --list out")
    twists = chosen(names)
    if not listing:
        twists = drawable(twists, asked=bool(names))
    if listing:
        for twist in twists:
            click.echo(
                f"{twist.name}\t{twist.caught_by or '(legal variant)'}\t{' '.join(twist.also)}".rstrip()
            )
        return 0
    if page is not None:
        _writable(page)
    verdicts = run(twists, workers)
    if page is not None:
        write_report(page, table(twists, verdicts))
    click.echo(score(verdicts))
    return 0 if all(v.good for v in verdicts) else 1


def _writable(page: Path) -> None:
    try:
        page.open("a").close()
    except OSError as error:
        raise UsageError(f"{page}: cannot be written: {error.strerror}") from error


def table(twists: Sequence[Twist], verdicts: Sequence[Verdict]) -> str:
    """The kill table as a page, with the day and the suite that judged."""
    from datetime import UTC, datetime

    from slashv1.harness.judge.engine import checks
    from slashv1.harness.kill_table import Row, page
    from slashv1.harness.notes import without_defect
    from slashv1.harness.suite import suite_of
    from slashv1.matrix import load_matrix

    rows = [Row(twist.title, twist.family, said) for twist, said in zip(twists, verdicts, strict=True)]
    levels = {name: check.level.value for name, check in checks().items()}
    return page(rows, levels, without_defect(), suite_of(load_matrix()), datetime.now(UTC).date())


def chosen(names: Sequence[str]) -> list[Twist]:
    """The defects and variants of these names, all where none is given.

    Raises:
        UsageError: no such name.
    """
    from slashv1.reference_server import DEFECTS, VARIANTS, find_twist

    if not names:
        return [*_findable(DEFECTS.values()), *VARIANTS.values()]
    return [find_twist("variant" if name in VARIANTS else "defect", name) for name in names]


def _findable(defects: Iterable[Twist]) -> list[Twist]:
    """All; where the official client cannot be asked those found without it, and one line says so."""
    from slashv1.harness.judge.sdk_client import lacks_sdk

    found, lacking = list(defects), lacks_sdk()
    left = [twist for twist in found if not (lacking and breaks_client(twist))]
    if lacking:
        click.echo(
            f"slashv1: {len(found) - len(left)} defects are left out and no legal variant is read by the "
            f"official client, {lacking}",
            err=True,
        )
    return left


def breaks_client(twist: Twist) -> bool:
    """Whether it is a defect that only the official client finds."""
    return twist.caught_by is not None and twist.caught_by.startswith("sdk.")


def profile_of(twist: Twist) -> Profile:
    """Read by the official client too: what only it finds, and all that is legal, where it can be asked.

    It says how the gateway is provoked.
    """
    from slashv1.harness.embedded import provoking
    from slashv1.harness.judge.sdk_client import lacks_sdk
    from slashv1.harness.plan import with_cors, with_headers, with_sdk
    from slashv1.matrix import load_profile

    profile = provoking(load_profile(twist.profile))
    if any(glob.startswith("cors.") for glob in twist.cases):
        profile = with_cors(profile)
    if twist.required or twist.forbidden:
        profile = with_headers(profile, twist.required, twist.forbidden)
    legal = twist.caught_by is None and lacks_sdk() is None
    return with_sdk(profile) if legal or breaks_client(twist) else profile


def drawable(twists: list[Twist], *, asked: bool) -> list[Twist]:
    """Those that can be run: drawing takes Hypothesis. What is left out is said.

    Raises:
        UsageError: one that was asked for cannot be run.
    """
    if find_spec("hypothesis") is not None:
        return twists
    left = [twist for twist in twists if not twist.drawn]
    names = ", ".join(twist.name for twist in twists if twist.drawn)
    if asked and names:
        raise UsageError(f"{names}: needs Hypothesis, which is not installed: pip install 'slashv1[fuzz]'")
    if names:
        click.echo(f"left out, for want of Hypothesis (pip install 'slashv1[fuzz]'): {names}", err=True)
    return left


def run(twists: Sequence[Twist], workers: int = 1) -> list[Verdict]:
    """Run each against an embedded gateway, printing a row of the kill table as it ends.

    The same verdicts, in the same order, with any number of processes.
    """
    width = max(len(twist.name) for twist in twists)
    names = [twist.name for twist in twists]
    verdicts = []
    hands = [names[start : start + _HAND] for start in range(0, len(names), _HAND)]
    for said in chain.from_iterable(dealt(_hand, hands, workers)):
        click.echo(row(said, width))
        sys.stdout.flush()
        verdicts.append(said)
    return verdicts


def _hand(names: Sequence[str]) -> list[Verdict]:
    """Some of them, against gateways started for them."""
    twists = chosen(names)
    with gateways(twist.profile for twist in twists) as roots:
        return [run_one(twist, roots[twist.profile]) for twist in twists]


@contextmanager
def gateways(profiles: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """A gateway of each of these profiles: its URL without `/v1`."""
    from slashv1.harness.embedded import embedded_gateway

    with ExitStack() as stack:
        yield {
            name: stack.enter_context(embedded_gateway(profile=name)).removesuffix("/v1")
            for name in dict.fromkeys(profiles)
        }


def run_one(twist: Twist, root: str) -> Verdict:
    """Judge the gateway with one twist; the cases that it names, or those of the operations it touches.

    What the standard tier does not find is looked for in the full one.
    """
    if twist.cases:
        return _run_tier(twist, root, "full")
    found = _run_tier(twist, root, "standard")
    return found if found.caught else _run_tier(twist, root, "full")


def _run_tier(twist: Twist, root: str, tier: str) -> Verdict:
    from slashv1.harness.connection import Connection
    from slashv1.harness.fuzz.plan import plan_fuzz
    from slashv1.harness.plan import make_plan
    from slashv1.harness.run import execute
    from slashv1.matrix import load_matrix

    profile = profile_of(twist)
    kind = "defect" if twist.caught_by else "variant"
    tried = "fuzz-*" if twist.drawn else "*"
    select = [f"{operation}::{tried}" for operation in twist.operations]
    fuzz = plan_fuzz(DRAWN, SEED, phase=1, profile=profile) if twist.drawn else None
    cases = load_matrix()
    phase = max(case.phase for case in cases) if twist.cases else 1
    plan = make_plan(cases, profile, phase=phase, select=twist.cases or select, tier=tier, fuzz=fuzz)
    connection = Connection(
        base_url=f"{root}/{kind}/{twist.name}/v1",
        api_key="sk-selftest",
        model=CHAT_MODEL,
        embedding_model=EMBEDDING_MODEL,
    )
    results = execute(plan, connection, profile).results
    return replace(verdict(twist.name, twist.caught_by, twist.also, results), tier=tier)


def row(said: Verdict, width: int) -> str:
    """One line of the kill table."""
    name = said.name.ljust(width)
    if said.caught_by is None:
        return f"{'legal ' if said.good else 'FALSE '} {name}  {' '.join(said.wrong)}".rstrip()
    sign = "killed" if said.caught else "MISSED"
    beside = [check for check in said.fired if check != said.caught_by and check not in said.wrong]
    also = f"  also {' '.join(beside)}" if beside else ""
    stray = f"  STRAY {' '.join(said.wrong)}" if said.wrong else ""
    return f"{sign} {name}  {said.caught_by}{also}{stray}"
