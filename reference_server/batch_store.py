"""Stored batches, and what became of each of their lines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from slashv1.reference_server.file_store import StoredFile, insert
from slashv1.reference_server.store import Store

Data = dict[str, Any]
ENDED = ("completed", "failed", "expired", "cancelled")


class BatchStore:
    """Batches by id."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, body: Data) -> None:
        """Keep a new batch."""
        row = (body["id"], json.dumps(body))
        await self._store.run(lambda c: c.execute("INSERT INTO batches (id, body) VALUES (?, ?)", row))

    async def load(self, batch_id: str) -> Data | None:
        """The batch object; None where none is stored."""
        return await self._store.run(lambda c: _load(c, batch_id))

    async def all(self) -> list[Data]:
        """Every batch, the oldest first."""
        query = "SELECT body FROM batches ORDER BY seq"
        rows = await self._store.run(lambda c: c.execute(query).fetchall())
        return [json.loads(row[0]) for row in rows]

    async def change(self, batch_id: str, how: Callable[[Data], Data]) -> Data:
        """What a batch becomes, read and written in one transaction: nobody's change is lost.

        Raises:
            KeyError: none of that id.
        """
        return await self._store.run(lambda c: _change(c, batch_id, how))

    async def record(self, batch_id: str, line: int, ok: bool, output: Data) -> None:
        """Keep the output of a line and count it; once, however often the line is run."""

        def count(body: Data) -> Data:
            counts = body["request_counts"]
            which = "completed" if ok else "failed"
            usage = _sum(body["usage"], ((output["response"] or {}).get("body") or {}).get("usage"))
            return {**body, "request_counts": {**counts, which: counts[which] + 1}, "usage": usage}

        def work(connection: sqlite3.Connection) -> None:
            row = (batch_id, line, int(ok), json.dumps(output, ensure_ascii=False))
            added = connection.execute("INSERT OR IGNORE INTO batch_lines VALUES (?, ?, ?, ?)", row)
            if added.rowcount:
                _change(connection, batch_id, count)

        await self._store.run(work)

    async def recorded(self, batch_id: str) -> dict[int, tuple[bool, str]]:
        """By number of the line, whether it succeeded and its output as JSON."""
        query = "SELECT line, ok, output FROM batch_lines WHERE batch = ? ORDER BY line"
        rows = await self._store.run(lambda c: c.execute(query, (batch_id,)).fetchall())
        return {line: (bool(ok), output) for line, ok, output in rows}

    async def end(
        self, batch_id: str, files: list[tuple[StoredFile, bytes]], how: Callable[[Data], Data]
    ) -> None:
        """Keep the files of a batch and its end, all or none."""

        def work(connection: sqlite3.Connection) -> None:
            for file, content in files:
                insert(connection, file, content)
            _change(connection, batch_id, how)

        await self._store.run(work)


def _load(connection: sqlite3.Connection, batch_id: str) -> Data | None:
    row = connection.execute("SELECT body FROM batches WHERE id = ?", (batch_id,)).fetchone()
    return json.loads(row[0]) if row else None


def _change(connection: sqlite3.Connection, batch_id: str, how: Callable[[Data], Data]) -> Data:
    body = _load(connection, batch_id)
    if body is None:
        raise KeyError(batch_id)
    changed = how(body)
    connection.execute("UPDATE batches SET body = ? WHERE id = ?", (json.dumps(changed), batch_id))
    return changed


def _sum(usage: Data, more: Any) -> Data:
    """The usage of a batch with that of one more line, in the words of Responses."""
    if not isinstance(more, dict):
        return usage
    read = more.get("input_tokens", more.get("prompt_tokens", 0))
    written = more.get("output_tokens", more.get("completion_tokens", 0))
    return {
        **usage,
        "input_tokens": usage["input_tokens"] + read,
        "output_tokens": usage["output_tokens"] + written,
        "total_tokens": usage["total_tokens"] + read + written,
    }
