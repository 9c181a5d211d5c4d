"""What stands in an example: values that people meet on /v1, where they fit, else the plainest that does."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from slashv1.spec.pattern import matching

LIKED = (
    "user",
    "message",
    "function",
    "text",
    "output_text",
    "input_text",
    "completed",
    "succeeded",
    "processed",
    "stop",
    "auto",
    "assistant",
    "default",
)
"""Enum values and discriminators that are taken before all others."""

NULLS = frozenset(
    {
        "error",
        "errors",
        "incomplete_details",
        "last_error",
        "logprobs",
        "max_output_tokens",
        "max_tool_calls",
        "param",
        "previous_response_id",
        "prompt_cache_key",
        "refusal",
        "safety_identifier",
        "user",
    }
)
"""Keys that are null in most genuine messages, where null is legal."""

EMPTY = frozenset({"annotations", "attachments", "logprobs", "top_logprobs"})
"""Lists that are empty in most genuine messages."""

WELCOME = frozenset({"choices", "content", "delta", "input", "model", "role"})
"""Optional keys without which a message says nothing."""

PREFIXES = {
    "batch": "batch_",
    "chat.completion": "chatcmpl-",
    "chat.completion.chunk": "chatcmpl-",
    "conversation": "conv_",
    "file": "file-",
    "function": "call_",
    "function_call": "fc_",
    "message": "msg_",
    "model": "gpt-4o-mini",
    "reasoning": "rs_",
    "response": "resp_",
    "response.deleted": "resp_",
    "text_completion": "cmpl-",
    "upload": "upload_",
    "vector_store": "vs_",
}
"""How ids begin, by the `object` or `type` beside them."""

_TEXTS = {
    "arguments": '{"city": "Paris"}',
    "call_id": "call_9f2c4e7a",
    "city": "Paris",
    "content": "Hello",
    "data": "SGVsbG8=",
    "code": "invalid_value",
    "delta": "Hello",
    "email": "ada@example.com",
    "event": "thread.created",
    "file_id": "file-9f2c4e7a",
    "filename": "notes.txt",
    "id": "id_9f2c4e7a",
    "input": "Hello",
    "instructions": "Answer briefly.",
    "item_id": "msg_9f2c4e7a",
    "key": "key",
    "language": "en",
    "model": "gpt-4o-mini",
    "name": "get_weather",
    "object": "list",
    "owned_by": "openai",
    "previous_response_id": "resp_9f2c4e7a",
    "prompt": "Hello",
    "response_id": "resp_9f2c4e7a",
    "service_tier": "default",
    "size": "1024x1024",
    "text": "Hello",
    "token": "Hello",
    "tool_call_id": "call_9f2c4e7a",
    "type": "invalid_request_error",
    "url": "https://example.com/",
}
_NUMBERS = {
    "completion_tokens": 3,
    "created": 1750000123,
    "input_tokens": 9,
    "n": 1,
    "output_tokens": 3,
    "prompt_tokens": 9,
    "temperature": 1,
    "top_p": 1,
    "total_tokens": 12,
}
_FORMATS = {
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "ada@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


_ID = _TEXTS["id"]


def with_id(value: dict[str, Any]) -> dict[str, Any]:
    """An object whose made-up id begins as the ids of its kind do."""
    kind = value.get("object", value.get("type"))
    if value.get("id") != _ID or not isinstance(kind, str) or kind not in PREFIXES:
        return value
    prefix = PREFIXES[kind]
    return {**value, "id": prefix if kind == "model" else prefix + _ID.removeprefix("id_")}


def scalar(kind: str, node: Mapping[str, Any], name: str) -> Any:
    """A value of a scalar type that keeps the bounds of `node`; `name` is the key it stands under.

    Raises:
        ValueError: nothing keeps them.
    """
    if kind == "null":
        return None
    if kind == "boolean":
        return False
    return _text(node, name) if kind == "string" else _number(kind, node, name)


def _text(node: Mapping[str, Any], name: str) -> str:
    least, most = int(node.get("minLength", 0)), node.get("maxLength", math.inf)
    liked = (_FORMATS.get(str(node.get("format"))), _TEXTS.get(name), "text")
    for text in liked:
        if text is not None and least <= len(text) <= most and _matches(node, text):
            return text
    text = matching(node["pattern"], least) if "pattern" in node else "x" * least
    if len(text) > most:
        raise ValueError(f"{name!r}: no text of at most {most} characters fits")
    return text


def _matches(node: Mapping[str, Any], text: str) -> bool:
    return "pattern" not in node or re.search(str(node["pattern"]), text) is not None


def _number(kind: str, node: Mapping[str, Any], name: str) -> int | float:
    liked = 1750000123 if name.endswith(("_at", "_time")) else _NUMBERS.get(name, 0)
    low, high = _limits(kind, node)
    step = node.get("multipleOf", 1)
    found: int | float = min(max(liked, low), high)
    if step != 1 and found % step:
        found = math.ceil(found / step) * step
    if kind == "integer":
        found = math.ceil(found)
    if not low <= found <= high:
        raise ValueError(f"{name!r}: no {kind} lies between its bounds")
    return found


def _limits(kind: str, node: Mapping[str, Any]) -> tuple[float, float]:
    low = node.get("minimum", -math.inf)
    high = node.get("maximum", math.inf)
    over, under = node.get("exclusiveMinimum", -math.inf), node.get("exclusiveMaximum", math.inf)
    if kind == "integer":
        return max(low, math.floor(over) + 1 if over > -math.inf else low), min(
            high, math.ceil(under) - 1 if under < math.inf else high
        )
    middle = (over + under) / 2 if over > -math.inf and under < math.inf else None
    low = max(low, low if over == -math.inf else middle if middle is not None else over + 1)
    return low, min(high, high if under == math.inf else middle if middle is not None else under - 1)
