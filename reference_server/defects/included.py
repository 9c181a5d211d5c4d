"""Defects of `include`, of inputs that are cut off, and of ids that each answer numbers anew."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_body, on_request, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Handler

CHAT, CREATE = ("chat.completions.create",), ("responses.create",)
EMBED = ("embeddings.create",)
HOSTED = ("code-interpreter*", "file-search*", "web-search*")
_ITEM = re.compile(r"\b(msg|fc|rs)_[0-9a-f]{50}\b")


def _without_include(asked: dict[str, Any]) -> None:
    asked.pop("include", None)


def _cut(asked: dict[str, Any]) -> None:
    """The first 512 words, as much as many a model reads."""
    if isinstance(asked.get("input"), str):
        asked["input"] = " ".join(asked["input"].split()[:512])


async def _long(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A model that reads more than most: its input goes to the gateway in halves."""
    text = call.json.get("input")
    if call.path != "/v1/embeddings" or not isinstance(text, str) or len(text) < 10_000:
        return await handler(call)
    halves = [text[: len(text) // 2], text[len(text) // 2 :]]
    given = await handler(replace(call, body=json.dumps({**call.json, "input": halves}).encode()))
    return replace(given, body={**given.body, "data": given.body["data"][:1]}) if given.ok else given


def _one_seed(call: Call, answer: Answer) -> Answer:
    """The ids of streams with tools come from a generator that begins anew with each."""
    if answer.events is None or not call.json.get("tools"):
        return answer
    name = f"chatcmpl-{'4' * 29}"
    events = (
        event if isinstance(event.data, str) else replace(event, data={**event.data, "id": name})
        for event in answer.events
    )
    return replace(answer, events=tuple(events))


def _calls_numbered(call: Call, answer: Answer) -> Answer:
    """Plain and streamed, the first call of every answer is `call_0`."""
    if answer.body is not None and answer.ok:
        return replace(answer, body=_numbered(answer.body, "message"))
    events = (
        event if isinstance(event.data, str) else replace(event, data=_numbered(event.data, "delta"))
        for event in answer.events or ()
    )
    return answer if answer.events is None else replace(answer, events=tuple(events))


def _numbered(body: Any, holder: str) -> Any:
    copied = json.loads(json.dumps(body))
    for choice in copied.get("choices", ()):
        for number, one in enumerate(choice.get(holder, {}).get("tool_calls") or ()):
            if one.get("id"):
                one["id"] = f"call_{one.get('index', number)}"
    return copied


def _items_numbered(call: Call, answer: Answer) -> Answer:
    """The first message of every response is `msg_0`, in all that names it."""
    known: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        return json.loads(_ITEM.sub(_name, json.dumps(value)))

    def _name(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"{found[1]}_{len(known)}")

    if answer.events is None:
        return replace(answer, body=renamed(answer.body)) if answer.ok else answer
    return replace(answer, events=tuple(replace(event, data=renamed(event.data)) for event in answer.events))


DEFECTS = (
    Twist(
        "include-ignored",
        "`include` has no effect",
        on_request(_without_include),
        CREATE,
        "ignored.include",
        cases=tuple(f"responses.create::{name}" for name in HOSTED),
    ),
    Twist(
        "embeddings-cut",
        "A long input is cut off without a word",
        on_request(_cut),
        EMBED,
        "ignored.input",
        cases=("embeddings.create::long-input",),
    ),
    Twist(
        "stream-ids-seeded",
        "All streams with tools have the same id, whatever else was asked for",
        on_answer(_one_seed),
        CHAT,
        "chat.id-unique",
        cases=("chat.completions.create::tools-required*", "chat.completions.create::tools-named*"),
    ),
    Twist(
        "call-ids-numbered",
        "The calls of a completion are numbered, from 0 in every answer",
        on_answer(_calls_numbered),
        CHAT,
        "pairs.ids",
    ),
    Twist(
        "item-ids-numbered",
        "The items of a response are numbered, from 0 in every answer",
        on_answer(_items_numbered),
        CREATE,
        "pairs.ids",
    ),
)
_NOTHING: list[Any] = []
VARIANTS = (
    Twist(
        "include-found-nothing",
        "What `include` asks for is there and empty: a search without a hit",
        on_body(put("output.*.results", _NOTHING)),
        CREATE,
        cases=("responses.create::file-search",),
    ),
    Twist(
        "long-input-taken",
        "A model embeds more than others read",
        _long,
        EMBED,
        cases=("embeddings.create::*",),
    ),
)
