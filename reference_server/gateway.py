"""The gateway itself: a request in, the answer that genuine OpenAI would give out. No HTTP server here."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from slashv1.reference_server import background, chat, cors, embeddings, responses
from slashv1.reference_server.allowance import check_allowance
from slashv1.reference_server.auth import check_key
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.catalog import find, models
from slashv1.reference_server.chat_rules import check_chat
from slashv1.reference_server.embedding_rules import check_embedding
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError, server_error, unknown_response
from slashv1.reference_server.response_events import events
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.response_rules import check_history, check_input_tokens, check_response
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.store import Store, Stored
from slashv1.reference_server.wire import Answer, Call

Items = list[dict[str, Any]]
LOG = logging.getLogger(__name__)


class Gateway:
    """Answers calls; its only state is the store."""

    def __init__(self, store: Store, *, api_keys: Sequence[str] = ()) -> None:
        self._store = store
        self._keys = tuple(api_keys)
        self._operations = {
            "chat.completions.create": self._chat,
            "embeddings.create": self._embed,
            "responses.create": self._respond,
            "responses.input_tokens.count": self._count,
            "responses.retrieve": self._retrieve,
            "responses.delete": self._delete,
            "responses.cancel": self._cancel,
            "responses.input_items.list": self._input_items,
            "models.list": self._models,
            "models.retrieve": self._model,
        }

    async def answer(self, call: Call) -> Answer:
        """The answer to any request whatever; never raises for what a client sent."""
        asked = cors.preflight(call)
        given = dress(asked, milliseconds=1) if asked else await self._answer(call)
        return cors.allowed(call, given)

    async def _answer(self, call: Call) -> Answer:
        started = time.perf_counter()
        operation = ""
        try:
            operation, identifier = find_route(call.method, call.path)
            check_key(call.headers.get("authorization"), self._keys)
            check_allowance(call.headers.get("authorization"))
            given = await self._operations[operation](call, identifier)
        except ApiError as problem:
            given = problem.answer(operation)
        except Exception:  # a client never sees a traceback; the log of whoever runs the server does
            LOG.exception("%s %s", call.method, call.path)
            given = server_error().answer(operation)
        spent = round((time.perf_counter() - started) * 1000)
        return dress(given, milliseconds=spent, tokens=_used(given))

    async def _chat(self, call: Call, _: str) -> Answer:
        asked = json_object(call)
        model = check_chat(asked)
        name = "chat.completions.create"
        if asked.get("stream"):
            return Answer(name, events=chat.chunks(asked, model))
        return Answer(name, body=chat.complete(asked, model)[0])

    async def _embed(self, call: Call, _: str) -> Answer:
        asked = json_object(call)
        return Answer("embeddings.create", body=embeddings.embed(asked, check_embedding(asked)))

    async def _respond(self, call: Call, _: str) -> Answer:
        asked = json_object(call)
        model = check_response(asked)
        history = await self._history(asked.get("previous_response_id"))
        if asked.get("conversation") is None:
            check_history(asked, model, [*history, *input_items(asked.get("input"))])
        body = responses.respond(asked, model, history)
        stored = Stored(time.time(), False, body, [*history, *input_items(asked.get("input"))])
        if body["store"]:
            await self._store.save(stored)
        if asked.get("stream"):
            options = asked.get("stream_options") or {}
            veiled = options.get("include_obfuscation") is not False
            return Answer("responses.create", events=events(body, veiled=veiled))
        return Answer("responses.create", body=background.present(stored))

    async def _history(self, previous: str | None) -> Items:
        if previous is None:
            return []
        stored = await self._store.load(previous)
        if stored is None:
            raise ApiError(
                f"Previous response with id '{previous}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return [*stored.input, *stored.body["output"]]

    async def _count(self, call: Call, _: str) -> Answer:
        asked = json_object(call)
        check_input_tokens(asked)
        history = await self._history(asked.get("previous_response_id"))
        body = {"object": "response.input_tokens", "input_tokens": responses.input_tokens(asked, history)}
        return Answer("responses.input_tokens.count", body=body)

    async def _stored(self, response_id: str) -> Stored:
        stored = await self._store.load(response_id)
        if stored is None:
            raise unknown_response(response_id)
        return stored

    async def _retrieve(self, call: Call, response_id: str) -> Answer:
        stored = await self._stored(response_id)
        if call.query.get("stream") != "true":
            return Answer("responses.retrieve", body=background.present(stored))
        body = responses.cancelled(stored.body) if stored.cancelled else stored.body
        veiled = call.query.get("include_obfuscation") != "false"
        after = _number(call.query.get("starting_after"), "starting_after")
        return Answer("responses.retrieve", events=events(body, veiled=veiled, after=after))

    async def _delete(self, call: Call, response_id: str) -> Answer:
        if not await self._store.delete(response_id):
            raise unknown_response(response_id)
        body = {"id": response_id, "object": "response.deleted", "deleted": True}
        return Answer("responses.delete", body=body)

    async def _cancel(self, call: Call, response_id: str) -> Answer:
        stored = await self._stored(response_id)
        if not stored.body["background"]:
            raise ApiError("Cannot cancel a synchronous response.")
        if not stored.cancelled and not background.in_flight(stored):
            raise ApiError("Cannot cancel a completed response.")
        await self._store.cancel(response_id)
        return Answer("responses.cancel", body=responses.cancelled(stored.body))

    async def _input_items(self, call: Call, response_id: str) -> Answer:
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

    async def _models(self, call: Call, _: str) -> Answer:
        listed = [model.public() for model in models().values()]
        return Answer("models.list", body={"object": "list", "data": listed})

    async def _model(self, call: Call, model_id: str) -> Answer:
        model = find(model_id)
        if model is None:
            raise ApiError(
                f"The model '{model_id}' does not exist",
                status=404,
                param="model",
                code="model_not_found",
            )
        return Answer("models.retrieve", body=model.public())


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


def _used(answer: Answer) -> int:
    usage = answer.body.get("usage") if isinstance(answer.body, dict) else None
    return int(usage["total_tokens"]) if isinstance(usage, dict) else 0
