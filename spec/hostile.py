"""Values as a hostile or broken server may send them, made safe to hand to a validator."""

from __future__ import annotations

from typing import Any

DEPTH = 200
"""Levels of nesting that are judged; genuine bodies stay under 20."""


_CONTAINERS = frozenset({dict, list})


def too_deep(value: Any) -> bool:
    """Whether `value` is nested more deeply than is judged."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(DEPTH - 1):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in _CONTAINERS
        ]
    return any(level)


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
