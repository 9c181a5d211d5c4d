"""The model that a request of the older operations names."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.problems import ApiError, unknown_chat_model


def known_model(name: Any) -> Model:
    """The model by its name.

    Raises:
        ApiError: none is named, it is named by no text, or there is none of that name.
    """
    if name in (None, ""):
        raise ApiError("you must provide a model parameter")
    if not isinstance(name, str):
        raise ApiError(f"{name!r} is not of type 'string' - 'model'")
    model = find(name)
    if model is None:
        raise unknown_chat_model(name)
    return model
