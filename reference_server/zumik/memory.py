"""By which name, and with how many cached tokens, an answer was given that is stored and read later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer
from slashv1.reference_server.zumik.shaping import Change, telling

Told = tuple[str | None, int]
"""The model that was asked for, and the cached tokens."""


def remember(connection: sqlite3.Connection, answer: Answer, told: Told) -> None:
    """Keep what was told with an answer, within a transaction."""
    rows = [(found, *told) for found in dict.fromkeys(_ids(answer))]
    connection.executemany("INSERT OR REPLACE INTO zumik_answers VALUES (?, ?, ?)", rows)


async def remembered(store: Store, answer: Answer) -> Change:
    """A change that tells again what was told of the answers that stand in this one."""
    ids = tuple(dict.fromkeys(_ids(answer)))
    query = f"SELECT id, model, cached FROM zumik_answers WHERE id IN ({','.join('?' * len(ids))})"  # noqa: S608
    rows = await store.run(lambda c: c.execute(query, ids).fetchall()) if ids else []
    known: Mapping[str, Told] = {row[0]: (row[1], row[2]) for row in rows}

    def change(body: dict[str, Any]) -> dict[str, Any]:
        if isinstance(body.get("data"), list):
            return {
                **body,
                "data": [change(item) if isinstance(item, dict) else item for item in body["data"]],
            }
        told = known.get(body["id"]) if isinstance(body.get("id"), str) else None
        return telling(*told)(body) if told else body

    return change


def _ids(answer: Answer) -> Iterator[str]:
    """The ids of the responses and completions in an answer."""
    bodies = [answer.body]
    bodies += [e.data.get("response", e.data) for e in answer.events or () if isinstance(e.data, dict)]
    for body in bodies:
        page = body.get("data") if isinstance(body, dict) else None
        for one in [body, *(page if isinstance(page, list) else ())]:
            found = one.get("id") if isinstance(one, dict) else None
            if isinstance(found, str) and found.startswith(("resp_", "chatcmpl-")):
                yield found
