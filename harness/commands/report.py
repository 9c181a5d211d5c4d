"""`slashv1 report`: a run record as HTML, JUnit, Markdown or a badge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from slashv1.errors import UsageError

_FILE = click.Path(path_type=Path)
FORMS = ("html", "junit", "markdown", "badge")


@click.command(help="Turn a run record into HTML, JUnit, Markdown or a badge.")
@click.argument("record", metavar="RUN.json", type=_FILE)
@click.option("--html", type=_FILE, help="Write one self-contained page.")
@click.option("--junit", type=_FILE, help="Write JUnit XML.")
@click.option("--markdown", type=_FILE, help="Write Markdown, for a pull request.")
@click.option("--badge", type=_FILE, help="Write a badge: .svg, or .json for shields' endpoint.")
def command(record: Path, **paths: Path | None) -> None:
    """Read the record, write what was asked for.

    Raises:
        UsageError: no run record, nothing asked for, or a path that cannot be written.
    """
    if not any(paths.values()):
        raise UsageError("nothing to write: give --html FILE, --junit FILE, --markdown FILE or --badge FILE")
    from slashv1.reports import read_run, write_report

    check_badge(paths["badge"])
    run = read_run(record)
    for form in FORMS:
        path = paths[form]
        if path is not None:
            write_report(path, rendered(form, run, path))
            click.echo(f"wrote {path}")


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
