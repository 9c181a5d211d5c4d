"""Response objects and streams as upstream documents them, to be bent in tests."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, sse

Events = list[dict[str, Any]]


def message(text: str = "Hello there.", at: int = 0) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {
        "id": f"msg_{at}a",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def refusal(text: str = "I can not.", at: int = 0) -> dict[str, Any]:
    return {**message(at=at), "content": [{"type": "refusal", "refusal": text}]}


def call(name: str = "get_weather", arguments: str = '{"city":"Paris"}', at: int = 0) -> dict[str, Any]:
    return {
        "id": f"fc_{at}a",
        "type": "function_call",
        "status": "completed",
        "call_id": f"call_{at}a",
        "name": name,
        "arguments": arguments,
    }


def reasoning(text: str = "**Thinking**", at: int = 0) -> dict[str, Any]:
    return {"id": f"rs_{at}a", "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}


def usage(given: int = 20, made: int = 5) -> dict[str, Any]:
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }


def a_response(*items: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A completed Response object with these output items, or with one message."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": "gpt-4o-mini-2024-07-18",
        "output": list(items) or [message()],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage(),
        **over,
    }


def _halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [text[:middle], text[middle:]]


def _text_events(stem: str, key: str, text: str, place: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for piece in _halves(text):
        yield {"type": f"{stem}.delta", **place, "delta": piece}
    yield {"type": f"{stem}.done", **place, key: text}


def _part_events(item: dict[str, Any], place: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for at, part in enumerate(item.get("content", [])):
        here = {**place, "content_index": at}
        key = "refusal" if part["type"] == "refusal" else "text"
        stem = "response.refusal" if key == "refusal" else "response.output_text"
        yield {"type": "response.content_part.added", **here, "part": {**part, key: ""}}
        yield from _text_events(stem, key, part[key], here)
        yield {"type": "response.content_part.done", **here, "part": part}
    for at, part in enumerate(item.get("summary", [])):
        here = {**place, "summary_index": at}
        yield {"type": "response.reasoning_summary_part.added", **here, "part": {**part, "text": ""}}
        yield from _text_events("response.reasoning_summary_text", "text", part["text"], here)
        yield {"type": "response.reasoning_summary_part.done", **here, "part": part}


def _item_events(item: dict[str, Any], at: int) -> Iterable[dict[str, Any]]:
    empty: dict[str, Any] = {"status": "in_progress"} if "status" in item else {}
    empty |= {
        key: [] if key != "arguments" else "" for key in ("content", "summary", "arguments") if key in item
    }
    place = {"item_id": item["id"], "output_index": at}
    yield {"type": "response.output_item.added", "output_index": at, "item": {**item, **empty}}
    if "arguments" in item:
        yield from _text_events("response.function_call_arguments", "arguments", item["arguments"], place)
    yield from _part_events(item, place)
    yield {"type": "response.output_item.done", "output_index": at, "item": item}


def stream_of(response: dict[str, Any]) -> Events:
    """The events that bring a response, numbered, correct."""
    early = {**response, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    events: Events = [{"type": f"response.{name}", "response": early} for name in ("created", "in_progress")]
    for at, item in enumerate(response["output"]):
        events += _item_events(item, at)
    events.append({"type": f"response.{response['status']}", "response": response})
    return numbered(events)


def numbered(events: Iterable[dict[str, Any]]) -> Events:
    """Fresh copies, counted from 0."""
    return [{**copy.deepcopy(event), "sequence_number": i} for i, event in enumerate(events)]


def find(events: Events, kind: str) -> int:
    """Place of the first event of a type."""
    return next(i for i, event in enumerate(events) if event["type"] == kind)


def streamed(events: Events, text: str | None = None, **asked: Any) -> Reading:
    """The reading of a streamed create."""
    case = a_case("responses.create", stream=True, input="pong", **asked)
    return a_reading(case, sse(*events, event=True) if text is None else text)


def plain(response: Any, **asked: Any) -> Reading:
    """The reading of a plain create."""
    return a_reading(a_case("responses.create", input="pong", **asked), response)


def objecting(reading: Reading, *topics: str) -> set[str]:
    """Ids of the checks below these prefixes that object to a reading; inconclusive ones are left out."""
    found = set()
    for check in checks().values():
        if check.id.startswith(topics) and check.applies(reading.case):
            try:
                if list(check.judge(reading)):
                    found.add(check.id)
            except Inconclusive:
                continue
    return found


def bent(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a JSON value with a change applied to it."""
    made = json.loads(json.dumps(value))
    return change(made) or made
