"""Stored files."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.store import Store

_COLUMNS = "id, created_at, expires_at, purpose, filename, size"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file, its content left in the database."""

    filename: str
    purpose: str
    size: int
    """Bytes."""
    expires_at: int | None = None
    """Unix seconds; from then on it is gone."""
    id: str = field(default_factory=ids.file_id)
    created_at: int = field(default_factory=lambda: int(time.time()))

    def public(self) -> dict[str, Any]:
        """The file object."""
        return {
            "object": "file",
            "id": self.id,
            "purpose": self.purpose,
            "filename": self.filename,
            "bytes": self.size,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "status": "processed",
            "status_details": None,
        }


class FileStore:
    """Files by their id."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, file: StoredFile, content: bytes) -> None:
        """Keep a file."""
        await self._store.run(lambda c: insert(c, file, content))

    async def read(self, file_id: str) -> bytes:
        """The content of a stored file; empty where none is stored."""
        query = "SELECT content FROM files WHERE id = ?"
        row = await self._store.run(lambda c: c.execute(query, (file_id,)).fetchone())
        return bytes(row[0]) if row else b""

    async def load(self, file_id: str) -> StoredFile | None:
        """A file by id; None where none is stored, or it has expired."""
        query = f"SELECT {_COLUMNS} FROM files WHERE id = ?"  # noqa: S608 - constant names
        row = await self._store.run(lambda c: c.execute(query, (file_id,)).fetchone())
        return next(_alive([row] if row else []), None)

    async def all(self, purpose: str | None) -> list[StoredFile]:
        """Every file, or those of a purpose, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM files WHERE ? IS NULL OR purpose = ? ORDER BY seq"  # noqa: S608
        rows = await self._store.run(lambda c: c.execute(query, (purpose, purpose)).fetchall())
        return list(_alive(rows))

    async def delete(self, file_id: str) -> bool:
        """Forget a file; False where none was stored."""
        if await self.load(file_id) is None:
            return False
        query = "DELETE FROM files WHERE id = ?"
        return bool(await self._store.run(lambda c: c.execute(query, (file_id,)).rowcount))


def insert(connection: sqlite3.Connection, file: StoredFile, content: bytes) -> None:
    """Keep a file as part of a larger transaction."""
    row = (file.id, file.created_at, file.expires_at, file.purpose, file.filename, file.size, content)
    connection.execute(f"INSERT INTO files ({_COLUMNS}, content) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608


def _alive(rows: list[tuple[Any, ...]]) -> Iterator[StoredFile]:
    now = time.time()
    for name, created, expires, purpose, filename, size in rows:
        if expires is None or expires > now:
            yield StoredFile(filename, purpose, size, expires, name, created)
