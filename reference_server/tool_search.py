"""Tools that a conversation has loaded: those that a search found, or that were added on the way.

A response repeats each as a namespace of its name, behind the tools of the request and in place of the one
that was deferred. Source: genuine responses of gpt-5.4 and gpt-5.6, 2026-05 to 2026-08.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Item = dict[str, Any]
_LOADING = ("tool_search_output", "additional_tools")
"""Types of items that bring tools."""


def with_loaded(tools: list[Item], items: Iterable[Item]) -> list[Item]:
    """The tools of a response, given those of its request as it repeats them.

    `items`: the whole conversation.
    """
    found = {
        tool["name"]: tool
        for item in items
        if item.get("type") in _LOADING
        for tool in item.get("tools") or ()
        if tool.get("type") == "function"
    }
    kept = [tool for tool in tools if not (tool.get("type") == "function" and tool.get("name") in found)]
    return [*kept, *map(_namespace, found.values())]


def _namespace(tool: Item) -> Item:
    inner = {"description": None, "output_schema": None, "parameters": None, "strict": True, **tool}
    inner.pop("defer_loading", None)
    return {
        "type": "namespace",
        "name": tool["name"],
        "description": tool.get("description") or "",
        "tools": [inner],
    }
