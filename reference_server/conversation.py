"""Reading chat messages and Responses input items: what the user said last, which tools are offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slashv1.reference_server.mind import Tool

TOOL_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def text_of(content: Any) -> str:
    """The text in a content: a string, or the text parts of an array joined."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return " ".join(part for part in parts if isinstance(part, str))


def last_user_text(turns: Iterable[Mapping[str, Any]]) -> str:
    """Text of the last turn whose role is user; empty where there is none."""
    text = ""
    for turn in turns:
        if turn.get("role") == "user":
            text = text_of(turn.get("content"))
    return text


def last_tool_result(turns: list[dict[str, Any]]) -> str | None:
    """What the last tool said, where the conversation ends with it."""
    if not turns:
        return None
    last = turns[-1]
    if last.get("role") in ("tool", "function"):
        return text_of(last.get("content"))
    if last.get("type") in TOOL_OUTPUTS:
        return text_of(last.get("output"))
    return None


def chat_tools(tools: Any) -> tuple[Tool, ...]:
    """The tools of a chat request, custom ones too."""
    return tuple(_chat_tool(tool) for tool in tools or ())


def _chat_tool(tool: Mapping[str, Any]) -> Tool:
    if tool.get("type") == "custom":
        return Tool(tool["custom"]["name"], custom=True)
    return Tool(tool["function"]["name"], tool["function"].get("parameters"))


def response_tools(tools: Any) -> tuple[Tool, ...]:
    """The tools of a Responses request that the client runs itself; hosted ones are never called."""
    return tuple(
        Tool(tool["name"], tool.get("parameters"), custom=tool["type"] == "custom")
        for tool in tools or ()
        if tool.get("type") in ("function", "custom")
    )


def allowed_by(raw: Any, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """The tools that a `tool_choice` of type allowed_tools leaves; all of them under any other."""
    if not isinstance(raw, Mapping) or raw.get("type") != "allowed_tools":
        return tools
    allowed = raw.get("allowed_tools") or raw
    names = [(t.get("function") or t.get("custom") or t).get("name") for t in allowed.get("tools") or ()]
    return tuple(tool for tool in tools if tool.name in names)


def choice_of(raw: Any) -> tuple[str, str | None]:
    """Mode and name of a `tool_choice`, as chat or Responses spell it."""
    if isinstance(raw, str):
        return raw, None
    if not isinstance(raw, Mapping):
        return "auto", None
    if raw.get("type") == "allowed_tools":
        allowed = raw.get("allowed_tools") or raw
        return str(allowed.get("mode", "auto")), None
    inner = raw.get("function") or raw.get("custom") or raw
    return "named", inner.get("name")
