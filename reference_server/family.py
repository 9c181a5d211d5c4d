"""What a family of operations is: its routes, and who handles them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Handler

Handle = Callable[..., Awaitable[Answer]]
"""Takes the call, then the ids in its path, in their order; raises `ApiError` to refuse."""


class Route(NamedTuple):
    """Which request line means an operation."""

    operation: str
    """Upstream's name."""
    method: str
    path: str
    """Template from `/v1` on, as the contract has it: `/v1/files/{file_id}/content`."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a family may use of the gateway it belongs to."""

    store: Store
    answer: Handler
    """The gateway itself, for who has requests of its own to make."""
