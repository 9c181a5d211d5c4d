"""Input and output items of the Responses API, in the shape they are stored and answered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from slashv1.reference_server import ids, logprobs
from slashv1.reference_server.mind import ToolCall, Turn
from slashv1.reference_server.tokens import split

THOUGHT = "Weighing the request before answering."
_PREFIX = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fc",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctc",
    "reasoning": "rs",
}


def input_items(raw: Any) -> list[dict[str, Any]]:
    """`input` as a list of items with ids: a string is one user message, content strings are parts."""
    if raw is None:
        return []
    if isinstance(raw, str):
        raw = [{"role": "user", "content": raw}]
    return [_input_item(item) for item in raw]


def _input_item(item: dict[str, Any]) -> dict[str, Any]:
    kind = item.get("type") or "message"
    given = {"type": kind, **item}
    if kind == "message":
        given["content"] = _parts(item.get("content"), item.get("role"))
    status = {} if kind in ("item_reference", "reasoning") else {"status": "completed"}
    return {"id": ids.item_id(_PREFIX.get(kind, "item")), **status, **given}


def _parts(content: Any, role: Any) -> Any:
    if isinstance(content, list):
        return [_part(part) for part in content]
    if not isinstance(content, str):
        return content
    if role == "assistant":
        return [output_text(content, [])]
    return [{"type": "input_text", "text": content}]


def _part(part: Any) -> Any:
    """A part as it is kept: what an assistant said has annotations and log probabilities, if only empty."""
    if not isinstance(part, dict) or part.get("type") != "output_text":
        return part
    return {"annotations": [], "logprobs": [], **part}


IMAGE_URLS = "message.input_image.image_url"
"""What `include` names the addresses of images by."""


def shown(item: dict[str, Any], include: Collection[str]) -> dict[str, Any]:
    """An input item as it is listed: without what a file holds, and where an image lies only if asked."""
    content = item.get("content")
    if not isinstance(content, list):
        return item
    return {**item, "content": [_shown(part, include) for part in content]}


def _shown(part: Any, include: Collection[str]) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "input_file":
        return {"file_id": None, **{key: value for key, value in part.items() if key != "file_data"}}
    if kind == "input_image":
        url = part.get("image_url") if IMAGE_URLS in include else None
        return {"detail": "auto", "file_id": None, **part, "image_url": url}
    return part


def output_text(text: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A text part of a message."""
    return {"type": "output_text", "annotations": [], "logprobs": entries, "text": text}


def output_items(
    turn: Turn, *, probs: int | None, reasoning: dict[str, Any] | None, sealed: bool
) -> list[dict[str, Any]]:
    """Output items of a turn; `probs` alternatives where logprobs are included, a reasoning item first."""
    status = "incomplete" if turn.finish in ("length", "content_filter") else "completed"
    items = [] if reasoning is None else [_reasoning(reasoning, sealed)]
    if turn.text is not None:
        entries = [] if probs is None else logprobs.entries(turn.tokens, probs)
        items.append(
            {
                "id": ids.item_id("msg"),
                "type": "message",
                "status": status,
                "content": [output_text(turn.text, entries)],
                "role": "assistant",
            }
        )
    return [*items, *(_call(call, status) for call in turn.calls)]


def _reasoning(asked: dict[str, Any], sealed: bool) -> dict[str, Any]:
    summary = [{"type": "summary_text", "text": THOUGHT}] if asked.get("summary") else []
    item: dict[str, Any] = {"id": ids.item_id("rs"), "type": "reasoning", "content": [], "summary": summary}
    return {**item, "encrypted_content": f"gAAAA{ids.padding(item['id'], 1)}"} if sealed else item


def thought_tokens() -> int:
    """What one reasoning item bills."""
    return len(split(THOUGHT))


def reasoning_tokens(items: list[dict[str, Any]]) -> int:
    """What the reasoning in these items bills."""
    return thought_tokens() * len([item for item in items if item["type"] == "reasoning"])


def _call(call: ToolCall, status: str) -> dict[str, Any]:
    if call.custom:
        return {
            "id": ids.item_id("ctc"),
            "type": "custom_tool_call",
            "status": status,
            "call_id": call.id,
            "input": call.arguments,
            "name": call.name,
        }
    return {
        "id": ids.item_id("fc"),
        "type": "function_call",
        "status": status,
        "arguments": call.arguments,
        "call_id": call.id,
        "name": call.name,
    }
