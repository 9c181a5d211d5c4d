"""`slashv1 report`: a run record as HTML or JUnit."""

from __future__ import annotations

from pathlib import Path

import click

from slashv1.errors import UsageError

_FILE = click.Path(path_type=Path)


@click.command(help="Turn a run record into HTML or JUnit.")
@click.argument("record", metavar="RUN.json", type=_FILE)
@click.option("--html", type=_FILE, help="Write one self-contained page.")
@click.option("--junit", type=_FILE, help="Write JUnit XML.")
def command(record: Path, html: Path | None, junit: Path | None) -> None:
    """Read the record, write what was asked for.

    Raises:
        UsageError: no run record, nothing asked for, or a path that cannot be written.
    """
    if html is None and junit is None:
        raise UsageError("nothing to write: give --html FILE, --junit FILE or both")
    from slashv1.reports import read_run, render_html, render_junit, write_report

    run = read_run(record)
    for path, render in ((html, render_html), (junit, render_junit)):
        if path is not None:
            write_report(path, render(run))
            click.echo(f"wrote {path}")
