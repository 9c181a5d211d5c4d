"""The input items of a response, page by page in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Pages = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def pages(http: httpx.Client) -> Pages:
    turns = [{"role": "user", "content": text} for text in "abcde"]
    made = http.post("/responses", json={"model": "gpt-4o-mini", "input": turns}).json()
    return lambda **query: http.get(f"/responses/{made['id']}/input_items", params=query)


def _texts(answer: httpx.Response) -> str:
    return "".join(item["content"][0]["text"] for item in answer.json()["data"])


def _id(pages: Pages, text: str) -> str:
    items: list[dict[str, Any]] = pages().json()["data"]
    return next(item["id"] for item in items if item["content"][0]["text"] == text)


@pytest.mark.parametrize(
    ("query", "texts", "more"),
    [
        ({}, "edcba", False),
        ({"order": "asc"}, "abcde", False),
        ({"limit": "2"}, "ed", True),
        ({"limit": "2", "after": "d"}, "cb", True),
        ({"limit": "2", "after": "b"}, "a", False),
        ({"limit": "2", "before": "a"}, "cb", True),
        ({"limit": "2", "before": "d"}, "e", False),
        ({"order": "asc", "after": "a", "before": "e"}, "bcd", False),
        ({"include[]": "message.input_image.image_url"}, "edcba", False),
    ],
)
def test_a_page_is_what_was_asked_for(pages: Pages, query: dict[str, str], texts: str, more: bool) -> None:
    named = {key: _id(pages, value) if key in ("after", "before") else value for key, value in query.items()}
    answer = pages(**named)
    assert (_texts(answer), answer.json()["has_more"]) == (texts, more)


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"limit": "0"}, "integer_below_min_value", "limit"),
        ({"limit": "101"}, "integer_above_max_value", "limit"),
        ({"limit": "1.5"}, "invalid_type", "limit"),
        ({"order": "up"}, "invalid_value", "order"),
        ({"after": "msg_none"}, "invalid_value", "after"),
        ({"before": "msg_none"}, "invalid_value", "before"),
        ({"include[]": "everything"}, "invalid_value", "include[0]"),
    ],
)
def test_a_wrong_page_is_refused(pages: Pages, query: dict[str, str], code: str, param: str) -> None:
    answer = pages(**query)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
