"""Responses in the background: what state one is in follows from the time since it was created."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from slashv1.reference_server.response_store import Stored
from slashv1.reference_server.responses import before, cancelled
from slashv1.reference_server.wire import Event

QUEUED_SECONDS = 0.05
RUNNING_SECONDS = 1.0
"""From its creation until it is completed, at least: short enough to poll."""
SECONDS_A_TOKEN = 0.02
"""A long answer takes longer, so that a busy client can still cancel it."""


def in_flight(stored: Stored) -> bool:
    """Whether the response can still be cancelled."""
    return bool(stored.body["background"]) and not stored.cancelled and _left(stored) > 0


def _left(stored: Stored) -> float:
    """Seconds until it is completed."""
    return ends_at(stored) - time.time()


def ends_at(stored: Stored) -> float:
    """When it is completed unless it is cancelled before, in Unix seconds."""
    tokens: int = (stored.body["usage"] or {}).get("output_tokens", 0)
    return stored.stored_at + max(RUNNING_SECONDS, tokens * SECONDS_A_TOKEN)


def present(stored: Stored) -> dict[str, Any]:
    """The response as it is now; needs no task, so that a restart loses nothing."""
    if stored.cancelled:
        return cancelled(stored.body)
    if not in_flight(stored):
        return stored.body
    age = time.time() - stored.stored_at
    return before(stored.body, "queued" if age < QUEUED_SECONDS else "in_progress")


_AT_ONCE = ("response.created", "response.queued", "response.in_progress")


def pauses(stored: Stored, events: Iterable[Event]) -> dict[int, float]:
    """Seconds by the index of an event: a stream of a response that still runs waits for its output."""
    if not in_flight(stored):
        return {}
    first = next((number for number, event in enumerate(events) if event.name not in _AT_ONCE), None)
    return {} if first is None else {first: _left(stored)}
