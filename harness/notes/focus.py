"""JSON around one place of it: the keys beside the way there, the rest left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_BESIDE = 1
"""Keys shown before and behind the one on the way."""
_SCALAR, _WHOLE = 40, 200


def steps_of(pointer: str) -> list[str]:
    """The steps of a JSON Pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def focus(value: Any, steps: Iterable[str]) -> str:
    """The value at the end of the steps, within what stands around it; where it is absent, what is there."""
    way = list(steps)
    if way and isinstance(value, dict) and value:
        return _object(value, way)
    if way and isinstance(value, list) and way[0].isdigit() and int(way[0]) < len(value):
        at = int(way[0])
        before, behind = "…, " if at else "", ", …" if at < len(value) - 1 else ""
        return f"[{before}{focus(value[at], way[1:])}{behind}]"
    return _cut(_text(value), _WHOLE)


def _object(value: dict[str, Any], way: list[str]) -> str:
    keys = list(value)
    first, last = 0, len(keys)
    if way[0] in value:
        at = keys.index(way[0])
        first, last = max(0, at - _BESIDE), min(len(keys), at + _BESIDE + 1)
    shown = [
        f"{_text(key)}: {focus(value[key], way[1:]) if key == way[0] else brief(value[key])}"
        for key in keys[first:last]
    ]
    shown = ["…"] * (first > 0) + shown + ["…"] * (last < len(keys))
    return "{" + ", ".join(shown) + "}"


def brief(value: Any) -> str:
    """A value in a word: scalars as they are, of others only that there are some."""
    if isinstance(value, dict | list) and value:
        return "{…}" if isinstance(value, dict) else "[…]"
    return _cut(_text(value), _SCALAR)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
