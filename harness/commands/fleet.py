"""`slashv1 fleet`: several targets judged at a time, and put side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.commands.configured import targets_offered
from slashv1.harness.configuration import EMBEDDED, FILE, YAML, Configuration, find, shown

if TYPE_CHECKING:
    from slashv1.harness.fleet import Ended, Job
    from slashv1.reports.overview import Entry

COMPARISON = "comparison"
"""The name of the files that hold all targets."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WORDS = {0: "conforms", 1: "deviates", 2: "not learnt"}


@click.command(
    help=f"Judge several targets at a time and put them side by side: those of a YAML file, or NAMEs of "
    f"{FILE}; without either all of {FILE}.",
)
@click.argument(
    "targets",
    metavar="[TARGETS.yaml | NAME]...",
    nargs=-1,
    shell_complete=completing.or_file(targets_offered),
)
@click.option("--config", metavar="FILE", help=f"Where NAMEs stand, instead of the nearest {FILE}.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default="fleet",
    show_default=True,
    help="Where records, pages and the comparison go.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Targets judged at a time."
)
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be sent to each, send nothing.")
def command(targets: tuple[str, ...], config: str | None, out: Path, jobs: int, plan_only: bool) -> int:
    """Exit code: 2 where a target could not be judged, or not wholly; else 1 where one fails; else 0.

    Raises:
        UsageError: a mistake in a file or a name, or a folder that cannot be written; nothing is sent then.
    """
    from slashv1.harness.commands.report import show_overview, write_overview
    from slashv1.harness.fleet import judge_fleet
    from slashv1.reports.overview import make_overview

    wanted = _jobs(targets, config, out)
    if plan_only:
        return max([_show_plan(job) for job in wanted])
    _make_folder(out)
    ended = judge_fleet(wanted, jobs, _tell)
    overview = make_overview([_entry(one) for one in ended])
    forms = {"html": "html", "markdown": "md", "json": "json"}
    try:
        show_overview(overview)
    finally:  # a reader that closed its end must not cost the files
        write_overview(overview, {form: out / f"{COMPARISON}.{end}" for form, end in forms.items()})
    return overview.exit_code


def _jobs(words: Sequence[str], config: str | None, out: Path) -> list[Job]:
    """The targets in the order in which they are named; all files are read before anything is sent."""
    from slashv1.harness.fleet import Job

    named = _Named(config)
    found: dict[str, Job] = {}
    for word in words or named.all():
        places = _of_file(Path(word), named) if word.endswith(YAML) else {word: named.place(word)}
        for name, place in places.items():
            if name in found:
                raise UsageError(f"target {name!r} is named twice")
            _check_name(name)
            found[name] = Job(name, place, str(out))
    return list(found.values())


class _Named:
    """The targets of `slashv1.toml`, read where one is named."""

    def __init__(self, config: str | None) -> None:
        self.config = config
        self._read: Configuration | None = None

    @property
    def configuration(self) -> Configuration:
        """What the file says."""
        if self._read is None:
            path = Path.cwd() / self.config if self.config else find(Path.cwd())
            self._read = _configuration(path) if path else Configuration()
        return self._read

    def all(self) -> list[str]:
        """Every target that it names."""
        if not self.configuration.targets:
            where = shown(self.configuration.path) if self.configuration.path else f"there is no {FILE} here"
            raise UsageError(
                f"no targets ({where}): give TARGETS.yaml, or write [targets.NAME] into {FILE}; "
                "`slashv1 init` begins one"
            )
        return list(self.configuration.targets)

    def place(self, name: str) -> str:
        """The file that says what a target is; nothing for the built-in gateway."""
        if name == EMBEDDED:
            return ""
        if Path(name).is_file():
            raise UsageError(f"{name}: a file of targets is called {' or '.join(YAML)}")
        if self.configuration.path is None:
            raise UsageError(f"target {name!r}: there is no {FILE} here that could name it")
        return _placed(self.configuration, name)


def _of_file(path: Path, named: _Named) -> Mapping[str, str]:
    """By target of a YAML file, the file that says what it is."""
    configuration = _configuration(Path.cwd() / path)
    if configuration.target is not None:
        raise configuration.wrong("target: a fleet judges all of its targets", "", "target")
    if not configuration.targets:
        raise configuration.wrong("names no targets: `targets:`, and below it NAME: with its options", "")
    places = {}
    for name, options in configuration.targets.items():
        if not _NAME.fullmatch(name):
            raise configuration.wrong(_misnamed(name), f"targets.{name}")
        places[name] = _placed(configuration, name) if options else _elsewhere(configuration, name, named)
    return places


def _elsewhere(configuration: Configuration, name: str, named: _Named) -> str:
    try:
        return named.place(name)
    except UsageError as error:
        raise configuration.wrong(f"{name} has no options here, and {error}", f"targets.{name}") from error


def _placed(configuration: Configuration, name: str) -> str:
    """The file of the configuration, in which the target has a URL."""
    if "base-url" not in configuration.chosen(name):
        raise configuration.wrong(f"target {name!r} has no base-url", f"targets.{name}")
    return str(configuration.path)


def _configuration(path: Path) -> Configuration:
    from slashv1.harness.commands.check import command as check
    from slashv1.harness.commands.configured import read_file

    return read_file(path, check)


def _check_name(name: str) -> None:
    """Files are called by it.

    Raises:
        UsageError: it is no name of a file on every system, or that of the comparison.
    """
    if not _NAME.fullmatch(name) or name == COMPARISON:
        raise UsageError(_misnamed(name))


def _misnamed(name: str) -> str:
    if name == COMPARISON:
        return f"target {name!r} is called as the files of the comparison are: call it otherwise"
    form = "letters, digits, '.', '_' and '-', at most 64"
    return f"target {name[:60]!r}: its files are called by its name, so that is {form}"


def _show_plan(job: Job) -> int:
    from slashv1.harness.fleet import plan_one
    from slashv1.harness.printable import printable

    click.echo(job.name)
    try:
        lines, code = plan_one(job), 0
    except UsageError as error:
        lines, code = [f"cannot be judged: {error}"], 2
    for line in lines:
        click.echo(f"  {printable(line)}")
    return code


def _make_folder(out: Path) -> None:
    import os

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be made: {error.strerror or error}") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise UsageError(f"--out {out}: no permission to write there")


def _tell(ended: Ended) -> None:
    from slashv1.harness.printable import printable

    said = printable(ended.error, 300) if ended.error else _WORDS[ended.exit_code]
    click.echo(f"{ended.job.name}: {said}", err=True)


def _entry(ended: Ended) -> Entry:
    """Its record, as the file holds it."""
    from slashv1.reports import read_run
    from slashv1.reports.overview import Entry

    job = ended.job
    if ended.error is not None:
        return Entry(None, job.name, ended.error)
    try:
        run = read_run(job.record)
    except UsageError as error:
        return Entry(None, job.name, str(error))
    return Entry(run, exit_code=ended.exit_code, page=job.page.name)
