"""Chat completions."""

from __future__ import annotations

from slashv1.reference_server import chat
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.chat_rules import check_chat
from slashv1.reference_server.chat_store import ChatStore, stored_chat
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.wire import Answer, Call

CREATE = "chat.completions.create"
ROUTES = (Route(CREATE, "POST", "/v1/chat/completions"),)


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    kept = ChatStore(services.store)

    async def create(call: Call) -> Answer:
        asked = json_object(call)
        body, turns = chat.complete(asked, check_chat(asked))
        if asked.get("store"):
            await kept.save(stored_chat(asked, body))
        if asked.get("stream"):
            return Answer(CREATE, events=chat.chunks(asked, body, turns))
        return Answer(CREATE, body=body)

    return {CREATE: create}
