"""Options of what a command says: less, more, in colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from slashv1.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.option("-q", "--quiet", is_flag=True, help="Only the verdict, in one line."),
    click.option(
        "-v",
        "--verbose",
        count=True,
        help="Show requests and answers of the cases that deviate; -vv of all.",
    ),
    click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        show_default=True,
        help="auto: on a terminal; NO_COLOR and FORCE_COLOR are heeded.",
    ),
)


def output_options(command: F) -> F:
    """Add the options; `console_for` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_output(options: Mapping[str, Any]) -> None:
    """Find out early what is wanted.

    Raises:
        UsageError: both less and more.
    """
    if options["quiet"] and options["verbose"]:
        raise UsageError("--quiet and --verbose: give one of them")


def console_for(options: Mapping[str, Any]) -> Console:
    """Where the command speaks."""
    from slashv1.harness.console import console

    return console(options["color"])
