"""The official client through every operation that the gateway serves."""

from __future__ import annotations

import os

import pytest
from openai import OpenAI

try:
    from .operations import DO
except ImportError:  # copied into an environment of its own, where it is no package
    from operations import DO  # type: ignore[no-redef]


def served() -> list[str]:
    """What the gateway serves: as the environment says, else as its own table does."""
    named = os.environ.get("SLASHV1_SERVED")
    if named:
        return named.split(",")
    from slashv1.reference_server.families import ROUTES

    return [route.operation for route in ROUTES]


def test_every_served_operation_is_used_here() -> None:
    assert set(served()) - DO.keys() == set()


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # some methods, in the client itself
@pytest.mark.parametrize(
    "function", sorted({DO[name] for name in served() if name in DO}, key=lambda f: f.__name__)
)
def test_the_official_client_uses(client: OpenAI, function) -> None:
    function(client)
