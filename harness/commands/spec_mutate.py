"""`slashv1 spec mutate`: do the checks find what is certainly wrong?"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.errors import UsageError
from slashv1.harness.commands.options import WORKERS, profile_option

if TYPE_CHECKING:
    from slashv1.harness.mutants.run import Tally

_PATH = click.Path(path_type=Path)
_SHOWN = 40
_DEFAULT = "400"


@click.command("mutate", help="Break exchanges in one certain way each, and see whether the checks object.")
@click.argument("file", type=_PATH, required=False)
@click.option(
    "--sample",
    default=_DEFAULT,
    show_default=True,
    metavar="N|all",
    help="So many exchanges, spread over operations, kinds and features; every operator works on each.",
)
@click.option("--seed", default=0, show_default=True, help="Which exchanges and places are drawn.")
@click.option("--operator", "globs", multiple=True, metavar="GLOB", help="Only these operators; repeatable.")
@profile_option()
@WORKERS
@click.option(
    "--json", "json_file", type=_PATH, metavar="FILE", help="Write all figures and survivors as JSON."
)
@click.option("--write", type=_PATH, metavar="FILE", help="Write the tables into this Markdown page.")
@click.option("--list", "listing", is_flag=True, help="Print the operators, one a line.")
def command(
    file: Path | None,
    sample: str,
    seed: int,
    globs: tuple[str, ...],
    profile: str,
    workers: int,
    json_file: Path | None,
    write: Path | None,
    listing: bool,
) -> int:
    """Mutants of the exchanges in FILE (as `audit` reads them) and of the package's own fixtures.

    Exit 0 where at least 99 % are objected to by a check that fits, 1 where fewer are, 2 where none could
    be made or a check crashed.

    Raises:
        UsageError: no such file, operator or profile, or a page that cannot be written.
    """
    from slashv1.harness.mutants import page, pick
    from slashv1.harness.mutants.model import operators
    from slashv1.harness.mutants.workers import mutate_all
    from slashv1.harness.plan import wanting
    from slashv1.matrix import load_profile

    _known(globs)
    if listing:
        return _list(globs)
    load_profile(profile)
    pool = pick.pool(file)
    asked = [one for name, one in operators().items() if wanting(globs)(name)]
    chosen = pick.sample(pool.baselines, _count(sample), seed)
    chosen = pick.completed(chosen, pool.baselines, asked, seed)
    tally = mutate_all(chosen, profile, seed=seed, globs=globs, workers=workers)
    _tell(tally)
    click.echo(page.summary(tally))
    if json_file is not None:
        _write(json_file, json.dumps(page.to_json(tally, pool, seed), indent=1) + "\n")
    if write is not None:
        old = write.read_text("utf-8") if write.is_file() else ""
        name = file.name if file else "fixtures"
        _write(write, page.inserted(old, "mutants", page.page(tally, pool, seed, name)))
    if tally.crashes or not tally.made:
        return 2
    return 0 if tally.share >= page.GOAL else 1


def _count(sample: str) -> int | None:
    if sample == "all":
        return None
    if not sample.isdigit() or int(sample) < 1:
        raise UsageError(f"--sample {sample!r}: a whole number above 0, or `all`")
    return int(sample)


def _known(globs: tuple[str, ...]) -> None:
    from slashv1.harness.mutants.model import operators

    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in operators()):
            raise UsageError(f"--operator {glob!r}: no operator of that name; --list names them")


def _list(globs: tuple[str, ...]) -> int:
    from slashv1.harness.mutants.model import operators
    from slashv1.harness.plan import wanting

    wanted = wanting(globs)
    for name, one in operators().items():
        if wanted(name):
            click.echo(f"{name}\t{one.does}\t{' '.join(one.fits)}")
    return 0


def _tell(tally: Tally) -> None:
    from slashv1.harness.printable import printable

    for one in tally.survivors[:_SHOWN]:
        said = " ".join(one.objecting) or "no objection"
        click.echo(
            f"survives\t{one.operator}\t{one.operation}\t{printable(one.exchange, 80)}\t{one.place}\t{said}"
        )
    if len(tally.survivors) > _SHOWN:
        click.echo(f"… and {len(tally.survivors) - _SHOWN} more; --json lists them all")
    for crash in tally.crashes[:_SHOWN]:
        click.echo(f"slashv1: a check crashed: {printable(crash, 300)}", err=True)


def _write(path: Path, text: str) -> None:
    from slashv1.reports.write import write_report

    write_report(path, text)
