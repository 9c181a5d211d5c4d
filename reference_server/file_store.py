"""Stored files."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, BinaryIO

from slashv1.reference_server import ids
from slashv1.reference_server.store import Store

PIECE = 1024 * 1024
"""Bytes of a file that are read and written at a time."""
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

    async def save(self, file: StoredFile, content: BinaryIO) -> None:
        """Keep a file, read piece by piece: what is kept of one that is not whole is let go again."""
        if file.size <= PIECE:
            data = await asyncio.to_thread(content.read)
            return await self._store.run(lambda c: insert(c, file, data))
        try:
            number = 0
            while piece := await asyncio.to_thread(content.read, PIECE):
                await self._store.run(partial(_add, file.id, number, piece))
                number += 1
            await self._store.run(partial(_name, file))
        except BaseException:
            await asyncio.shield(self._store.run(partial(_let_go, file.id)))
            raise

    async def tidy(self) -> None:
        """Let go what a server before this one did not come to keep whole."""
        query = "DELETE FROM file_pieces WHERE file NOT IN (SELECT id FROM files)"
        await self._store.run(lambda c: c.execute(query))

    async def read(self, file_id: str) -> bytes:
        """The content of a stored file; empty where none is stored."""
        return b"".join([piece async for piece in self.pieces(file_id)])

    async def pieces(self, file_id: str) -> AsyncIterator[bytes]:
        """The content of a stored file, piece by piece."""
        for number in count():
            piece = await self._store.run(partial(_piece, file_id, number))
            if piece is None:
                return
            yield piece

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
        return await self._store.run(partial(_let_go, file_id))


def insert(connection: sqlite3.Connection, file: StoredFile, content: bytes) -> None:
    """Keep a file as part of a larger transaction."""
    for number, start in enumerate(range(0, len(content), PIECE)):
        _add(file.id, number, content[start : start + PIECE], connection)
    _name(file, connection)


def _add(file_id: str, number: int, piece: bytes, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO file_pieces VALUES (?, ?, ?)", (file_id, number, piece))


def _piece(file_id: str, number: int, connection: sqlite3.Connection) -> bytes | None:
    query = "SELECT data FROM file_pieces WHERE file = ? AND number = ?"
    row = connection.execute(query, (file_id, number)).fetchone()
    return row and bytes(row[0])


def _name(file: StoredFile, connection: sqlite3.Connection) -> None:
    """From now on it is there."""
    row = (file.id, file.created_at, file.expires_at, file.purpose, file.filename, file.size)
    connection.execute(f"INSERT INTO files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608


def _let_go(file_id: str, connection: sqlite3.Connection) -> bool:
    connection.execute("DELETE FROM file_pieces WHERE file = ?", (file_id,))
    return bool(connection.execute("DELETE FROM files WHERE id = ?", (file_id,)).rowcount)


def _alive(rows: list[tuple[Any, ...]]) -> Iterator[StoredFile]:
    now = time.time()
    for name, created, expires, purpose, filename, size in rows:
        if expires is None or expires > now:
            yield StoredFile(filename, purpose, size, expires, name, created)
