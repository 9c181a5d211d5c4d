"""The tables of the profile `zumik`, a step of the database's migrations: never changed afterwards."""

from __future__ import annotations

STEP = (
    "CREATE TABLE zumik_spending (account TEXT PRIMARY KEY, nano INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE zumik_traces (
        number INTEGER PRIMARY KEY,
        trace TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX zumik_traces_of ON zumik_traces (account, number)",
    """
    CREATE TABLE zumik_replays (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        trace TEXT NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT
    """,
    "CREATE TABLE zumik_answers (id TEXT PRIMARY KEY, model TEXT, cached INTEGER NOT NULL) STRICT",
)
"""`zumik_spending`: billionths of a dollar by account; `zumik_replays`: granted answers by idempotency key;
`zumik_answers`: what was told with a stored response or completion."""
