"""Responses: create, retrieve, delete, cancel, their input items, and counting tokens."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from weakref import WeakValueDictionary

from slashv1.reference_server import background, responses
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.conversation_store import ConversationStore
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.file_store import FileStore
from slashv1.reference_server.model_rules import refuse_response
from slashv1.reference_server.named_files import check_files
from slashv1.reference_server.paging import page, query_of
from slashv1.reference_server.problems import ApiError, unknown_response
from slashv1.reference_server.response_events import events
from slashv1.reference_server.response_items import input_items, shown
from slashv1.reference_server.response_rules import (
    check_history,
    check_input_tokens,
    check_response,
    conversation_of,
)
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.wire import Answer, Call, Turn

Items = list[dict[str, Any]]
ROUTES = (
    Route("responses.create", "POST", "/v1/responses"),
    Route("responses.input_tokens.count", "POST", "/v1/responses/input_tokens"),
    Route("responses.cancel", "POST", "/v1/responses/{response_id}/cancel"),
    Route("responses.input_items.list", "GET", "/v1/responses/{response_id}/input_items"),
    Route("responses.retrieve", "GET", "/v1/responses/{response_id}"),
    Route("responses.delete", "DELETE", "/v1/responses/{response_id}"),
)

_PAGE = 20


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _Responses(services)
    return {
        "responses.create": family.create,
        "responses.input_tokens.count": family.count,
        "responses.cancel": family.cancel,
        "responses.input_items.list": family.list_input_items,
        "responses.retrieve": family.retrieve,
        "responses.delete": family.delete,
    }


class _Responses:
    def __init__(self, services: Services) -> None:
        self._kept = ResponseStore(services.store)
        self._conversations = ConversationStore(services.store)
        self._files = FileStore(services.store)
        self._cancelled: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        """By the id of a response that is streamed while it runs."""

    async def create(self, call: Call) -> Answer:
        asked = json_object(call)
        model = check_response(asked)
        await check_files(self._files, asked)
        conversation = conversation_of(asked)
        history = await self._history(asked)
        refuse_response(asked, model)  # OpenAI looks at the model once it has all the state
        given = input_items(asked.get("input"))
        check_history(asked, model, [*history, *given])
        body = responses.respond(asked, model, history)
        if conversation is not None:
            body = {**body, "conversation": {"id": conversation}}
        stored = Stored(time.time(), False, body, [*history, *given])
        if body["store"] or conversation is not None:
            await self._kept.save(stored, conversation, [*given, *body["output"]])
        if asked.get("stream"):
            options = asked.get("stream_options") or {}
            veiled = options.get("include_obfuscation") is not False
            return _streamed("responses.create", stored, self._cancellation(body["id"]), veiled=veiled)
        return Answer("responses.create", body=background.present(stored))

    async def _history(self, asked: dict[str, Any]) -> Items:
        """The items that a request goes on from."""
        conversation, previous = conversation_of(asked), asked.get("previous_response_id")
        if conversation is not None:
            return await self._conversations.history(conversation)
        return await self._kept.history(previous)

    async def count(self, call: Call) -> Answer:
        asked = json_object(call)
        check_input_tokens(asked)
        history = await self._history(asked)
        body = {"object": "response.input_tokens", "input_tokens": responses.input_tokens(asked, history)}
        return Answer("responses.input_tokens.count", body=body)

    async def _stored(self, response_id: str) -> Stored:
        stored = await self._kept.load(response_id)
        if stored is None:
            raise unknown_response(response_id)
        return stored

    async def retrieve(self, call: Call, response_id: str) -> Answer:
        query = query_of(call, "responses.retrieve")
        comes = self._cancellation(response_id)  # known before it is looked up: nothing falls between
        stored = await self._stored(response_id)
        if not query.get("stream"):
            return Answer("responses.retrieve", body=background.present(stored))
        veiled = query.get("include_obfuscation") is not False
        after = query.get("starting_after")
        return _streamed("responses.retrieve", stored, comes, veiled=veiled, after=after)

    def _cancellation(self, response_id: str) -> asyncio.Event:
        """What comes about where the response is cancelled; one for all that stream it."""
        return self._cancelled.setdefault(response_id, asyncio.Event())

    async def delete(self, _: Call, response_id: str) -> Answer:
        if not await self._kept.delete(response_id):
            raise unknown_response(response_id)
        body = {"id": response_id, "object": "response.deleted", "deleted": True}
        return Answer("responses.delete", body=body)

    async def cancel(self, _: Call, response_id: str) -> Answer:
        stored = await self._stored(response_id)
        if not stored.body["background"]:
            raise ApiError("Cannot cancel a synchronous response.")
        if not stored.cancelled and not background.in_flight(stored):
            raise ApiError("Cannot cancel a completed response.")
        await self._kept.cancel(response_id)
        self._cancellation(response_id).set()
        return Answer("responses.cancel", body=responses.cancelled(stored.body))

    async def list_input_items(self, call: Call, response_id: str) -> Answer:
        query = query_of(call, "responses.input_items.list")
        include = query.get("include") or ()
        items = [shown(item, include) for item in (await self._stored(response_id)).input]
        return Answer("responses.input_items.list", body=page(items, query, most=_PAGE))


def _streamed(
    operation: str, stored: Stored, comes: asyncio.Event, *, veiled: bool, after: int | None = None
) -> Answer:
    """The stream of a response; one that runs still ends where it is cancelled."""
    otherwise = events(responses.cancelled(stored.body), veiled=veiled, after=after)
    if stored.cancelled:
        return Answer(operation, events=otherwise)
    sent = events(stored.body, veiled=veiled, after=after)
    pauses = background.pauses(stored, sent)
    turn = next((Turn(number, comes, otherwise[number:]) for number in pauses), None)
    return Answer(operation, events=sent, pauses=pauses, turn=turn)
