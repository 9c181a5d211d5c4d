"""Answers that are given again: one run for all requests of an account with the same idempotency key.

Granted requests alone are kept. A refused one changed nothing and cost nothing: sent again, it is asked anew,
so that a client may mend its body or its balance and keep the key.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call, Event

_PIECE = 1024 * 1024
_FRESH = ("x-request-id", "openai-processing-ms", "x-ratelimit-", "agent-", "access-control-")
"""How the headers begin that each answer has of its own."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given, and the request it belongs to."""

    fingerprint: str
    trace: str
    answer: Answer


class Replays:
    """The kept answers, by account and idempotency key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def alone(self, account: str, key: str) -> AsyncIterator[None]:
        """One request at a time: who comes second finds the answer of the first."""
        name = (account, key)
        lock, waiting = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(name)
            if waiting > 1:
                self._locks[name] = (lock, waiting - 1)

    async def find(self, account: str, key: str, call: Call) -> Kept | None:
        """The answer that was given before; None where this is the first.

        Raises:
            ApiError: 422, the key came with another request before.
        """
        query = "SELECT fingerprint, trace, answer FROM zumik_replays WHERE account = ? AND name = ?"
        row = await self._store.run(lambda c: c.execute(query, (account, key)).fetchone())
        if row is None:
            return None
        if row[0] != await asyncio.to_thread(fingerprint, call):
            raise ApiError(
                "This Agent-Idempotency-Key was used with another request. Send the same request again, "
                "or take a new key.",
                status=422,  # the SDKs send a 409 again
                param="Agent-Idempotency-Key",
                code="idempotency_key_reused",
            )
        return Kept(row[0], row[1], _answer(json.loads(row[2])))


def keep(connection: sqlite3.Connection, account: str, key: str, kept: Kept) -> None:
    """Keep an answer, within a transaction."""
    row = (account, key, kept.fingerprint, kept.trace, json.dumps(_values(kept.answer)))
    connection.execute("INSERT OR REPLACE INTO zumik_replays VALUES (?, ?, ?, ?, ?)", row)


def fingerprint(call: Call) -> str:
    """What tells one request from another: JSON of the same value is the same, however it is written."""
    head = f"{call.method}\n{call.path}\n{json.dumps(sorted(call.query.items()))}\n"
    digest = sha256(head.encode("utf-8", "replace"))
    if call.spool is not None:
        call.spool.seek(0)
        while piece := call.spool.read(_PIECE):
            digest.update(piece)
        return digest.hexdigest()
    try:
        body = json.dumps(json.loads(call.body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        body = call.body
    digest.update(body)
    return digest.hexdigest()


def _values(answer: Answer) -> dict[str, Any]:
    """An answer as JSON."""
    headers = [pair for pair in answer.headers if not pair[0].lower().startswith(_FRESH)]
    said: dict[str, Any] = {"operation": answer.operation, "status": answer.status, "headers": headers}
    if answer.writes is not None:
        said["writes"] = [base64.b64encode(data).decode() for data in answer.writes]
    if answer.content is not None:
        said |= {"content": base64.b64encode(answer.content).decode(), "media": answer.media}
    if answer.events is not None:
        said["events"] = [[event.data, event.name, event.crlf] for event in answer.events]
    return {**said, "body": answer.body}


def _answer(said: dict[str, Any]) -> Answer:
    writes, events, content = said.get("writes"), said.get("events"), said.get("content")
    return Answer(
        said["operation"],
        said["status"],
        tuple((name, value) for name, value in said["headers"]),
        said["body"],
        None if events is None else tuple(Event(*event) for event in events),
        None if writes is None else tuple(base64.b64decode(data) for data in writes),
        content=None if content is None else base64.b64decode(content),
        media=said.get("media", "application/octet-stream"),
    )
