"""The models, listed and one by one."""

from __future__ import annotations

from slashv1.reference_server.catalog import find, models
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Answer, Call

ROUTES = (
    Route("models.list", "GET", "/v1/models"),
    Route("models.retrieve", "GET", "/v1/models/{model}"),
)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {"models.list": _list, "models.retrieve": _retrieve}


async def _list(_: Call) -> Answer:
    listed = [model.public() for model in models().values()]
    return Answer("models.list", body={"object": "list", "data": listed})


async def _retrieve(_: Call, model_id: str) -> Answer:
    model = find(model_id)
    if model is None:
        raise ApiError(
            f"The model '{model_id}' does not exist", status=404, param="model", code="model_not_found"
        )
    return Answer("models.retrieve", body=model.public())
