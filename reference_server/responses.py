"""The Responses API: a request to its response object."""

from __future__ import annotations

import time
from typing import Any

from slashv1.reference_server import hosted, ids
from slashv1.reference_server.catalog import Model
from slashv1.reference_server.conversation import (
    allowed_by,
    choice_of,
    last_tool_result,
    last_user_text,
    response_tools,
)
from slashv1.reference_server.mind import Ask, Turn, answer
from slashv1.reference_server.moderations import moderated
from slashv1.reference_server.response_items import (
    input_items,
    output_items,
    reasoning_tokens,
    thought_tokens,
)
from slashv1.reference_server.tokens import count_turns, count_value, split
from slashv1.reference_server.tool_search import with_loaded

Asked = dict[str, Any]
Items = list[dict[str, Any]]
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why a turn that ended so leaves a response incomplete."""
_NO_IMAGES = {
    "input_tokens": 0,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    "total_tokens": 0,
}


def input_tokens(asked: Asked, history: Items) -> int:
    """What a request bills as input; `history` are the items of the responses before it."""
    system = [{"content": asked["instructions"]}] if isinstance(asked.get("instructions"), str) else []
    turns = [*system, *history, *input_items(asked.get("input"))]
    return count_turns(turns) + count_value(asked.get("tools"))


def respond(asked: Asked, model: Model, history: Items) -> dict[str, Any]:
    """The finished response of a valid request."""
    thinks = _thinks(asked, model)
    turn = answer(_ask(asked, history, thought_tokens() if thinks else 0))
    items = [*history, *input_items(asked.get("input"))]
    user = last_user_text(items)
    output = _in_phase(hosted.with_calls(_output(asked, turn, thinks), asked, user), model)
    now = int(time.time())
    cut = turn.finish in _REASONS
    body = {
        "id": ids.item_id("resp"),
        "object": "response",
        "created_at": now,
        "status": "incomplete" if cut else "completed",
        "background": asked.get("background") or False,
        "billing": {"payer": "developer"},
        "completed_at": None if cut else now,
        "error": None,
        "incomplete_details": {"reason": _REASONS[turn.finish]} if cut else None,
        "model": model.snapshot,
        "output": output,
        "usage": _usage(input_tokens(asked, history), _billed(asked, turn, output), reasoning_tokens(output)),
    }
    searches = len([item for item in output if item["type"] == "web_search_call"])
    return {
        **body,
        **_echo(asked, model, items, searches),
        **moderated(asked, user, [turn.text or ""], listed=False),
    }


def _in_phase(output: Items, model: Model) -> Items:
    """The output, its messages with the phase that newer models name."""
    if model.can.phase is None:
        return output
    return [{**item, "phase": model.can.phase} if item["type"] == "message" else item for item in output]


def _billed(asked: Asked, turn: Turn, output: Items) -> int:
    """Tokens of output without reasoning: what was said and called, at most what the limit allows."""
    said = [part["text"] for item in output if item["type"] == "message" for part in item["content"]]
    words = sum(len(split(text)) for text in said) if hosted.forced(asked) else turn.billed
    whole = words + hosted.billed(output)
    limit = asked.get("max_output_tokens")
    return whole if limit is None else min(whole, limit)


def _thinks(asked: Asked, model: Model) -> bool:
    effort = (asked.get("reasoning") or {}).get("effort") or model.can.effort
    return effort not in (None, "none", "minimal")


def _ask(asked: Asked, history: Items, thought: int) -> Ask:
    """`thought`: tokens of reasoning, which the limit bounds too."""
    limit = asked.get("max_output_tokens")
    items = [*history, *input_items(asked.get("input"))]
    choice, named = choice_of(asked.get("tool_choice"))
    output = (asked.get("text") or {}).get("format") or {}
    return Ask(
        user=last_user_text(items),
        tool_result=last_tool_result(items),
        tools=allowed_by(asked.get("tool_choice"), response_tools(asked.get("tools"))),
        choice=choice,
        named=named,
        parallel=asked.get("parallel_tool_calls") is not False,
        schema=output.get("schema"),
        structured=output.get("type") in ("json_schema", "json_object"),
        limit=None if limit is None else max(limit - thought, 0),
    )


def _output(asked: Asked, turn: Turn, thinks: bool) -> Items:
    include = asked.get("include") or []
    probs = asked.get("top_logprobs") or 0
    return output_items(
        turn,
        probs=probs if "message.output_text.logprobs" in include or probs else None,
        reasoning=(asked.get("reasoning") or {}) if thinks else None,
        sealed="reasoning.encrypted_content" in include,
    )


def _usage(prompt: int, output: int, reasoning: int) -> dict[str, Any]:
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": output + reasoning,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": prompt + output + reasoning,
    }


def _given(asked: Asked, key: str, default: Any) -> Any:
    value = asked.get(key)
    return default if value is None else value


def _echo(asked: Asked, model: Model, items: Items, searches: int) -> dict[str, Any]:
    """The settings that a response repeats, as asked or by default."""
    nullable = (
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "previous_response_id",
        "prompt_cache_key",
        "safety_identifier",
        "user",
    )
    return {
        **{key: asked.get(key) for key in nullable},
        "frequency_penalty": _given(asked, "frequency_penalty", 0.0),
        "metadata": _given(asked, "metadata", {}),
        "moderation": None,
        "parallel_tool_calls": _given(asked, "parallel_tool_calls", True),
        "presence_penalty": _given(asked, "presence_penalty", 0.0),
        "prompt_cache_retention": _given(asked, "prompt_cache_retention", model.can.keeps),
        "reasoning": _reasoning(asked, model),
        "service_tier": _tier(asked),
        "store": _given(asked, "store", True),
        "temperature": _given(asked, "temperature", 1.0),
        "text": _text(asked),
        "tool_choice": _given(asked, "tool_choice", "auto"),
        "tool_usage": {"image_gen": _NO_IMAGES, "web_search": {"num_requests": searches}},
        "tools": with_loaded(asked.get("tools") or (), items, _tool),
        "top_logprobs": _given(asked, "top_logprobs", 0),
        "top_p": _given(asked, "top_p", 1.0),
        "truncation": _given(asked, "truncation", "disabled"),
    }


def _reasoning(asked: Asked, model: Model) -> dict[str, Any]:
    """What a response says of its reasoning; only a model that reasons has a mode."""
    given = asked.get("reasoning") or {}
    said = {
        "context": given.get("context") or model.can.turns,
        "effort": given.get("effort") or model.can.effort,
    }
    mode = {"mode": given.get("mode") or "standard"} if model.reasons else {}
    return {**said, **mode, "summary": given.get("summary")}


def _tier(asked: Asked) -> str:
    tier = asked.get("service_tier")
    return tier if tier in ("flex", "priority") else "default"


def _text(asked: Asked) -> dict[str, Any]:
    text = asked.get("text") or {}
    output = text.get("format") or {"type": "text"}
    if output.get("type") == "json_schema":
        output = {"description": None, "strict": True, **output}
    return {"format": output, "verbosity": text.get("verbosity") or "medium"}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if hosted.is_hosted(tool.get("type")):
        return hosted.echoed(tool)
    if tool.get("type") == "tool_search":
        return {"description": None, "parameters": None, **tool}
    if tool.get("type") != "function":
        return tool
    absent = {"description": None, "output_schema": None, "parameters": None}
    return {**absent, **tool, "strict": _given(tool, "strict", True)}


def before(body: dict[str, Any], status: str) -> dict[str, Any]:
    """The response as it was before it ended: no output, no usage."""
    unfinished: dict[str, Any] = {
        "completed_at": None,
        "incomplete_details": None,
        "moderation": None,
        "output": [],
        "usage": None,
    }
    return {**body, **unfinished, "status": status, "service_tier": "auto"}


def cancelled(body: dict[str, Any]) -> dict[str, Any]:
    """The response after it was cancelled in flight."""
    return before(body, "cancelled")
