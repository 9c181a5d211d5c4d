"""Runs whose exchanges are saved and judged again, as a user calls them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slashv1.harness.cli import main
from slashv1.record import Run
from slashv1.reports import read_run

Said = tuple[int, str, str]
Call = Callable[..., Said]
KEY = "sk-saved+tests/0123456789=?"
"""With characters that base64, URLs and JSON write otherwise."""


def caller(capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs `slashv1 …`: exit code, what it said on stdout, what on stderr."""

    def run(*arguments: Any) -> Said:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def saved_and_rejudged(call: Call, folder: Path, *options: Any) -> tuple[Run, Run]:
    """The record of a run, and that of its exchanges judged again; both ended with the same exit code."""
    first, again, file = folder / "first.json", folder / "again.json", folder / "exchanges.gz"
    code, _, err = call("check", *options, "-q", "--report-json", first, "--save-exchanges", file)
    assert (code in (0, 1), err) == (True, "")
    assert call("rejudge", file, "-q", "--report-json", again)[0] == code
    return read_run(first), read_run(again)


def told_apart(first: Run, again: Run) -> tuple[Run, list[str]]:
    """The second record with the notes of the first, and the notes it has beyond them."""
    more = [note for note in again.notes if note not in first.notes]
    assert [note for note in again.notes if note not in more] == list(first.notes)
    return replace(again, notes=first.notes), more


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The lines of a file of saved exchanges."""
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def write_lines(file: Path, lines: list[dict[str, Any]]) -> None:
    """A file of these lines, its end counted anew."""
    kept = [line for line in lines if "end" not in line]
    kept.append({"end": len(kept)})
    file.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in kept).encode(), mtime=0))
