"""Stored chat completions: kept where `store` asks for it, in the shape that OpenAI lists them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.store import Store

Asked = dict[str, Any]
_DEFAULTS = {"top_p": 1.0, "temperature": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}
_AS_ASKED = ("tool_choice", "tools", "response_format")


@dataclass(frozen=True, slots=True)
class StoredChat:
    """One stored completion."""

    body: dict[str, Any]
    """As it is listed, `metadata` included."""
    messages: list[dict[str, Any]]
    """What was sent, each with an id of its own."""


def stored_chat(asked: Asked, body: dict[str, Any]) -> StoredChat:
    """A completion as it is kept, from the request and what it was answered."""
    usage = body["usage"]
    kept = {
        "object": "chat.completion",
        "id": body["id"],
        "model": body["model"],
        "created": body["created"],
        "request_id": ids.request_id(),
        "usage": {key: usage[key] for key in ("total_tokens", "completion_tokens", "prompt_tokens")},
        "seed": asked.get("seed") or 0,
        **{key: _number(asked.get(key), default) for key, default in _DEFAULTS.items()},
        "system_fingerprint": body["system_fingerprint"],
        "input_user": asked.get("user"),
        "service_tier": body["service_tier"],
        **{key: asked.get(key) for key in _AS_ASKED},
        "metadata": asked.get("metadata") or {},
        "choices": [_choice(choice) for choice in body["choices"]],
    }
    messages = [_message(body["id"], number, said) for number, said in enumerate(asked["messages"])]
    return StoredChat(kept, messages)


def _number(given: Any, default: float) -> float:
    return default if given is None else float(given)


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    message = choice["message"]
    return {
        "index": choice["index"],
        "message": {
            "content": message["content"],
            "role": "assistant",
            "tool_calls": message.get("tool_calls"),
            "function_call": None,
        },
        "finish_reason": choice["finish_reason"],
        "logprobs": choice["logprobs"],
    }


def _message(completion: str, number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """A message as it is listed: content is a text, or its parts stand beside it."""
    content = said.get("content")
    message = {
        "id": f"{completion}-{number}",
        "role": said["role"],
        "content": content if isinstance(content, str) else None,
        "content_parts": content if isinstance(content, list) else None,
        "name": said.get("name"),
    }
    if said.get("tool_calls"):
        message["tool_calls"] = said["tool_calls"]
    return message


class ChatStore:
    """Stored completions by id."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, kept: StoredChat) -> None:
        """Keep a completion."""
        body = kept.body
        row = (
            body["id"],
            body["model"],
            json.dumps(body["metadata"]),
            json.dumps(body),
            json.dumps(kept.messages),
        )
        query = "INSERT INTO chat_completions (id, model, metadata, body, messages) VALUES (?, ?, ?, ?, ?)"
        await self._store.run(lambda c: c.execute(query, row))

    async def load(self, completion_id: str) -> StoredChat | None:
        """A completion by id; None where none is stored."""
        query = "SELECT body, metadata, messages FROM chat_completions WHERE id = ?"
        row = await self._store.run(lambda c: c.execute(query, (completion_id,)).fetchone())
        return row and StoredChat(_body(row[0], row[1]), json.loads(row[2]))

    async def list(self, model: str | None, metadata: Mapping[str, str]) -> list[dict[str, Any]]:
        """Every completion of this model with these metadata, the oldest first."""
        query = "SELECT body, metadata FROM chat_completions ORDER BY number"
        rows = await self._store.run(lambda c: c.execute(query).fetchall())
        bodies = (_body(body, own) for body, own in rows)
        return [body for body in bodies if _fits(body, model, metadata)]

    async def update(self, completion_id: str, metadata: Mapping[str, str]) -> bool:
        """Replace the metadata; False where none is stored."""
        query = "UPDATE chat_completions SET metadata = ? WHERE id = ?"
        row = (json.dumps(metadata), completion_id)
        return bool(await self._store.run(lambda c: c.execute(query, row).rowcount))

    async def delete(self, completion_id: str) -> bool:
        """Forget a completion; False where none was stored."""
        query = "DELETE FROM chat_completions WHERE id = ?"
        return bool(await self._store.run(lambda c: c.execute(query, (completion_id,)).rowcount))


def _body(body: str, metadata: str) -> dict[str, Any]:
    return {**json.loads(body), "metadata": json.loads(metadata)}


def _fits(body: Mapping[str, Any], model: str | None, metadata: Mapping[str, str]) -> bool:
    own = body["metadata"]
    return model in (None, body["model"]) and all(own.get(key) == value for key, value in metadata.items())
