"""`slashv1 report`: a run record as HTML, JUnit, Markdown or a badge; several records side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slashv1.errors import UsageError

if TYPE_CHECKING:
    from slashv1.record import Run
    from slashv1.reports.overview import Overview

_FILE = click.Path(path_type=Path)
FORMS = ("html", "junit", "markdown", "badge")
OF_ONE = ("junit", "badge")
"""Forms that there are of a single run alone."""


@click.command(help="Turn a run record into HTML, JUnit, Markdown or a badge; several into one comparison.")
@click.argument("records", metavar="RUN.json...", type=_FILE, nargs=-1, required=True)
@click.option("--html", type=_FILE, metavar="FILE", help="Write one self-contained page.")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML; of one record.")
@click.option("--markdown", "--md", type=_FILE, metavar="FILE", help="Write Markdown, for a pull request.")
@click.option("--json", type=_FILE, metavar="FILE", help="Write the comparison as JSON; of several records.")
@click.option(
    "--badge", type=_FILE, metavar="FILE", help="Write a badge: .svg, or .json for shields' endpoint; of one."
)
def command(records: tuple[Path, ...], **paths: Path | None) -> None:
    """Read the records, write what was asked for.

    Raises:
        UsageError: no run record, nothing asked for, or a path that cannot be written.
    """
    if len(records) > 1:
        _several(records, paths)
        return
    if paths["json"]:
        raise UsageError(f"--json {paths['json']}: {records[0]} is JSON already; of several, a comparison is")
    if not any(paths.values()):
        raise UsageError("nothing to write: give --html FILE, --junit FILE, --markdown FILE or --badge FILE")
    from slashv1.reports import read_run, write_report

    check_badge(paths["badge"])
    run = read_run(records[0])
    for form in FORMS:
        path = paths[form]
        if path is not None:
            write_report(path, rendered(form, run, path))
            click.echo(f"wrote {path}")


def _several(records: Sequence[Path], paths: dict[str, Path | None]) -> None:
    for form in OF_ONE:
        if paths[form]:
            raise UsageError(f"--{form} {paths[form]}: is of one record, and here are {len(records)}")
    seen: set[Path] = set()
    for path in records:
        if path.resolve() in seen:
            raise UsageError(f"{path}: is given twice")
        seen.add(path.resolve())
    from slashv1.reports.overview import Entry, make_overview

    runs = [run for path in records if (run := _read(path)) is not None]
    if not runs:
        raise UsageError(f"{records[0]} and the others are comparisons of runs: give run records")
    overview = make_overview([Entry(run) for run in runs])
    show_overview(overview)
    write_overview(overview, paths)


def _read(path: Path) -> Run | None:
    """The run; None for the comparison that stands beside the records of a fleet."""
    from slashv1.reports import read_run
    from slashv1.reports.load import COMPARISON

    try:
        return read_run(path)
    except UsageError as error:
        if not str(error).endswith(COMPARISON):
            raise
    click.echo(f"left out {path}: {COMPARISON}", err=True)
    return None


def show_overview(overview: Overview) -> None:
    """Print the table of targets, in the width at hand."""
    import shutil

    from slashv1.reports.overview_text import overview_table

    click.echo(overview_table(overview, shutil.get_terminal_size().columns), nl=False)


def write_overview(overview: Overview, paths: dict[str, Path | None]) -> None:
    """Write the comparison of many runs in the forms asked for, whole or not at all.

    Raises:
        UsageError: a path cannot be written, or the disk is full.
    """
    import json

    from slashv1.reports import write_report
    from slashv1.reports.overview_html import render_overview
    from slashv1.reports.overview_text import overview_json, overview_markdown

    forms: dict[str, Callable[[Overview], str]] = {
        "html": render_overview,
        "markdown": overview_markdown,
        "json": lambda made: json.dumps(overview_json(made), indent=1, allow_nan=False) + "\n",
    }
    for form, render in forms.items():
        path = paths[form]
        if path is not None:
            write_report(path, render(overview))
            click.echo(f"wrote {path}", err=True)


def check_badge(path: Path | None) -> None:
    """Find out early what kind of badge is meant.

    Raises:
        UsageError: the file's name does not say.
    """
    if path is not None and path.suffix not in (".svg", ".json"):
        raise UsageError(f"--badge {path}: name it .svg, or .json for shields' endpoint")


def rendered(form: str, run: Any, path: Path) -> str:
    """The text of one form of a run."""
    from slashv1 import reports

    if form == "badge":
        return reports.render_badge_svg(run) if path.suffix == ".svg" else reports.render_badge_json(run)
    renderers = {
        "html": reports.render_html,
        "junit": reports.render_junit,
        "markdown": reports.render_markdown_run,
    }
    return renderers[form](run)
