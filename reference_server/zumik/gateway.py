"""The gateway of the profile `zumik`: around OpenAI's own, and never inside its bodies."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from slashv1.reference_server import cors
from slashv1.reference_server.auth import bearer, check_key
from slashv1.reference_server.catalog import find
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError, server_error
from slashv1.reference_server.response_store import ResponseStore
from slashv1.reference_server.routes import operation_of
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer, Call, Handler
from slashv1.reference_server.zumik import traces
from slashv1.reference_server.zumik.accounts import (
    Accounts,
    at_its_end,
    begun,
    charge,
    defer,
    forgive,
    price,
    region_of,
)
from slashv1.reference_server.zumik.billing import used
from slashv1.reference_server.zumik.headers import signalled
from slashv1.reference_server.zumik.memory import remember, remembered
from slashv1.reference_server.zumik.prefix import Prefixes
from slashv1.reference_server.zumik.replays import Kept, Replays, fingerprint, keep
from slashv1.reference_server.zumik.shaping import resolved, shaped, telling, with_own_ids
from slashv1.reference_server.zumik.signals import read_signals
from slashv1.reference_server.zumik.state import Account, State
from slashv1.reference_server.zumik.traces import Trace

LOG = logging.getLogger(__name__)
PROMPTED = ("chat.completions.create", "completions.create", "responses.create")
"""Operations whose prompt has a beginning that can be cached."""
BILLED = (
    *PROMPTED,
    "embeddings.create",
    "responses.compact",
    "images.generate",
    "images.edit",
    "audio.speech.create",
    "audio.transcriptions.create",
    "audio.translations.create",
)
"""Operations that need means, have a provider behind them, and can miss a deadline."""


class ZumikGateway:
    """Answers calls as the gateway inside does, with the header signals."""

    def __init__(
        self, inner: Handler, own: Handler, store: Store, state: State, *, api_keys: Sequence[str] = ()
    ) -> None:
        """`inner` answers requests, `own` what the gateway inside asks itself, the lines of a batch."""
        self._inner = inner
        self._own = own
        self._store = store
        self._state = state
        self._keys = tuple(api_keys)
        self._accounts = Accounts(store)
        self._replays = Replays(store)
        self._responses = ResponseStore(store)
        self._prefixes = Prefixes()

    async def answer(self, call: Call) -> Answer:
        """The answer to any request whatever; never raises for what a client sent."""
        if call.method == "OPTIONS":
            return await self._inner(call)
        started, trace, replay = time.perf_counter(), Trace(), None
        try:
            given, replay = await self._answer(call, trace)
        except ApiError as problem:
            given = await self._refused(call, trace, problem, started)
        except Exception:  # a client never sees a traceback; the log of whoever runs the server does
            LOG.exception("%s %s", call.method, call.path)
            given = await self._refused(call, trace, server_error(), started)
        return signalled(given, trace, replay)

    async def _refused(self, call: Call, trace: Trace, problem: ApiError, started: float) -> Answer:
        if trace.account:
            await self._store.run(lambda c: traces.save(c, trace, problem.status))
        milliseconds = round((time.perf_counter() - started) * 1000)
        return cors.allowed(call, dress(problem.answer(trace.operation), milliseconds=milliseconds))

    async def _answer(self, call: Call, trace: Trace) -> tuple[Answer, bool | None]:
        """The answer, and whether it was given before (None: no idempotency key)."""
        if call.path == traces.PATH or call.path.startswith(f"{traces.PATH}/"):
            check_key(call.headers.get("authorization"), self._keys)
            found = await traces.usage(self._store, call, self._named(call).id)
            return cors.allowed(call, dress(found, milliseconds=1)), None
        account = self._account(call)
        trace.operation = operation_of(call.method, call.path)
        if account is None or not trace.operation:
            return await self._inner(call), None  # which refuses it
        call = replace(call, account=account.id)
        self._learn(call, trace, account)
        trace.signals = read_signals(call.headers, self._state)
        trace.region = region_of(account, trace.signals.region, self._state)
        key = trace.signals.idempotency_key
        if key is None or call.method in ("GET", "HEAD"):
            return await self._run(call, trace, account, None), None
        async with self._replays.alone(account.id, key):
            kept = await self._replays.find(account.id, key, call)
            if kept is None:
                return await self._run(call, trace, account, key), False
            trace.replay_of, trace.admission = kept.trace, trace.admission and "admitted"
            await self._store.run(lambda c: traces.save(c, trace, kept.answer.status))
            return cors.allowed(call, _again(kept.answer)), True

    def _account(self, call: Call) -> Account | None:
        """Whose request it is; None where the key is not good: the gateway inside says why."""
        try:
            check_key(call.headers.get("authorization"), self._keys)
        except ApiError:
            return None
        return self._named(call)

    def _named(self, call: Call) -> Account:
        """The account of a key that is good."""
        return self._state.account(bearer(call.headers.get("authorization")))

    def _learn(self, call: Call, trace: Trace, account: Account) -> None:
        """What is known of a request whoever answers it."""
        model = call.json.get("model")
        trace.account = account.id
        trace.execution_profile = account.execution_profile
        trace.admission = "rejected" if trace.operation in BILLED else None
        trace.provider = "openai"
        if not isinstance(model, str):
            return
        alias, known = self._state.aliases.get(model), find(model)
        trace.model = model
        trace.release = alias.release if alias else known.snapshot if known else None
        trace.provider = alias.provider if alias else trace.provider

    async def line(self, call: Call) -> Answer:
        """The answer to a line of a batch: it costs what it costs by itself, but no request of the rate."""
        account, trace = self._state.account_of(call.account), Trace()
        trace.operation = operation_of(call.method, call.path)
        self._learn(call, trace, account)
        try:
            trace.region = region_of(account, None, self._state)
            return await self._spend(call, trace, account, None, self._own)
        except ApiError as problem:
            refused = problem.answer(trace.operation)
        await self._store.run(lambda c: traces.save(c, trace, refused.status))
        return refused

    async def _run(self, call: Call, trace: Trace, account: Account, key: str | None) -> Answer:
        """Admit, ask the gateway inside, charge and keep."""
        self._accounts.check_rate(account)
        return await self._spend(call, trace, account, key, self._inner)

    async def _spend(
        self, call: Call, trace: Trace, account: Account, key: str | None, inner: Handler
    ) -> Answer:
        if trace.operation in BILLED:
            await self._accounts.check_means(account)
            trace.admission = "admitted"
            await self._in_time(trace)
        given = await self._asked(call, trace, inner)

        def write(connection: Any) -> None:
            if trace.later is None:
                charge(connection, account, trace.nano)
            else:
                defer(connection, trace.later, trace.id, account.id, trace.nano)
            if given.ok and trace.operation == "responses.cancel":
                forgive(connection, given.body["id"])
            traces.save(connection, trace, given.status)
            if given.ok and trace.operation in PROMPTED:
                remember(connection, given, (trace.model, trace.cached))
            if given.ok and key is not None:
                keep(connection, account.id, key, Kept(fingerprint(call), trace.id, given))

        await self._store.run(write)
        return given

    async def _in_time(self, trace: Trace) -> None:
        """Let a deadline pass that the provider cannot keep.

        Raises:
            ApiError: 504; nothing was asked of the provider, and nothing is charged.
        """
        deadline = trace.signals.deadline_ms
        if deadline is not None and deadline < self._state.provider_ms:
            await asyncio.sleep(deadline / 1000)
            raise ApiError(
                f"The deadline of {deadline} ms passed before the provider answered. You were not charged.",
                status=504,
                code="deadline_exceeded",
                kind="server_error",
            )

    async def _asked(self, call: Call, trace: Trace, inner: Handler) -> Answer:
        """The answer of the gateway inside, as clients of this one see it."""
        named = unquote(call.path.removeprefix("/v1/models/"))
        if trace.operation == "models.retrieve" and named in self._state.aliases and find(named) is None:
            body = self._listed(named)
            return cors.allowed(call, dress(Answer(trace.operation, body=body), milliseconds=1))
        given = await inner(resolved(call, self._state.aliases.get(trace.model or "")))
        if not given.ok:
            return _without_code(given)
        if trace.operation == "models.list" and isinstance(given.body, dict):
            known = {model["id"] for model in given.body["data"]}
            listed = [self._listed(name) for name in self._state.aliases if name not in known]
            return replace(given, body={**given.body, "data": [*given.body["data"], *listed]})
        if trace.operation in BILLED:
            return await self._billed(call, trace, given)
        given = shaped(given, with_own_ids)
        return shaped(given, await remembered(self._store, given))

    async def _billed(self, call: Call, trace: Trace, given: Answer) -> Answer:
        running = await begun(self._responses, given)
        trace.used = used(call.json, replace(given, body=running.body) if running else given)
        trace.later = at_its_end(running) if running else None
        if trace.operation in PROMPTED and trace.signals.reuses:
            trace.cached = self._prefixes.reuse(trace.account, call.json, trace.used.input)
        trace.nano = price(trace.used.input - trace.cached, trace.cached, trace.used.output)
        return shaped(shaped(given, with_own_ids), telling(trace.model, trace.cached))

    def _listed(self, alias: str) -> dict[str, Any]:
        """An alias as the list of models has it."""
        release = find(self._state.aliases[alias].release)
        created = release.created if release else 0
        return {"id": alias, "object": "model", "created": created, "owned_by": "system"}


def _without_code(answer: Answer) -> Answer:
    """Empty messages have no code in this gateway's table; genuine OpenAI says `empty_array`."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict) or (error["code"], error["param"]) != ("empty_array", "messages"):
        return answer
    return replace(answer, body={**answer.body, "error": {**error, "code": None}})


def _again(kept: Answer) -> Answer:
    """A kept answer, with headers of its own where each answer has its own."""
    fresh = dress(replace(kept, headers=()), milliseconds=1)
    own = {name.lower() for name, _ in fresh.headers} - {"content-type"}
    headers = [pair for pair in kept.headers if pair[0].lower() not in own]
    return replace(fresh, headers=(*headers, *(p for p in fresh.headers if p[0].lower() != "content-type")))
