"""Writing a report: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from slashv1.errors import UsageError


def write_report(path: Path, text: str | bytes) -> None:
    """Write beside the path, then rename, so that no half report is left behind.

    Raises:
        UsageError: the path cannot be written, or the disk is full.
    """
    try:
        if path.exists() and not path.is_file():
            # /dev/stdout and pipes cannot be renamed onto; a folder is an error either way.
            path.write_bytes(_bytes(text))
            return
        _replace(path, _bytes(text))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def _replace(path: Path, data: bytes) -> None:
    handle, beside = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(beside).chmod(0o666 & ~mask)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
