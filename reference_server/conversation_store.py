"""Stored conversations and their items."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.store import Store

Data = dict[str, Any]


class ConversationStore:
    """Conversations by id, their items in the order they were added."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, body: Data, items: list[Data]) -> None:
        """Keep a new conversation with its first items, both or neither."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO conversations VALUES (?, ?)", (body["id"], json.dumps(body)))
            append_items(connection, body["id"], items)

        await self._store.run(work)

    async def load(self, conversation_id: str) -> Data | None:
        """The conversation object; None where none is stored."""
        query = "SELECT body FROM conversations WHERE id = ?"
        row = await self._store.run(lambda c: c.execute(query, (conversation_id,)).fetchone())
        return json.loads(row[0]) if row else None

    async def update(self, body: Data) -> None:
        """Put a conversation object in the place of the one of its id."""
        row = (json.dumps(body), body["id"])
        await self._store.run(lambda c: c.execute("UPDATE conversations SET body = ? WHERE id = ?", row))

    async def delete(self, conversation_id: str) -> bool:
        """Forget a conversation and its items; False where none was stored."""

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM conversation_items WHERE conversation = ?", (conversation_id,))
            return bool(
                connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount
            )

        return await self._store.run(work)

    async def items(self, conversation_id: str) -> list[Data]:
        """All items, the oldest first."""
        query = "SELECT body FROM conversation_items WHERE conversation = ? ORDER BY seq"
        rows = await self._store.run(lambda c: c.execute(query, (conversation_id,)).fetchall())
        return [json.loads(row[0]) for row in rows]

    async def history(self, conversation_id: str) -> list[Data]:
        """All items, the oldest first.

        Raises:
            ApiError: 404, no such conversation.
        """
        if await self.load(conversation_id) is None:
            raise unknown_conversation(conversation_id)
        return await self.items(conversation_id)

    async def append(self, conversation_id: str, items: list[Data]) -> None:
        """Add items at the end, all or none."""
        await self._store.run(lambda c: append_items(c, conversation_id, items))

    async def delete_item(self, conversation_id: str, item_id: str) -> bool:
        """Forget an item; False where the conversation has none of that id."""
        query = "DELETE FROM conversation_items WHERE conversation = ? AND id = ?"
        return bool(await self._store.run(lambda c: c.execute(query, (conversation_id, item_id)).rowcount))


def unknown_conversation(conversation_id: str) -> ApiError:
    """No conversation of that id."""
    return ApiError(f"Conversation with id '{conversation_id}' not found.", status=404)


def append_items(connection: sqlite3.Connection, conversation_id: str, items: list[Data]) -> None:
    """Add items as part of a larger transaction."""
    rows = [(conversation_id, item["id"], json.dumps(item)) for item in items]
    connection.executemany("INSERT INTO conversation_items (conversation, id, body) VALUES (?, ?, ?)", rows)
