"""The command line: a group whose commands load when they are called."""

from __future__ import annotations

import os
import sys

import click

from slashv1 import __version__
from slashv1.errors import Slashv1Error
from slashv1.harness.lazygroup import LazyGroup

COMMANDS = {
    "check": "Judge a target (without --base-url: the embedded reference gateway).",
    "replay": "Send one case again, and show request, answer and findings.",
    "init": "Write a commented slashv1.toml and a CI workflow.",
    "serve": "Start the reference gateway.",
    "record": "Run cases against a target and write fixtures.",
    "audit": "Judge recorded traffic.",
    "rejudge": "Judge the saved exchanges of a run again; nothing is sent.",
    "selftest": "Run every defect and legal variant; print the kill table.",
    "checklist": "Run the migration checklist: six points, each pass, fail or not offered.",
    "report": "Turn a run record into HTML, JUnit, Markdown or a badge.",
    "compare": "Compare a run record with an older one.",
    "fleet": "Judge several targets at a time and put them side by side.",
    "explain": "Say what a check looks at, why it matters and which clients break.",
    "spec": "Show, compile, compare and export the contract.",
    "matrix": "Show operations, phases, cases and checks.",
    "profile": "Write, check and show profiles.",
    "completion": "Print the completion script for bash, zsh or fish.",
}


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="slashv1")
def group() -> None:
    """Is this endpoint really OpenAI's /v1?"""


def main(arguments: list[str] | None = None) -> None:
    """Run a command line; a user's mistake is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a terminal that cannot show a character gets its escape, not a crash
            reconfigure(errors="backslashreplace")
    try:
        code = group.main(arguments, prog_name="slashv1", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _end(_one_line(error))
    except Slashv1Error as error:
        _end(str(error))
    except (click.Abort, KeyboardInterrupt):
        _end("interrupted")
    except BrokenPipeError:
        _silence()
        sys.exit(2)
    except OSError as error:
        _silence()
        _end(f"cannot write or read {error.filename or 'the output'}: {error.strerror or error}")
    sys.exit(code if isinstance(code, int) else 0)


def _end(line: str) -> None:
    click.echo(f"slashv1: {' '.join(line.split())}", err=True)
    sys.exit(2)


def _one_line(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see {context.command_path} --help" if context else message


def _silence() -> None:
    """Keep the interpreter from writing to a closed or full stdout once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
