"""A text that a regular expression matches: the shortest way through it, the same every time."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

# The parser of `re` has no public name; JSON Schema's patterns need its tree, and only for examples.
_parser: Any = import_module("re._parser")

_LIKED = "a0A-_ ."
_CLASSES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}


def matching(pattern: str, least: int = 0) -> str:
    """A text of at least `least` characters, where the pattern can be stretched, that matches.

    Raises:
        ValueError: no expression that Python reads, or none that this walk can satisfy.
    """
    try:
        tree = _parser.parse(pattern)
        found = next((text for extra in range(3) if (text := _text(tree, least, extra)) is not None), "")
        fits = len(found) >= least and re.search(pattern, found) is not None
    except re.error as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from error
    if not fits:
        raise ValueError(f"pattern {pattern!r}: no text was found that matches")
    return found


def _text(tree: Any, least: int, extra: int) -> str | None:
    text = "".join(_one(str(code), argument, least, extra) for code, argument in tree)
    return text if len(text) >= least else None


def _one(code: str, argument: Any, least: int, extra: int) -> str:
    if code == "LITERAL":
        return chr(argument)
    if code == "ANY":
        return "a"
    if code == "NOT_LITERAL":
        return next(sign for sign in _LIKED if ord(sign) != argument)
    if code == "IN":
        return _member(argument)
    if code in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = argument
        wanted = max(int(low), min(least + extra, int(high)))
        return "".join(_all(inner, 0, extra) for _ in range(wanted))
    if code == "SUBPATTERN":
        return _all(argument[-1], least, extra)
    if code == "ATOMIC_GROUP":
        return _all(argument, least, extra)
    if code == "BRANCH":
        return _all(argument[1][0], least, extra)
    if code in ("AT", "ASSERT", "ASSERT_NOT"):
        return ""  # what it asks for is seen when the whole is tried
    raise ValueError(f"no text can be made for {code} of a pattern")


def _all(tree: Any, least: int, extra: int) -> str:
    return "".join(_one(str(code), argument, least, extra) for code, argument in tree)


def _member(items: Any) -> str:
    """A character of a class like `[^a-z_]`."""
    negated = any(str(code) == "NEGATE" for code, _ in items)
    inside = [(str(code), argument) for code, argument in items if str(code) != "NEGATE"]
    if negated:
        return next(sign for sign in _LIKED if not any(_holds(sign, *one) for one in inside))
    code, argument = inside[0]
    if code == "LITERAL":
        return chr(argument)
    if code == "RANGE":
        return chr(argument[0])
    return _CLASSES[str(argument)]


def _holds(sign: str, code: str, argument: Any) -> bool:
    if code == "LITERAL":
        return bool(ord(sign) == argument)
    if code == "RANGE":
        return bool(argument[0] <= ord(sign) <= argument[1])
    kind = str(argument)
    matched = re.match({"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}[kind.rsplit("_", 1)[-1]], sign)
    return (matched is None) is ("_NOT_" in kind)
