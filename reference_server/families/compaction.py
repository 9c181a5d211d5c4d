"""Compacting a conversation of the Responses API."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.compaction import compact
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.response_rules import check_compaction
from slashv1.reference_server.response_store import ResponseStore
from slashv1.reference_server.wire import Answer, Call

COMPACT = "responses.compact"
ROUTES = (Route(COMPACT, "POST", "/v1/responses/compact"),)


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    kept = ResponseStore(services.store)

    async def handle(call: Call) -> Answer:
        asked = json_object(call)
        check_compaction(asked)
        history = await _history(kept, asked.get("previous_response_id"))
        items = [*history, *input_items(asked.get("input"))]
        return Answer(COMPACT, body=compact(asked, items, history))

    return {COMPACT: handle}


async def _history(kept: ResponseStore, previous: str | None) -> list[dict[str, Any]]:
    if previous is None:
        return []
    stored = await kept.load(previous)
    if stored is None:
        raise ApiError(
            f"Previous response with id '{previous}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return [*stored.input, *stored.body["output"]]
