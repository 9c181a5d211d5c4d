"""Items of hosted and custom tools and the events that bring them, to be bent in tests."""

from __future__ import annotations

from typing import Any

from tests.harness.response_values import Events, a_response, message, numbered, stream_of

PIXEL = "iVBORw0KGgo="
CITATION = {
    "type": "url_citation",
    "start_index": 0,
    "end_index": 5,
    "title": "A",
    "url": "https://a.example",
}

ITEMS: dict[str, dict[str, Any]] = {
    "web_search_call": {"id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    "file_search_call": {"id": "fs_1", "status": "completed", "queries": ["q"], "results": None},
    "code_interpreter_call": {
        "id": "ci_1",
        "status": "completed",
        "code": "print(42)",
        "container_id": "cntr_1",
        "outputs": None,
    },
    "mcp_list_tools": {"id": "mcpl_1", "server_label": "s", "tools": []},
    "mcp_call": {
        "id": "mcp_1",
        "status": "completed",
        "name": "roll",
        "arguments": '{"dice":"2d6"}',
        "server_label": "s",
        "output": "7",
        "error": None,
        "approval_request_id": None,
    },
    "image_generation_call": {"id": "ig_1", "status": "completed", "result": PIXEL},
    "custom_tool_call": {
        "id": "ctc_1",
        "status": "completed",
        "call_id": "call_1",
        "name": "note",
        "input": "pong pong",
    },
}
STEPS: dict[str, list[str]] = {
    "web_search_call": ["in_progress", "searching", "completed"],
    "file_search_call": ["in_progress", "searching", "completed"],
    "code_interpreter_call": ["in_progress", "_code", "interpreting", "completed"],
    "mcp_list_tools": ["in_progress", "completed"],
    "mcp_call": ["in_progress", "_arguments", "completed"],
    "image_generation_call": ["in_progress", "generating", "partial", "completed"],
    "custom_tool_call": ["_input"],
}
EMPTY: dict[str, Any] = {
    "action": {"type": "search"},
    "arguments": "",
    "code": "",
    "input": "",
    "output": None,
    "queries": [],
    "result": None,
}


def an_item(kind: str, **over: Any) -> dict[str, Any]:
    """A finished item of this type."""
    return {"type": kind, **ITEMS[kind], **over}


def item_events(item: dict[str, Any], at: int = 0) -> Events:
    """The events that bring it, from added to done."""
    kind, place = item["type"], {"item_id": item["id"], "output_index": at}
    begun = {key: EMPTY.get(key, value) for key, value in item.items()}
    begun |= {"status": "in_progress"} if "status" in item else {}
    events: Events = [{"type": "response.output_item.added", "output_index": at, "item": begun}]
    for step in STEPS[kind]:
        if step.startswith("_"):
            key = step[1:]
            half = len(item[key]) // 2
            pieces = (item[key][:half], item[key][half:])
            events += [{"type": f"response.{kind}{step}.delta", **place, "delta": piece} for piece in pieces]
            events.append({"type": f"response.{kind}{step}.done", **place, key: item[key]})
        elif step == "partial":
            image = {"partial_image_b64": PIXEL, "partial_image_index": 0}
            events.append({"type": f"response.{kind}.partial_image", **place, **image})
        else:
            events.append({"type": f"response.{kind}.{step}", **place})
    return [*events, {"type": "response.output_item.done", "output_index": at, "item": item}]


def stream_with(kind: str, **over: Any) -> Events:
    """A whole stream: an item of this type, then a message."""
    item = an_item(kind, **over)
    usual = stream_of(a_response(item, message(at=1)))
    brought = [event for event in usual if event.get("output_index") != 0]
    return numbered([*brought[:2], *item_events(item), *brought[2:]])
