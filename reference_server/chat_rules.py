"""What chat refuses beyond the shape of single values: tools that do not fit, turns out of order, models."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.conversation import choice_of, text_of
from slashv1.reference_server.problems import ApiError, unknown_chat_model
from slashv1.reference_server.schemas import refuse_loose_schema
from slashv1.reference_server.validation import validate

Asked = dict[str, Any]


def check_chat(asked: Asked) -> Model:
    """Judge a chat request whole.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    if "model" not in asked or asked["model"] in (None, ""):
        raise ApiError("you must provide a model parameter")
    validate("chat.completions.create", asked)
    model = _model(asked["model"])
    _abilities(asked, model)
    _tools(asked)
    _turns(asked["messages"])
    _output_format(asked)
    _logit_bias(asked.get("logit_bias"))
    return model


def _model(name: str) -> Model:
    model = find(name)
    if model is None:
        raise unknown_chat_model(name)
    if model.kind not in ("chat", "reasoning", "audio"):
        raise ApiError(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
            "Did you mean to use v1/completions?",
            status=404,
            param="model",
        )
    return model


def _abilities(asked: Asked, model: Model) -> None:
    if model.kind != "reasoning":
        if asked.get("reasoning_effort") is not None:
            raise ApiError("Unrecognized request argument supplied: reasoning_effort")
        return
    if asked.get("max_tokens") is not None:
        raise ApiError(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    for name, only in (("temperature", 1), ("top_p", 1), ("presence_penalty", 0), ("frequency_penalty", 0)):
        if asked.get(name) not in (None, only):
            raise ApiError(
                f"Unsupported value: '{name}' does not support {asked[name]} with this model. "
                f"Only the default ({only}) value is supported.",
                param=name,
                code="unsupported_value",
            )


def _tools(asked: Asked) -> None:
    tools = asked.get("tools") or []
    for index, tool in enumerate(tools):
        function = tool.get("function") or {}
        if function.get("strict"):
            refuse_loose_schema(
                function.get("parameters"),
                f"function '{function['name']}'",
                param=f"tools[{index}].function.parameters",
                code="invalid_function_parameters",
            )
    mode, named = choice_of(asked.get("tool_choice"))
    names = {(tool.get("function") or tool.get("custom") or {}).get("name") for tool in tools}
    if mode == "named" and named not in names:
        raise ApiError(
            f"Invalid value for 'tool_choice': function '{named}' not found in 'tools'.", param="tool_choice"
        )


def _turns(messages: list[dict[str, Any]]) -> None:
    """Tool messages answer the calls of the assistant message before them."""
    open_calls: set[Any] = set()
    for index, message in enumerate(messages):
        role = message["role"]
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                raise ApiError(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
                    "message with 'tool_calls'.",
                    param=f"messages.[{index}].role",
                )
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            break
        open_calls = {call["id"] for call in message.get("tool_calls") or ()}
        if role == "assistant" and message.get("content") is None and not _acts(message):
            raise ApiError(
                "Invalid value for 'content': expected a string, got null.",
                param=f"messages.[{index}].content",
            )
    if open_calls:
        raise ApiError(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(sorted(map(str, open_calls)))}",
            param="messages",
        )


def _acts(message: dict[str, Any]) -> bool:
    return any(message.get(key) for key in ("tool_calls", "function_call", "refusal", "audio"))


def _output_format(asked: Asked) -> None:
    output = asked.get("response_format") or {}
    said = " ".join(text_of(message.get("content")) for message in asked["messages"])
    if output.get("type") == "json_object" and "json" not in said.lower():
        raise ApiError(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            param="messages",
        )
    inner = output.get("json_schema") or {}
    if inner.get("strict"):
        refuse_loose_schema(
            inner.get("schema"), f"response_format '{inner['name']}'", param="response_format", code=None
        )


def _logit_bias(bias: Any) -> None:
    for value in (bias or {}).values():
        if not isinstance(value, int | float) or not -100 <= value <= 100:
            raise ApiError(
                f"Logit bias value {value} is invalid or outside of range [-100, 100]", param="logit_bias"
            )
