"""Responses: create, retrieve, delete, cancel, their input items, and counting tokens."""

from __future__ import annotations

import time
from typing import Any

from slashv1.reference_server import background, responses
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.model_rules import refuse_response
from slashv1.reference_server.problems import ApiError, unknown_response
from slashv1.reference_server.response_events import events
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.response_rules import check_history, check_input_tokens, check_response
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.wire import Answer, Call

Items = list[dict[str, Any]]
ROUTES = (
    Route("responses.create", "POST", "/v1/responses"),
    Route("responses.input_tokens.count", "POST", "/v1/responses/input_tokens"),
    Route("responses.cancel", "POST", "/v1/responses/{response_id}/cancel"),
    Route("responses.input_items.list", "GET", "/v1/responses/{response_id}/input_items"),
    Route("responses.retrieve", "GET", "/v1/responses/{response_id}"),
    Route("responses.delete", "DELETE", "/v1/responses/{response_id}"),
)


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _Responses(ResponseStore(services.store))
    return {
        "responses.create": family.create,
        "responses.input_tokens.count": family.count,
        "responses.cancel": family.cancel,
        "responses.input_items.list": family.list_input_items,
        "responses.retrieve": family.retrieve,
        "responses.delete": family.delete,
    }


class _Responses:
    def __init__(self, kept: ResponseStore) -> None:
        self._kept = kept

    async def create(self, call: Call) -> Answer:
        asked = json_object(call)
        model = check_response(asked)
        history = await self._history(asked.get("previous_response_id"))
        refuse_response(asked, model)  # OpenAI looks at the model once it has all the state
        if asked.get("conversation") is None:
            check_history(asked, model, [*history, *input_items(asked.get("input"))])
        body = responses.respond(asked, model, history)
        stored = Stored(time.time(), False, body, [*history, *input_items(asked.get("input"))])
        if body["store"]:
            await self._kept.save(stored)
        if asked.get("stream"):
            options = asked.get("stream_options") or {}
            veiled = options.get("include_obfuscation") is not False
            return Answer("responses.create", events=events(body, veiled=veiled))
        return Answer("responses.create", body=background.present(stored))

    async def _history(self, previous: str | None) -> Items:
        if previous is None:
            return []
        stored = await self._kept.load(previous)
        if stored is None:
            raise ApiError(
                f"Previous response with id '{previous}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return [*stored.input, *stored.body["output"]]

    async def count(self, call: Call) -> Answer:
        asked = json_object(call)
        check_input_tokens(asked)
        history = await self._history(asked.get("previous_response_id"))
        body = {"object": "response.input_tokens", "input_tokens": responses.input_tokens(asked, history)}
        return Answer("responses.input_tokens.count", body=body)

    async def _stored(self, response_id: str) -> Stored:
        stored = await self._kept.load(response_id)
        if stored is None:
            raise unknown_response(response_id)
        return stored

    async def retrieve(self, call: Call, response_id: str) -> Answer:
        stored = await self._stored(response_id)
        if call.query.get("stream") != "true":
            return Answer("responses.retrieve", body=background.present(stored))
        body = responses.cancelled(stored.body) if stored.cancelled else stored.body
        veiled = call.query.get("include_obfuscation") != "false"
        after = _number(call.query.get("starting_after"), "starting_after")
        return Answer("responses.retrieve", events=events(body, veiled=veiled, after=after))

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
        return Answer("responses.cancel", body=responses.cancelled(stored.body))

    async def list_input_items(self, call: Call, response_id: str) -> Answer:
        items = (await self._stored(response_id)).input
        newest_first = items if call.query.get("order") == "asc" else items[::-1]
        limit = _number(call.query.get("limit"), "limit") or 20
        after = call.query.get("after")
        start = next((i + 1 for i, item in enumerate(newest_first) if item.get("id") == after), 0)
        page = newest_first[start : start + limit]
        body = {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "has_more": len(newest_first) > start + limit,
            "last_id": page[-1]["id"] if page else None,
        }
        return Answer("responses.input_items.list", body=body)


def _number(text: str | None, param: str) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise ApiError(
            f"Invalid type for '{param}': expected an integer, but got a string instead.",
            param=param,
            code="invalid_type",
        ) from None
