"""`slashv1 spec export`: the contract as OpenAPI or as plain JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing


@click.command("export", help="Write the contract as one OpenAPI 3.1 document or as plain JSON Schemas.")
@click.option("--format", "form", type=click.Choice(("openapi", "jsonschema")), required=True)
@click.option("--phase", type=click.IntRange(1, 4), help="Operations of phases 1 to N (default: all).")
@click.option(
    "--operation",
    "globs",
    multiple=True,
    metavar="GLOB",
    help="Only these; repeatable.",
    shell_complete=completing.operation,
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE|DIR", help="Default: standard output.")
@click.option(
    "--server", default="https://api.openai.com", show_default=True, help="For OpenAPI; without /v1."
)
def command(form: str, phase: int | None, globs: tuple[str, ...], out: Path | None, server: str) -> None:
    """Write to FILE (openapi) or a file per part of an operation to DIR (jsonschema).

    Raises:
        UsageError: nothing is chosen, or the target cannot be written.
    """
    from slashv1 import __version__
    from slashv1.spec import export

    chosen = _chosen(phase, globs)
    if form == "openapi":
        document = export.openapi(chosen, __version__, server.rstrip("/").removesuffix("/v1"))
        _written({out: export.text(document)} if out else {}, export.text(document))
        return
    files = export.schemas(chosen)
    if out is None:
        click.echo(export.text(files), nl=False)
        return
    _written({out / name: export.text(one) for name, one in files.items()}, "")


def _chosen(phase: int | None, globs: tuple[str, ...]) -> list[Any]:
    from fnmatch import fnmatchcase

    from slashv1.spec import operations

    phases = _phases() if phase else {}
    found = [
        one
        for name, one in operations().items()
        if (not phase or phases.get(name, 4) <= phase)
        and (not globs or any(fnmatchcase(name, glob) for glob in globs))
    ]
    if not found:
        said = ", ".join(globs) or f"phase {phase}"
        raise UsageError(f"no operation matches {said}; `slashv1 matrix` lists them")
    return found


def _phases() -> Mapping[str, int]:
    """The phase of each operation; what the matrix does not know has the last."""
    from slashv1.matrix import load_matrix

    found: dict[str, int] = {}
    for case in load_matrix():
        found[case.operation] = min(case.phase, found.get(case.operation, case.phase))
    return found


def _written(files: Mapping[Path, str], otherwise: str) -> None:
    from slashv1.reports.write import write_report

    if not files:
        click.echo(otherwise, nl=False)
        return
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
        write_report(path, text)
    click.echo(f"wrote {len(files)} file{'' if len(files) == 1 else 's'}", err=True)
