"""Stored responses."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server.conversation_store import append_items
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.store import Store

Items = list[dict[str, Any]]
_NONE: Items = []


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


class ResponseStore:
    """Responses by their id."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, stored: Stored, conversation: str | None = None, items: Items = _NONE) -> None:
        """Keep a response that is to be stored, and what it adds to a conversation, both or neither."""

        def work(connection: sqlite3.Connection) -> None:
            if stored.body["store"]:
                connection.execute("INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?)", row)
            if conversation is not None:
                append_items(connection, conversation, items)

        row = (
            stored.body["id"],
            stored.stored_at,
            int(stored.cancelled),
            json.dumps(stored.body),
            json.dumps(stored.input),
        )
        await self._store.run(work)

    async def load(self, response_id: str) -> Stored | None:
        """A response by id; None where none is stored."""
        query = "SELECT stored_at, cancelled, body, input FROM responses WHERE id = ?"
        row = await self._store.run(lambda c: c.execute(query, (response_id,)).fetchone())
        return row and Stored(row[0], bool(row[1]), json.loads(row[2]), json.loads(row[3]))

    async def history(self, previous: str | None) -> Items:
        """The items of the response that another goes on from; none where it goes on from none.

        Raises:
            ApiError: 400, `previous_response_not_found`.
        """
        if previous is None:
            return []
        stored = await self.load(previous)
        if stored is None:
            raise ApiError(
                f"Previous response with id '{previous}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return [*stored.input, *stored.body["output"]]

    async def delete(self, response_id: str) -> bool:
        """Forget a response; False where none was stored."""
        query = "DELETE FROM responses WHERE id = ?"
        return bool(await self._store.run(lambda c: c.execute(query, (response_id,)).rowcount))

    async def cancel(self, response_id: str) -> None:
        """Mark a response as cancelled."""
        query = "UPDATE responses SET cancelled = 1 WHERE id = ?"
        await self._store.run(lambda c: c.execute(query, (response_id,)))
