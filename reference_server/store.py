"""The gateway's SQLite database, its own or a file; every call runs on one thread, off the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from slashv1.errors import UsageError
from slashv1.reference_server.migrations import migrate

T = TypeVar("T")


class Store:
    """The gateway's state; what its tables hold is the families' business.

    Raises:
        UsageError: the file cannot be opened or written, or a newer version wrote it.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slashv1-store")
        try:
            self._connection = self._thread.submit(_open, path).result()
        except sqlite3.Error as error:
            self._thread.shutdown()
            raise UsageError(f"cannot use {path} as a database: {error}; name a writable file") from error
        except UsageError:
            self._thread.shutdown()
            raise

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives, run as one transaction: written when this returns, undone where it raises."""

        def committed() -> T:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                given = work(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            return given

        return await asyncio.get_running_loop().run_in_executor(self._thread, committed)

    def close(self) -> None:
        """Close the database and end its thread."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


def _open(path: str) -> sqlite3.Connection:
    # without a name SQLite holds a little in memory, and the rest in a file that goes with the connection
    connection = sqlite3.connect("" if path == ":memory:" else path, isolation_level=None)
    try:
        if path != ":memory:":
            connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection
