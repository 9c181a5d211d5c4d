"""`slashv1 spec compile`: the contract from upstream's document and our overlays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from slashv1.errors import UsageError


@click.command("compile", help="Write schemas/*.json and operations.json from upstream's OpenAPI document.")
@click.option("--openapi", "source", required=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Default: the contract itself.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a file would change.")
def command(source: Path, out: Path | None, check: bool) -> int:
    """Compile; FILE is JSON or YAML, gzip or plain.

    Raises:
        UsageError: an unreadable file, not upstream's document, or an overlay that does not fit it.
    """
    from slashv1.spec.compile import compile_contract
    from slashv1.spec.compile.contract import SPEC

    folder = out or SPEC
    changed = 0
    for name, text in compile_contract(_document(source)).items():
        path = folder / name
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        changed += 1
        click.echo(f"{'would change' if check else 'wrote'} {path}")
        if not check:
            _write(path, text)
    click.echo(f"{changed} files changed" if not check else f"{changed} files would change")
    return 1 if check and changed else 0


def _document(source: Path) -> Any:
    import gzip

    try:
        raw = source.read_bytes()
        text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read {source}: {getattr(error, 'strerror', None) or error}") from error
    try:
        document = json.loads(text)
    except ValueError:
        document = _yaml(source, text)
    if not isinstance(document, dict):
        raise UsageError(f"{source}: not an OpenAPI document; JSON or YAML with `paths` is expected")
    return document


def _yaml(source: Path, text: bytes) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise UsageError(f"{source}: neither JSON nor YAML: {said}") from error


def _write(path: Path, text: str) -> None:
    from slashv1.reports.write import write_report

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    write_report(path, text)
