"""`slashv1 matrix`: operations, phases, cases and checks as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slashv1.harness.commands import completing
from slashv1.harness.commands.options import profile_option

if TYPE_CHECKING:
    from slashv1.matrix import Case, Profile


@click.command(help="Show operations, phases, cases and checks.")
@click.argument("operation", required=False, shell_complete=completing.operation)
@click.option("--phase", type=click.IntRange(1, 4), default=4, show_default=True, help="Phases 1 to N.")
@profile_option()
@click.option("--matrix", "folder", metavar="DIR", type=Path, help="A matrix folder of your own.")
@click.option("--json", "as_json", is_flag=True, help="Every case with its checks, as JSON.")
def command(operation: str | None, phase: int, profile: str, folder: Path | None, as_json: bool) -> None:
    """With OPERATION: its cases, one a line.

    Raises:
        UsageError: an unknown operation or profile, or a mistake in a YAML file.
    """
    from slashv1.matrix import load_matrix, load_profile, phase_of

    cases = [case for case in load_matrix(folder) if case.phase <= phase]
    if folder is None and operation and _schemas_only(operation, cases):
        click.echo(
            f"{operation}: phase {phase_of(operation)}; its schemas stand in the contract, no case tries it"
        )
        return
    chosen = _of(operation, cases)
    judged = load_profile(profile)
    if as_json:
        click.echo(json.dumps([_json(case, judged) for case in chosen], indent=1, ensure_ascii=False))
    elif operation:
        _print_cases(chosen, judged)
    else:
        _print_operations(chosen, judged)
        if folder is None:
            _print_untried(cases, phase)


def _of(operation: str | None, cases: Sequence[Case]) -> list[Case]:
    from slashv1.errors import UsageError
    from slashv1.matrix.yamlfile import nearest

    chosen = [case for case in cases if operation in (None, case.operation)]
    if not chosen:
        known = dict.fromkeys(case.operation for case in cases)
        raise UsageError(f"no case of the operation {operation!r}{nearest(operation or '', known)}")
    return chosen


def _schemas_only(operation: str, cases: Sequence[Case]) -> bool:
    from slashv1.matrix import phases

    return operation in phases() and all(case.operation != operation for case in cases)


def _print_untried(cases: Sequence[Case], most: int) -> None:
    """How many operations of each phase have their schemas in the contract and no case."""
    from slashv1.matrix import phases

    for phase in range(1, most + 1):
        bare = [name for name, one in phases().items() if one == phase and _schemas_only(name, cases)]
        if bare:
            shown = ", ".join(bare[:2])
            click.echo(f"phase {phase}: {len(bare)} operations by their schemas alone ({shown}, …)")


def _checks(case: Case, profile: Profile) -> list[str]:
    from slashv1.harness.judge.engine import items_of

    return [item.check.id for item in items_of(case, profile)]


def _json(case: Case, profile: Profile) -> dict[str, Any]:
    return {
        "operation": case.operation,
        "case": case.name,
        "phase": case.phase,
        "tier": case.tier,
        "title": case.title,
        "tags": sorted(case.tags),
        "method": case.request.method,
        "path": case.request.path,
        "status": list(case.expect.status),
        "stream": case.stream,
        "error": case.error,
        "cooperative": case.cooperative,
        "after": list(case.after),
        "beside": list(case.beside),
        "together": case.together or None,
        "source": case.source,
        "checks": _checks(case, profile),
    }


def _print_operations(cases: Sequence[Case], profile: Profile) -> None:
    from slashv1.harness.plan import TIERS

    table = _table("operation", "phase", *TIERS, "errors", "checks", "results")
    rows = [(name, [case for case in cases if case.operation == name]) for name in _operations(cases)]
    for name, own in [*rows, ("all", list(cases))]:
        items = [check for case in own for check in _checks(case, profile)]
        table.add_row(
            name,
            ",".join(map(str, sorted({case.phase for case in own}))),
            *(str(sum(case.tier == tier for case in own)) for tier in TIERS),
            str(sum(case.error for case in own)),
            str(len(set(items))),
            str(len(items)),
            style="bold" if name == "all" else None,
        )
    _console().print(table)
    click.echo(
        "quick, standard, full: cases, each at the first tier that sends it; errors: cases to be refused;"
    )
    click.echo("checks: those that apply; results: checks on cases")
    asked = sum(not profile.tries(case) for case in cases)
    if asked:
        click.echo(f"{asked} of the cases are sent only where that is asked for (--cors, a profile's with:)")


def _print_cases(cases: Sequence[Case], profile: Profile) -> None:
    table = _table("case", "tier", "expects", "checks", "what it tries")
    for case in cases:
        expects = " or ".join(map(str, case.expect.status)) + (", stream" if case.stream else "")
        table.add_row(case.name, case.tier, expects, str(len(_checks(case, profile))), case.title)
    _console().print(table)


def _operations(cases: Sequence[Case]) -> list[str]:
    return list(dict.fromkeys(case.operation for case in cases))


def _table(*heads: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    texts = ("operation", "case", "tier", "expects", "what it tries")
    for head in heads:
        table.add_column(head, justify="left" if head in texts else "right", overflow="fold")
    return table


def _console() -> Any:
    from slashv1.harness.console import console

    return console()
