"""`slashv1 spec drift`: the contract against what is newer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError

if TYPE_CHECKING:
    from slashv1.spec.drift import Drift

_FILE = click.Path(path_type=Path)


@click.command("drift", help="The contract against a newer OpenAPI document, or the installed openai SDK.")
@click.option("--openapi", type=_FILE, metavar="FILE", help="Upstream's document, JSON or YAML.")
@click.option("--sdk", is_flag=True, help="The models of the installed openai package (the default).")
@click.option("--json", "as_json", type=_FILE, metavar="FILE", help="Write everything as JSON; - for stdout.")
@click.option(
    "--markdown", "--md", type=_FILE, metavar="FILE", help="Write tables as Markdown; - for stdout."
)
def command(openapi: Path | None, sdk: bool, as_json: Path | None, markdown: Path | None) -> int:
    """One line per difference, by operation; exit 1 on breaking drift.

    Breaking: the newer side removed something, demands more in requests, or changed a type. What our
    overlays changed on purpose, and what `known.yaml` explains, is counted, not drift.

    Raises:
        UsageError: an unreadable document, no SDK, or a file that cannot be written.
    """
    from slashv1.spec.drift.render import markdown as to_markdown

    found = _drifts(openapi, sdk or openapi is None)
    quiet = False
    if as_json is not None:
        said = {"slashv1_drift": 1, "against": [one.to_json() for one in found]}
        quiet |= _write(as_json, json.dumps(said, indent=1) + "\n")
    if markdown is not None:
        quiet |= _write(markdown, "\n\n".join("\n".join(to_markdown(one)) for one in found) + "\n")
    if not quiet:
        _print(found)
    return 1 if any(one.breaking for one in found) else 0


def _drifts(openapi: Path | None, sdk: bool) -> list[Drift]:
    from slashv1.spec.drift.known import allowed

    found = []
    if openapi is not None:
        found.append(_against(openapi))
    if sdk:
        from slashv1.spec.drift.sdk import sdk_drift

        found.append(sdk_drift(allowed("sdk")))
    return found


def _against(path: Path) -> Drift:
    from slashv1.harness.commands.spec_compile import _document
    from slashv1.spec.drift.known import allowed
    from slashv1.spec.drift.openapi import openapi_drift

    try:
        return openapi_drift(_document(path), path.name, allowed("openapi"))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path}: its schemas cannot be read ({said}); is it a valid document?") from error


def _print(found: Sequence[Drift]) -> None:
    from slashv1.harness.printable import printable
    from slashv1.spec.drift.render import text

    for index, one in enumerate(found):
        if index:
            click.echo()
        for line in text(one, shown=lambda said: printable(said, 400)):
            click.echo(line)


def _write(path: Path, said: str) -> bool:
    """Whether it went to the terminal."""
    from slashv1.reports.write import write_report

    if str(path) == "-":
        click.echo(said, nl=False)
        return True
    write_report(path, said)
    return False
