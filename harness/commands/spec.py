"""`slashv1 spec`: what people do who keep a contract."""

from __future__ import annotations

import click

from slashv1.harness.lazygroup import LazyGroup

COMMANDS = {
    "show": "What an operation takes and returns: a tree, a JSON Schema or an example.",
    "export": "Write the contract as one OpenAPI 3.1 document or as plain JSON Schemas.",
    "lint": "Find broken references, unreachable branches, unused definitions and the like.",
    "compile": "Write schemas/*.json and operations.json from upstream's OpenAPI document.",
    "drift": "The contract against a newer OpenAPI document, or the installed openai SDK.",
    "mutate": "Break exchanges in one certain way each, and see whether the checks object.",
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
