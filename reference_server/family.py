"""What a family of operations is: its routes, and who handles them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slashv1.reference_server.catalog import Model, find
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
    """The gateway itself, for who has requests of its own to make: it asks for no key."""
    find: Callable[[str], Model | None] = find
    """A model by every name that a request may use."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """What goes on beside the requests."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work beside the requests, until it ends or the gateway is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
