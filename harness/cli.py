"""The command line: a group whose commands load when they are called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from slashv1 import __version__
from slashv1.errors import Slashv1Error

COMMANDS = {
    "check": "Judge a target (without --base-url: the embedded reference gateway).",
    "serve": "Start the reference gateway.",
    "record": "Run cases against a target and write fixtures.",
    "audit": "Judge recorded traffic.",
    "selftest": "Run every defect and legal variant; print the kill table.",
    "report": "Turn a run record into HTML or JUnit.",
    "explain": "Say what a check looks at, why it matters and which clients break.",
    "spec": "Show and compile the contract.",
    "matrix": "Show operations, phases, cases and checks.",
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        loaded = import_module(f"slashv1.harness.commands.{cmd_name}").command
        return loaded if isinstance(loaded, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="slashv1")
def group() -> None:
    """Is this endpoint really OpenAI's /v1?"""


def main(arguments: list[str] | None = None) -> None:
    """Run a command line; a user's mistake is one line on stderr and exit code 2."""
    try:
        code = group.main(arguments, prog_name="slashv1", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Slashv1Error as error:
        click.echo(f"slashv1: {error}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
