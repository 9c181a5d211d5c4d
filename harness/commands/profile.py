"""`slashv1 profile`: what people do who say what counts."""

from __future__ import annotations

import click

from slashv1.harness.lazygroup import LazyGroup

COMMANDS = {
    "init": "Write a commented profile to start from.",
    "lint": "Find names in a profile that lead nowhere.",
    "show": "What a profile asks for, and what its target is known to do otherwise.",
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="profile_",
    help="Write, check and show profiles.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """The group."""
