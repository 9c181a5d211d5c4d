"""`/v2/usage`: what became of each request, for the key that sent it alone."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call
from slashv1.reference_server.zumik.accounts import Later
from slashv1.reference_server.zumik.billing import Used
from slashv1.reference_server.zumik.signals import Signals
from slashv1.reference_server.zumik.state import NANO

PATH = "/v2/usage"
_PAGE = 20
_MOST = 100_000
"""Records that are kept; the oldest go first."""
_RECORDS = """
    SELECT t.record, l.trace IS NOT NULL AND (l.due IS NULL OR l.due > ?)
    FROM zumik_traces t LEFT JOIN zumik_later l USING (trace) WHERE t.account = ?
"""
"""The records of an account, each with whether it is of a response that runs still, or was cancelled."""
_NOTHING = {"input_tokens": 0, "input_tokens_cached": 0, "output_tokens": 0, "charged_usd": 0.0}


@dataclass(slots=True)
class Trace:
    """What is learnt of a request on its way."""

    id: str = field(default_factory=lambda: f"trc_{secrets.token_hex(16)}")
    account: str = ""
    """Empty while the key is not known to be good."""
    signals: Signals = field(default_factory=Signals)
    operation: str = ""
    model: str | None = None
    release: str | None = None
    provider: str | None = None
    region: str | None = None
    execution_profile: str | None = None
    admission: str | None = None
    used: Used = field(default_factory=Used)
    cached: int = 0
    nano: int = 0
    replay_of: str | None = None
    later: Later | None = None
    """Of a response in the background: when it is charged."""

    def record(self, status: int) -> dict[str, Any]:
        """The record as `/v2/usage` shows it. No content is kept in any trace mode."""
        deadline = self.signals.deadline_ms
        return {
            "object": "usage",
            "trace_id": self.id,
            "created": int(time.time()),
            "operation": self.operation,
            "status": status,
            "model": self.model,
            "release": self.release,
            "provider": self.provider,
            "region": self.region,
            "execution_profile": self.execution_profile,
            "session": self.signals.session,
            "trace_mode": self.signals.trace_mode,
            "hints_honored": list(self.signals.honoured),
            "qos": {
                "admission": self.admission,
                "deadline_ms": deadline,
                "target_met": None if deadline is None else status != 504,
                "fallback_used": False,
            },
            "input_tokens": self.used.input,
            "input_tokens_cached": self.cached,
            "output_tokens": self.used.output,
            "charged_usd": self.nano / NANO,
            "replay_of": self.replay_of,
        }


def save(connection: sqlite3.Connection, trace: Trace, status: int) -> None:
    """Keep a record, within a transaction."""
    row = (trace.id, trace.account, json.dumps(trace.record(status)))
    connection.execute("INSERT INTO zumik_traces (trace, account, record) VALUES (?, ?, ?)", row)
    connection.execute(
        "DELETE FROM zumik_traces WHERE number <= (SELECT max(number) FROM zumik_traces) - ?", (_MOST,)
    )


async def usage(store: Store, call: Call, account: str) -> Answer:
    """The record of a trace id, named in the path or as `trace_id`; without one the newest of this key.

    Raises:
        ApiError: 404, no such trace of this key; 405, anything but GET.
    """
    if call.method not in ("GET", "HEAD"):
        raise ApiError(f"Not allowed to {call.method} on {PATH}.", status=405, code="method_not_supported")
    wanted = call.path.removeprefix(PATH).strip("/") or call.query.get("trace_id")
    now = time.time()
    if wanted is None:
        newest = f"{_RECORDS} ORDER BY number DESC LIMIT ?"
        rows = await store.run(lambda c: c.execute(newest, (now, account, _PAGE)).fetchall())
        return Answer("", body={"object": "list", "data": [_record(*row) for row in rows]})
    one = f"{_RECORDS} AND t.trace = ?"
    row = await store.run(lambda c: c.execute(one, (now, account, wanted)).fetchone())
    if row is None:
        raise ApiError(
            f"No trace with id '{wanted}' found.", status=404, param="trace_id", code="trace_not_found"
        )
    return Answer("", body=_record(*row))


def _record(text: str, uncharged: int) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(text)
    return {**record, **_NOTHING} if uncharged else record
