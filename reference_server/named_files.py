"""Uploaded files that a request names by their id, in place of their content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.reference_server.file_store import FileStore
from slashv1.reference_server.problems import ApiError

_BY_ID = ("input_file", "input_image")
"""Parts of Responses input that may name a file."""


async def check_files(kept: FileStore, asked: Mapping[str, Any]) -> None:
    """Every file that a chat or Responses request names is stored.

    Raises:
        ApiError: 400, one is not; the param is its path.
    """
    for path, file_id in (*_in_messages(asked.get("messages")), *_in_items(asked.get("input"))):
        if await kept.load(file_id) is None:
            raise ApiError(f"No such File object: {file_id}", param=path)


def _in_messages(messages: Any) -> Iterator[tuple[str, str]]:
    for path, part in _parts(messages, "messages", "content"):
        named = part["file"].get("file_id") if isinstance(part.get("file"), dict) else None
        if isinstance(named, str):
            yield f"{path}.file.file_id", named


def _in_items(items: Any) -> Iterator[tuple[str, str]]:
    for key in ("content", "output"):
        for path, part in _parts(items, "input", key):
            if part.get("type") in _BY_ID and isinstance(part.get("file_id"), str):
                yield f"{path}.file_id", part["file_id"]


def _parts(told: Any, name: str, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, one in enumerate(told if isinstance(told, list) else ()):
        content = one.get(key) if isinstance(one, dict) else None
        for number, part in enumerate(content if isinstance(content, list) else ()):
            if isinstance(part, dict):
                yield f"{name}[{at}].{key}[{number}]", part
