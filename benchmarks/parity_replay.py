"""Sending genuine requests to the gateway, with the state that they speak of.

A request that names something stored is given it: what an earlier answer of the same recording called by an
id is what the gateway's answer to the same request calls so; a response that it goes on from is stood in for
by one that made the calls which the request answers, a conversation gets these calls as items.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.parity_form import form
from benchmarks.parity_left_out import answered_both_ways, left_out, models_taken, named
from benchmarks.parity_source import Genuine, Reply, frames_of
from slashv1.reference_server.gateway import Gateway
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call

KEY, BAD_KEY = "sk-parity", "sk-invalid"
_ID = re.compile(
    r"^(?:resp|file|batch|conv|msg|chatcmpl|rs|fc|item|ctc|cmpl|video|upload|part)[-_][\w-]{6,}$"
)
"""What looks like the id of something that the server keeps."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A genuine exchange, and the gateway's answer to the same request."""

    genuine: Genuine
    ours: Reply


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A genuine exchange that says nothing of a gateway, and the rule that says so."""

    genuine: Genuine
    rule: str


def served(genuine: Genuine) -> bool:
    """Whether the gateway serves the operation."""
    if not genuine.operation:
        return False
    try:
        return find_route(genuine.method, genuine.path)[0] == genuine.operation
    except ApiError:
        return False


async def replayed(exchanges: Iterable[Genuine]) -> AsyncIterator[Pair | LeftOut]:
    """Every exchange of a served operation, sent in the order it was recorded, each recording to itself."""
    known = [one for one in exchanges if served(one)]
    both, taken = answered_both_ways(known), models_taken(known)
    recordings: dict[str, list[Genuine]] = defaultdict(list)
    for one in known:
        recordings[one.recording].append(one)
    store = Store()
    gateway = Gateway(store)
    for recording in recordings.values():
        session = Session(gateway, store)
        for one in recording:
            rule = left_out(one, both, taken)
            yield LeftOut(one, rule) if rule else await session.pair(one)
    store.close()


@dataclass(slots=True)
class Session:
    """One recording against the gateway."""

    gateway: Gateway
    store: Store
    ours: dict[str, str] = field(default_factory=dict)
    """By genuine id: what the gateway calls it."""
    gone: set[str] = field(default_factory=set)
    """What was deleted."""

    async def pair(self, genuine: Genuine) -> Pair | LeftOut:
        """Send the request with its ids translated."""
        await self._stand_in(genuine)
        if genuine.reply.status < 400 and self._strange(genuine):
            return LeftOut(genuine, "elsewhere")
        known = {step for step in genuine.path.split("/") if step in self.ours}
        if genuine.reply.status == 404 and known and not known & self.gone:
            return LeftOut(genuine, "not there yet")
        if genuine.method == "DELETE":
            self.gone |= known
        reply = reply_of(await self.gateway.answer(self._call(genuine)))
        self._learn(_top(genuine.reply), _top(reply))
        return Pair(genuine, reply)

    def _call(self, genuine: Genuine) -> Call:
        headers = {"authorization": f"Bearer {BAD_KEY if genuine.reply.status == 401 else KEY}"}
        body = b""
        if genuine.parts is not None:
            headers["content-type"], body = form(genuine.parts)
        elif genuine.asked is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(self._translated(genuine.asked)).encode()
        path = "/".join(self.ours.get(step, step) for step in genuine.path.split("/"))
        pairs = (pair.partition("=") for pair in genuine.query.split("&") if pair)
        query = {name: self.ours.get(value, value) for name, _, value in pairs}
        return Call(genuine.method, path, query, headers, body)

    def _translated(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._translated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._translated(inner) for inner in value]
        return self.ours.get(value, value) if isinstance(value, str) else value

    def _learn(self, theirs: Any, ours: Any) -> None:
        """Pair the ids of two answers to the same request."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for key, value in theirs.items():
                mine = ours.get(key)
                if isinstance(value, str) and isinstance(mine, str) and _names_it(key, value):
                    self.ours[value] = mine
                elif isinstance(value, dict | list):
                    self._learn(value, mine)
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self._learn(one, other)

    async def _stand_in(self, genuine: Genuine) -> None:
        """Make what a request goes on from, where it answers calls or nobody recorded it."""
        asked = genuine.asked if isinstance(genuine.asked, dict) else {}
        previous = asked.get("previous_response_id")
        lost = genuine.reply.error.get("code") == "previous_response_not_found"
        answered = list(_answered(self._translated(asked.get("input"))))
        held, made = self.ours.get(_conversation(asked)), set(self.ours.values())
        missing = [call for call in answered if call["call_id"] not in made]
        if held and missing:
            await self._send("POST", f"/v1/conversations/{held}/items", {"items": missing})
        if not isinstance(previous, str) or lost or (previous in self.ours and not answered):
            return
        first = {"model": asked.get("model") or "gpt-4o", "input": "Hi"}
        body = (await self._send("POST", "/v1/responses", first)).body
        body["output"] = [*body["output"], *answered]
        await ResponseStore(self.store).save(Stored(time.time(), False, body, input_items("Hi")))
        self.ours[previous] = body["id"]

    async def _send(self, method: str, path: str, body: Any) -> Answer:
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        return await self.gateway.answer(Call(method, path, {}, headers, json.dumps(body).encode()))

    def _strange(self, genuine: Genuine) -> bool:
        """Whether the request speaks of something that is nowhere made."""
        values = [pair.partition("=")[2] for pair in genuine.query.split("&")]
        steps = [step for step in (*genuine.path.split("/"), *values) if _ID.match(step)]
        return any(name not in self.ours for name in (*steps, *named(genuine.asked)))


def _names_it(key: str, value: str) -> bool:
    """Whether a member of an answer is an id by which a later request may speak of it."""
    return key == "call_id" or (key == "id" and bool(_ID.match(value)))


def _conversation(asked: dict[str, Any]) -> str:
    """The id of the conversation that a request goes on in; empty where there is none."""
    named = asked.get("conversation")
    return str((named.get("id") if isinstance(named, dict) else named) or "")


_CALLS = {
    "function_call_output": ("function_call", "arguments"),
    "custom_tool_call_output": ("custom_tool_call", "input"),
}


def _answered(items: Any) -> Iterator[dict[str, Any]]:
    """The calls that the outputs among these items answer and that are not among them."""
    given = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    made = {
        item.get("call_id") for item in given if item.get("type") in ("function_call", "custom_tool_call")
    }
    for item in given:
        if item.get("type") in _CALLS and item.get("call_id") not in made:
            kind, key = _CALLS[item["type"]]
            call = {"id": f"fc_{item['call_id']}", "type": kind, "status": "completed", key: "{}"}
            yield {**call, "call_id": item["call_id"], "name": "f"}


def reply_of(answer: Answer) -> Reply:
    """The gateway's answer as values."""
    headers = {name.lower(): value for name, value in answer.headers}
    if answer.events is not None:
        frames = tuple((event.name, event.data) for event in answer.events)
        return Reply(answer.status, headers, frames=frames)
    if answer.writes is not None:
        whole = b"".join(answer.writes)
        if headers.get("content-type", "").startswith("text/event-stream"):
            return Reply(answer.status, headers, frames=frames_of(whole))
        return Reply(answer.status, headers)
    return Reply(answer.status, headers, answer.body)


def _top(reply: Reply) -> Any:
    """What names the ids: the body, or the last response of a stream."""
    if reply.frames is None:
        return reply.body
    data = [value for _, value in reply.frames if isinstance(value, dict)]
    whole = [value["response"] for value in data if "response" in value]
    return whole[-1] if whole else next(iter(data), None)
