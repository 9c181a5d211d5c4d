"""Chat answers for tests: a right one, to be changed in one place."""

from __future__ import annotations

import time
from typing import Any

ID = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("weather", "time")]


def message(**changed: Any) -> dict[str, Any]:
    """An assistant's message; None as a value stays, `...` takes the key away."""
    return _changed({"role": "assistant", "content": "Hello", "refusal": None, "annotations": []}, changed)


def choice(index: int = 0, *, said: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A choice of a plain answer."""
    whole = {"index": index, "message": said or message(), "logprobs": None, "finish_reason": "stop"}
    return _changed(whole, changed)


def completion(*choices: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A plain answer."""
    whole = {
        "id": ID,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "gpt-4o-2024-08-06",
        "choices": list(choices or [choice()]),
        "usage": USAGE,
        "system_fingerprint": None,
    }
    return _changed(whole, changed)


def called(*calls: dict[str, Any], finish: str = "tool_calls") -> dict[str, Any]:
    """A plain answer that calls tools."""
    return completion(choice(said=message(content=None, tool_calls=list(calls)), finish_reason=finish))


def call(name: str = "weather", arguments: Any = "{}", **changed: Any) -> dict[str, Any]:
    """A tool call of a plain answer."""
    whole = {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return _changed(whole, changed)


def token(text: str, logprob: float = -0.5, top: int = 0, **changed: Any) -> dict[str, Any]:
    """One token of log probabilities, with `top` alternatives."""
    given = {"token": text, "logprob": logprob, "bytes": list(text.encode())}
    return _changed({**given, "top_logprobs": [given] * top}, changed)


def chunk(*choices: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A chunk of a stream."""
    whole = {
        "id": ID,
        "object": "chat.completion.chunk",
        "created": int(time.time()) // 1000 * 1000,
        "model": "gpt-4o-2024-08-06",
        "system_fingerprint": "fp_1",
        "choices": list(choices),
    }
    return _changed(whole, changed)


def part(delta: dict[str, Any], finish: Any = None, index: int = 0, **changed: Any) -> dict[str, Any]:
    """One choice of a chunk."""
    return _changed({"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}, changed)


FIRST = {"role": "assistant", "content": "", "refusal": None}


def deltas(*given: dict[str, Any], finish: Any = "stop", index: int = 0) -> list[dict[str, Any]]:
    """The chunks of one choice: the role, these deltas, the finish."""
    return [
        chunk(part(FIRST, index=index)),
        *(chunk(part(delta, index=index)) for delta in given),
        chunk(part({}, finish, index)),
    ]


def piece(index: int = 0, arguments: Any = None, **changed: Any) -> dict[str, Any]:
    """A delta with a later piece of a tool call."""
    return {"tool_calls": [_changed({"index": index, "function": {"arguments": arguments}}, changed)]}


def begun(index: int = 0, name: Any = "weather", arguments: Any = "", **changed: Any) -> dict[str, Any]:
    """A delta with the first piece of a tool call."""
    inner = {"name": name, "arguments": arguments}
    whole = {"index": index, "id": f"call_{index}", "type": "function", "function": inner}
    return {"tool_calls": [_changed(whole, changed)]}


def _changed(whole: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**whole, **changed}.items() if value is not ...}
