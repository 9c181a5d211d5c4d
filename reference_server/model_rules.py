"""What a request may not ask of the model it names, by the table of capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.problems import (
    INVALID,
    ApiError,
    unsupported_parameter,
    unsupported_value,
)
from slashv1.reference_server.validation import invalid_value

Asked = dict[str, Any]
_DEFAULTS: Mapping[str, Any] = {
    "frequency_penalty": 0,
    "logprobs": False,
    "presence_penalty": 0,
    "temperature": 1,
    "top_p": 1,
}
"""Values that ask for nothing special."""
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_LOGPROBS = "message.output_text.logprobs"


def refuse_before(asked: Asked, model: Model) -> None:
    """What chat refuses for the model before it looks at anything else.

    Raises:
        ApiError: `max_tokens` of a reasoning model; a model that chat does not serve.
    """
    if "chat" in model.can.lacks:
        raise ApiError(
            "This model is only supported in v1/responses and not in v1/chat/completions.",
            status=404,
            param="model",
        )
    if model.reasons and asked.get("max_tokens") is not None:
        raise unsupported_parameter("max_tokens", " Use 'max_completion_tokens' instead.")


def refuse_chat(asked: Asked, model: Model) -> None:
    """What chat refuses for the model in a request that is well formed.

    Raises:
        ApiError: a parameter, a value or a role that the family does not take.
    """
    can = model.can
    for name in can.incompatible:
        if asked.get(name) is not None:
            raise ApiError(f"Model incompatible request argument supplied: {name}")
    if asked.get("web_search_options") is not None and "web_search" not in can.takes:
        raise ApiError("Web search options not supported with this model.", param="web_search_options")
    for name in can.refuses:
        if name != "reasoning_effort" and asked.get(name) is not None:
            raise unsupported_parameter(name)
    _roles(asked, model)
    _chat_effort(asked, model)
    if _reasons_now(asked.get("reasoning_effort"), model):
        _while_reasoning(asked, model)
    if can.logprobs == "forbidden" and asked.get("logprobs"):
        raise ApiError("You are not allowed to request logprobs from this model", status=403)
    _retention(asked, model, code=None)
    _verbosity(asked.get("verbosity"), model, "verbosity")


def _roles(asked: Asked, model: Model) -> None:
    for at, message in enumerate(asked["messages"]):
        if message["role"] in model.can.refuses_roles:
            raise unsupported_value(f"messages[{at}].role", message["role"])


def _chat_effort(asked: Asked, model: Model) -> None:
    effort = asked.get("reasoning_effort")
    if effort is None:
        return
    if not model.reasons:
        raise ApiError("Unrecognized request argument supplied: reasoning_effort")
    if "reasoning_effort" in model.can.refuses:
        raise unsupported_parameter("reasoning_effort")
    efforts = model.can.chat.efforts or model.can.efforts
    if effort not in _EFFORTS and model.can.chat.unknown is None:
        raise invalid_value(effort, list(_EFFORTS), "reasoning_effort")
    if effort not in efforts:
        raise unsupported_value("reasoning_effort", effort, efforts)


def _reasons_now(effort: Any, model: Model) -> bool:
    return model.reasons and (effort or model.can.effort) != "none"


def _while_reasoning(asked: Asked, model: Model) -> None:
    for name, only in model.can.default_only.items():
        if asked.get(name) not in (None, only):
            raise ApiError(
                f"Unsupported value: '{name}' does not support {asked[name]} with this model. "
                f"Only the default ({only}) value is supported.",
                param=name,
                code="unsupported_value",
            )
    for name in model.can.refuses_reasoning:
        if asked.get(name) not in (None, _DEFAULTS[name]):
            raise unsupported_parameter(name)


def refuse_response(asked: Asked, model: Model) -> None:
    """What the Responses API refuses for the model in a request that is well formed.

    Raises:
        ApiError: an effort, a sampling parameter or log probabilities that the family does not take.
    """
    effort = (asked.get("reasoning") or {}).get("effort")
    if effort is not None and not model.can.efforts:
        raise unsupported_parameter("reasoning.effort")
    if effort is not None and effort not in model.can.efforts:
        known = ", ".join(f"'{name}'" for name in model.can.efforts)
        raise ApiError(
            f"Unsupported value: '{effort}' is not supported with the '{model.id}' model. "
            f"Supported values are: {known}.",
            param="reasoning.effort",
            code="unsupported_value",
        )
    _retention(asked, model, code="invalid_parameter")
    _verbosity((asked.get("text") or {}).get("verbosity"), model, "text.verbosity")
    if not _reasons_now(effort, model):
        return
    for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty"):
        if asked.get(name) not in (None, _DEFAULTS[name]):
            raise ApiError(f"Unsupported parameter: '{name}' is not supported with this model.", param=name)
    said = "logprobs are not supported with reasoning models."
    if _LOGPROBS in (asked.get("include") or ()):
        raise ApiError(said, param="include", code="unsupported_parameter")
    if asked.get("top_logprobs"):
        raise ApiError(said, param="top_logprobs", code="unsupported_parameter")


def _retention(asked: Asked, model: Model, code: str | None) -> None:
    wanted, known = asked.get("prompt_cache_retention"), model.can.retention
    if wanted is not None and known is not None and wanted not in known:
        raise ApiError(
            f"This model is compatible only with {known[0]} extended prompt caching",
            param="prompt_cache_retention",
            code=code,
            kind=INVALID,
        )


def _verbosity(wanted: Any, model: Model, param: str) -> None:
    if wanted in (None, "medium") or model.reasons:
        return
    raise ApiError(
        f"Unsupported value: '{wanted}' is not supported with the '{model.id}' model. "
        "Supported values are: 'medium'.",
        param=param,
        code="unsupported_value",
    )
