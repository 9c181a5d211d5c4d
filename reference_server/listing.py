"""One page of a list, as its query asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import check_number

MOST = 100


def page(entries: list[dict[str, Any]], query: Mapping[str, str], *, limit: int = 20) -> dict[str, Any]:
    """`limit` entries behind the one that `after` names.

    Raises:
        ApiError: a limit that is no number from 1 to 100.
    """
    size = _limit(query.get("limit"), limit)
    after = query.get("after")
    start = next((i + 1 for i, entry in enumerate(entries) if entry["id"] == after), 0)
    shown = entries[start : start + size]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(entries) > start + size,
    }


def _limit(text: str | None, default: int) -> int:
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise ApiError(
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            param="limit",
            code="invalid_type",
        ) from None
    check_number({"type": "integer", "min": 1, "max": MOST}, value, "limit")
    return value
