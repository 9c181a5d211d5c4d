"""Lists, page by page: what a query may say, and the page it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import from_text, rules, validate
from slashv1.reference_server.wire import Call

Data = dict[str, Any]
Query = dict[str, Any]


def query_of(call: Call, operation: str) -> Query:
    """The parameters of a query that the operation knows, in their types; others are left alone.

    Raises:
        ApiError: 400, a value that is none of the parameter's, as for one in a body.
    """
    known = rules()[operation]["properties"]
    given: Query = {}
    for key, text in call.query.items():
        name = key.removesuffix("[]")
        if name in known:
            given[name] = _typed(known[name]["type"], text)
    validate(operation, given)
    return given


def _typed(kind: str, text: str) -> Any:
    return [text] if kind == "array" else from_text(kind, text)


def page(
    items: Sequence[Data], query: Query, *, most: int, order: str = "desc", forgiving: bool = False
) -> Data:
    """The page of a list that a query asks for.

    Args:
        items: all there are, the oldest first; each has an `id`.
        most: how many a page holds where the query names no limit.
        order: where the query names none.
        forgiving: an `after` that names none of the items begins with the first.

    Raises:
        ApiError: 400, `after` or `before` names none of the items.
    """
    ordered = list(items if query.get("order", order) == "asc" else items[::-1])
    limit = query.get("limit", most)
    start, end = 0, len(ordered)
    if "after" in query:
        start = _place(ordered, query["after"], "after", forgiving) + 1
    if "before" in query:
        end = _place(ordered, query["before"], "before")
    within = ordered[start:end]
    backwards = "before" in query and "after" not in query
    shown = within[-limit:] if backwards else within[:limit]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "has_more": len(within) > len(shown),
        "last_id": shown[-1]["id"] if shown else None,
    }


def _place(items: Sequence[Data], wanted: str, param: str, forgiving: bool = False) -> int:
    place = next((at for at, item in enumerate(items) if item["id"] == wanted), -1 if forgiving else None)
    if place is None:
        raise ApiError(f"No item with id '{wanted}' is in this list.", param=param, code="invalid_value")
    return place
