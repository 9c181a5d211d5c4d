"""Bodies as this gateway sends them: OpenAI's own, with the model asked for and cached tokens told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slashv1.reference_server.wire import Answer, Call, Event
from slashv1.reference_server.zumik.state import Alias

INNER, OUTER = "chatcmpl-", "chatcmpl-rsp_"
"""How the ids of chat completions begin inside, and as clients see them."""
_IDS = frozenset({"id", "first_id", "last_id"})
Change = Callable[[dict[str, Any]], dict[str, Any]]


def resolved(call: Call, alias: Alias | None) -> Call:
    """The call as the gateway inside takes it: the release for an alias, its own spelling of ids."""
    path = call.path.replace(f"/{OUTER}", f"/{INNER}")
    query = {k: _inner(v) if k in ("after", "before") else v for k, v in call.query.items()}
    if alias is None:
        return replace(call, path=path, query=query)
    return replace(
        call, path=path, query=query, body=json.dumps({**call.json, "model": alias.release}).encode()
    )


def _inner(text: str) -> str:
    return INNER + text.removeprefix(OUTER) if text.startswith(OUTER) else text


def shaped(answer: Answer, change: Change) -> Answer:
    """The answer with each of its objects changed: the body, every event, the response in an event."""
    if isinstance(answer.body, dict):
        answer = replace(answer, body=change(answer.body))
    if answer.events is not None:
        answer = replace(answer, events=tuple(_event(event, change) for event in answer.events))
    if answer.turn is not None:
        otherwise = tuple(_event(event, change) for event in answer.turn.events)
        answer = replace(answer, turn=replace(answer.turn, events=otherwise))
    return answer


def _event(event: Event, change: Change) -> Event:
    if not isinstance(event.data, dict):
        return event
    if isinstance(event.data.get("response"), dict):
        return replace(event, data={**event.data, "response": change(event.data["response"])})
    return replace(event, data=change(event.data))


def with_own_ids(body: dict[str, Any]) -> dict[str, Any]:
    """A body, or a page of them, with the ids of chat completions as clients see them."""
    changed = {key: _own_id(value) if key in _IDS else value for key, value in body.items()}
    if isinstance(body.get("data"), list):
        changed["data"] = [with_own_ids(item) if isinstance(item, dict) else item for item in body["data"]]
    return changed


def _own_id(value: Any) -> Any:
    known = isinstance(value, str) and value.startswith(INNER) and not value.startswith(OUTER)
    return OUTER + value.removeprefix(INNER) if known else value


def telling(model: str | None, cached: int) -> Change:
    """A change that names this model, where an object names one, and these cached tokens in its usage."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        if model is not None and isinstance(body.get("model"), str):
            body = {**body, "model": model}
        usage = body.get("usage")
        return {**body, "usage": _with_cached(usage, cached)} if isinstance(usage, dict) and cached else body

    return change


def _with_cached(usage: Mapping[str, Any], cached: int) -> dict[str, Any]:
    details = {
        name: {**value, "cached_tokens": cached}
        for name, value in usage.items()
        if name in ("prompt_tokens_details", "input_tokens_details") and isinstance(value, dict)
    }
    return {**usage, **details}
