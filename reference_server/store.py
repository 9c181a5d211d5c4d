"""Stored responses in SQLite, in memory or in a file; every call runs on one thread, off the event loop."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from slashv1.errors import UsageError

T = TypeVar("T")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (
    id TEXT PRIMARY KEY,
    stored_at REAL NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    input TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored response."""

    stored_at: float
    """Unix seconds."""
    cancelled: bool
    body: dict[str, Any]
    """The response as it ends."""
    input: list[dict[str, Any]]
    """Every input item it was made from, the ones of the responses before it included."""


class Store:
    """The gateway's state.

    Raises:
        UsageError: the file cannot be opened or written.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slashv1-store")
        try:
            self._connection = self._thread.submit(_open, path).result()
        except sqlite3.Error as error:
            self._thread.shutdown()
            raise UsageError(f"cannot use {path} as a database: {error}; name a writable file") from error

    async def save(self, stored: Stored) -> None:
        """Keep a response."""
        row = (
            stored.body["id"],
            stored.stored_at,
            int(stored.cancelled),
            json.dumps(stored.body),
            json.dumps(stored.input),
        )
        await self._run(lambda c: c.execute("INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?)", row))

    async def load(self, response_id: str) -> Stored | None:
        """A response by id; None where none is stored."""
        query = "SELECT stored_at, cancelled, body, input FROM responses WHERE id = ?"
        row = await self._run(lambda c: c.execute(query, (response_id,)).fetchone())
        return row and Stored(row[0], bool(row[1]), json.loads(row[2]), json.loads(row[3]))

    async def delete(self, response_id: str) -> bool:
        """Forget a response; False where none was stored."""
        query = "DELETE FROM responses WHERE id = ?"
        return bool(await self._run(lambda c: c.execute(query, (response_id,)).rowcount))

    async def cancel(self, response_id: str) -> None:
        """Mark a response as cancelled."""
        query = "UPDATE responses SET cancelled = 1 WHERE id = ?"
        await self._run(lambda c: c.execute(query, (response_id,)))

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def committed() -> T:
            with self._connection:
                return work(self._connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, committed)

    def close(self) -> None:
        """Close the database and end its thread."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    if path != ":memory:":
        connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute(_SCHEMA)
    return connection
