"""`slashv1 explain`: a check or a clause of the contract in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from textwrap import fill
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from slashv1.harness.judge.check import Check
    from slashv1.matrix import Case

WIDTH = 96


@click.command(
    help="Say what a check looks at, why it matters, which clients break and where the rule comes from;"
    " or what a clause of the contract says and which checks hold it."
)
@click.argument("name", metavar="[CHECK|CLAUSE]", required=False)
@click.option("--clauses", "all_clauses", is_flag=True, help="List the contract's clauses with their checks.")
@click.option("--markdown", is_flag=True, help="With --clauses: as the documentation's page.")
def command(name: str | None, all_clauses: bool, markdown: bool) -> None:
    """Without a name: every check's id with its level and title.

    Raises:
        UsageError: no check or clause of that name (the nearest ones are named), or options that say nothing.
    """
    from slashv1.errors import UsageError
    from slashv1.harness.judge.engine import checks

    if markdown and not all_clauses:
        raise UsageError("--markdown is for the list of clauses: add --clauses")
    if all_clauses and name is not None:
        raise UsageError(f"--clauses lists them all: leave {name!r} or --clauses out")
    if all_clauses:
        click.echo(_clauses(markdown), nl=False)
    elif name is None:
        click.echo("\n".join(_listed(checks().values())))
    else:
        click.echo(_explained(name))


def _clauses(markdown: bool) -> str:
    from slashv1.harness.clause_text import listed, page

    return page() if markdown else listed()


def _listed(known: Iterable[Check]) -> list[str]:
    rows = [(check.id, check.level.value, check.title) for check in known]
    width = max(len(row[0]) for row in rows)
    return [f"{check:<{width}}  {level:<6}  {title}" for check, level, title in rows]


def _explained(name: str) -> str:
    from slashv1.harness.clause_text import explained
    from slashv1.harness.judge.engine import checks
    from slashv1.spec.clause import clauses

    if name in checks():
        return _check(checks()[name])
    if name.upper() in clauses():
        return explained(clauses()[name.upper()])
    raise _unknown(name, [*checks(), *clauses()])


def _check(check: Check) -> str:
    from slashv1.harness.clause_text import field, sourced
    from slashv1.matrix import load_matrix
    from slashv1.spec.clause import clauses, told

    cases = [case for case in load_matrix() if check.applies(case)]
    lines = [
        f"{check.id}  ({check.level.value})",
        fill(check.title, WIDTH),
        "",
        *(fill(part, WIDTH) for part in check.why.split("\n\n")),
        "",
        field("clause", told(check.clause)),
        *(sourced(clauses()[check.clause]) if check.clause in clauses() else ()),
        field("applies to", _where(cases) or "no case of the built-in matrix"),
    ]
    if check.needs:
        lines.append(field("needs", ", ".join(sorted(facet.value for facet in check.needs))))
    if check.always:
        lines.append(field("judged", "whatever the status"))
    if check.broad:
        lines.append(field("broad", "leaves a deviation to a narrower check at the same place"))
    return "\n".join(lines)


def _where(cases: Iterable[Case]) -> str:
    names: dict[str, list[str]] = {}
    for case in cases:
        names.setdefault(case.operation, []).append(case.name)
    return "; ".join(f"{operation} ({len(of)}): {', '.join(of)}" for operation, of in names.items())


def _unknown(name: str, words: list[str]) -> Exception:
    from slashv1.errors import UsageError

    near = get_close_matches(name, words, n=3, cutoff=0.5) or get_close_matches(name.upper(), words, n=3)
    near = near or [word for word in words if name and word.endswith(name)][:3]
    hint = f"; did you mean {', '.join(near)}?" if near else "; `slashv1 explain` lists them all"
    return UsageError(f"no check or clause {name!r}{hint}")
