"""Long texts of a case, said in few words: `{$repeat: "a ", times: 9500}`."""

from __future__ import annotations

from typing import Any

MOST = 2_000_000
"""Characters: what a case sends is kept in memory, whole."""
_KEYS = {"$repeat", "times"}


def repeated(value: Any) -> Any:
    """The value with every such mapping written out.

    Raises:
        ValueError: one is not of this form, or longer than `MOST`.
    """
    if isinstance(value, list):
        return [repeated(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$repeat" not in value:
        return {key: repeated(item) for key, item in value.items()}
    text, times = value.get("$repeat"), value.get("times")
    if value.keys() != _KEYS or not isinstance(text, str) or type(times) is not int or times < 1:
        raise ValueError("$repeat is written {$repeat: TEXT, times: NUMBER}")
    if len(text) * times > MOST:
        raise ValueError(f"$repeat makes a text of {len(text) * times:,} characters, more than {MOST:,}")
    return text * times
