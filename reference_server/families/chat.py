"""Chat completions."""

from __future__ import annotations

from slashv1.reference_server import chat
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.chat_rules import check_chat
from slashv1.reference_server.chat_store import ChatStore, stored_chat
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.file_store import FileStore
from slashv1.reference_server.named_files import check_files
from slashv1.reference_server.wire import Answer, Call

CREATE = "chat.completions.create"
ROUTES = (Route(CREATE, "POST", "/v1/chat/completions"),)


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    kept, files = ChatStore(services.store), FileStore(services.store)

    async def create(call: Call) -> Answer:
        asked = json_object(call)
        model = check_chat(asked)
        await check_files(files, asked)
        body, turns = chat.complete(asked, model)
        if asked.get("store"):
            await kept.save(stored_chat(asked, body))
        if asked.get("stream"):
            return Answer(CREATE, events=chat.chunks(asked, body, turns))
        return Answer(CREATE, body=body)

    return {CREATE: create}
