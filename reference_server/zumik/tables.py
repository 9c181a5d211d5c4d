"""The tables of the profile `zumik`, steps of the database's migrations: never changed afterwards."""

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

LATER = (
    """
    CREATE TABLE zumik_later (
        response TEXT PRIMARY KEY,
        trace TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        nano INTEGER NOT NULL,
        due REAL
    ) STRICT
    """,
    "CREATE INDEX zumik_later_of ON zumik_later (account, due)",
)
"""What responses in the background cost, from the Unix second `due` on; null: never, it was cancelled."""
