"""Defects of chat streams: roles, finish reasons, usage, tool-call deltas, the end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_answer, on_chunks, on_events, on_request, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event

CHAT = ("chat.completions.create",)
DONE = Event("[DONE]")


def _chunks(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event.data, dict)]


def _no_role(events: list[Event]) -> None:
    for event in _chunks(events):
        drop("choices.*.delta.role")(event.data)


def _role_everywhere(data: Any) -> None:
    for choice in data["choices"]:
        if choice["finish_reason"] is None:
            choice["delta"]["role"] = "assistant"


def _no_finish(data: Any) -> None:
    put("choices.*.finish_reason", None)(data)


def _absent_until_last(data: Any) -> None:
    for choice in data["choices"]:
        if choice["finish_reason"] is None:
            del choice["finish_reason"]


def _empty_until_last(data: Any) -> None:
    put("choices.*.finish_reason", lambda reason: reason or "")(data)


def _finish_twice(events: list[Event]) -> list[Event]:
    last = next(i for i, e in enumerate(events) if isinstance(e.data, dict) and _finishes(e.data))
    return [*events[: last + 1], events[last], *events[last + 1 :]]


def _finishes(data: Any) -> bool:
    return any(choice["finish_reason"] for choice in data["choices"])


def _new_ids(events: list[Event]) -> None:
    for number, event in enumerate(_chunks(events)):
        event.data["id"] = f"chatcmpl-{number:029d}"


def _usage_filled(data: Any) -> None:
    if data.get("usage") and not data["choices"]:
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}
        data["choices"] = [choice]


def _no_usage_chunk(events: list[Event]) -> list[Event]:
    return [e for e in events if not (isinstance(e.data, dict) and e.data.get("usage"))]


def _usage_first(events: list[Event]) -> list[Event]:
    usage = [e for e in events if isinstance(e.data, dict) and e.data.get("usage")]
    return [*events[:1], *usage, *(e for e in events[1:] if e not in usage)]


def _usage_unasked(events: list[Event]) -> list[Event]:
    first = events[0].data
    if "usage" in first:
        return events
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    extra = {**first, "choices": [], "usage": usage}
    return [*events[:-1], Event(extra), *events[-1:]]


def _usage_sum(data: Any) -> None:
    if data.get("usage"):
        data["usage"]["total_tokens"] += 1


def _other_id(data: Any) -> None:
    for choice in data["choices"]:
        for call in choice["delta"].get("tool_calls") or ():
            call.setdefault("id", "call_other")


def _calls(events: list[Event]) -> Iterator[dict[str, Any]]:
    for event in _chunks(events):
        for choice in event.data["choices"]:
            yield from choice["delta"].get("tool_calls") or ()


def _id_again(events: list[Event]) -> None:
    ids: dict[int, str] = {}
    for call in _calls(events):
        call["id"] = ids.setdefault(call["index"], call.get("id", ""))


def _name_again(events: list[Event]) -> None:
    names: dict[int, str] = {}
    for call in _calls(events):
        function = call["function"]
        function["name"] = names.setdefault(call["index"], function.get("name", ""))


def _arguments_object(data: Any) -> None:
    put("choices.*.delta.tool_calls.*.function.arguments", lambda text: {"city": "Paris"} if text else "")(
        data
    )


def _text_lost(data: Any) -> None:
    """Every longer delta loses its last letter, its log probability does not."""
    put("choices.*.delta.content", lambda text: text[:-1] if text and len(text) > 1 else text)(data)


def _named(events: list[Event]) -> list[Event]:
    return [Event(event.data, name="completion.chunk") for event in events]


def _after_done(events: list[Event]) -> list[Event]:
    return [*events, events[-2]]


def _error_inside(events: list[Event]) -> list[Event]:
    error = {"message": "The server had an error", "type": "server_error", "param": None, "code": None}
    return [*itertools.islice(events, 2), Event({"error": error})]


def _ignore_stream(asked: dict[str, Any]) -> None:
    asked.pop("stream", None)
    asked.pop("stream_options", None)


def _cut(call: Call, answer: Answer) -> Answer:
    if answer.events is None:
        return answer
    writes = answer.encoded()
    half = max(1, len(writes) // 2)
    kept = (*writes[:half], writes[half][: len(writes[half]) // 2])
    return Answer(answer.operation, answer.status, answer.headers, None, answer.events, kept, cut=True)


def _ended_early(call: Call, answer: Answer) -> Answer:
    if answer.events is None:
        return answer
    half = max(1, len(answer.events) // 2)
    return Answer(answer.operation, answer.status, answer.headers, None, answer.events[:half])


_FINISH = ("chat.stream.finish*", "body.*", "replay.*", "ignored.*")
_END = ("chat.stream.*", "replay.*", "ignored.*", "framing.*", "usage.*")

DEFECTS = (
    Twist(
        "stream-no-role",
        "No delta has a role",
        on_events(_no_role),
        CHAT,
        "chat.stream.role-first",
        (),
    ),
    Twist(
        "stream-role-everywhere",
        "Every delta repeats the role",
        on_chunks(_role_everywhere),
        CHAT,
        "chat.stream.role-once",
        (),
    ),
    Twist(
        "stream-no-finish",
        "finish_reason stays null to the end",
        on_chunks(_no_finish),
        CHAT,
        "chat.stream.finish",
        (),
    ),
    Twist(
        "stream-finish-absent",
        "finish_reason is absent until the last chunk",
        on_chunks(_absent_until_last),
        CHAT,
        "chat.stream.finish-present",
        (),
    ),
    Twist(
        "stream-finish-empty",
        'finish_reason is "" until the last chunk',
        on_chunks(_empty_until_last),
        CHAT,
        "chat.stream.finish-value",
        (),
    ),
    Twist(
        "stream-finish-twice",
        "A choice finishes twice",
        on_events(_finish_twice),
        CHAT,
        "chat.stream.finish-once",
        (),
    ),
    Twist(
        "stream-id-changes",
        "Every chunk has an id of its own",
        on_events(_new_ids),
        CHAT,
        "chat.stream.id-constant",
        ("chat.id-unique",),
    ),
    Twist(
        "stream-object-wrong",
        "Chunks call themselves chat.completion",
        on_chunks(put("object", "chat.completion")),
        CHAT,
        "chat.stream.object",
        (),
    ),
    Twist(
        "stream-usage-missing",
        "The usage chunk that was asked for never comes",
        on_events(_no_usage_chunk),
        CHAT,
        "chat.stream.usage",
        (),
    ),
    Twist(
        "stream-usage-unasked",
        "A usage chunk comes that nobody asked for",
        on_events(_usage_unasked),
        CHAT,
        "chat.stream.usage-unasked",
        (),
    ),
    Twist(
        "stream-usage-choices",
        "The usage chunk has a choice",
        on_chunks(_usage_filled),
        CHAT,
        "chat.stream.usage-choices",
        (),
    ),
    Twist(
        "stream-usage-early",
        "The usage chunk comes before the text",
        on_events(_usage_first),
        CHAT,
        "chat.stream.usage-last",
        (),
    ),
    Twist(
        "stream-usage-sum",
        "total_tokens of a stream is not the sum of its parts",
        on_chunks(_usage_sum),
        CHAT,
        "usage.total",
    ),
    Twist(
        "stream-no-done",
        "The stream ends without [DONE]",
        on_events(lambda events: events[:-1]),
        CHAT,
        "chat.stream.done",
        (),
    ),
    Twist(
        "stream-done-twice",
        "[DONE] comes twice",
        on_events(lambda events: [*events, DONE]),
        CHAT,
        "chat.stream.done-once",
        (),
    ),
    Twist(
        "stream-done-quoted",
        '[DONE] is sent as JSON, "[DONE]"',
        on_events(lambda events: [*events[:-1], Event('"[DONE]"')]),
        CHAT,
        "chat.stream.done-exact",
        (),
    ),
    Twist(
        "stream-after-done",
        "A chunk follows [DONE]",
        on_events(_after_done),
        CHAT,
        "chat.stream.done-last",
        (),
    ),
    Twist(
        "stream-events-named",
        "Chat events have a name",
        on_events(_named),
        CHAT,
        "chat.stream.unnamed",
        (),
    ),
    Twist(
        "stream-call-no-index",
        "Tool-call deltas have no index",
        on_chunks(drop("choices.*.delta.tool_calls.*.index")),
        CHAT,
        "chat.stream.tools.index",
        ("pairs.calls",),
    ),
    Twist(
        "stream-call-id-missing",
        "A streamed tool call never gets an id",
        on_chunks(drop("choices.*.delta.tool_calls.*.id")),
        CHAT,
        "chat.stream.tools.id-first",
        (),
    ),
    Twist(
        "stream-call-id-repeated",
        "Every tool-call delta has an id, another than the first",
        on_chunks(_other_id),
        CHAT,
        "chat.stream.tools.id-stable",
        (),
    ),
    Twist(
        "stream-call-id-again",
        "Every tool-call delta repeats the id of its call",
        on_events(_id_again),
        CHAT,
        "chat.stream.tools.id-once",
        (),
    ),
    Twist(
        "stream-call-name-again",
        "Every tool-call delta repeats the name of its function",
        on_events(_name_again),
        CHAT,
        "chat.stream.tools.name-once",
        (
            "ignored.tool_choice.named",
            "pairs.calls",
        ),
    ),
    Twist(
        "stream-call-arguments-object",
        "Tool-call deltas carry arguments as an object",
        on_chunks(_arguments_object),
        CHAT,
        "chat.stream.tools.arguments-text",
        (),
    ),
    Twist(
        "stream-error-inside",
        "A stream breaks off with an error of the server",
        on_events(_error_inside),
        CHAT,
        "chat.stream.failed",
        (),
    ),
    Twist(
        "stream-ignored",
        "`stream` is ignored, the answer is plain JSON",
        on_request(_ignore_stream),
        CHAT,
        "framing.content-type",
        ("http.status",),
    ),
    Twist(
        "stream-cut",
        "The connection breaks in the middle of a stream",
        on_answer(_cut),
        CHAT,
        "http.answered",
        (),
    ),
    Twist(
        "stream-ended-early",
        "A stream just ends in the middle, cleanly for HTTP",
        on_answer(_ended_early),
        CHAT,
        "chat.stream.finish",
        (
            "chat.stream.done",
            "chat.stream.tools.arguments-json",
            "chat.stream.usage",
        ),
    ),
    Twist(
        "stream-text-lost",
        "Deltas lose their last letter",
        on_chunks(_text_lost),
        CHAT,
        "chat.stream.logprobs.text",
        ("ignored.response_format",),
    ),
)
