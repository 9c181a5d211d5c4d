"""`slashv1 spec show`: the schemas of an operation, to read."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from slashv1.errors import UsageError

PARTS = ("request", "response", "event")


@click.command("show", help="The schemas of an operation as a tree.")
@click.argument("operation")
@click.option("--part", type=click.Choice(PARTS), multiple=True, help="Only this part; repeatable.")
@click.option("--depth", type=click.IntRange(1, 20), default=4, show_default=True, help="Levels to unfold.")
def command(operation: str, part: tuple[str, ...], depth: int) -> None:
    """Print method, path and the trees of request, response and stream events.

    Raises:
        UsageError: no such operation; names the nearest.
    """
    from slashv1.spec.tree import tree

    found = _operation(operation)
    click.echo(f"{found.name}   {found.method} {found.path}   (upstream: {found.upstream_id})")
    for name in part or PARTS:
        reference = getattr(found, name)
        click.echo(f"\n{name}: {'none' if reference is None else reference}")
        for line in tree(reference, depth) if reference else ():
            click.echo(f"  {line}")


def _operation(name: str) -> Any:
    from slashv1.spec import operations

    known = operations()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
        raise UsageError(f"no operation {name!r}; nearest: {', '.join(near)}")
    return known[name]
