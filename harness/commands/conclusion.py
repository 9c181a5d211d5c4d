"""The end of a command that judges: waivers, the terminal, reports, the comparison, the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from slashv1.errors import UsageError
from slashv1.harness.commands.compare import show_comparison
from slashv1.harness.commands.options import FILE
from slashv1.harness.commands.output import check_output, console_for
from slashv1.harness.commands.report import check_badge
from slashv1.harness.commands.waiving import rewritten

if TYPE_CHECKING:
    from slashv1.harness.gate.run import Gate
    from slashv1.matrix import Case
    from slashv1.record import Run

F = TypeVar("F", bound=Callable[..., Any])
REPORTS = ("report_json", "html", "junit", "markdown", "badge")
_OPTIONS = (
    click.option("--strict", is_flag=True, help="A deviation from a SHOULD fails too."),
    click.option(
        "--baseline",
        type=FILE,
        metavar="FILE",
        help="An older run record: the exit code is then that of the comparison.",
    ),
    click.option("--report-json", type=FILE, metavar="FILE", help="Write the run record."),
    click.option("--html", type=FILE, metavar="FILE", help="Write one self-contained page."),
    click.option("--junit", type=FILE, metavar="FILE", help="Write JUnit XML."),
    click.option("--markdown", "--md", type=FILE, metavar="FILE", help="Write Markdown, for a pull request."),
    click.option("--badge", type=FILE, metavar="FILE", help="Write a badge: .svg, or .json for shields."),
)


def conclusion_options(command: F) -> F:
    """Add the options; `check_conclusion` and `conclude` read them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_conclusion(options: Mapping[str, Any], *more: str) -> None:
    """Find out before anything is sent that something could not be told in the end.

    `more`: options beside the reports that name a file to write.

    Raises:
        UsageError: a path that cannot be written, a badge of no known form, or less and more asked for.
    """
    check_output(options)
    check_writable({name: options[name] for name in (*REPORTS, *more) if options[name] is not None})
    check_badge(options["badge"])


def conclude(
    runs: Sequence[Run],
    gate: Gate | None,
    file: Path | None,
    cases: Sequence[Case],
    options: Mapping[str, Any],
    baseline: Run | None,
    again: Sequence[str],
) -> int:
    """Tell and write everything; the exit code.

    `file`: of waivers. `again`: the options of `slashv1 replay` that reach the target.

    Raises:
        UsageError: a file that cannot be written.
    """
    from slashv1.harness.gate.run import gated
    from slashv1.harness.terminal import show_run, show_verdict

    if gate and file and (options["waivers_update"] or options["waivers_prune"]):
        run = rewritten(runs, gate, file, cases, options)
    else:
        run = gated(runs, gate)
    out, quiet = console_for(options), options["quiet"]
    try:
        if not quiet:
            show_run(run, out, verbose=options["verbose"], again=again)
        elif baseline is None:
            show_verdict(run, out)
    finally:  # a reader that closed its end must not cost the reports
        write_reports(run, options)
    return run.exit_code if baseline is None else _compared(baseline, run, options)


def _compared(baseline: Run, run: Run, options: Mapping[str, Any]) -> int:
    from slashv1.reports import compare
    from slashv1.reports.compare_text import verdict

    comparison = compare(baseline, run)
    if options["quiet"]:
        click.echo(verdict(comparison))
    else:
        click.echo(f"\nagainst {options['baseline']}")
        show_comparison(comparison)
    return comparison.exit_code


def check_writable(paths: Mapping[str, Path]) -> None:
    """Find out before anything is sent that a report could not be written.

    Raises:
        UsageError: no such folder, a folder in its place, no permission, or one path for two reports.
    """
    seen: dict[Path, str] = {}
    for name, path in paths.items():
        option = f"--{name.replace('_', '-')}"
        if path.is_dir():
            raise UsageError(f"{option} {path}: is a folder, name a file in it")
        if not path.parent.is_dir():
            raise UsageError(f"{option} {path}: there is no folder {path.parent}")
        place = path if path.exists() and not path.is_file() else path.parent
        if not os.access(place, os.W_OK) or (path.is_file() and not os.access(path, os.W_OK)):
            raise UsageError(f"{option} {path}: no permission to write there")
        other = seen.setdefault(path.resolve(), option)
        if other != option and path.is_file() | (not path.exists()):
            raise UsageError(f"{option} {path}: {other} writes there already")


def write_reports(run: Run, options: Mapping[str, Any]) -> None:
    """Write what was asked for, whole or not at all.

    Raises:
        UsageError: a path cannot be written, or the disk is full.
    """
    paths = {name: options[name] for name in REPORTS if options[name] is not None}
    if not paths:
        return
    from slashv1.harness.commands.report import rendered
    from slashv1.reports import write_report

    for name, path in paths.items():
        write_report(path, record_text(run) if name == "report_json" else rendered(name, run, path))
        if not options["quiet"]:
            click.echo(f"wrote {path}", err=True)


def record_text(run: Run) -> str:
    """The run record as ASCII JSON: a lone surrogate in an answer must not break the file."""
    import json

    return json.dumps(run.to_json(), ensure_ascii=True, indent=1, allow_nan=False) + "\n"
