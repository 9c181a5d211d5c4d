"""Defects of chat streams, chunk by chunk: values that change, tool calls, log probabilities, the end."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_bytes, on_chunks, on_events, on_request, put
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Event

CHAT = ("chat.completions.create",)
_CALLS = "choices.*.delta.tool_calls.*"


def chunks(events: list[Event]) -> list[dict[str, Any]]:
    """The JSON of every event of a stream."""
    return [event.data for event in events if isinstance(event.data, dict)]


def _numbered(key: str, value: Callable[[Any, int], Any]) -> Change:
    """A value of its own in every chunk."""

    def change(events: list[Event]) -> None:
        for number, data in enumerate(chunks(events)):
            data[key] = value(data[key], number)

    return on_events(change)


def _bare_chunk(events: list[Event]) -> list[Event]:
    bare = {key: value for key, value in events[0].data.items() if key != "choices"}
    return [events[0], Event(bare), *events[1:]]


def _choices_of(events: list[Event]) -> Iterator[dict[str, Any]]:
    for data in chunks(events):
        yield from data["choices"]


def _name_late(events: list[Event]) -> None:
    """The name of every call comes with its second piece."""
    names: dict[int, str] = {}
    for choice in _choices_of(events):
        for call in choice["delta"].get("tool_calls") or ():
            if call["index"] in names:
                call["function"]["name"] = names.pop(call["index"])
            elif name := call["function"].pop("name", None):
                names[call["index"]] = name


def _last_piece_lost(events: list[Event]) -> None:
    last: dict[int, dict[str, Any]] = {}
    for choice in _choices_of(events):
        for call in choice["delta"].get("tool_calls") or ():
            last[call["index"]] = call["function"]
    for function in last.values():
        function["arguments"] = ""


def _broken_letter(data: Any) -> None:
    """The last letter of every delta without log probabilities was half a character."""
    for choice in data["choices"]:
        if choice["delta"].get("content") and not choice.get("logprobs"):
            choice["delta"]["content"] = choice["delta"]["content"][:-1] + "\N{REPLACEMENT CHARACTER}"


def _after_finish(events: list[Event]) -> list[Event]:
    """One delta more behind the finish reason."""
    at = next(n for n, e in enumerate(events) if any(c["finish_reason"] for c in e.data["choices"]))
    late = copy.deepcopy(events[at])
    for choice in late.data["choices"]:
        choice |= {"delta": {"content": ""}, "finish_reason": None}
    return [*events[: at + 1], late, *events[at + 1 :]]


def _stopped(*reasons: str) -> Change:
    """These finish reasons are told as `stop`."""
    return on_chunks(put("choices.*.finish_reason", lambda r: "stop" if r in reasons else r))


def _usage_absent(data: Any) -> None:
    if data.get("usage", "") is None:
        del data["usage"]


def _breaks_off(error: Any, *, and_ends: bool = False) -> Change:
    def change(events: list[Event]) -> list[Event]:
        rest = events[-1:] if and_ends else []
        return [*events[:2], Event({"error": error}), *rest]

    return on_events(change)


def _each_token(key: str, change: Callable[[Any], Any]) -> Change:
    def changed(data: Any) -> None:
        for choice in data["choices"]:
            for token in (choice.get("logprobs") or {}).get("content") or ():
                token[key] = change(token[key])

    return on_chunks(changed)


def _tools_unstreamed(asked: dict[str, Any]) -> None:
    """Calls are read out of the text by other code where an answer is streamed: there they stay text."""
    if asked.get("stream") is True and asked.get("tools"):
        asked["tool_choice"] = "none"


_ENVELOPE = {"message": "The backend is away.", "type": "server_error", "param": None, "code": None}

DEFECTS = (
    Twist(
        "stream-created-changes",
        "Every chunk has a time of its own",
        _numbered("created", lambda given, number: given + number),
        CHAT,
        "chat.stream.created-constant",
    ),
    Twist(
        "stream-model-changes",
        "Every second chunk names an alias",
        _numbered("model", lambda given, n: "default" if n % 2 else given),
        CHAT,
        "chat.stream.model-constant",
    ),
    Twist(
        "stream-fingerprint-changes",
        "Every chunk has a fingerprint of its own",
        _numbered("system_fingerprint", lambda given, n: f"fp_{n:010d}"),
        CHAT,
        "chat.stream.fingerprint-constant",
    ),
    Twist(
        "stream-chunk-bare", "A chunk has no `choices`", on_events(_bare_chunk), CHAT, "chat.stream.choices"
    ),
    Twist(
        "stream-choice-index",
        "Choices of a stream are numbered from 1",
        on_chunks(put("choices.*.index", lambda index: index + 1)),
        CHAT,
        "chat.stream.index",
    ),
    Twist(
        "stream-call-index-from-one",
        "Streamed tool calls are numbered from 1",
        on_chunks(put(f"{_CALLS}.index", lambda index: index + 1)),
        CHAT,
        "chat.stream.tools.index-order",
    ),
    Twist(
        "stream-call-name-late",
        "The name of a call comes with its second piece",
        on_events(_name_late),
        CHAT,
        "chat.stream.tools.name-first",
    ),
    Twist(
        "stream-call-type-missing",
        "No piece of a call has a type",
        on_chunks(drop(f"{_CALLS}.type")),
        CHAT,
        "chat.stream.tools.type-first",
    ),
    Twist(
        "stream-call-ids-shared",
        "All calls of a stream have one id",
        on_chunks(put(f"{_CALLS}.id", "call_1")),
        CHAT,
        "chat.stream.tools.ids-unique",
    ),
    Twist(
        "stream-call-name-prefixed",
        "A streamed call names its tool with a prefix",
        on_chunks(put(f"{_CALLS}.function.name", lambda name: f"functions.{name}")),
        CHAT,
        "chat.stream.tools.name-offered",
        ("ignored.tool_choice.named", "pairs.calls"),
    ),
    Twist(
        "stream-call-cut",
        "The last piece of a call's arguments is lost",
        on_events(_last_piece_lost),
        CHAT,
        "chat.stream.tools.arguments-json",
    ),
    Twist(
        "stream-calls-as-text",
        "No tool is called where the answer is streamed",
        on_request(_tools_unstreamed),
        CHAT,
        "pairs.calls",
        ("ignored.tool_choice.named", "ignored.tool_choice.required", "pairs.ending"),
    ),
    Twist(
        "stream-half-characters",
        "Deltas hold half of an emoji's escape",
        on_bytes(lambda w: tuple(d.replace(b'"content":"', b'"content":"\\ud83d', 1) for d in w)),
        CHAT,
        "chat.stream.surrogates",
        ("body.json", "chat.stream.logprobs.text", "ignored.response_format"),
    ),
    Twist(
        "stream-broken-characters",
        "Deltas end in the mark of a broken character",
        on_chunks(_broken_letter),
        CHAT,
        "chat.stream.whole-characters",
        ("ignored.response_format",),
    ),
    Twist(
        "stream-logprob-positive",
        "Probabilities stand in a stream in place of their logarithms",
        _each_token("logprob", lambda _: 0.5),
        CHAT,
        "chat.stream.logprobs.values",
    ),
    Twist(
        "stream-logprob-bytes",
        "The bytes of a streamed token are its first alone",
        _each_token("bytes", lambda given: given[:1]),
        CHAT,
        "chat.stream.logprobs.bytes",
    ),
    Twist(
        "stream-logprob-alternatives",
        "Streamed tokens have one alternative too few",
        _each_token("top_logprobs", lambda given: given[:-1]),
        CHAT,
        "chat.stream.logprobs.top-count",
    ),
    Twist(
        "stream-after-finish",
        "A delta follows the finish reason",
        on_events(_after_finish),
        CHAT,
        "chat.stream.after-finish",
    ),
    Twist(
        "stream-length-hidden",
        "A stream cut by the token limit claims to have stopped",
        _stopped("length"),
        CHAT,
        "chat.stream.finish-expected",
    ),
    Twist(
        "stream-stop-with-calls",
        "A stream that calls tools ends in `stop`",
        _stopped("tool_calls"),
        CHAT,
        "chat.stream.finish-tools",
        ("chat.stream.finish-expected", "pairs.ending"),
    ),
    Twist(
        "stream-filtered",
        "A stream ends in content_filter where the plain answer stops",
        on_chunks(put("choices.*.finish_reason", lambda r: "content_filter" if r == "stop" else r)),
        CHAT,
        "pairs.ending",
        ("chat.stream.finish-expected",),
    ),
    Twist(
        "stream-usage-absent",
        "The chunks before the usage chunk have no `usage`",
        on_chunks(_usage_absent),
        CHAT,
        "chat.stream.usage-null",
    ),
    Twist(
        "stream-error-bare",
        "An error within a stream has a message alone",
        _breaks_off({"message": "The backend is away."}),
        CHAT,
        "chat.stream.error-envelope",
        ("chat.stream.failed",),
    ),
    Twist(
        "stream-error-done",
        "After an error the stream ends as if it were whole",
        _breaks_off(_ENVELOPE, and_ends=True),
        CHAT,
        "chat.stream.error-clean-end",
        ("chat.stream.failed",),
    ),
)
