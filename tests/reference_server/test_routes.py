"""The routes are those of the contract, and every one has who handles it."""

from __future__ import annotations

import pytest

from slashv1.reference_server.families import ROUTES, operations
from slashv1.reference_server.family import Route, Services
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call
from slashv1.spec import operation


@pytest.mark.parametrize("route", ROUTES, ids=[route.operation for route in ROUTES])
def test_a_route_is_the_contracts(route: Route) -> None:
    known = operation(route.operation)
    assert (route.method, route.path.replace("{model_id}", "{model}")) == (known.method, known.path)


async def _nobody(_: Call) -> Answer:
    return Answer("")


def test_every_route_is_handled_and_every_handler_has_a_route() -> None:
    store = Store()
    handled = operations(Services(store, _nobody))
    store.close()
    assert handled.keys() == {route.operation for route in ROUTES}
    assert len(handled) == len(ROUTES)


def test_ids_come_decoded_and_in_order() -> None:
    assert find_route("GET", "/v1/models/a/b%2Fc") == ("models.retrieve", ("a/b/c",))
    assert find_route("GET", "/v1/responses/r%20s/input_items/") == ("responses.input_items.list", ("r s",))
    assert find_route("HEAD", "/v1/models") == ("models.list", ())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/responses/input_tokens", 405), ("PUT", "/v1/models", 405), ("GET", "/v1/nothing", 404)],
)
def test_what_is_no_operation_is_refused(method: str, path: str, status: int) -> None:
    with pytest.raises(ApiError) as refused:
        find_route(method, path)
    assert refused.value.status == status
