"""`slashv1 completion`: the script that completes commands, options and names in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from slashv1.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_SLASHV1_COMPLETE"
"""By which the script asks the command line; click's own name for it."""


@click.command(help="Print the completion script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print it; `eval "$(slashv1 completion bash)"` in the shell's start-up file.

    Raises:
        UsageError: click knows no such shell.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell}: one of {', '.join(SHELLS)}")
    click.echo(kind(ctx.find_root().command, {}, "slashv1", VARIABLE).source())
