"""Defects that break one rule of the schemas: JSON text, null, closed sets, kinds, bounds, names, times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_answer, on_body, on_chunks, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, pretty

LIST = ("models.list",)
EMBED = ("embeddings.create",)
CHAT = ("chat.completions.create",)
RESUMED = ("responses.retrieve",)


def _not_a_number(call: Call, answer: Answer) -> Answer:
    if not answer.ok or answer.body is None:
        return answer
    first, *others = answer.body["data"]
    text = pretty({**answer.body, "data": [{**first, "created": "NaN"}, *others]})
    return replace(answer, writes=(text.replace(b'"NaN"', b"NaN"),))


def _in_first(key: str, value: Any) -> Any:
    """Only in the snapshot of the first event."""

    def change(data: Any) -> None:
        if data["type"] == "response.created":
            data["response"][key] = value

    return change


def _counts(prompt: int, total: int) -> Any:
    return put("usage", {"prompt_tokens": prompt, "total_tokens": total})


DEFECTS = (
    Twist(
        "json-nan",
        "A time is NaN",
        on_answer(_not_a_number),
        LIST,
        "body.json",
        ("body.type", "body.unix-time"),
    ),
    Twist("chat-created-null", "`created` is null", on_body(put("created", None)), CHAT, "body.null"),
    Twist(
        "response-verbosity-unknown",
        "`text.verbosity` is a word nobody knows",
        on_body(put("text.verbosity", "loud")),
        RESUMED,
        "body.enum",
    ),
    Twist(
        "response-item-unknown",
        "An output item is of a type nobody knows",
        on_body(put("output.*.type", "text_message")),
        RESUMED,
        "body.unknown-variant",
        ("lifecycle.same-output",),
    ),
    Twist(
        "response-top-logprobs-range",
        "`top_logprobs` is 99",
        on_body(put("top_logprobs", 99)),
        RESUMED,
        "body.range",
    ),
    Twist(
        "response-field-left-out",
        "A response lacks what OpenAI always sends by now",
        on_body(drop("safety_identifier")),
        RESUMED,
        "body.current",
    ),
    Twist(
        "first-snapshot-no-id",
        "The first snapshot has an empty id",
        on_chunks(_in_first("id", "")),
        RESUMED,
        "body.empty-id",
        ("responses.stream.id-constant",),
    ),
    Twist(
        "first-snapshot-no-time",
        "The first snapshot was made at 0",
        on_chunks(_in_first("created_at", 0)),
        RESUMED,
        "body.unix-time",
        ("responses.stream.snapshot-constant",),
    ),
    Twist(
        "chat-shape-older",
        "A completion lacks fields that came later",
        on_body(drop("choices.*.message.annotations", "service_tier")),
        CHAT,
        "replay.shape",
        ("pairs.chunk-keys",),
    ),
    Twist(
        "usage-negative",
        "Token counts are -1",
        on_body(_counts(-1, -1)),
        EMBED,
        "usage.not-negative",
        ("embeddings.token-count",),
    ),
    Twist(
        "usage-zero",
        "Token counts are 0",
        on_body(_counts(0, 0)),
        EMBED,
        "usage.prompt-counted",
        ("embeddings.token-count",),
    ),
    Twist(
        "usage-reasoning-above",
        "More tokens were spent on reasoning than were generated",
        on_body(put("usage.completion_tokens_details.reasoning_tokens", 9_999)),
        CHAT,
        "usage.details-within",
    ),
    Twist(
        "usage-cached-above",
        "More tokens were cached than the prompt has",
        on_body(put("usage.prompt_tokens_details.cached_tokens", 9_999)),
        CHAT,
        "usage.cached-within",
    ),
    Twist(
        "usage-completion-zero",
        "A text cost no token",
        on_body(
            lambda b: (
                b
                | {
                    "usage": b["usage"]
                    | {"completion_tokens": 0, "total_tokens": b["usage"]["prompt_tokens"]}
                }
            )
        ),
        CHAT,
        "usage.completion-counted",
    ),
)
