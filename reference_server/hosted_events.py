"""The events of a hosted tool's item: that it begins, what it does, how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.reference_server.tokens import split

Data = dict[str, Any]
_MIDDLE = {
    "web_search_call": "searching",
    "file_search_call": "searching",
    "code_interpreter_call": "interpreting",
    "image_generation_call": "generating",
}
_OPENED: dict[str, Data] = {
    "web_search_call": {"action": {"type": "search"}},
    "file_search_call": {"queries": [], "results": None},
    "code_interpreter_call": {"code": "", "outputs": None},
    "mcp_list_tools": {"tools": []},
    "mcp_call": {"arguments": "", "error": None, "output": None},
    "image_generation_call": {"result": None},
}
"""What an item does not have yet when it is added."""
_TEXTS = {
    "code_interpreter_call": ("code_interpreter_call_code", "code"),
    "mcp_call": ("mcp_call_arguments", "arguments"),
}


def opened(item: Data) -> Data:
    """A hosted tool's item as it is added; any other as it is."""
    return {**item, **_OPENED.get(item["type"], {})}


def steps(item: Data, place: Data, tools: list[Data]) -> Iterator[Data]:
    """The events between the item's beginning and its end; none for items that have none of their own."""
    kind = item["type"]
    if kind not in _OPENED:
        return
    yield {"type": f"response.{kind}.in_progress", **place}
    if kind in _TEXTS:
        stem, key = _TEXTS[kind]
        for piece in split(item[key]):
            yield {"type": f"response.{stem}.delta", "delta": piece, **place}
        yield {"type": f"response.{stem}.done", key: item[key], **place}
    if kind in _MIDDLE:
        yield {"type": f"response.{kind}.{_MIDDLE[kind]}", **place}
    if kind == "image_generation_call":
        yield from _partial(item, place, tools)
    yield {"type": f"response.{kind}.completed", **place}


def _partial(item: Data, place: Data, tools: list[Data]) -> Iterator[Data]:
    tool = next((tool for tool in tools if tool.get("type") == "image_generation"), {})
    looks = {key: item[key] for key in ("background", "output_format", "quality", "size")}
    for number in range(tool.get("partial_images") or 0):
        event = {"type": "response.image_generation_call.partial_image", **place, **looks}
        yield {**event, "partial_image_b64": item["result"], "partial_image_index": number}
