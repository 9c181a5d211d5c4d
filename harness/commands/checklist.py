"""`slashv1 checklist`: what who moves to a gateway runs through, point by point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from slashv1.harness.commands.options import FILE, connection_from, connection_options, profile_option

if TYPE_CHECKING:
    from slashv1.harness.checklist import Checklist
    from slashv1.matrix import Profile
    from slashv1.record import Run

_STYLES = {"pass": "bold green", "fail": "bold red", "not offered": "bold yellow"}


@click.command(help="Run the migration checklist (without --base-url: on the embedded gateway).")
@connection_options
@profile_option("zumik")
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="Write the answers as JSON.")
def command(**options: Any) -> int:
    """Exit code: 0 no point fails, 1 one fails, 2 nothing or not all was learnt.

    Raises:
        UsageError, TargetError: found before a verdict; one line each.
    """
    from slashv1.harness.checklist import answered
    from slashv1.harness.commands.conclusion import check_writable
    from slashv1.harness.embedded import provoking
    from slashv1.matrix import load_profile

    if options["base_url"] is not None:
        connection_from(options)
    profile = load_profile(options["profile"])
    if options["base_url"] is None:
        profile = provoking(profile)
    file = options["json_file"]
    if file is not None:
        check_writable({"json": file})
    answers = answered(_run(profile, options))
    _show(answers)
    if file is not None:
        _write(answers, options)
    return answers.exit_code


def _run(profile: Profile, options: dict[str, Any]) -> Run:
    from slashv1.harness.checklist import selection
    from slashv1.harness.commands.check import _connection
    from slashv1.harness.plan import TIERS, make_plan
    from slashv1.harness.run import execute
    from slashv1.harness.terminal import progress
    from slashv1.matrix import load_matrix

    cases = load_matrix()
    plan = make_plan(cases, profile, select=selection(cases, profile), tier=TIERS[-1])
    with _connection(options, profile) as connection, progress(len(plan.cases)) as on_event:
        return execute(plan, connection, profile, on_event=on_event)


def _show(answers: Checklist) -> None:
    from rich.text import Text

    from slashv1.harness.console import console
    from slashv1.harness.printable import printable

    out = console()
    run = answers.run
    model = f", {printable(run.target.model)}" if run.target.model else ""
    out.print(Text(f"{printable(run.target.base_url)}, profile {printable(run.profile)}{model}", "bold"))
    for note in run.notes:
        out.print(Text(f"  note: {printable(note, 300)}"), soft_wrap=True)
    for point in answers.points:
        out.print()
        head = Text(f"{point.number}. ")
        head.append(point.answer.value, _STYLES[point.answer.value])
        out.print(head.append(f"  {point.title}"), soft_wrap=True)
        for part in point.parts:
            out.print(Text(f"   {part.case}: {part.answer.value}"), soft_wrap=True)
            for line in part.evidence:
                out.print(Text(f"     {printable(line, 300)}", "dim"), soft_wrap=True)
    counts = ", ".join(
        f"{sum(point.answer.value == word for point in answers.points)} {word}" for word in _STYLES
    )
    out.print()
    out.print(Text(f"{counts}; {run.request_count} requests, {run.seconds:.1f} s"))


def _write(answers: Checklist, options: dict[str, Any]) -> None:
    import json

    from slashv1.reports import write_report

    text = json.dumps(answers.to_json(), ensure_ascii=True, indent=1) + "\n"
    write_report(options["json_file"], text)
    click.echo(f"wrote {options['json_file']}", err=True)
