"""`slashv1 explain`: a check or a clause of the contract in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slashv1.harness.commands import completing

if TYPE_CHECKING:
    from slashv1.harness.judge.check import Check


@click.command(
    help="Say what a check looks at, why it matters, where the rule comes from, what passes and what does not"
    " and which clients break; or what a clause of the contract says and which checks hold it."
)
@click.argument("name", metavar="[CHECK|CLAUSE]", required=False, shell_complete=completing.check_or_clause)
@click.option("--clauses", "all_clauses", is_flag=True, help="List the contract's clauses with their checks.")
@click.option(
    "--markdown", is_flag=True, help="All checks (with --clauses: clauses) as a documentation page."
)
@click.option(
    "--examples",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Make the good and bad examples of all checks anew, by asking the reference gateway; judged, then"
    " written. What FILE holds already is made first and stays where it is still true.",
)
def command(name: str | None, all_clauses: bool, markdown: bool, examples: Path | None) -> None:
    """Without a name: every check's id with its level and title.

    Raises:
        UsageError: no check or clause of that name (the nearest ones are named), or options that say nothing.
    """
    from slashv1.errors import UsageError
    from slashv1.harness.judge.engine import checks

    if name is not None and (markdown or all_clauses or examples):
        raise UsageError(f"the options are for all of them: leave {name!r} or the option out")
    if examples is not None:
        _make_examples(examples)
    elif all_clauses:
        click.echo(_clauses(markdown), nl=False)
    elif markdown:
        click.echo(_page(), nl=False)
    elif name is None:
        click.echo("\n".join(_listed(checks().values())))
    else:
        click.echo(_explained(name))


def _page() -> str:
    from slashv1.harness.check_text import page
    from slashv1.harness.judge.engine import checks

    return page(checks().values())


def _make_examples(path: Path) -> None:
    from slashv1.errors import UsageError
    from slashv1.harness.commands.explain_examples import Unshown, made
    from slashv1.harness.notes import load_examples, write_examples

    try:
        found = dict(made(load_examples(path)))
        write_examples(path, found)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    except Unshown as error:
        raise UsageError(str(error)) from error
    click.echo(f"{len(found)} examples in {path}")


def _clauses(markdown: bool) -> str:
    from slashv1.harness.clause_text import listed, page

    return page() if markdown else listed()


def _listed(known: Iterable[Check]) -> list[str]:
    rows = [(check.id, check.level.value, check.title) for check in known]
    width = max(len(row[0]) for row in rows)
    return [f"{check:<{width}}  {level:<6}  {title}" for check, level, title in rows]


def _explained(name: str) -> str:
    from slashv1.harness import check_text, clause_text
    from slashv1.harness.judge.engine import checks
    from slashv1.spec.clause import clauses

    if name in checks():
        return check_text.explained(checks()[name])
    if name.upper() in clauses():
        return clause_text.explained(clauses()[name.upper()])
    raise _unknown(name, [*checks(), *clauses()])


def _unknown(name: str, words: list[str]) -> Exception:
    from slashv1.errors import UsageError

    near = get_close_matches(name, words, n=3, cutoff=0.5) or get_close_matches(name.upper(), words, n=3)
    near = near or [word for word in words if name and word.endswith(name)][:3]
    hint = f"; did you mean {', '.join(near)}?" if near else "; `slashv1 explain` lists them all"
    return UsageError(f"no check or clause {name!r}{hint}")
