"""Tools that run at the server: canned calls and results, the same for every request.

Searches, code, MCP servers and images are nobody's here: what a client sees of them is their shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.tokens import count

Asked = Mapping[str, Any]
Item = dict[str, Any]
SITE = "https://example.com/slashv1"
CODE = "print(6 * 7)"
ARGUMENTS = '{"city":"Paris"}'
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
"""One pixel."""
_FAMILY = {
    "web_search": "web_search",
    "web_search_2025_08_26": "web_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
    "file_search": "file_search",
    "code_interpreter": "code_interpreter",
    "mcp": "mcp",
    "image_generation": "image_generation",
}
"""Type of a tool, or of a `tool_choice` that names it: what it does."""
_DEFAULTS: dict[str, dict[str, Any]] = {
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
    "image_generation": {
        "background": "auto",
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    },
    "mcp": {"allowed_tools": None, "headers": None, "require_approval": "always", "server_description": None},
    "web_search": {
        "search_context_size": "medium",
        "user_location": {
            "type": "approximate",
            "city": None,
            "country": "US",
            "region": None,
            "timezone": None,
        },
    },
}


def is_hosted(kind: Any) -> bool:
    """Whether a tool of this type runs at the server."""
    return isinstance(kind, str) and kind in _FAMILY


def echoed(tool: Item) -> Item:
    """A hosted tool as a response repeats it, defaults filled in."""
    family = _DEFAULTS.get(_FAMILY[tool["type"]], {})
    if tool["type"] == "web_search":
        family = {"return_token_budget": "default", "search_content_types": ["text"], **family}
    if isinstance(tool.get("require_approval"), dict):
        tool = {**tool, "require_approval": _approval(tool["require_approval"])}
    place, defaults = tool.get("user_location"), family.get("user_location")
    if isinstance(place, dict) and defaults:
        tool = {**tool, "user_location": {**defaults, "country": None, **place}}
    return {**tool, **{k: v for k, v in family.items() if tool.get(k) is None}}


def _approval(given: Item) -> Item:
    """The rules by which calls are approved, with what they leave open."""
    return {
        side: rule and {"read_only": None, "tool_names": None, **rule}
        for side, rule in {"always": None, "never": None, **given}.items()
    }


def offers(asked: Asked, kind: str) -> bool:
    """Whether a request offers a tool that a `tool_choice` of this type means."""
    return any(_FAMILY.get(tool.get("type")) == _FAMILY[kind] for tool in asked.get("tools") or ())


def forced(asked: Asked) -> Item | None:
    """The hosted tool that a request forces: named by its type, or `required` beside no other tool."""
    choice, tools = asked.get("tool_choice"), asked.get("tools") or []
    if isinstance(choice, Mapping) and is_hosted(choice.get("type")):
        wanted = _FAMILY[choice["type"]]
        return next((tool for tool in tools if _FAMILY.get(tool.get("type")) == wanted), None)
    if choice == "required" and tools and all(is_hosted(tool.get("type")) for tool in tools):
        first: Item = tools[0]
        return first
    return None


def with_calls(output: list[Item], asked: Asked, user: str) -> list[Item]:
    """The output with the items of the tool that was forced before its message, which cites what it found."""
    tool = forced(asked)
    if tool is None:
        return output
    calls = _CALLS[_FAMILY[tool["type"]]](tool, asked, user)
    if calls[-1]["type"] == "mcp_approval_request":
        return [*(item for item in output if item["type"] == "reasoning"), *calls]
    _cite(output, calls[0], asked)
    at = next((i for i, item in enumerate(output) if item["type"] == "message"), len(output))
    return [*output[:at], *calls, *output[at:]]


def billed(items: list[Item]) -> int:
    """Tokens of what the model wrote for its hosted tools."""
    texts = (item.get("code") or item.get("arguments") for item in items if item["type"] in _WRITTEN)
    return sum(count(text) for text in texts if text)


_WRITTEN = ("code_interpreter_call", "mcp_call", "mcp_approval_request")


def _cite(output: list[Item], call: Item, asked: Asked) -> None:
    """Add the source at the end of a message that was said whole, where there is room for it."""
    kind = call["type"]
    bounded = asked.get("max_output_tokens") or 64
    for item in output:
        if item["type"] != "message" or item["status"] != "completed" or item["content"][0]["logprobs"]:
            continue
        part = item["content"][0]
        source = f" ({SITE})" if kind == "web_search_call" else ""
        if kind not in _CITES or count(part["text"] + source) > bounded:
            continue
        start, part["text"] = len(part["text"]), part["text"] + source
        part["annotations"] = [_CITES[kind](start, len(part["text"]))]


_CITES: dict[str, Callable[[int, int], Item]] = {
    "web_search_call": lambda start, end: {
        "type": "url_citation",
        "end_index": end,
        "start_index": start,
        "title": "An example",
        "url": SITE,
    },
    "file_search_call": lambda start, end: {
        "type": "file_citation",
        "file_id": "file-slashv1",
        "filename": "example.txt",
        "index": end,
    },
}


def _included(asked: Asked, what: str) -> bool:
    return what in (asked.get("include") or ())


def _web_search(tool: Item, asked: Asked, user: str) -> list[Item]:
    action: Item = {"type": "search", "queries": [user], "query": user}
    if _included(asked, "web_search_call.action.sources"):
        action["sources"] = [{"type": "url", "url": SITE}]
    return [
        {"id": ids.item_id("ws"), "type": "web_search_call", "status": "completed", "action": action},
    ]


def _file_search(tool: Item, asked: Asked, user: str) -> list[Item]:
    found = {
        "attributes": {},
        "file_id": "file-slashv1",
        "filename": "example.txt",
        "score": 0.9,
        "text": "An example.",
    }
    results = [found] if _included(asked, "file_search_call.results") else None
    item = {"id": ids.item_id("fs"), "type": "file_search_call", "status": "completed"}
    return [{**item, "queries": [user], "results": results}]


def _code(tool: Item, asked: Asked, user: str) -> list[Item]:
    container = tool.get("container")
    named = container if isinstance(container, str) else ids.item_id("cntr")
    outputs = (
        [{"type": "logs", "logs": "42\n"}] if _included(asked, "code_interpreter_call.outputs") else None
    )
    item = {"id": ids.item_id("ci"), "type": "code_interpreter_call", "status": "completed"}
    return [{**item, "code": CODE, "container_id": named, "outputs": outputs}]


def _mcp(tool: Item, asked: Asked, user: str) -> list[Item]:
    """The server's tools, then a call of one of them, or the request to approve it."""
    label = tool.get("server_label")
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    listed = {
        "annotations": {"read_only": True},
        "description": "The current weather in a city.",
        "input_schema": schema,
        "name": "get_weather",
    }
    head = {"id": ids.item_id("mcpl"), "type": "mcp_list_tools", "server_label": label, "tools": [listed]}
    call = {"arguments": ARGUMENTS, "name": "get_weather", "server_label": label}
    if tool.get("require_approval") != "never":
        return [head, {"id": ids.item_id("mcpr"), "type": "mcp_approval_request", **call}]
    done = {"approval_request_id": None, "error": None, "output": "18 degrees, sunny."}
    return [head, {"id": ids.item_id("mcp"), "type": "mcp_call", "status": "completed", **call, **done}]


def _image(tool: Item, asked: Asked, user: str) -> list[Item]:
    chosen = {"background": "opaque", "output_format": "png", "quality": "low", "size": "1024x1024"}
    given = {key: tool[key] for key in chosen if tool.get(key) not in (None, "auto")}
    item = {"id": ids.item_id("ig"), "type": "image_generation_call", "status": "completed"}
    return [{**item, **chosen, **given, "result": PNG, "revised_prompt": user}]


_CALLS: dict[str, Callable[[Item, Asked, str], list[Item]]] = {
    "web_search": _web_search,
    "file_search": _file_search,
    "code_interpreter": _code,
    "mcp": _mcp,
    "image_generation": _image,
}
