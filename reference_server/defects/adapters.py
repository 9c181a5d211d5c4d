"""Ways to change a correct answer: its body, events, headers, bytes, or the request before it is answered."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.twist import Change
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.wire import Answer, Call, Event, Handler

Data = Any


def on_answer(change: Callable[[Call, Answer], Answer]) -> Change:
    """Change the whole answer of the operations touched."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        answer = await handler(call)
        if operations and answer.operation not in operations:
            return answer
        return change(call, answer)

    return changed


def on_body(change: Callable[[Data], Data]) -> Change:
    """Change the JSON of granted requests; what it returns is sent, None: what it changed in place."""

    def changed(call: Call, answer: Answer) -> Answer:
        if not answer.ok or answer.body is None:
            return answer
        return replace(answer, body=_changed(change, answer.body))

    return on_answer(changed)


def on_error(change: Callable[[Data], Data], *statuses: int) -> Change:
    """Change the envelope of refused requests (of these statuses, or of all)."""

    def changed(call: Call, answer: Answer) -> Answer:
        if answer.ok or (statuses and answer.status not in statuses):
            return answer
        return replace(answer, body=_changed(change, answer.body))

    return on_answer(changed)


def on_status(change: Callable[[Call, Answer], int]) -> Change:
    """Change the status alone."""
    return on_answer(lambda call, answer: replace(answer, status=change(call, answer)))


def on_events(change: Callable[[list[Event]], list[Event] | None]) -> Change:
    """Change the events of a stream."""

    def changed(call: Call, answer: Answer) -> Answer:
        if answer.events is None:
            return answer
        events = copy.deepcopy(list(answer.events))
        returned = change(events)
        return replace(answer, events=tuple(events if returned is None else returned))

    return on_answer(changed)


def on_chunks(change: Callable[[Data], Data]) -> Change:
    """Change the JSON of every event of a stream; None: in place."""

    def changed(events: list[Event]) -> list[Event]:
        return [
            event if isinstance(event.data, str) else replace(event, data=_changed(change, event.data))
            for event in events
        ]

    return on_events(changed)


def on_bytes(change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> Change:
    """Change what is written to the socket for a stream, write by write."""

    def changed(call: Call, answer: Answer) -> Answer:
        if answer.events is None:
            return answer
        return replace(answer, writes=change(answer.encoded()))

    return on_answer(changed)


def on_request(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the request's JSON before it is answered: what is taken away is ignored."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        asked = call.json
        if asked and (not operations or _operation(call) in operations):
            change(asked)
            call = replace(call, body=json.dumps(asked).encode())
        return await handler(call)

    return changed


def _operation(call: Call) -> str:
    try:
        return find_route(call.method, call.path)[0]
    except ApiError:
        return ""


def on_header(name: str, change: Callable[[str], str | None]) -> Change:
    """Change or (None) take away one header where it is sent."""

    def changed(call: Call, answer: Answer) -> Answer:
        value = next((v for n, v in answer.headers if n.lower() == name), None)
        return answer if value is None else answer.with_header(name, change(value))

    return on_answer(changed)


def _changed(change: Callable[[Data], Data], value: Data) -> Data:
    value = copy.deepcopy(value)
    returned = change(value)
    return value if returned is None else returned


def places(value: Data, path: str) -> Iterator[tuple[Data, Any]]:
    """Container and key of every place a path names (`choices.*.message.content`), absent ones left out."""
    head, _, rest = path.partition(".")
    keys: list[Any] = []
    if isinstance(value, list):
        keys = list(range(len(value))) if head == "*" else []
    elif isinstance(value, dict):
        keys = list(value) if head == "*" else [head] if head in value else []
    for key in keys:
        if rest:
            yield from places(value[key], rest)
        else:
            yield value, key


def drop(*paths: str) -> Callable[[Data], None]:
    """Take keys away."""

    def change(value: Data) -> None:
        for path in paths:
            for container, key in list(places(value, path)):
                del container[key]

    return change


def put(path: str, new: Any) -> Callable[[Data], None]:
    """Replace values; a function gets the old one."""

    def change(value: Data) -> None:
        for container, key in places(value, path):
            container[key] = new(container[key]) if callable(new) else new

    return change


def add(path: str, key: str, new: Any) -> Callable[[Data], None]:
    """Add a key to the objects at a path (`""`: to the whole)."""

    def change(value: Data) -> None:
        if not path:
            if isinstance(value, dict):
                value[key] = new
            return
        for container, name in places(value, path):
            if isinstance(container[name], dict):
                container[name][key] = new

    return change
