"""A small deterministic tokenizer, so that usage can be counted and checked.

It is none of OpenAI's: words of up to eight letters with the blank before them, numbers of up to three
digits, runs of punctuation, single characters of other scripts. What matters is that the tokens of a text
joined are the text, and that every place that bills counts the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from slashv1.reference_server.wire import dumps

_TOKEN = re.compile(r" ?[A-Za-z]{1,8}| ?[0-9]{1,3}| ?[!-/:-@\[-`{-~]+| +(?=\S)|\s+|[\s\S]")

IMAGE_TOKENS = 85
"""An image part, whatever it shows."""
AUDIO_TOKENS = 2
"""A sound part of a request, however long; a spoken token of an answer."""


def split(text: str) -> list[str]:
    """The tokens of a text; joined they are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def count_value(value: Any) -> int:
    """Tokens of any JSON value: strings as text, the rest as compact JSON; images at a flat price."""
    if value is None:
        return 0
    if isinstance(value, str):
        return count(value)
    if isinstance(value, list):
        return sum(count_value(item) for item in value)
    if isinstance(value, dict):
        kind = value.get("type")
        if kind in ("image_url", "input_image"):
            return IMAGE_TOKENS
        if kind == "input_audio":
            return AUDIO_TOKENS
        if isinstance(value.get("text"), str):
            return count(value["text"])
    return count(dumps(value))


def parts_of(turns: Iterable[Any], kind: str) -> int:
    """How many content parts of a type a conversation holds."""
    contents = [turn["content"] for turn in turns if isinstance(turn.get("content"), list)]
    return sum(part.get("type") == kind for content in contents for part in content)


def count_turns(turns: Iterable[Any]) -> int:
    """Tokens of a conversation: three to open it, three around each turn, and what the turns hold."""
    total = 3
    for turn in turns:
        held = {key: value for key, value in turn.items() if key not in ("role", "id", "status", "type")}
        total += 3 + sum(count_value(value) for value in held.values())
    return total
