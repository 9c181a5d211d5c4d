"""`slashv1 compare`: a run record against the one before."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError

if TYPE_CHECKING:
    from slashv1.record import Run
    from slashv1.reports.compare import Comparison

_FILE = click.Path(path_type=Path)
_WIDEST = 160


@click.command(help="Compare a run record with an older one.")
@click.argument("old", metavar="OLD.json", type=_FILE)
@click.argument("new", metavar="NEW.json", type=_FILE)
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write the comparison as JSON too.")
@click.option("--markdown", "--md", type=_FILE, metavar="FILE", help="Write it as Markdown too.")
@click.option(
    "--html", type=_FILE, metavar="FILE", help="Write a page with both; of more runs: slashv1 report."
)
def command(old: Path, new: Path, json_file: Path | None, markdown: Path | None, html: Path | None) -> int:
    """Exit code: 0 no regression, 1 regressed, 2 nothing was learnt.

    Raises:
        UsageError: no run record, a partial one, or a path that cannot be written.
    """
    from slashv1.reports import compare, read_run, write_report
    from slashv1.reports.compare_text import render_markdown

    before, now = read_baseline(old), read_run(new)
    comparison = compare(before, now)
    show_comparison(comparison)
    if json_file is not None:
        write_report(json_file, comparison_text(comparison))
    if markdown is not None:
        write_report(markdown, render_markdown(comparison))
    if html is not None:
        from slashv1.reports.overview import Entry, make_overview
        from slashv1.reports.overview_html import render_overview

        write_report(html, render_overview(make_overview([Entry(before), Entry(now)])))
    for path in (json_file, markdown, html):
        if path is not None:
            click.echo(f"wrote {path}", err=True)
    return comparison.exit_code


def read_baseline(path: Path, select: Sequence[str] = ()) -> Run:
    """The record of the run before, narrowed as the new one is.

    Raises:
        UsageError: no run record, or a partial one: what it lacks could not be missed.
    """
    from dataclasses import replace

    from slashv1.harness.plan import matches
    from slashv1.reports import read_run

    run = read_run(path)
    if run.interrupted:
        raise UsageError(f"{path}: that run was interrupted; take a whole one as the baseline")
    if not select:
        return run
    kept = tuple(result for result in run.results if any(matches(glob, result.id) for glob in select))
    return replace(run, results=kept)


def show_comparison(comparison: Comparison) -> None:
    """Print it, in the width at hand."""
    from slashv1.reports.compare_text import render_text

    width = min(shutil.get_terminal_size().columns, _WIDEST)
    click.echo(render_text(comparison, width), nl=False)


def comparison_text(comparison: Comparison) -> str:
    """The comparison as ASCII JSON."""
    import json

    return json.dumps(comparison.to_json(), ensure_ascii=True, indent=1, allow_nan=False) + "\n"
