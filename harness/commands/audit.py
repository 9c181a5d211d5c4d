"""`slashv1 audit`: judge recorded traffic."""

from __future__ import annotations

import json
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.commands.options import AS_OF, SDK, WORKERS, profile_option

if TYPE_CHECKING:
    from datetime import datetime

    from slashv1.harness.audit import Audit, AuditObjection
    from slashv1.harness.recorded import Broken

_PATH = click.Path(path_type=Path)


@click.command(help="Judge recorded traffic: JSONL, HAR, VCR cassettes, our fixtures; a file, a folder or -.")
@click.argument("file", type=_PATH)
@profile_option()
@click.option(
    "--check",
    "globs",
    multiple=True,
    metavar="GLOB",
    shell_complete=completing.check,
    help="Only checks whose id matches; repeatable.",
)
@AS_OF
@SDK
@WORKERS
@click.option("--format", "format_name", metavar="NAME", help="jsonl, har, vcr or fixture; else by content.")
@click.option("--report-json", type=_PATH, metavar="FILE", help="Write the whole audit as JSON.")
def command(
    file: Path,
    profile: str,
    globs: tuple[str, ...],
    as_of: datetime | None,
    sdk: bool,
    workers: int,
    format_name: str | None,
    report_json: Path | None,
) -> int:
    """One line per MUST or SHOULD objection, then the counts.

    Exit 0 without objections, 1 with any, 2 where nothing could be read.

    Raises:
        UsageError: no such file, profile or check, or a report that cannot be written.
    """
    from slashv1.harness.audit_workers import Task, audit_all
    from slashv1.harness.judge.sdk_client import openai
    from slashv1.harness.recorded_files import read_recordings
    from slashv1.matrix import load_profile

    _known(globs, sdk)
    load_profile(profile)
    if sdk:
        openai()
    done = audit_all(
        read_recordings(file, format_name),
        Task(profile, globs, sdk, as_of and as_of.date()),
        workers=workers,
        on_objection=_tell,
        on_broken=_tell_broken,
    )
    for crash in done.errors:
        click.echo(f"slashv1: line {crash.line}: {crash.actual}", err=True)
    _sum(done, file)
    if report_json is not None:
        _write(report_json, done)
    return done.exit_code


def _known(globs: tuple[str, ...], sdk: bool) -> None:
    from slashv1.harness.judge.engine import checks

    for glob in globs:
        found = [one for name, one in checks().items() if fnmatchcase(name, glob)]
        if not found:
            near = get_close_matches(glob, checks(), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`slashv1 matrix` lists them"
            raise UsageError(f"--check {glob!r}: no check of that name; {hint}")
        if not sdk and all(one.extra for one in found):
            raise UsageError(f"--check {glob!r}: the checks sdk.* are there only with --sdk")


def _tell(found: AuditObjection) -> None:
    from slashv1.harness.printable import printable

    shown = (found.id, found.check, found.where, found.expected, found.actual)
    id_, check, where, expected, actual = (printable(text, 160) for text in shown)
    click.echo(f"{found.line}\t{id_}\t{found.level}\t{check}\t{where}\texpected {expected}\tactual {actual}")


def _tell_broken(broken: Broken) -> None:
    from slashv1.harness.printable import printable

    click.echo(f"slashv1: line {broken.line}: {printable(broken.cause, 200)}; passed over", err=True)


def _sum(done: Audit, file: Path) -> None:
    outside = done.not_judged["outside /v1"]
    left = sum(done.not_judged.values()) - outside
    click.echo(
        f"{_count(done.exchanges, 'exchange')}, {done.judged} judged, "
        f"{left} of operations the contract lacks, "
        f"{_count(len(done.broken), 'broken line')}, {_count(len(done.objections), 'objection')}"
        + (f", {outside} outside /v1 passed over" if outside else "")
    )
    if done.exchanges == 0:
        known = "JSONL, HAR, VCR cassettes and fixtures are known"
        click.echo(f"slashv1: nothing could be read in {file}: {known}", err=True)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _write(path: Path, done: Audit) -> None:
    from slashv1.reports.write import write_report

    write_report(path, json.dumps(done.to_json(), indent=1) + "\n")
