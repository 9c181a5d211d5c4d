"""The database: migrated from any older version, refused in one line where it is newer."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.reference_server.migrations import STEPS, migrate
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.store import Store

OLD = """
CREATE TABLE responses (
    id TEXT PRIMARY KEY, stored_at REAL NOT NULL, cancelled INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL, input TEXT NOT NULL
) STRICT
"""


def _version(path: Path) -> int:
    connection = sqlite3.connect(path)
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


def test_a_new_database_is_of_the_newest_version(tmp_path: Path) -> None:
    Store(str(tmp_path / "db")).close()
    assert _version(tmp_path / "db") == len(STEPS)


def test_a_database_of_before_the_versions_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "db"
    connection = sqlite3.connect(path)
    connection.execute(OLD)
    connection.execute("INSERT INTO responses VALUES ('resp_1', 1.5, 0, '{\"id\": \"resp_1\"}', '[]')")
    connection.commit()
    connection.close()
    store = Store(str(path))
    kept = asyncio.run(ResponseStore(store).load("resp_1"))
    store.close()
    assert kept == Stored(1.5, False, {"id": "resp_1"}, [])
    assert _version(path) == len(STEPS)


def test_steps_follow_each_other_and_are_taken_once() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    first = ("CREATE TABLE a (x)",)
    migrate(connection, "db", (first,))
    migrate(connection, "db", (first, ("ALTER TABLE a ADD COLUMN y", "INSERT INTO a VALUES (1, 2)")))
    assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]
    connection.close()


def test_a_step_that_fails_leaves_nothing_behind() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "db", (("CREATE TABLE a (x)", "nonsense"),))
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()


def test_a_newer_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.commit()
    connection.close()
    with pytest.raises(UsageError, match=r"db was written by a newer slashv1 .*: update slashv1, or"):
        Store(str(path))
    assert _version(path) == len(STEPS) + 1


def test_work_that_raises_is_undone() -> None:
    store = Store()

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO responses VALUES ('resp_1', 1.5, 0, '{}', '[]')")
        raise KeyError("no")

    with pytest.raises(KeyError):
        asyncio.run(store.run(fail))
    assert asyncio.run(ResponseStore(store).load("resp_1")) is None
    store.close()
