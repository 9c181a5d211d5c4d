"""`slashv1 spec lint`: what is wrong with the contract by itself."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("lint", help="Find broken references, unreachable branches, unused definitions and the like.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def command(folder: Path | None) -> int:
    """Print a line per finding: file, pointer, what. FOLDER: a contract other than the built-in one.

    Exit 1 where there is a finding.

    Raises:
        UsageError: no contract in the folder.
    """
    from slashv1.spec.lint import HERE, lint_folder

    found = lint_folder(folder or HERE)
    for flaw in found:
        click.echo(str(flaw))
    click.echo(f"{len(found)} finding{'' if len(found) == 1 else 's'}")
    return 1 if found else 0
