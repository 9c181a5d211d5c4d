"""Tools that a conversation has loaded: those that a search found, or that were added on the way.

A response repeats each as a namespace of its name, behind the tools of the request and in place of the one
that was deferred. Source: genuine responses of gpt-5.4 and gpt-5.6, 2026-05 to 2026-08.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Item = dict[str, Any]
_LOADING = ("tool_search_output", "additional_tools")
"""Types of items that bring tools."""


def with_loaded(tools: Iterable[Item], items: Iterable[Item], echoed: Callable[[Item], Item]) -> list[Item]:
    """The tools of a response, given those of its request.

    `items`: the whole conversation. `echoed`: a tool as a response repeats it.
    """
    found = {
        tool["name"]: tool
        for item in items
        if item.get("type") in _LOADING
        for tool in item.get("tools") or ()
        if tool.get("type") == "function"
    }
    kept = [tool for tool in tools if not (tool.get("type") == "function" and tool.get("name") in found)]
    return [*map(echoed, kept), *(_namespace(tool, echoed) for tool in found.values())]


def _namespace(tool: Item, echoed: Callable[[Item], Item]) -> Item:
    loaded = {key: value for key, value in tool.items() if key != "defer_loading"}
    return {
        "type": "namespace",
        "name": tool["name"],
        "description": tool.get("description") or "",
        "tools": [echoed(loaded)],
    }
