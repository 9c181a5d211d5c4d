"""Where text is shown: in colour where that is wanted, and never read as markup."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console


class _Console(Console):
    """One that leaves a closed pipe to the command line: rich would exit with 1, which is a verdict here."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise BrokenPipeError


def console(color: str = "auto", *, stderr: bool = False) -> Console:
    """Where text is shown, never as markup; in colour as asked for: `auto`, `always` or `never`.

    `auto`: on a terminal, unless NO_COLOR is set; elsewhere only where FORCE_COLOR is (neither counts empty).
    """
    stream = sys.stderr if stderr else sys.stdout
    colored = color == "always" or (color == "auto" and _wants_color(stream, os.environ))
    return _Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        force_terminal=stream.isatty(),
        color_system="standard" if colored else None,
        no_color=not colored,
    )


def _wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    shows = stream.isatty() and environ.get("TERM", "").lower() not in ("dumb", "unknown")
    return bool(environ.get("FORCE_COLOR")) or shows
