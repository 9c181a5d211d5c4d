"""Values as a hostile or broken server may send them, made safe to hand to a validator."""

from __future__ import annotations

from typing import Any

DEPTH = 200
"""Levels of nesting that are judged; genuine bodies stay under 20."""


def nudged(value: Any) -> tuple[bool, Any]:
    """Whether `value` is nested too deeply, and a copy in which `1.0` became `0.5`; None where none is.

    JSON Schema takes `1.0` for an integer, clients with typed models do not. A number moved half a step
    towards zero is an integer to nobody and stays within its bounds, so the copy tells them apart.
    """
    level, found = [value], False
    for _ in range(DEPTH):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                below.extend(item.values())
            elif kind is list:
                below.extend(item)
            elif kind is float and not found:
                found = item.is_integer()
        if not below:
            return False, _moved(value) if found else None
        level = below
    return True, None


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _moved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item) for item in value]
    return moved(value) if isinstance(value, float) else value


def moved(value: float) -> float:
    """A whole number half a step towards zero; any other as it is."""
    if value.is_integer():
        return value - 0.5 if value > 0 else value + 0.5
    return value


def tamed(value: Any) -> Any:
    """A copy with lone surrogates replaced and keys as text; what no JSON text gives becomes null."""
    if isinstance(value, dict):
        return {_text(key): tamed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tamed(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    return value if value is None or isinstance(value, (bool, int, float)) else None


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")
