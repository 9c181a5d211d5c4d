"""`slashv1 explain CHECK`: what it looks at, why it matters, where it applies."""

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


@click.command(help="Say what a check looks at, why it matters and which clients break.")
@click.argument("check", required=False)
def command(check: str | None) -> None:
    """Without CHECK: every id with its level and title.

    Raises:
        UsageError: no check of that id; the nearest ones are named.
    """
    from slashv1.harness.judge.engine import checks

    known = checks()
    if check is None:
        click.echo("\n".join(_listed(known.values())))
    elif check in known:
        click.echo(_explained(known[check]))
    else:
        raise _unknown(check, known)


def _listed(known: Iterable[Check]) -> list[str]:
    rows = [(check.id, check.level.value, check.title) for check in known]
    width = max(len(row[0]) for row in rows)
    return [f"{check:<{width}}  {level:<6}  {title}" for check, level, title in rows]


def _explained(check: Check) -> str:
    from slashv1.matrix import load_matrix

    cases = [case for case in load_matrix() if check.applies(case)]
    lines = [
        f"{check.id}  ({check.level.value})",
        fill(check.title, WIDTH),
        "",
        *(fill(part, WIDTH) for part in check.why.split("\n\n")),
        "",
        _field("clause", check.clause),
        _field("applies to", _where(cases) or "no case of the built-in matrix"),
    ]
    if check.needs:
        lines.append(_field("needs", ", ".join(sorted(facet.value for facet in check.needs))))
    if check.always:
        lines.append(_field("judged", "whatever the status"))
    if check.broad:
        lines.append(_field("broad", "leaves a deviation to a narrower check at the same place"))
    return "\n".join(lines)


def _field(name: str, text: str) -> str:
    return fill(
        text, WIDTH, break_on_hyphens=False, initial_indent=f"{name + ':':<12}", subsequent_indent=" " * 12
    )


def _where(cases: Iterable[Case]) -> str:
    names: dict[str, list[str]] = {}
    for case in cases:
        names.setdefault(case.operation, []).append(case.name)
    return "; ".join(f"{operation} ({len(of)}): {', '.join(of)}" for operation, of in names.items())


def _unknown(check: str, known: Iterable[str]) -> Exception:
    from slashv1.errors import UsageError

    words = list(known)
    near = get_close_matches(check, words, n=3, cutoff=0.5)
    near = near or [word for word in words if check and word.endswith(check)][:3]
    hint = f"; did you mean {', '.join(near)}?" if near else "; `slashv1 explain` lists them all"
    return UsageError(f"no check {check!r}{hint}")
