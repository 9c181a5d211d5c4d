"""Defects of JSON bodies: missing keys, wrong types, extra fields, wrong values."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.defects.adapters import (
    add,
    drop,
    on_answer,
    on_body,
    put,
)
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, pretty

CHAT = ("chat.completions.create",)
RESPONSE = ("responses.create",)
RESPONSES = ("responses.create", "responses.retrieve", "responses.cancel")
_MS = 1000


def _length_hidden(body: Any) -> None:
    for choice in body["choices"]:
        if choice["finish_reason"] == "length":
            choice["finish_reason"] = "stop"


def _stop_with_calls(body: Any) -> None:
    for choice in body["choices"]:
        if choice["message"].get("tool_calls"):
            choice["finish_reason"] = "length"


def _wrong_total(body: Any) -> None:
    body["usage"]["total_tokens"] += 7


def _duplicate_key(call: Call, answer: Answer) -> Answer:
    if not answer.ok or answer.body is None:
        return answer
    text = pretty(answer.body).decode()
    twice = text.replace('"object":', '"object": "x",\n  "object":', 1)
    return Answer(
        answer.operation, answer.status, answer.headers, answer.body, None, (twice.encode(),), answer.cut
    )


def _float_usage(body: Any) -> None:
    usage = body["usage"]
    usage["total_tokens"] = float(usage["total_tokens"])


DEFECTS = (
    Twist(
        "chat-object-missing",
        "A completion has no `object`",
        on_body(drop("object")),
        CHAT,
        "body.missing-field",
        (),
    ),
    Twist(
        "chat-id-missing",
        "A completion has no `id`",
        on_body(drop("id")),
        CHAT,
        "body.missing-field",
        (),
    ),
    Twist(
        "chat-content-missing",
        "A message has no `content`",
        on_body(drop("choices.*.message.content")),
        CHAT,
        "body.missing-field",
        ("http.status",),
    ),
    Twist(
        "chat-refusal-missing",
        "A message has no `refusal`",
        on_body(drop("choices.*.message.refusal")),
        CHAT,
        "chat.message.refusal-key",
        (),
    ),
    Twist(
        "chat-content-array",
        "Content of an answer is an array of parts",
        on_body(put("choices.*.message.content", lambda text: text and [{"type": "text", "text": text}])),
        CHAT,
        "chat.message.content",
        (),
    ),
    Twist(
        "chat-created-text",
        "`created` is a text",
        on_body(put("created", str)),
        CHAT,
        "body.type",
        (),
    ),
    Twist(
        "chat-created-milliseconds",
        "`created` counts milliseconds",
        on_body(put("created", lambda seconds: seconds * _MS)),
        CHAT,
        "chat.created-seconds",
        (),
    ),
    Twist(
        "chat-extra-field",
        "A completion has a field of the gateway's own",
        on_body(add("", "provider", "somewhere")),
        CHAT,
        "body.unknown-field",
        (),
    ),
    Twist(
        "chat-forbidden-name",
        "A completion tells the gateway's trace id",
        on_body(add("", "trace_id", "trc_1")),
        CHAT,
        "body.forbidden-name",
        (),
    ),
    Twist(
        "chat-usage-cached-flat",
        "Usage has the field `input_tokens_cached`",
        on_body(add("usage", "input_tokens_cached", 0)),
        CHAT,
        "body.forbidden-name",
        (),
    ),
    Twist(
        "chat-usage-float",
        "A token count is written 20.0",
        on_body(_float_usage),
        CHAT,
        "body.integer-literal",
        (),
    ),
    Twist(
        "chat-usage-missing",
        "A completion has no `usage`",
        on_body(drop("usage")),
        CHAT,
        "usage.present",
        (),
    ),
    Twist(
        "chat-usage-sum",
        "total_tokens is not the sum of its parts",
        on_body(_wrong_total),
        CHAT,
        "usage.total",
    ),
    Twist(
        "chat-finish-empty",
        "finish_reason is an empty text",
        on_body(put("choices.*.finish_reason", "")),
        CHAT,
        "chat.finish-reason",
        (),
    ),
    Twist(
        "chat-finish-null",
        "finish_reason is null at the end",
        on_body(put("choices.*.finish_reason", None)),
        CHAT,
        "chat.finish-reason",
        (),
    ),
    Twist(
        "chat-finish-unknown",
        "finish_reason is a word nobody knows",
        on_body(put("choices.*.finish_reason", "eos")),
        CHAT,
        "chat.finish-reason",
        (),
    ),
    Twist(
        "chat-length-hidden",
        "An answer cut by the token limit claims to have stopped",
        on_body(_length_hidden),
        CHAT,
        "chat.finish-reason-expected",
        ("pairs.ending",),
    ),
    Twist(
        "chat-finish-with-calls",
        "finish_reason beside tool calls is `length`",
        on_body(_stop_with_calls),
        CHAT,
        "chat.finish-reason-expected",
        ("pairs.ending",),
    ),
    Twist(
        "chat-role-wrong",
        "The message's role is `bot`",
        on_body(put("choices.*.message.role", "bot")),
        CHAT,
        "chat.message.role",
        ("http.status",),
    ),
    Twist(
        "chat-id-constant",
        "Every completion has the same id",
        on_body(put("id", "chatcmpl-AAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        CHAT,
        "chat.id-unique",
    ),
    Twist(
        "chat-choice-index",
        "Choices are numbered from 1",
        on_body(put("choices.*.index", lambda index: index + 1)),
        CHAT,
        "chat.choices.index",
        (),
    ),
    Twist(
        "chat-key-twice",
        "`object` stands in the body twice",
        on_answer(_duplicate_key),
        CHAT,
        "body.duplicate-keys",
        (),
    ),
    Twist(
        "chat-call-arguments-object",
        "The arguments of a tool call are an object, not its text",
        on_body(put("choices.*.message.tool_calls.*.function.arguments", lambda _: {"city": "Paris"})),
        CHAT,
        "chat.tools.arguments",
        ("http.status",),
    ),
    Twist(
        "chat-call-id-missing",
        "A tool call has no id",
        on_body(drop("choices.*.message.tool_calls.*.id")),
        CHAT,
        "body.missing-field",
        (),
    ),
    Twist(
        "chat-call-id-twice",
        "All tool calls of an answer have one id",
        on_body(put("choices.*.message.tool_calls.*.id", "call_1")),
        CHAT,
        "chat.tools.id",
    ),
    Twist(
        "responses-output-text",
        "A response has `output_text`, which only SDKs make",
        on_body(add("", "output_text", "Hello.")),
        RESPONSES,
        "responses.no-output-text",
        ("pairs.snapshot-keys",),
    ),
    Twist(
        "responses-annotations-missing",
        "A text part has no `annotations`",
        on_body(drop("output.*.content.*.annotations")),
        RESPONSES,
        "responses.output.annotations",
        (),
    ),
    Twist(
        "responses-created-milliseconds",
        "`created_at` counts milliseconds",
        on_body(put("created_at", lambda seconds: seconds * _MS)),
        RESPONSES,
        "responses.created-seconds",
        (),
    ),
    Twist(
        "responses-chat-usage",
        "Usage has the names of chat completions",
        on_body(
            put("usage", lambda u: u and {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2})
        ),
        RESPONSES,
        "body.missing-field",
        ("body.unknown-field",),
    ),
    Twist(
        "responses-status-missing",
        "A response has no `status`",
        on_body(drop("status")),
        RESPONSE,
        "body.missing-field",
        ("pairs.snapshot-keys",),
    ),
    Twist(
        "responses-incomplete-hidden",
        "A response cut by the token limit claims to be completed",
        on_body(lambda body: body | {"status": "completed"} if body.get("status") == "incomplete" else None),
        RESPONSE,
        "responses.status.completed-clean",
        (
            "ignored.max_output_tokens",
            "pairs.ending",
            "responses.output.item-status",
        ),
    ),
    Twist(
        "responses-instructions-dropped",
        "`instructions` do not come back",
        on_body(put("instructions", None)),
        RESPONSES,
        "responses.echo.instructions",
        (),
    ),
    Twist(
        "responses-call-arguments-object",
        "The arguments of a function call are an object, not its text",
        on_body(put("output.*.arguments", lambda _: {"city": "Paris"})),
        RESPONSE,
        "body.type",
        (),
    ),
    Twist(
        "models-owner-missing",
        "Models have no `owned_by`",
        on_body(drop("data.*.owned_by", "owned_by")),
        ("models.list", "models.retrieve"),
        "models.fields",
        (),
    ),
    Twist(
        "models-bare-list",
        "The list of models is a bare array",
        on_body(lambda body: body["data"] if isinstance(body.get("data"), list) else None),
        ("models.list",),
        "body.type",
        (),
    ),
    Twist(
        "models-extra-field",
        "A model tells its context length",
        on_body(add("data.*", "context_length", 128000)),
        ("models.list",),
        "body.unknown-field",
        (),
    ),
)
