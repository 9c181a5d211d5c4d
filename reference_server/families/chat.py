"""Chat completions."""

from __future__ import annotations

from slashv1.reference_server import chat
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.chat_rules import check_chat
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.wire import Answer, Call

CREATE = "chat.completions.create"
ROUTES = (Route(CREATE, "POST", "/v1/chat/completions"),)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {CREATE: _create}


async def _create(call: Call) -> Answer:
    asked = json_object(call)
    model = check_chat(asked)
    if asked.get("stream"):
        return Answer(CREATE, events=chat.chunks(asked, model))
    return Answer(CREATE, body=chat.complete(asked, model)[0])
