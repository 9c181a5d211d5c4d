"""How the database came to be what it is: every step ever taken, in order, none changed afterwards."""

from __future__ import annotations

import sqlite3

from slashv1.errors import UsageError
from slashv1.reference_server.zumik.tables import LATER
from slashv1.reference_server.zumik.tables import STEP as ZUMIK

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE IF NOT EXISTS responses (
            id TEXT PRIMARY KEY,
            stored_at REAL NOT NULL,
            cancelled INTEGER NOT NULL DEFAULT 0,
            body TEXT NOT NULL,
            input TEXT NOT NULL
        ) STRICT
        """,
    ),
    ZUMIK,
    (
        """
        CREATE TABLE chat_completions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            model TEXT NOT NULL,
            metadata TEXT NOT NULL,
            body TEXT NOT NULL,
            messages TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE files (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            purpose TEXT NOT NULL,
            filename TEXT NOT NULL,
            size INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT
        """,
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
        """
        CREATE TABLE conversation_items (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL,
            id TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX conversation_items_by_conversation ON conversation_items (conversation, seq)",
        """
        CREATE TABLE batches (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE batch_lines (
            batch TEXT NOT NULL,
            line INTEGER NOT NULL,
            ok INTEGER NOT NULL,
            output TEXT NOT NULL,
            PRIMARY KEY (batch, line)
        ) STRICT
        """,
    ),
    LATER,
    (
        """
        CREATE TABLE file_pieces (
            file TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (file, number)
        ) STRICT
        """,
        "INSERT INTO file_pieces SELECT id, 0, content FROM files",
        "ALTER TABLE files DROP COLUMN content",
    ),
)
"""The statements of step 1, 2 and so on; a database keeps in `user_version` how many it has behind it.

The first may find its table there: databases of before the steps were counted say 0.
"""


def migrate(connection: sqlite3.Connection, path: str, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Take a database to the newest version, each step whole or not at all.

    Args:
        connection: in autocommit mode.
        path: what an error calls the database.

    Raises:
        UsageError: a newer version wrote it.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise UsageError(
            f"{path} was written by a newer slashv1 (database version {version}, known {len(steps)}): "
            "update slashv1, or name another file with --db"
        )
    for number in range(version + 1, len(steps) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in steps[number - 1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
