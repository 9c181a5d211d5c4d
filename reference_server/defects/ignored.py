"""Defects of silence: a parameter is taken and has no effect, or what it asks for is not kept."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

from slashv1.reference_server.defects.adapters import on_body, on_request, put
from slashv1.reference_server.defects.twist import Twist

CHAT = ("chat.completions.create",)
RESPONSE = ("responses.create",)
EMBED = ("embeddings.create",)
_RESULT = ("chat.*", "responses.*", "replay.*", "ignored.*", "usage.*")


def _ignoring(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(asked: dict[str, Any]) -> None:
        for name in names:
            asked.pop(name, None)

    return change


def _schema_ignored(asked: dict[str, Any]) -> None:
    wanted = asked.get("response_format")
    if isinstance(wanted, dict) and wanted.get("type") == "json_schema":
        del asked["response_format"]


def _format_ignored(asked: dict[str, Any]) -> None:
    if (asked.get("text") or {}).get("format"):
        del asked["text"]["format"]


def _never_required(asked: dict[str, Any]) -> None:
    if asked.get("tool_choice") == "required":
        asked["tool_choice"] = "none"


def _never_named(asked: dict[str, Any]) -> None:
    if isinstance(asked.get("tool_choice"), dict):
        asked["tool_choice"] = "none"


def _none_ignored(asked: dict[str, Any]) -> None:
    if asked.get("tool_choice") == "none":
        asked["tool_choice"] = "required"


def _all_allowed(asked: dict[str, Any]) -> None:
    choice = asked.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        asked["tool_choice"] = "required"


def _uninstructed(asked: dict[str, Any]) -> None:
    for key in ("messages", "input"):
        if isinstance(asked.get(key), list):
            asked[key] = [turn for turn in asked[key] if turn.get("role") not in ("system", "developer")]


def _resultless(asked: dict[str, Any]) -> None:
    """An adapter that skips what has no content, and the result that nothing asked for then."""
    if isinstance(asked.get("messages"), list):
        asked["messages"] = [
            turn
            for turn in asked["messages"]
            if turn.get("content") is not None and turn.get("role") != "tool"
        ]


def _big_endian(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    raw = base64.b64decode(text)
    count = len(raw) // 4
    return base64.b64encode(struct.pack(f">{count}f", *struct.unpack(f"<{count}f", raw))).decode()


def _doubles(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    raw = base64.b64decode(text)
    count = len(raw) // 4
    return base64.b64encode(raw[: 4 * count - 2]).decode()


def _reversed(body: Any) -> None:
    body["data"].reverse()


def _swapped(body: Any) -> None:
    """The vectors in the wrong order behind the right numbers."""
    vectors = [entry["embedding"] for entry in body["data"]]
    for entry, vector in zip(body["data"], vectors[::-1], strict=True):
        entry["embedding"] = vector


def _longer(vector: Any) -> Any:
    return [2 * number for number in vector] if isinstance(vector, list) else vector


DEFECTS = (
    Twist(
        "ignored-n",
        "`n` has no effect",
        on_request(_ignoring("n")),
        CHAT,
        "ignored.n",
        ("http.status",),
    ),
    Twist("ignored-stop", "`stop` has no effect", on_request(_ignoring("stop")), CHAT, "ignored.stop", ()),
    Twist(
        "ignored-instructions",
        "System and developer messages are dropped",
        on_request(_uninstructed),
        CHAT,
        "ignored.messages",
    ),
    Twist(
        "ignored-developer-items",
        "System and developer items are dropped",
        on_request(_uninstructed),
        RESPONSE,
        "ignored.messages",
    ),
    Twist(
        "ignored-tool-results",
        "Turns without content are dropped, and the results of tools",
        on_request(_resultless),
        CHAT,
        "ignored.messages",
    ),
    Twist(
        "ignored-max-tokens",
        "Token limits have no effect",
        on_request(_ignoring("max_tokens", "max_completion_tokens")),
        CHAT,
        "ignored.max_tokens",
        ("http.status",),
    ),
    Twist(
        "ignored-max-output-tokens",
        "`max_output_tokens` has no effect",
        on_request(_ignoring("max_output_tokens")),
        RESPONSE,
        "ignored.max_output_tokens",
        (
            "http.status",
            "responses.echo.max_output_tokens",
        ),
    ),
    Twist(
        "ignored-json-schema",
        "`response_format` json_schema has no effect",
        on_request(_schema_ignored),
        CHAT,
        "ignored.response_format",
        (),
    ),
    Twist(
        "ignored-text-format",
        "`text.format` has no effect",
        on_request(_format_ignored),
        RESPONSE,
        "ignored.text.format",
        (
            "http.status",
            "responses.echo.text.format",
        ),
    ),
    Twist(
        "ignored-logprobs",
        "`logprobs` has no effect",
        on_request(_ignoring("logprobs", "top_logprobs")),
        CHAT,
        "ignored.logprobs",
        ("http.status",),
    ),
    Twist(
        "ignored-tool-required",
        "tool_choice `required` has no effect",
        on_request(_never_required),
        CHAT,
        "ignored.tool_choice.required",
        (),
    ),
    Twist(
        "ignored-tool-named",
        "A named tool_choice has no effect",
        on_request(_never_named),
        CHAT,
        "ignored.tool_choice.named",
        (),
    ),
    Twist(
        "ignored-tool-none",
        "tool_choice `none` has no effect",
        on_request(_none_ignored),
        CHAT,
        "ignored.tool_choice.none",
        ("chat.finish-reason-expected",),
    ),
    Twist(
        "ignored-tool-required-responses",
        "tool_choice `required` has no effect on Responses",
        on_request(_never_required),
        RESPONSE,
        "ignored.tool_choice.required",
        ("responses.echo.tool_choice",),
    ),
    Twist(
        "ignored-parallel",
        "parallel_tool_calls false has no effect",
        on_request(_ignoring("parallel_tool_calls")),
        CHAT,
        "ignored.parallel_tool_calls",
        (),
    ),
    Twist(
        "ignored-parallel-responses",
        "parallel_tool_calls false has no effect on Responses",
        on_request(_ignoring("parallel_tool_calls")),
        RESPONSE,
        "ignored.parallel_tool_calls",
        ("responses.echo.parallel_tool_calls",),
        cases=("responses.create::tools*",),
    ),
    Twist(
        "ignored-allowed-tools",
        "A tool_choice of type allowed_tools has no effect",
        on_request(_all_allowed),
        CHAT,
        "ignored.tool_choice.allowed",
        cases=("chat.completions.create::tools*",),
    ),
    Twist(
        "ignored-allowed-tools-responses",
        "A tool_choice of type allowed_tools means required on Responses",
        on_request(_all_allowed),
        RESPONSE,
        "ignored.tool_choice.allowed",
        ("responses.echo.tool_choice",),
        cases=("responses.create::tools*",),
    ),
    Twist(
        "ignored-obfuscation",
        "`include_obfuscation: false` has no effect",
        on_request(_ignoring("stream_options")),
        RESPONSE,
        "ignored.stream_options",
        cases=("responses.create::stream*",),
    ),
    Twist(
        "ignored-response-instructions",
        "`instructions` never reach the model",
        on_request(_ignoring("instructions")),
        RESPONSE,
        "ignored.messages",
        ("responses.echo.instructions",),
    ),
    Twist(
        "ignored-max-completion-tokens",
        "`max_completion_tokens` has no effect",
        on_request(_ignoring("max_completion_tokens")),
        CHAT,
        "ignored.max_tokens",
        ("http.status",),
    ),
    Twist(
        "ignored-user",
        "`user` comes back as null",
        on_request(_ignoring("user")),
        RESPONSE,
        "responses.echo.user",
        cases=("responses.create::upstream-fields",),
    ),
    Twist(
        "ignored-cache-key",
        "`prompt_cache_key` comes back as null",
        on_request(_ignoring("prompt_cache_key")),
        RESPONSE,
        "responses.echo.prompt_cache_key",
        cases=("responses.create::upstream-fields",),
    ),
    Twist(
        "ignored-previous-response",
        "`previous_response_id` has no effect",
        on_request(_ignoring("previous_response_id")),
        RESPONSE,
        "ignored.previous_response_id",
        (
            "http.status",
            "responses.echo.previous_response_id",
        ),
    ),
    Twist(
        "embeddings-dimensions-ignored",
        "`dimensions` has no effect",
        on_request(_ignoring("dimensions")),
        EMBED,
        "ignored.dimensions",
        ("http.status",),
    ),
    Twist(
        "embeddings-base64-ignored",
        "encoding_format base64 has no effect",
        on_request(_ignoring("encoding_format")),
        EMBED,
        "ignored.encoding_format",
        ("http.status",),
    ),
    Twist(
        "embeddings-big-endian",
        "Base64 vectors are big-endian",
        on_body(put("data.*.embedding", _big_endian)),
        EMBED,
        "embeddings.base64.equals-float",
        ("embeddings.vector.finite",),
    ),
    Twist(
        "embeddings-base64-cut",
        "Base64 vectors end within a number",
        on_body(put("data.*.embedding", _doubles)),
        EMBED,
        "embeddings.base64.decodes",
        (),
    ),
    Twist(
        "embeddings-reversed",
        "Vectors come in reverse",
        on_body(_reversed),
        EMBED,
        "embeddings.index",
        ("embeddings.batch-order",),
    ),
    Twist(
        "embeddings-swapped",
        "Vectors stand behind the wrong numbers",
        on_body(_swapped),
        EMBED,
        "embeddings.batch-order",
        (),
    ),
    Twist(
        "embeddings-one-only",
        "Only the first input gets a vector",
        on_body(put("data", lambda data: data[:1])),
        EMBED,
        "embeddings.count",
        (),
    ),
    Twist(
        "embeddings-long",
        "Vectors are twice as long as one",
        on_body(put("data.*.embedding", _longer)),
        EMBED,
        "embeddings.vector.unit-norm",
        ("embeddings.base64.equals-float",),
    ),
)
