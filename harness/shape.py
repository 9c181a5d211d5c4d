"""The shape of a JSON value or a stream: its keys, types, enums and nesting, and nothing of its content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

ENUMS = frozenset({"object", "type", "role", "status", "finish_reason", "reason"})
"""Keys whose strings are words of the contract, not content."""
ERROR_ENUMS = ENUMS | {"code", "param"}
"""The same, within an `error`."""
DEEPEST = 50
"""Nesting below this is not looked at: no genuine answer is half as deep."""
MOST_SHAPES = 50
"""Distinct shapes of one array that are told apart; genuine ones hold a handful."""
MOST_KEYS = 200
"""Keys of one object beyond those wanted that are compared; genuine objects have below 40."""
MORE = "…"
"""In place of a shape or a key: here is more than is looked at."""


def shape_of(value: Any, key: str = "", inside: str = "", depth: int = 0) -> Any:
    """A value with its content taken out.

    Objects keep their keys, arrays the distinct shapes of their elements in order; strings become
    `"string"` unless their key makes them a word of the contract, numbers `"number"`, and so on.
    `key` is the one the value stands under, `inside` the one of the object around it.
    """
    if depth > DEEPEST:
        return MORE
    if isinstance(value, dict):
        return {name: shape_of(inner, name, key, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape for _, shape in distinct(value, key, depth)]
    if isinstance(value, str):
        return value if key in (ERROR_ENUMS if inside == "error" else ENUMS) else "string"
    return "null" if value is None else "boolean" if isinstance(value, bool) else "number"


def distinct(values: Sequence[Any], key: str = "", depth: int = 0) -> list[tuple[int, Any]]:
    """The distinct shapes of an array's elements, each with the place of the first that has it.

    Behind the first 50 stands one `…` for the others.
    """
    found: list[tuple[int, Any]] = []
    known: set[str] = set()
    for place, value in enumerate(values):
        shape = shape_of(value, key, "", depth + 1)
        if found and shape == found[-1][1]:
            continue
        name = shape if isinstance(shape, str) else json.dumps(shape, sort_keys=True)
        if name in known:
            continue
        if len(found) == MOST_SHAPES:
            return [*found, (place, MORE)]
        known.add(name)
        found.append((place, shape))
    return found


def bounded(shape: Any, wanted: Any) -> Any:
    """A shape with the keys that `wanted` has and at most 200 others in each object.

    Where there are more, the key `…` says how many: what compares two shapes takes a hundred times as long
    for a key as reading it does.
    """
    if isinstance(shape, list):
        elements = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
        keys = {key: value for one in reversed(elements) for key, value in one.items()}
        return [bounded(one, keys) for one in shape]
    if not isinstance(shape, dict):
        return shape
    asked: Mapping[str, Any] = wanted if isinstance(wanted, dict) else {}
    kept = {key: bounded(shape[key], asked[key]) for key in asked if key in shape}
    strange = [key for key in islice(shape, MOST_KEYS + len(kept)) if key not in kept]
    kept |= {key: bounded(shape[key], None) for key in strange[:MOST_KEYS]}
    left = len(shape) - len(kept)
    return {**kept, MORE: f"{left:,} keys"} if left else kept


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring frames of one kind."""

    kind: str
    frame: int
    """Number of the first."""
    data: Any
    """The JSON value of the first."""


def runs_of(frames: Iterable[tuple[int, str | None, Any]]) -> list[Run]:
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
