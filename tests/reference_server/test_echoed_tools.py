"""How a response repeats its tools and lists its input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.reference_server.audited import sent

RATE = {"type": "function", "name": "get_rate", "description": "A rate.", "parameters": {"type": "object"}}
READY = {"type": "function", "name": "ready", "parameters": {"type": "object"}}
DEFERRED = {**RATE, "defer_loading": True}
FOUND = [
    {"role": "user", "content": "Hi"},
    {
        "type": "tool_search_call",
        "call_id": "c1",
        "execution": "client",
        "arguments": {},
        "status": "completed",
    },
    {
        "type": "tool_search_output",
        "call_id": "c1",
        "execution": "client",
        "status": "completed",
        "tools": [DEFERRED],
    },
]


def tools_of(http: httpx.Client, folder: Path, **asked: Any) -> list[dict[str, Any]]:
    answer = json.loads(sent(http, "/responses", {"model": "gpt-5.4", "input": "Hi", **asked}, folder))
    found: list[dict[str, Any]] = answer["tools"]
    return found


def test_a_tool_that_was_searched_for_is_a_namespace(http: httpx.Client, tmp_path: Path) -> None:
    offered = [{"type": "tool_search"}, READY, DEFERRED]
    search, ready, space = tools_of(http, tmp_path, input=FOUND, tools=offered)
    assert (search["type"], ready["name"], space["type"]) == ("tool_search", "ready", "namespace")
    assert (space["name"], space["description"]) == ("get_rate", "A rate.")
    assert [(tool["name"], "defer_loading" in tool) for tool in space["tools"]] == [("get_rate", False)]


def test_one_that_was_not_stays_deferred(http: httpx.Client, tmp_path: Path) -> None:
    _, deferred = tools_of(http, tmp_path, tools=[{"type": "tool_search"}, DEFERRED])
    assert (deferred["name"], deferred["defer_loading"]) == ("get_rate", True)


def test_what_was_searched_for_stays_loaded(http: httpx.Client, tmp_path: Path) -> None:
    asked = {"model": "gpt-5.4", "input": FOUND, "tools": [{"type": "tool_search"}, DEFERRED]}
    first = http.post("/responses", json=asked).json()["id"]
    tools = tools_of(http, tmp_path, tools=[{"type": "tool_search"}, DEFERRED], previous_response_id=first)
    assert [tool["type"] for tool in tools] == ["tool_search", "namespace"]


def test_rules_of_approval_say_what_they_leave_open(http: httpx.Client, tmp_path: Path) -> None:
    mcp = {"type": "mcp", "server_label": "s", "server_url": "https://mcp.example.com"}
    rule = {"never": {"tool_names": ["roll"]}}
    (tool,) = tools_of(http, tmp_path, tools=[{**mcp, "require_approval": rule}])
    assert tool["require_approval"] == {"always": None, "never": {"read_only": None, "tool_names": ["roll"]}}


def test_a_place_that_is_null_is_the_default_one(http: httpx.Client, tmp_path: Path) -> None:
    (tool,) = tools_of(http, tmp_path, tools=[{"type": "web_search", "user_location": None}])
    assert tool["user_location"]["country"] == "US"
    assert tool["search_content_types"] == ["text"]


def test_listed_input_has_no_file_data_and_no_image_unless_included(http: httpx.Client) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
        {"type": "input_image", "image_url": url},
    ]
    asked = {"model": "gpt-4o", "input": [{"role": "user", "content": parts}]}
    made = http.post("/responses", json=asked).json()["id"]
    path = f"/responses/{made}/input_items"
    file, image = http.get(path).json()["data"][0]["content"]
    assert file == {"type": "input_file", "file_id": None, "filename": "a.pdf"}
    assert image == {"type": "input_image", "detail": "auto", "file_id": None, "image_url": None}
    included = http.get(path, params={"include[]": "message.input_image.image_url"})
    assert included.json()["data"][0]["content"][1]["image_url"] == url
