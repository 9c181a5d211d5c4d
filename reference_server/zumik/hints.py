"""Hints of one request: sections of JSON, sent whole as base64url or by reference."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.spec.jsontext import parse

SECTIONS = ("qos", "reuse", "routing", "safety")
_LONGEST = 16_384
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_LONGEST_DEADLINE = 3_600_000
_FLAWS = frozenset({"nan", "surrogate", "duplicate-key"})


def decode(text: str) -> dict[str, Any]:
    """The hints that stand in `Agent-Hints`.

    Raises:
        ApiError: 400: no base64url, no JSON object, or a section of another form.
    """
    if not _BASE64URL.fullmatch(text) or len(text) > _LONGEST:
        raise refused("Agent-Hints", "expected base64url of a JSON object")
    bare = text.rstrip("=")
    if len(bare) % 4 == 1:
        raise refused("Agent-Hints", "expected base64url, which never has so many characters")
    document = parse(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)))
    if not document.ok or any(problem.kind in _FLAWS for problem in document.problems):
        raise refused("Agent-Hints", "expected base64url of JSON, but what it holds is not JSON")
    if not isinstance(document.value, dict):
        raise refused("Agent-Hints", "expected base64url of a JSON object")
    wrong = fault(document.value)
    if wrong:
        raise refused("Agent-Hints", f"expected {wrong}")
    return document.value


def fault(hints: Mapping[Any, Any]) -> str | None:
    """What was expected where hints have not the form; None where they have. Other sections are let be."""
    if not all(isinstance(name, str) for name in hints):
        return "names of sections"
    for name in SECTIONS:
        if name in hints and not isinstance(hints[name], Mapping):
            return f"{name} to be an object"
    deadline = hints.get("qos", {}).get("deadline_ms", 1)
    if type(deadline) is not int or not 1 <= deadline <= _LONGEST_DEADLINE:
        return f"qos.deadline_ms to be a whole number from 1 to {_LONGEST_DEADLINE}"
    if type(hints.get("reuse", {}).get("prefix", True)) is not bool:
        return "reuse.prefix to be true or false"
    if not isinstance(hints.get("routing", {}).get("region", ""), str):
        return "routing.region to be a string"
    return None


def honoured(hints: Mapping[str, Any]) -> tuple[str, ...]:
    """The sections that this gateway acts upon."""
    acts = {"qos": "deadline_ms", "reuse": "prefix", "routing": "region"}
    return tuple(name for name, key in acts.items() if key in hints.get(name, {}))


def refused(header: str, why: str, code: str = "invalid_value") -> ApiError:
    """400 for a header of the request."""
    return ApiError(f"Invalid header '{header}': {why}.", param=header, code=code)
