"""Compacting a conversation of the Responses API."""

from __future__ import annotations

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.compaction import compact
from slashv1.reference_server.family import Handle, Route, Services
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
        history = await kept.history(asked.get("previous_response_id"))
        items = [*history, *input_items(asked.get("input"))]
        return Answer(COMPACT, body=compact(asked, items, history))

    return {COMPACT: handle}
