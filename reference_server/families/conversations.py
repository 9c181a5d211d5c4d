"""Conversations and their items."""

from __future__ import annotations

import time
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.conversation_store import ConversationStore, unknown_conversation
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.paging import page, query_of
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.validation import validate
from slashv1.reference_server.wire import Answer, Call

Data = dict[str, Any]
_ONE = "/v1/conversations/{conversation_id}"
ROUTES = (
    Route("conversations.create", "POST", "/v1/conversations"),
    Route("conversations.retrieve", "GET", _ONE),
    Route("conversations.update", "POST", _ONE),
    Route("conversations.delete", "DELETE", _ONE),
    Route("conversations.items.create", "POST", f"{_ONE}/items"),
    Route("conversations.items.list", "GET", f"{_ONE}/items"),
    Route("conversations.items.retrieve", "GET", f"{_ONE}/items/{{item_id}}"),
    Route("conversations.items.delete", "DELETE", f"{_ONE}/items/{{item_id}}"),
)
_PAGE = 20


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _Conversations(ConversationStore(services.store))
    return {
        "conversations.create": family.create,
        "conversations.retrieve": family.retrieve,
        "conversations.update": family.update,
        "conversations.delete": family.delete,
        "conversations.items.create": family.create_items,
        "conversations.items.list": family.list_items,
        "conversations.items.retrieve": family.retrieve_item,
        "conversations.items.delete": family.delete_item,
    }


class _Conversations:
    def __init__(self, kept: ConversationStore) -> None:
        self._kept = kept

    async def create(self, call: Call) -> Answer:
        asked = json_object(call)
        validate("conversations.create", asked)
        body = {
            "id": ids.conversation_id(),
            "object": "conversation",
            "created_at": int(time.time()),
            "metadata": asked.get("metadata") or {},
        }
        await self._kept.save(body, input_items(asked.get("items")))
        return Answer("conversations.create", body=body)

    async def _conversation(self, conversation_id: str) -> Data:
        body = await self._kept.load(conversation_id)
        if body is None:
            raise unknown_conversation(conversation_id)
        return body

    async def retrieve(self, _: Call, conversation_id: str) -> Answer:
        return Answer("conversations.retrieve", body=await self._conversation(conversation_id))

    async def update(self, call: Call, conversation_id: str) -> Answer:
        asked = json_object(call)
        validate("conversations.update", asked)
        body = {**await self._conversation(conversation_id), "metadata": asked["metadata"] or {}}
        await self._kept.update(body)
        return Answer("conversations.update", body=body)

    async def delete(self, _: Call, conversation_id: str) -> Answer:
        if not await self._kept.delete(conversation_id):
            raise unknown_conversation(conversation_id)
        body = {"id": conversation_id, "object": "conversation.deleted", "deleted": True}
        return Answer("conversations.delete", body=body)

    async def create_items(self, call: Call, conversation_id: str) -> Answer:
        asked = json_object(call)
        validate("conversations.items.create", asked)
        await self._conversation(conversation_id)
        items = input_items(asked["items"])
        await self._kept.append(conversation_id, items)
        body = page(items, {}, most=len(items), order="asc")
        return Answer("conversations.items.create", body=body)

    async def list_items(self, call: Call, conversation_id: str) -> Answer:
        query = query_of(call, "conversations.items.list")
        await self._conversation(conversation_id)
        items = await self._kept.items(conversation_id)
        return Answer("conversations.items.list", body=page(items, query, most=_PAGE))

    async def retrieve_item(self, call: Call, conversation_id: str, item_id: str) -> Answer:
        query_of(call, "conversations.items.retrieve")
        await self._conversation(conversation_id)
        for item in await self._kept.items(conversation_id):
            if item["id"] == item_id:
                return Answer("conversations.items.retrieve", body=item)
        raise _unknown_item(conversation_id, item_id)

    async def delete_item(self, _: Call, conversation_id: str, item_id: str) -> Answer:
        body = await self._conversation(conversation_id)
        if not await self._kept.delete_item(conversation_id, item_id):
            raise _unknown_item(conversation_id, item_id)
        return Answer("conversations.items.delete", body=body)


def _unknown_item(conversation_id: str, item_id: str) -> ApiError:
    said = f"Item with id '{item_id}' not found in conversation '{conversation_id}'."
    return ApiError(said, status=404)
