"""Defects of what is taken and what is refused: legal input turned away, and mistakes let through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_request, on_status
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.problems import ApiError, server_error
from slashv1.reference_server.wire import Answer, Call, Event, Handler, dumps

CHAT = ("chat.completions.create",)
RESPONSE = ("responses.create",)
EMBED = ("embeddings.create",)
Asked = dict[str, Any]


def _refusing(told: Callable[[Asked], str | None]) -> Change:
    """Refuse what is legal where `told` names the fault; else answer as is due."""

    def changed(call: Call, answer: Answer) -> Answer:
        fault = told(call.json) if answer.ok else None
        return answer if fault is None else _instead(answer, ApiError(fault))

    return on_answer(changed)


def _crashing(hit: Callable[[Asked], bool]) -> Change:
    """A 500 in place of whatever is due."""
    return on_answer(lambda call, answer: _instead(answer, server_error()) if hit(call.json) else answer)


def _instead(answer: Answer, problem: ApiError) -> Answer:
    plain = answer.with_header("content-type", "application/json")
    return replace(plain, status=problem.status, body=problem.envelope(), events=None)


def _items(asked: Asked) -> list[Any]:
    return asked["input"] if isinstance(asked.get("input"), list) else []


def _messages(asked: Asked) -> list[Any]:
    return asked["messages"] if isinstance(asked.get("messages"), list) else []


def _orphans(asked: Asked) -> set[Any]:
    """Ids of outputs without a call among the items."""
    calls = {item.get("call_id") for item in _items(asked) if item.get("type") == "function_call"}
    outputs = {item.get("call_id") for item in _items(asked) if item.get("type") == "function_call_output"}
    return outputs - calls


def _bare_replay(asked: Asked) -> str | None:
    """An assistant's message as a client builds it: no id, no status, no annotations."""
    for place, item in enumerate(_items(asked)):
        if item.get("role") == "assistant" and isinstance(item.get("content"), list) and "id" not in item:
            return f"Field required: input[{place}].id"
    return None


def _own_replay(asked: Asked) -> str | None:
    """The server's own items, with what it gave them."""
    for place, item in enumerate(_items(asked)):
        if item.get("status") and item.get("type") in ("message", "function_call"):
            return f"Unknown parameter: 'input[{place}].status'."
    return None


def _tool_parts(asked: Asked) -> str | None:
    for place, turn in enumerate(_messages(asked)):
        if turn.get("role") == "tool" and isinstance(turn.get("content"), list):
            return f"Input should be a valid string: messages[{place}].content"
    return None


def _cache_key(asked: Asked) -> str | None:
    return "Extra inputs are not permitted: prompt_cache_key" if "prompt_cache_key" in asked else None


def _native(asked: Asked) -> str | None:
    return "Matryoshka embedding is not supported by this model" if asked.get("dimensions") == 1536 else None


def _sees(asked: Asked) -> bool:
    return "image_url" in dumps(_messages(asked))


def _beyond(asked: Asked) -> bool:
    return int(asked.get("max_completion_tokens") or 0) > 1_000_000


def _overflow_in_stream(call: Call, answer: Answer) -> Answer:
    """The overflow is found once the stream has begun."""
    if answer.ok or not _beyond(call.json) or call.json.get("stream") is not True:
        return answer
    streamed = answer.with_header("content-type", "text/event-stream; charset=utf-8")
    return replace(streamed, status=200, body=None, events=(Event(answer.body), Event("[DONE]")))


def _adopt_orphans(asked: Asked) -> None:
    """Outputs that answer no call are dropped without a word."""
    orphans = _orphans(asked)
    if orphans:
        asked["input"] = [item for item in _items(asked) if item.get("call_id") not in orphans]


def _drop_tool_turns(asked: Asked) -> None:
    """Tool messages that answer nothing are taken for the user's."""
    if _messages(asked) and not any(turn.get("tool_calls") for turn in _messages(asked)):
        for turn in asked["messages"]:
            if turn.get("role") == "tool":
                turn["role"] = "user"


def _renamed(asked: Asked) -> None:
    """Names of functions are never looked at."""
    for tool in asked.get("tools") or ():
        if isinstance(tool.get("function"), dict) and " " in str(tool["function"].get("name")):
            tool["function"]["name"] = str(tool["function"]["name"]).replace(" ", "_")


def _auto(asked: Asked) -> None:
    """A tool_choice that names no tool on offer is taken for `auto`."""
    choice = asked.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "function":
        offered = [(tool.get("function") or tool).get("name") for tool in asked.get("tools") or ()]
        if (choice.get("function") or choice).get("name") not in offered:
            asked["tool_choice"] = "auto"


async def _any_scheme(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Whatever stands in the header, the word Bearer aside, is taken for a key."""
    given = call.headers.get("authorization", "")
    if given and not given.lower().startswith("bearer"):
        call = replace(call, headers={**call.headers, "authorization": "Bearer sk-anyone"})
    return await handler(call)


async def _any_media(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """The media type of the body is never looked at."""
    return await handler(replace(call, headers={**call.headers, "content-type": "application/json"}))


def _empty_crash(call: Call, answer: Answer) -> Answer:
    bare = call.method == "POST" and not call.body and call.path == "/v1/chat/completions"
    return _instead(answer, server_error()) if bare else answer


def _as_text(asked: Asked) -> None:
    """Token ids are read as the text that they are written in."""
    given = asked.get("input")
    if isinstance(given, list) and given and not isinstance(given[0], str):
        lists = isinstance(given[0], list)
        asked["input"] = [json.dumps(item) for item in given] if lists else json.dumps(given)


def _other_when_streamed(call: Call, answer: Answer) -> Answer:
    if answer.ok or call.json.get("stream") is not True:
        return answer
    error = answer.body["error"]
    code = None if error["code"] == "empty_array" else error["code"]
    return replace(answer, body={"error": {**error, "code": code}})


def _unfilled(call: Call, answer: Answer) -> Answer:
    if answer.ok or answer.body["error"]["code"] != "model_not_found":
        return answer
    error = {**answer.body["error"], "message": "The model `{model_name}` does not exist."}
    return replace(answer, body={"error": error})


def _quota_as_rate(call: Call, answer: Answer) -> Answer:
    if answer.status != 429:
        return answer
    return replace(
        answer, body={"error": {**answer.body["error"], "type": "requests", "code": "rate_limit_exceeded"}}
    )


_LIMITS = ("*::rate-limit", "*::quota")
_OVERFLOW = ("chat.completions.create::max-completion-tokens-above*",)
DEFECTS = (
    Twist(
        "overflow-as-500",
        "More tokens than the context holds end as a 500",
        _crashing(_beyond),
        CHAT,
        "http.status",
        cases=_OVERFLOW,
    ),
    Twist(
        "overflow-in-stream",
        "More tokens than the context holds are refused within a 200 stream",
        on_answer(_overflow_in_stream),
        CHAT,
        "http.status",
        cases=_OVERFLOW,
    ),
    Twist(
        "orphan-output-as-500",
        "A function_call_output without its call ends as a 500",
        _crashing(lambda asked: bool(_orphans(asked)) and not asked.get("previous_response_id")),
        RESPONSE,
        "http.status",
        cases=("responses.create::call-*", "responses.create::tool*"),
    ),
    Twist(
        "orphan-output-dropped",
        "A function_call_output without its call is dropped",
        on_request(_adopt_orphans),
        RESPONSE,
        "http.status",
        cases=("responses.create::call-*", "responses.create::tool*"),
    ),
    Twist(
        "orphan-tool-message",
        "A tool message that answers no call is taken",
        on_request(_drop_tool_turns),
        CHAT,
        "http.status",
        cases=("chat.completions.create::tool*",),
    ),
    Twist(
        "tool-name-unchecked",
        "A function may have any name",
        on_request(_renamed),
        CHAT,
        "http.status",
        cases=("chat.completions.create::*function*",),
    ),
    Twist(
        "tool-choice-unchecked",
        "A tool_choice may name a tool that is not offered",
        on_request(_auto),
        CHAT,
        "http.status",
        cases=("chat.completions.create::tool*",),
    ),
    Twist(
        "replay-without-id-refused",
        "An assistant's message without id is refused in the input",
        _refusing(_bare_replay),
        RESPONSE,
        "http.status",
    ),
    Twist(
        "replay-own-refused",
        "The server's own items are refused in the input",
        _refusing(_own_replay),
        RESPONSE,
        "http.status",
        cases=("responses.create::*echo", "responses.create::items*"),
    ),
    Twist(
        "tool-parts-refused",
        "A tool's result in parts is refused",
        _refusing(_tool_parts),
        CHAT,
        "http.status",
        cases=("chat.completions.create::*message*", "chat.completions.create::tool-results*"),
    ),
    Twist(
        "upstream-field-refused",
        "A field of upstream that means nothing here is refused",
        _refusing(_cache_key),
        (),
        "http.status",
        cases=("*::upstream-fields", "*::plain"),
    ),
    Twist(
        "image-as-500",
        "A picture ends as a 500",
        _crashing(_sees),
        CHAT,
        "http.status",
        cases=("chat.completions.create::image", "chat.completions.create::text-parts*"),
    ),
    Twist(
        "native-dimensions-refused",
        "As many dimensions as the model has are refused",
        _refusing(_native),
        EMBED,
        "http.status",
        cases=("embeddings.create::dimensions*",),
    ),
    Twist(
        "auth-any-scheme",
        "Whatever stands in the Authorization header is taken for a key",
        _any_scheme,
        (),
        "http.status",
        cases=("*::*key*", "*::basic-auth"),
    ),
    Twist(
        "media-type-unchecked",
        "A body of any media type is read as JSON",
        _any_media,
        CHAT,
        "http.status",
        cases=("chat.completions.create::content-type-text",),
    ),
    Twist(
        "empty-body-as-500",
        "A request without a body ends as a 500",
        on_answer(_empty_crash),
        CHAT,
        "http.status",
        cases=("chat.completions.create::*body*",),
    ),
    Twist(
        "error-other-when-streamed",
        "An empty list has a code, and none when it streams",
        on_answer(_other_when_streamed),
        CHAT,
        "pairs.error-parity",
    ),
    Twist(
        "error-template",
        "A message leaves its placeholder as it stands",
        on_answer(_unfilled),
        (),
        "error.message-template",
    ),
    Twist(
        "quota-as-rate",
        "A budget that is used up looks like a rate",
        on_answer(_quota_as_rate),
        (),
        "error.quota-told",
        ("error.type-value", "headers.retry-after"),
        cases=_LIMITS,
    ),
    Twist(
        "rate-without-retry-after",
        "A 429 for the rate does not say when to come back",
        on_answer(lambda call, answer: answer.with_header("retry-after", None)),
        (),
        "headers.retry-after",
        cases=_LIMITS,
    ),
    Twist(
        "rate-as-503",
        "A rate that is reached is answered with 503",
        on_status(lambda call, answer: 503 if answer.status == 429 else answer.status),
        (),
        "http.status",
        cases=_LIMITS,
    ),
    Twist(
        "embeddings-tokens-as-text",
        "Token ids are embedded as text",
        on_request(_as_text),
        EMBED,
        "embeddings.token-count",
    ),
)
