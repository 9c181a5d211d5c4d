"""`slashv1 spec`: what people do who keep a contract."""

from __future__ import annotations

import click

from slashv1.harness.lazygroup import LazyGroup

COMMANDS = {
    "show": "The schemas of an operation as a tree.",
    "compile": "Write schemas/*.json and operations.json from upstream's OpenAPI document.",
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="spec_",
    help="Show, compile, compare and export the contract.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """The group."""
