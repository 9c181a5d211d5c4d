"""What chat refuses beyond the shape of single values: tools that do not fit, turns out of order, models."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.chat import prompt_tokens
from slashv1.reference_server.conversation import choice_of, text_of
from slashv1.reference_server.media_rules import check_chat_media
from slashv1.reference_server.model_rules import refuse_before, refuse_chat
from slashv1.reference_server.problems import (
    ApiError,
    unknown_chat_model,
    unsupported_parameter,
)
from slashv1.reference_server.schemas import refuse_function_schema, refuse_schema
from slashv1.reference_server.validation import (
    combine,
    exclude,
    validate,
    validate_late,
    validate_only,
)

Asked = dict[str, Any]
_AUDIO_BARE = (
    "frequency_penalty",
    "n",
    "presence_penalty",
    "seed",
    "stop",
    "stream",
    "temperature",
    "top_p",
    "user",
)
"""Audio models are judged by another service, whose errors about these have neither code nor param."""


def check_chat(asked: Asked) -> Model:
    """Judge a chat request whole.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    if "model" not in asked or asked["model"] in (None, ""):
        raise ApiError("you must provide a model parameter")
    name = "chat.completions.create"
    model = _model(asked["model"]) if isinstance(asked["model"], str) else None
    if model is not None:
        refuse_before(asked, model)
    # The order in which genuine OpenAI looks at faults, where a request has several.
    if model is None or model.kind != "audio":
        validate_only(name, asked, "stop")
    elif asked.get("stop") == []:
        raise ApiError("List should have at least 1 item after validation, not 0")
    validate_only(name, asked, "modalities")
    if model is not None:
        _modalities(asked, model)
    _shape(asked, model)
    model = model or _model(asked["model"])
    exclude(name, asked)
    _audio(asked, model)
    check_chat_media(asked["messages"], model)
    _prediction(asked, model)
    combine(name, asked, "top_logprobs", "stream_options")
    validate_late(name, asked)
    refuse_chat(asked, model)
    _output_format(asked, model)
    combine(name, asked, "parallel_tool_calls", "tool_choice")
    combine(name, asked, "metadata")
    _tools(asked)
    _turns(asked["messages"])
    _logit_bias(asked.get("logit_bias"))
    _context(asked, model)
    return model


def _shape(asked: Asked, model: Model | None) -> None:
    try:
        validate("chat.completions.create", asked, None if model is None else model.can.chat)
    except ApiError as problem:
        bare = problem.param in _AUDIO_BARE or (problem.param, problem.code) == ("max_tokens", "invalid_type")
        if model is not None and model.kind == "audio" and bare:
            raise ApiError(problem.message) from None
        raise


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


def _modalities(asked: Asked, model: Model) -> None:
    modalities = asked.get("modalities")
    if modalities is None or "audio" not in modalities:
        return
    if modalities == ["audio"]:
        raise ApiError(
            "Invalid value for 'modalities'. Only ['text'] and ['text', 'audio'] are supported.",
            param="modalities",
            code="invalid_value",
        )
    if model.kind != "audio":
        raise ApiError(
            "The selected model does not support audio modality.", param="modalities", code="invalid_value"
        )


def _prediction(asked: Asked, model: Model) -> None:
    if asked.get("prediction") is not None and (model.kind != "chat" or "prediction" in model.can.lacks):
        raise unsupported_parameter("prediction")


def _audio(asked: Asked, model: Model) -> None:
    """Audio models want to hear or to speak."""
    speaks = "audio" in (asked.get("modalities") or ())
    if model.kind == "audio" and not speaks and not _hears(asked["messages"]):
        raise ApiError(
            "This model requires that either input content or output modality contain audio.",
            param="model",
            code="invalid_value",
        )


def _hears(messages: list[dict[str, Any]]) -> bool:
    contents = [m["content"] for m in messages if isinstance(m.get("content"), list)]
    return any(part.get("type") == "input_audio" for parts in contents for part in parts)


def _tools(asked: Asked) -> None:
    tools = asked.get("tools") or []
    for index, tool in enumerate(tools):
        function = tool.get("function") or {}
        param = f"tools[{index}].function.parameters"
        if function.get("parameters") is not None:
            refuse_function_schema(function, param)
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


def _output_format(asked: Asked, model: Model) -> None:
    output = asked.get("response_format") or {}
    if output.get("type") in model.can.lacks:
        raise ApiError(
            f"Invalid parameter: 'response_format' of type '{output['type']}' is not supported with this "
            "model.",
            param="response_format",
        )
    said = " ".join(text_of(message.get("content")) for message in asked["messages"])
    if output.get("type") == "json_object" and "json" not in said.lower():
        raise ApiError(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            param="messages",
        )
    inner = output.get("json_schema") or {}
    if inner.get("schema") is not None:
        owner = f"response_format '{inner['name']}'"
        refuse_schema(inner, inner["schema"], owner, param="response_format", code=None)


def _context(asked: Asked, model: Model) -> None:
    prompt = prompt_tokens(asked)
    wanted = prompt + (asked.get("max_completion_tokens") or asked.get("max_tokens") or 0)
    if wanted > model.can.context:
        raise ApiError(
            f"This model's maximum context length is {model.can.context} tokens. However, you requested "
            f"{wanted} tokens ({prompt} in the messages, {wanted - prompt} in the completion). Please reduce "
            "the length of the messages or completion.",
            param="messages",
            code="context_length_exceeded",
        )


def _logit_bias(bias: Any) -> None:
    for value in (bias or {}).values():
        if not isinstance(value, int | float) or not -100 <= value <= 100:
            raise ApiError(
                f"Logit bias value {value} is invalid or outside of range [-100, 100]", param="logit_bias"
            )
