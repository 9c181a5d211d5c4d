"""The gateway itself: a request in, the answer that genuine OpenAI would give out. No HTTP server here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from slashv1.reference_server import cors
from slashv1.reference_server.allowance import check_allowance
from slashv1.reference_server.auth import check_key
from slashv1.reference_server.catalog import find
from slashv1.reference_server.families import operations, resume
from slashv1.reference_server.family import Services
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError, server_error
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call, Handler

LOG = logging.getLogger(__name__)


class Gateway:
    """Answers calls; its only state is the store."""

    def __init__(
        self,
        store: Store,
        *,
        api_keys: Sequence[str] = (),
        aliases: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`aliases`: further names of models, which a gateway around this one resolves in requests."""
        self._keys = tuple(api_keys)
        self.own: Handler = self.run
        """Answers the gateway's own requests; a gateway around this one may put itself here."""
        self._services = Services(
            store, lambda call: self.own(call), lambda name: find(aliases.get(name, name))
        )
        self._operations = operations(self._services)

    async def start(self) -> None:
        """Go on with what the database has that is not done."""
        await resume(self._services)

    async def close(self) -> None:
        """Stop what is under way; the database has how far it came."""
        tasks = list(self._services.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self, call: Call) -> Answer:
        """The answer to a request of the gateway's own, without key and headers."""
        operation = ""
        try:
            operation, identifiers = find_route(call.method, call.path)
            return await self._operations[operation](call, *identifiers)
        except ApiError as problem:
            return problem.answer(operation)

    async def answer(self, call: Call) -> Answer:
        """The answer to any request whatever; never raises for what a client sent."""
        asked = cors.preflight(call)
        given = dress(asked, milliseconds=1) if asked else await self._answer(call)
        return cors.allowed(call, given)

    async def _answer(self, call: Call) -> Answer:
        started = time.perf_counter()
        operation = ""
        try:
            operation, identifiers = find_route(call.method, call.path)
            check_key(call.headers.get("authorization"), self._keys)
            check_allowance(call.headers.get("authorization"))
            given = await self._operations[operation](call, *identifiers)
        except ApiError as problem:
            given = problem.answer(operation)
        except Exception:  # a client never sees a traceback; the log of whoever runs the server does
            LOG.exception("%s %s", call.method, call.path)
            given = server_error().answer(operation)
        spent = round((time.perf_counter() - started) * 1000)
        return dress(given, milliseconds=spent, tokens=_used(given))


def _used(answer: Answer) -> int:
    usage = answer.body.get("usage") if isinstance(answer.body, dict) else None
    return int(usage.get("total_tokens", 0)) if isinstance(usage, dict) else 0
