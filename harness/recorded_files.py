"""Recordings of every format this reads, by file or by folder; the format is told from the content."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from slashv1.errors import UsageError
from slashv1.fixtures.store import read_fixture
from slashv1.harness.recorded import Broken, Recorded, read_lines
from slashv1.harness.recorded_bytes import head
from slashv1.harness.recorded_har import read_har
from slashv1.harness.recorded_vcr import read_vcr
from slashv1.spec import parse

_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".har", ".yaml", ".yml"})
"""Of files that are looked into in a folder, also with `.gz` behind."""

_HAR = re.compile(r'\s*\{\s*"log"\s*:')
_VCR = re.compile(
    r'^(?:http_)?interactions:|\A\s*\{(?:[^{}\[\]]*,)?\s*"(?:http_)?interactions"\s*:', re.MULTILINE
)
_SAVED = re.compile(r'\s*\{\s*"slashv1"\s*:\s*"exchanges"')
_FIXTURE = re.compile(r'\s*\{\s*"format"\s*:\s*\d+\s*,\s*"request"\s*:')
_WHOLE = re.compile(r'\s*(?:\[\s*\{|\{[ \r]*\n\s*")')
"""A list of exchanges, or one over several lines."""


def read_recordings(path: Path, format_name: str | None = None) -> Iterator[Recorded | Broken]:
    """The exchanges of a file, or of every recording below a folder, in the order of their names.

    `-` is standard input.

    Raises:
        UsageError: it cannot be opened, a folder holds no recording, or no such format.
    """
    if format_name is not None and format_name not in FORMATS:
        raise UsageError(f"no format {format_name!r}: one of {', '.join(FORMATS)}")
    if path.is_dir():
        yield from _folder(path, format_name)
        return
    with _kept(path) as file:
        found = format_name or format_of(file)
        if found == "jsonl" and _WHOLE.match(head(file)):
            raise UsageError(
                f"{file.name}: a list, or JSON over several lines, where JSONL has an exchange a line; "
                f"`jq -c .` brings a document into one, `jq -c '.[]'` a list into lines"
            )
        yield from FORMATS[found](file)


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[Path]:
    """The file; standard input (`-`) or a pipe is written to one first, since it is read twice."""
    if str(path) != "-" and not path.is_fifo():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "standard input" if str(path) == "-" else path.name)
        with copy.open("wb") as kept:
            if str(path) == "-":
                shutil.copyfileobj(sys.stdin.buffer, kept)
            else:
                with path.open("rb") as piped:
                    shutil.copyfileobj(piped, kept)
        yield copy


_BY_SUFFIX = {".har": "har", ".yaml": "vcr", ".yml": "vcr"}
"""What a file is taken for that begins like none: so that it is told what is wrong with it as such."""


def format_of(path: Path) -> str:
    """The format of a file by how it begins, else by the end of its name; `jsonl` where nothing fits.

    Raises:
        UsageError: it cannot be opened, or holds what another command judges.
    """
    start = head(path)
    if _SAVED.match(start):
        raise UsageError(f"{path}: holds the saved exchanges of a run: `slashv1 rejudge {path}` judges them")
    for name, pattern in (("har", _HAR), ("fixture", _FIXTURE)):
        if pattern.match(start):
            return name
    if not start.lstrip().startswith('{"id"') and _VCR.search(start):
        return "vcr"
    return _BY_SUFFIX.get(_plain(path).suffix, "jsonl")


def _folder(path: Path, format_name: str | None) -> Iterator[Recorded | Broken]:
    files = sorted(one for one in path.rglob("*") if _looked_into(one))
    if not files:
        raise UsageError(f"cannot read {path}: a folder without {', '.join(sorted(_SUFFIXES))}")
    for file in files:
        name = file.relative_to(path).as_posix()
        try:
            for one in _one(file, format_name):
                if isinstance(one, Broken):
                    yield dataclasses.replace(one, cause=f"{name}: {one.cause}")
                else:
                    yield dataclasses.replace(one, id=f"{name}:{one.id}")
        except UsageError as error:
            yield Broken(1, f"{name}: {error}")


def _plain(path: Path) -> Path:
    """Its name without `.gz`."""
    return path.with_suffix("") if path.suffix == ".gz" else path


def _looked_into(path: Path) -> bool:
    return _plain(path).suffix in _SUFFIXES and path.is_file()


def _one(path: Path, format_name: str | None) -> Iterator[Recorded | Broken]:
    found = format_name or format_of(path)
    known = found != "jsonl" or path.suffix in (".jsonl", ".ndjson", ".gz") or format_name
    # A folder holds other JSON and YAML too: one line for such a file, not one for each of its own.
    return FORMATS[found](path) if known else iter([Broken(1, "not a recording of a known format")])


def _fixture(path: Path) -> Iterator[Recorded | Broken]:
    try:
        exchange, _ = read_fixture(path)
    except UsageError as error:
        if isinstance(error.__cause__, OSError):
            raise
        yield Broken(1, str(error))
        return
    sent = parse(exchange.request.body) if exchange.request.body else None
    asked = sent.value if sent is not None and sent.ok else None
    streamed = exchange.content_type == "text/event-stream"
    yield Recorded(1, f"{path.parent.name}/{path.stem}", exchange, asked, streamed)


FORMATS: Mapping[str, Callable[[Path], Iterator[Recorded | Broken]]] = {
    "jsonl": read_lines,
    "har": read_har,
    "vcr": read_vcr,
    "fixture": _fixture,
}
"""Readers by the name that `--format` takes."""
