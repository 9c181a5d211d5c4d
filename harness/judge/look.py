"""Looking into any JSON without ever raising: what is not of the right type is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

DAY = 86_400
"""Seconds: how far two clocks may be apart."""
_SHORT = 120
_PIECE = 65_536


def mapping(value: Any) -> dict[str, Any]:
    """`value` where it is an object, else empty."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """`value` where it is an array, else empty."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects in an array, with their places in it."""
    return ((i, item) for i, item in enumerate(sequence(value)) if isinstance(item, dict))


def kind(value: Any) -> str:
    """The `type` of an object where it is a string, else empty: safe to look up."""
    found = value.get("type") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def dig(value: Any, *path: str | int) -> Any:
    """What lies at a path of keys and indices; None where the way ends before."""
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def integer(value: Any) -> int | None:
    """`value` where it is a whole number, booleans left out."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> int | float | None:
    """`value` where it is a number, booleans left out."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def equal(one: Any, other: Any) -> bool:
    """Equality of two values a server sent; absurdly deep ones count as different."""
    try:
        return bool(one == other)
    except RecursionError:
        return False


def joined(pieces: Iterable[str]) -> str:
    """As `"".join(pieces)`, which first makes a list of them all.

    CPython lets a text grow in place where nothing but a local variable holds it: of an attribute or an item
    each `+=` copies the whole.
    """
    text = ""
    for piece in pieces:
        text += piece
    return text


def word_count(text: str) -> int:
    """How many words a text has, as `len(text.split())`, which makes a list of millions of a long one."""
    return len(text.split()) if len(text) <= _PIECE else words_in((text,))


def words_in(pieces: Iterable[str]) -> int:
    """How many words a text has that comes in pieces: it is not joined for it."""
    count, amid = 0, False
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            count += len(part.split()) - (amid and not part[0].isspace())
            amid = not part[-1].isspace()
    return count


def pointer(*steps: str | int) -> str:
    """A JSON Pointer (RFC 6901) from keys and indices."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def short(value: Any, limit: int = _SHORT) -> str:
    """A value as one short line of JSON, for `expected` and `actual`."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def more(count: int, what: str) -> str:
    """That something was seen elsewhere too: nothing, ` and in 1 more chunk`, ` and in 4 more chunks`."""
    return f" and in {count} more {what}{'' if count == 1 else 's'}" if count else ""


def beginning(body: bytes, limit: int = _SHORT) -> str:
    """How a body begins, on one line and as it stands: quoted as JSON, JSON would be unreadable."""
    text = " ".join(body[: limit * 4].decode("utf-8", "replace").split())
    return text if len(text) <= limit and len(body) <= limit * 4 else text[: limit - 1] + "…"
