"""What the Responses API refuses beyond the shape of single values."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server import hosted
from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.conversation import choice_of, response_tools, text_of
from slashv1.reference_server.media_rules import check_response_media
from slashv1.reference_server.problems import (
    ApiError,
    missing_parameter,
    unknown_response_model,
)
from slashv1.reference_server.response_items import input_items
from slashv1.reference_server.schemas import refuse_function_schema, refuse_schema
from slashv1.reference_server.tokens import count_turns
from slashv1.reference_server.validation import combine, validate

Asked = dict[str, Any]
_SOURCES = ("input", "previous_response_id", "prompt", "conversation")
"""One of these says what to answer."""


def check_response(asked: Asked) -> Model:
    """Judge a request to create a response.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    prompt = asked.get("prompt")
    validate("responses.create", asked if prompt is None else {"model": "", **asked})
    combine("responses.create", asked, "stream_options")
    _one_state(asked)
    if prompt is not None:  # they are made on a page, not by the API: none is ever here
        raise ApiError(f"Prompt with id '{prompt['id']}' not found.", status=404)
    model = _model(asked["model"])
    if not any(asked.get(key) is not None for key in _SOURCES):
        raise missing_parameter("input")
    check_response_media(asked.get("input"))
    _tools(asked)
    _output_format(asked)
    if asked.get("background") and asked.get("store") is False:
        raise ApiError("Background mode requires store to be true.", param="store")
    return model


def check_input_tokens(asked: Asked) -> None:
    """Judge a request to count input tokens; a model is optional there."""
    validate("responses.input_tokens.count", asked)
    if asked.get("model") is not None:
        _model(asked["model"])


def check_compaction(asked: Asked) -> None:
    """Judge a request to compact a conversation."""
    validate("responses.compact", asked)
    _model(asked["model"])
    if asked.get("input") is None and asked.get("previous_response_id") is None:
        raise missing_parameter("input")


def _one_state(asked: Asked) -> None:
    if asked.get("conversation") is not None and asked.get("previous_response_id") is not None:
        raise ApiError(
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'previous_response_id' "
            "or 'conversation'.",
            code="mutually_exclusive_parameters",
        )


def conversation_of(asked: Asked) -> str | None:
    """The id of the conversation that a request belongs to; None: to none.

    Raises:
        ApiError: an object without an id.
    """
    given = asked.get("conversation")
    if given is None:
        return None
    name = given if isinstance(given, str) else given.get("id")
    if name is None:
        raise missing_parameter("conversation.id")
    if not isinstance(name, str):
        raise ApiError(
            "Invalid type for 'conversation.id': expected a string.",
            param="conversation.id",
            code="invalid_type",
        )
    return name


def check_history(asked: Asked, model: Model, items: list[dict[str, Any]]) -> None:
    """Judge all the items that a response goes on from: calls and outputs in pairs, and no more than fits.

    Raises:
        ApiError: an output without its call, a call without its output, more tokens than the context has.
    """
    _pairs(items)
    fits = asked.get("truncation") == "auto" or count_turns(items) <= (model.can.input or model.can.context)
    if not fits:
        raise ApiError(
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            param="input",
            code="context_length_exceeded",
        )


def _pairs(items: list[dict[str, Any]]) -> None:
    if any(item["type"] in _ELSEWHERE for item in items):
        return
    for call, output, said in _PAIRS:
        called = [item.get("call_id") for item in items if item["type"] == call]
        answered = [item.get("call_id") for item in items if item["type"] == output]
        for name in answered:
            if name not in called:
                raise ApiError(f"No tool call found for {said} output with call_id {name}.", param="input")
        for name in called:
            if name not in answered:
                raise ApiError(f"No tool output found for {said} {name}.", param="input")


_PAIRS = (
    ("function_call", "function_call_output", "function call"),
    ("custom_tool_call", "custom_tool_call_output", "custom tool call"),
)
"""Types of a call and of its output, and what an error calls them."""
_ELSEWHERE = ("item_reference", "tool_search_call")
"""With one of these among the items, a call may stand elsewhere."""


def _model(name: str) -> Model:
    model = find(name)
    if model is None or model.kind not in ("chat", "reasoning", "audio"):
        raise unknown_response_model(name)
    return model


def _tools(asked: Asked) -> None:
    for index, tool in enumerate(asked.get("tools") or ()):
        if tool.get("type") == "function" and tool.get("parameters") is not None:
            refuse_function_schema(tool, f"tools[{index}].parameters")
    chosen = asked.get("tool_choice")
    kind = chosen.get("type") if isinstance(chosen, dict) else None
    if isinstance(kind, str) and hosted.is_hosted(kind) and not hosted.offers(asked, kind):
        raise ApiError(f"Tool choice '{kind}' not found in 'tools' parameter.", param="tool_choice")
    mode, named = choice_of(chosen)
    names = {tool.name for tool in response_tools(asked.get("tools"))}
    if mode == "named" and named is not None and named not in names:
        raise ApiError(f"Tool choice '{named}' not found in 'tools' parameter.", param="tool_choice")


def _output_format(asked: Asked) -> None:
    output = (asked.get("text") or {}).get("format") or {}
    if output.get("type") == "json_object":
        items = input_items(asked.get("input"))
        said = " ".join([asked.get("instructions") or "", *(text_of(i.get("content")) for i in items)])
        if "json" not in said.lower():
            raise ApiError(
                "Response input messages must contain the word 'json' in some form to use 'text.format' of "
                "type 'json_object'.",
                param="input",
            )
    if output.get("type") == "json_schema":
        owner = f"response_format '{output['name']}'"
        refuse_schema(output, output["schema"], owner, param="text.format.schema", code="invalid_json_schema")
