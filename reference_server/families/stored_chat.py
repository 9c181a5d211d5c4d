"""Stored chat completions: list, retrieve, update, delete, and the messages of one."""

from __future__ import annotations

import re
from typing import Any

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.chat_store import ChatStore, StoredChat
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.paging import page, query_of
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import validate
from slashv1.reference_server.wire import Answer, Call

LIST, RETRIEVE = "chat.completions.list", "chat.completions.retrieve"
UPDATE, DELETE = "chat.completions.update", "chat.completions.delete"
MESSAGES = "chat.completions.messages.list"
_ONE = "/v1/chat/completions/{completion_id}"
ROUTES = (
    Route(LIST, "GET", "/v1/chat/completions"),
    Route(RETRIEVE, "GET", _ONE),
    Route(UPDATE, "POST", _ONE),
    Route(DELETE, "DELETE", _ONE),
    Route(MESSAGES, "GET", f"{_ONE}/messages"),
)
_PAGE = 20
_METADATA = re.compile(r"metadata\[(?P<key>.+)\]")


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _StoredChat(ChatStore(services.store))
    return {
        LIST: family.list,
        RETRIEVE: family.retrieve,
        UPDATE: family.update,
        DELETE: family.delete,
        MESSAGES: family.messages,
    }


class _StoredChat:
    def __init__(self, kept: ChatStore) -> None:
        self._kept = kept

    async def list(self, call: Call) -> Answer:
        wanted = {
            found["key"]: value for key, value in call.query.items() if (found := _METADATA.fullmatch(key))
        }
        query = query_of(call, LIST)
        listed = await self._kept.list(query.get("model"), wanted)
        return Answer(LIST, body=page(listed, query, most=_PAGE, forgiving=True))

    async def retrieve(self, _: Call, completion_id: str) -> Answer:
        return Answer(RETRIEVE, body=(await self._found(completion_id)).body)

    async def update(self, call: Call, completion_id: str) -> Answer:
        asked: dict[str, Any] = json_object(call)
        validate(UPDATE, asked)
        if not await self._kept.update(completion_id, asked["metadata"] or {}):
            raise _unknown(completion_id)
        return Answer(UPDATE, body=(await self._found(completion_id)).body)

    async def delete(self, _: Call, completion_id: str) -> Answer:
        if not await self._kept.delete(completion_id):
            raise _unknown(completion_id)
        body = {"object": "chat.completion.deleted", "id": completion_id, "deleted": True}
        return Answer(DELETE, body=body)

    async def messages(self, call: Call, completion_id: str) -> Answer:
        query = query_of(call, MESSAGES)
        sent = (await self._found(completion_id)).messages
        return Answer(MESSAGES, body=page(sent, query, most=_PAGE, order="asc", forgiving=True))

    async def _found(self, completion_id: str) -> StoredChat:
        kept = await self._kept.load(completion_id)
        if kept is None:
            raise _unknown(completion_id)
        return kept


def _unknown(completion_id: str) -> ApiError:
    return ApiError(
        f"Completion {completion_id} not found", status=404, code="not_found", param="completion_id"
    )
