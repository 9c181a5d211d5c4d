"""What legacy completions refuse: models that only chat or embed, tokens out of range, single values."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.completions import prompts
from slashv1.reference_server.embedding_rules import check_tokens, is_token
from slashv1.reference_server.named_model import known_model
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import combine, validate

Asked = dict[str, Any]
_NAME = "completions.create"


def check_completion(asked: Asked) -> Model:
    """Judge a request for a legacy completion.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    model = completion_model(asked)
    validate(_NAME, asked)
    combine(_NAME, asked, "stream_options")
    _prompt(asked.get("prompt"))
    _choices(asked)
    if asked.get("suffix") is not None and "suffix" in model.can.lacks:
        raise ApiError("This model does not support the 'suffix' parameter.", param="suffix")
    if asked.get("echo") and asked.get("logprobs") is not None:
        raise ApiError(
            "Setting 'echo' and 'logprobs' at the same time is not supported for this model.",
            code="invalid_parameter_combination",
        )
    return model


def completion_model(asked: Asked) -> Model:
    """The model of a request, one that completes text."""
    model = known_model(asked.get("model"))
    if model.kind == "completion":
        return model
    if model.kind in ("chat", "reasoning", "audio"):
        raise ApiError(
            "This is a chat model and not supported in the v1/completions endpoint. "
            "Did you mean to use v1/chat/completions?",
            status=404,
            param="model",
        )
    raise ApiError("You are not allowed to sample from this model", status=403)


def _prompt(raw: Any) -> None:
    """A string, strings, a token array, or token arrays; nothing mixed."""
    if raw is None or isinstance(raw, str):
        return
    given = prompts(raw)
    texts = all(isinstance(prompt, str) for prompt in given)
    arrays = all(isinstance(prompt, list) and prompt and all(map(is_token, prompt)) for prompt in given)
    if not given or not (texts or arrays):
        raise ApiError(
            "Invalid type for 'prompt': expected one of a string, array of strings, array of integers, or "
            "array of integer arrays.",
            param="prompt",
            code="invalid_type",
        )
    for prompt in given if arrays else ():
        check_tokens(prompt)


def _choices(asked: Asked) -> None:
    most, wanted = asked.get("best_of"), asked.get("n") or 1
    if most is not None and wanted > most:
        raise ApiError(
            "You requested that the server return more choices than it will generate (HINT: you must set 'n' "
            f"(currently {wanted}) to be at most 'best_of' (currently {most}), or omit either parameter if "
            "you don't specifically want to use them.)",
            param="best_of",
        )
