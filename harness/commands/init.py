"""`slashv1 init`: a commented configuration and a workflow, to start from."""

from __future__ import annotations

from pathlib import Path

import click

from slashv1.errors import UsageError
from slashv1.harness.configuration import FILE
from slashv1.harness.starter import CONFIGURATION, WORKFLOW, WORKFLOW_PATH

EXAMPLE = "https://gateway.example/v1"


@click.command(help="Write a commented slashv1.toml and a CI workflow.")
@click.option("--base-url", default=EXAMPLE, show_default=True, metavar="URL", help="Of the first target.")
@click.option("--no-ci", is_flag=True, help="No workflow.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def command(base_url: str, no_ci: bool, force: bool) -> None:
    """Write the files into the working directory; all or none.

    Raises:
        UsageError: one is there already, or cannot be written.
    """
    from slashv1.harness.connection import normalise_base_url
    from slashv1.reports import write_report

    url = normalise_base_url(base_url)
    files = {Path(FILE): CONFIGURATION.replace(EXAMPLE, url)}
    if not no_ci:
        files[Path(WORKFLOW_PATH)] = WORKFLOW
    there = [str(path) for path in files if path.exists()]
    if there and not force:
        raise UsageError(f"{' and '.join(there)}: there already; --force overwrites")
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        write_report(path, text)
        click.echo(f"wrote {path}")
    click.echo("next: export GATEWAY_KEY=…; slashv1 check --plan; slashv1 check")
