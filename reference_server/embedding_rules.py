"""What embeddings refuse; this endpoint names neither code nor param in most of its errors."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.named_model import known_model
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.tokens import count

_MAX_INPUTS = 2048
_MAX_TOKENS = 8192
_MAX_TOKEN = 100_257
Asked = dict[str, Any]
_KNOWN = ("input", "model", "encoding_format", "dimensions", "user")


def check_embedding(asked: Asked) -> Model:
    """Judge a request for embeddings.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    model = known_model(asked.get("model"))
    if model.kind != "embedding":
        raise ApiError("You are not allowed to generate embeddings from this model", status=403)
    unknown = [key for key in asked if key not in _KNOWN]
    if unknown:
        raise ApiError(f"Unrecognized request argument supplied: {unknown[0]}")
    _options(asked)
    _input(asked)
    _dimensions(asked, model)
    _length(asked["input"])
    return model


def _options(asked: Asked) -> None:
    encoding = asked.get("encoding_format")
    if encoding not in (None, "float", "base64"):
        raise ApiError(
            f"Invalid value for 'encoding_format' = {encoding}. Supported values: ['float', 'base64']."
        )
    user = asked.get("user")
    if user is not None and not isinstance(user, str):
        raise ApiError(f"{user!r} is not of type 'string' - 'user'")
    size = asked.get("dimensions")
    if size is None:
        return
    if not isinstance(size, int) or isinstance(size, bool):
        raise ApiError(f"{size!r} is not of type 'integer' - 'dimensions'")
    if size < 1:
        raise ApiError(f"{size} is less than the minimum of 1 - 'dimensions'")


def _dimensions(asked: Asked, model: Model) -> None:
    size = asked.get("dimensions")
    if size is None:
        return
    if not model.shortens:
        raise ApiError("This model does not support specifying dimensions.")
    if model.dimensions is not None and size > model.dimensions:
        raise ApiError(
            f"Invalid value for 'dimensions' = {size}. Must be less than or equal to {model.dimensions}."
        )


def _input(asked: Asked) -> None:
    value = asked.get("input")
    bad = ApiError(
        "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
    )
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value or len(value) > _MAX_INPUTS:
        raise bad
    if all(is_token(item) for item in value):
        check_tokens(value)
    elif all(isinstance(item, list) and item and all(map(is_token, item)) for item in value):
        for item in value:
            check_tokens(item)
    elif not all(isinstance(item, str) and item for item in value):
        raise bad


def _length(value: Any) -> None:
    """Refuse an input of more tokens than a model reads."""
    several = isinstance(value, list) and not is_token(value[0])
    for item in value if several else [value]:
        size = count(item) if isinstance(item, str) else len(item)
        if size > _MAX_TOKENS:
            raise ApiError(
                f"This model's maximum context length is {_MAX_TOKENS} tokens, however you requested {size} "
                f"tokens ({size} in your prompt; 0 for the completion). Please reduce your prompt; or "
                "completion length."
            )


def is_token(item: Any) -> bool:
    """Whether an item of an input is a token id."""
    return isinstance(item, int) and not isinstance(item, bool)


def check_tokens(tokens: list[int]) -> None:
    """Refuse a token id that the vocabulary does not have."""
    for token in tokens:
        if not 0 <= token <= _MAX_TOKEN:
            raise ApiError(
                f"Invalid token in prompt: {token}. Minimum value is 0, maximum value is {_MAX_TOKEN} "
                "(inclusive)."
            )
