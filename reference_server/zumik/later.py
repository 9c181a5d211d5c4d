"""What a response in the background costs: charged when it ends, and never where it was cancelled before."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from slashv1.reference_server import background
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.wire import Answer


class Later(NamedTuple):
    """A charge that is due once a response has ended."""

    response: str
    due: float
    """Unix seconds."""


async def begun(responses: ResponseStore, answer: Answer) -> Stored | None:
    """The response that was begun in the background, as it will end; None where the answer is no such."""
    if answer.operation != "responses.create":
        return None
    body = answer.body if answer.events is None else answer.events[0].data["response"]
    return await responses.load(body["id"]) if body["background"] else None


def at_its_end(stored: Stored) -> Later:
    """When a response in the background is charged."""
    return Later(stored.body["id"], background.ends_at(stored))


def defer(connection: sqlite3.Connection, later: Later, trace: str, account: str, nano: int) -> None:
    """Charge when it is due, within a transaction."""
    row = (later.response, trace, account, nano, later.due)
    connection.execute("INSERT INTO zumik_later VALUES (?, ?, ?, ?, ?)", row)


def forgive(connection: sqlite3.Connection, response: str) -> None:
    """Charge nothing for a response that was cancelled, within a transaction."""
    connection.execute("UPDATE zumik_later SET due = NULL WHERE response = ?", (response,))
