"""Defects of plain completions: values, tool calls, log probabilities."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.defects.adapters import add, on_body, places, put
from slashv1.reference_server.defects.twist import Change, Twist

CHAT = ("chat.completions.create",)
_CALLS = "choices.*.message.tool_calls.*"
_TOKENS = "choices.*.logprobs.content"


def _in_calls(key: str, value: Any) -> Change:
    return on_body(put(f"{_CALLS}.{key}", value))


def _stop_with_calls(body: Any) -> None:
    for choice in body["choices"]:
        if choice["message"].get("tool_calls"):
            choice["finish_reason"] = "stop"


def _no_calls(body: Any) -> None:
    for choice in body["choices"]:
        choice["message"].setdefault("tool_calls", [])


def _silent(body: Any) -> None:
    for choice in body["choices"]:
        if choice["message"]["content"]:
            choice["message"]["content"] = ""


def _stub(body: Any) -> None:
    for choice in body["choices"]:
        if choice["logprobs"] is None:
            choice["logprobs"] = {"content": [], "refusal": None}


def _each_token(key: str, change: Any) -> Change:
    """One value of every token's entry, none where nobody asked."""

    def changed(body: Any) -> None:
        for container, name in places(body, _TOKENS):
            for token in container[name] or ():
                token[key] = change(token[key])

    return on_body(changed)


def _last_token_other(body: Any) -> None:
    other = {"token": "?", "logprob": -0.5, "bytes": [63]}
    put(_TOKENS, lambda tokens: tokens and [*tokens[:-1], tokens[-1] | other])(body)


DEFECTS = (
    Twist(
        "chat-object-wrong",
        "A completion calls itself text_completion",
        on_body(put("object", "text_completion")),
        CHAT,
        "chat.object",
    ),
    Twist(
        "chat-id-prefix",
        "Ids start cmpl-",
        on_body(put("id", lambda name: name.replace("chatcmpl", "cmpl"))),
        CHAT,
        "chat.id-prefix",
    ),
    Twist("chat-created-old", "`created` is 1", on_body(put("created", 1)), CHAT, "chat.created-now"),
    Twist("chat-model-empty", "`model` is empty", on_body(put("model", "")), CHAT, "chat.model"),
    Twist(
        "chat-model-other",
        "Another model answers than the one asked for",
        on_body(put("model", "llama-3-8b")),
        CHAT,
        "chat.model-resolved",
    ),
    Twist(
        "chat-choices-empty",
        "There is no choice",
        on_body(put("choices", lambda _: [])),
        CHAT,
        "chat.choices",
    ),
    Twist(
        "chat-stop-with-calls",
        "finish_reason beside tool calls is `stop`",
        on_body(_stop_with_calls),
        CHAT,
        "chat.finish-reason-tools",
        ("chat.finish-reason-expected", "pairs.ending"),
    ),
    Twist(
        "chat-call-type",
        "A tool call is of the type `tool`",
        _in_calls("type", "tool"),
        CHAT,
        "chat.tools.type",
        ("http.status",),
    ),
    Twist(
        "chat-call-name-prefixed",
        "A call names its tool with a prefix",
        _in_calls("function.name", lambda name: f"functions.{name}"),
        CHAT,
        "chat.tools.name",
        ("ignored.tool_choice.named", "pairs.calls"),
    ),
    Twist(
        "chat-call-index",
        "A call in a plain answer has an index",
        on_body(add(_CALLS, "index", 0)),
        CHAT,
        "chat.tools.no-index",
    ),
    Twist(
        "chat-calls-empty",
        "tool_calls is [] where no tool is called",
        on_body(_no_calls),
        CHAT,
        "chat.tools.nonempty",
        ("http.status",),
    ),
    Twist(
        "chat-content-empty",
        "An answer that cost tokens is empty",
        on_body(_silent),
        CHAT,
        "chat.message.empty",
        ("chat.logprobs.text", "ignored.response_format"),
    ),
    Twist(
        "chat-logprob-positive",
        "Probabilities stand in place of their logarithms",
        _each_token("logprob", lambda _: 0.5),
        CHAT,
        "chat.logprobs.values",
    ),
    Twist(
        "chat-logprob-bytes",
        "The bytes of every token are its first alone",
        _each_token("bytes", lambda given: given[:1]),
        CHAT,
        "chat.logprobs.bytes",
    ),
    Twist(
        "chat-logprob-alternatives",
        "Tokens have one alternative too few",
        _each_token("top_logprobs", lambda given: given[:-1]),
        CHAT,
        "chat.logprobs.top-count",
    ),
    Twist(
        "chat-logprob-token-other",
        "The last log probability is another token's",
        on_body(_last_token_other),
        CHAT,
        "chat.logprobs.text",
    ),
    Twist(
        "chat-logprobs-stub",
        "logprobs is an empty stub where nobody asked",
        on_body(_stub),
        CHAT,
        "chat.logprobs.unasked",
    ),
)
