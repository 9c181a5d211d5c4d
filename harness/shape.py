"""The shape of a JSON value or a stream: its keys, types, enums and nesting, and nothing of its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ENUMS = frozenset({"object", "type", "role", "status", "finish_reason", "reason"})
"""Keys whose strings are words of the contract, not content."""
ERROR_ENUMS = ENUMS | {"code", "param"}
"""The same, within an `error`."""
DEEPEST = 50
"""Nesting below this is not looked at: no genuine answer is half as deep."""


def shape_of(value: Any, key: str = "", inside: str = "", depth: int = 0) -> Any:
    """A value with its content taken out.

    Objects keep their keys, arrays the distinct shapes of their elements in order; strings become
    `"string"` unless their key makes them a word of the contract, numbers `"number"`, and so on.
    `key` is the one the value stands under, `inside` the one of the object around it.
    """
    if depth > DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {name: shape_of(inner, name, key, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape for _, shape in distinct(value, key, depth)]
    if isinstance(value, str):
        return value if key in (ERROR_ENUMS if inside == "error" else ENUMS) else "string"
    return "null" if value is None else "boolean" if isinstance(value, bool) else "number"


def distinct(values: Sequence[Any], key: str = "", depth: int = 0) -> list[tuple[int, Any]]:
    """The distinct shapes of an array's elements, each with the place of the first that has it."""
    found: list[tuple[int, Any]] = []
    for place, value in enumerate(values):
        shape = shape_of(value, key, "", depth + 1)
        if not any(shape == known for _, known in found):
            found.append((place, shape))
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring frames of one kind."""

    kind: str
    frame: int
    """Number of the first."""
    data: Any
    """The JSON value of the first."""


def runs_of(frames: Sequence[tuple[int, str | None, Any]]) -> list[Run]:
    """A stream as runs of frames: `(number, event, value)` each, `[DONE]` as the value of its frame.

    How many deltas there are is content: neighbours of one kind count once.
    """
    runs: list[Run] = []
    for number, event, value in frames:
        kind = kind_of(event, value)
        if not runs or runs[-1].kind != kind:
            runs.append(Run(kind, number, value))
    return runs


def kind_of(event: str | None, value: Any) -> str:
    """What a frame is: its type, or for a chat chunk what it brings."""
    if not isinstance(value, dict):
        return str(value)[:20] if isinstance(value, str) else "no object"
    if isinstance(value.get("type"), str):
        return str(value["type"])
    if "error" in value:
        return "error"
    choices = value.get("choices")
    if not isinstance(choices, list):
        return event or "no choices"
    return _chunk_kind(choices)


def _chunk_kind(choices: list[Any]) -> str:
    if not choices:
        return "usage"
    words: set[str] = set()
    for choice in choices:
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            words |= {"role"} if "role" in delta else set(delta)
        if isinstance(choice, dict) and choice.get("finish_reason") is not None:
            words.add("finish_reason")
    return " ".join(sorted(words)) or "empty delta"
