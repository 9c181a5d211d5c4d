"""A click group whose commands load when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that knows its commands' names and helps without importing them."""

    def __init__(self, *given: Any, table: Mapping[str, str], prefix: str = "", **more: Any) -> None:
        """A group of the commands of `table` (name and one-line help), each `command` of its module.

        The module of `name` is `slashv1.harness.commands.{prefix}{name}`.
        """
        super().__init__(*given, **more)
        self.table = table
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now.

        Raises:
            UsageError: no such command; names the nearest.
        """
        if cmd_name not in self.table:
            near = get_close_matches(cmd_name, self.table, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.table)}"
            raise click.UsageError(f"no command {cmd_name!r}: {hint}", ctx)
        loaded = import_module(f"slashv1.harness.commands.{self.prefix}{cmd_name}").command
        return loaded if isinstance(loaded, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, as it stands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))
