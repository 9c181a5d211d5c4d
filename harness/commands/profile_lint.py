"""`slashv1 profile lint`: names that lead nowhere."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(help="Find names in a profile that lead nowhere; exit 1 where there are some.")
@click.argument("path", metavar="FILE.yaml", type=click.Path(path_type=Path))
@click.option("--matrix", metavar="DIR", help="A matrix folder of your own.")
def command(path: Path, matrix: str | None) -> int:
    """Print every objection, one line each.

    Raises:
        UsageError: the file cannot be read, or is not what the schema wants.
    """
    from slashv1.harness.profile_lint import lint
    from slashv1.matrix import load_matrix, load_profile

    load_profile(path)
    found = lint(path, load_matrix(matrix))
    for line in found:
        click.echo(line)
    if not found:
        click.echo(f"{path}: no objection")
    return 1 if found else 0
