"""Defects that only requests at the same time bring out."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event, Handler

PATIENCE = 2.0
"""Seconds a stream waits for another one to be mixed up with."""
TOGETHER = ("*::together-*",)
STREAMS = ("chat.completions.create", "responses.create")
Mixed = tuple[Answer, Answer]


@dataclass
class Crossing:
    """Two streams of one operation that are under way at the same time; each leaves as `mix` makes it."""

    mix: Callable[[Answer, Answer], Mixed]
    _waiting: dict[str, tuple[Answer, asyncio.Future[Answer]]] = field(default_factory=dict)
    """By operation: the stream that came first, and where it gets its mixed answer."""

    async def __call__(self, call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        """The answer; a stream that meets no other one in time goes out as it is."""
        answer = await handler(call)
        if answer.events is None or answer.operation not in operations:
            return answer
        if answer.operation in self._waiting:
            first, place = self._waiting.pop(answer.operation)
            theirs, ours = self.mix(first, answer)
            if not place.done():
                place.set_result(theirs)
            return ours
        return await self._wait(answer)

    async def _wait(self, answer: Answer) -> Answer:
        place: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[answer.operation] = answer, place
        try:
            return await asyncio.wait_for(place, PATIENCE)
        except TimeoutError:
            self._waiting.pop(answer.operation, None)
            return answer


def _deltas(answer: Answer) -> list[int]:
    """Places of the events that bring text."""
    events = answer.events or ()
    return [at for at, event in enumerate(events) if isinstance(event.data, dict) and _text(event.data)]


def _text(data: dict[str, Any]) -> Any:
    choices = data.get("choices") or [{}]
    text = choices[0].get("delta", {}).get("content")
    return text or (data.get("type") == "response.output_text.delta" and data["delta"])


def _told(event: Event, text: str) -> Event:
    """The same event with another text."""
    data = copy.deepcopy(event.data)
    if "choices" in data:
        data["choices"][0]["delta"]["content"] = text
    else:
        data["delta"] = text
    return replace(event, data=data)


def _one_delta(first: Answer, second: Answer) -> Mixed:
    """The third text of each goes to the other: one buffer for all connections."""
    ours, theirs = list(first.events or ()), list(second.events or ())
    mine, yours = _deltas(first)[2:3], _deltas(second)[2:3]
    for at, other in zip(mine, yours, strict=False):
        one, two = ours[at], theirs[other]
        ours[at], theirs[other] = _told(one, _text(two.data)), _told(two, _text(one.data))
    return replace(first, events=tuple(ours)), replace(second, events=tuple(theirs))


def _whole(first: Answer, second: Answer) -> Mixed:
    """Each client gets the other's stream."""
    return replace(first, events=second.events), replace(second, events=first.events)


def _one_id(first: Answer, second: Answer) -> Mixed:
    """Ids made of the time: two requests of one moment share them."""
    name = _id_of(first)
    changed = tuple(_renamed(event, _id_of(second), name) for event in second.events or ())
    return first, replace(second, events=changed)


def _id_of(answer: Answer) -> str:
    data = next(event.data for event in answer.events or () if isinstance(event.data, dict))
    return str(data.get("response", data)["id"])


def _renamed(event: Event, old: str, new: str) -> Event:
    if isinstance(event.data, str):
        return event
    inner = event.data.get("response")
    data = {**event.data, "response": {**inner, "id": new}} if inner else {**event.data}
    return replace(event, data={**data, "id": new} if data.get("id") == old else data)


DEFECTS = (
    Twist(
        "streams-crossed-delta",
        "Two streams at the same time exchange a delta",
        Crossing(_one_delta),
        STREAMS,
        "isolation.text",
        ("responses.stream.text-equals-deltas",),
        cases=TOGETHER,
    ),
    Twist(
        "streams-swapped",
        "Two streams at the same time go to each other's client",
        Crossing(_whole),
        STREAMS,
        "isolation.text",
        (),
        cases=TOGETHER,
    ),
    Twist(
        "streams-one-chat-id",
        "Two chat streams at the same time share an id",
        Crossing(_one_id),
        ("chat.completions.create",),
        "chat.id-unique",
        (),
        cases=TOGETHER,
    ),
    Twist(
        "streams-one-response-id",
        "Two Responses streams at the same time share an id",
        Crossing(_one_id),
        ("responses.create",),
        "lifecycle.ids-unique",
        (),
        cases=TOGETHER,
    ),
)
