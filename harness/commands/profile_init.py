"""`slashv1 profile init`: a commented profile to start from."""

from __future__ import annotations

from pathlib import Path

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.starter import PROFILE


@click.command(help="Write a commented profile to start from.")
@click.argument("path", metavar="FILE.yaml", type=click.Path(path_type=Path))
@click.option(
    "--extends",
    default="pragmatic",
    show_default=True,
    metavar="NAME",
    help="A built-in profile.",
    shell_complete=completing.built_in_profile,
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def command(path: Path, extends: str, force: bool) -> None:
    """Write it.

    Raises:
        UsageError: no such profile to extend, the file is there already, or it cannot be written.
    """
    from slashv1.matrix import load_profile, profiles
    from slashv1.matrix.yamlfile import nearest
    from slashv1.reports import write_report

    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path}: a profile is a YAML file, name it {path}.yaml")
    if extends not in profiles():
        raise UsageError(f"--extends {extends!r}: no built-in profile{nearest(extends, profiles())}")
    if path.exists() and not force:
        raise UsageError(f"{path}: there already; --force overwrites")
    write_report(path, PROFILE.replace("EXTENDED", extends))
    click.echo(f"wrote {path}; extends {extends}: {load_profile(extends).title}")
    click.echo(f"next: slashv1 profile lint {path}; slashv1 check --profile {path}")
