"""What an answer cost: the tokens of its own usage, or those that a stream without one carried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server import chat
from slashv1.reference_server.tokens import count
from slashv1.reference_server.wire import Answer


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of one answer."""

    input: int = 0
    output: int = 0


def used(asked: Mapping[str, Any], answer: Answer) -> Used:
    """The tokens of a granted request."""
    for body in _wholes(answer):
        usage = body.get("usage")
        if isinstance(usage, dict):
            read = [usage.get(name) for name in ("prompt_tokens", "input_tokens") if name in usage]
            said = [usage.get(name) for name in ("completion_tokens", "output_tokens") if name in usage]
            return Used(_first(read), _first(said))
    if answer.operation == "chat.completions.create" and answer.events is not None:
        return Used(chat.prompt_tokens(dict(asked)), sum(count(text) for text in _texts(answer)))
    return Used()


def _first(values: list[Any]) -> int:
    return values[0] if values and type(values[0]) is int else 0


def _wholes(answer: Answer) -> Iterator[dict[str, Any]]:
    """The objects that may hold the usage of the whole, the last first."""
    if isinstance(answer.body, dict):
        yield answer.body
    for event in reversed(answer.events or ()):
        if isinstance(event.data, dict):
            inner = event.data.get("response")
            yield inner if isinstance(inner, dict) else event.data


def _texts(answer: Answer) -> Iterator[str]:
    """Everything that the deltas of a chat stream carry: text, names and arguments."""
    for event in answer.events or ():
        for choice in event.data.get("choices", ()) if isinstance(event.data, dict) else ():
            delta = choice.get("delta", {})
            yield delta.get("content") or ""
            for call in delta.get("tool_calls") or ():
                inner = call.get("function") or call.get("custom") or {}
                yield from (inner.get(key) or "" for key in ("name", "arguments", "input"))
