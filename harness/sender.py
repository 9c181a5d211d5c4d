"""One request over the socket: every byte of its answer kept, nothing raised for what a target does."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx

from slashv1.errors import UsageError
from slashv1.fixtures.exchange import Exchange, Failure, FailureKind, Request
from slashv1.fixtures.redact import REPLACEMENT, Redactor
from slashv1.harness.body import Body, Broken
from slashv1.harness.connection import Connection, is_loopback
from slashv1.harness.failures import failure_of
from slashv1.harness.templates import Prepared

_LEFT_OVER = (FailureKind.RESET, FailureKind.PROTOCOL)
"""What a reused connection can owe to the exchange before: it was closed, or bytes were left in it."""
_REPEATS = 5
"""Attempts a target's Retry-After can ask for."""


class Sender:
    """Sends requests of one run over one client; an async context manager."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = _client(connection)
        self.concurrency = connection.concurrency
        """Requests that may be under way at a time; kept by whoever calls `send`."""
        self.redactor = Redactor(connection.secrets)
        self.request_count = 0
        """Requests that went out, repeats included."""
        self._kept = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def send(
        self, prepared: Prepared, *, expected: Collection[int] = (), most: int = _REPEATS
    ) -> Exchange:
        """The exchange, secrets redacted. A Retry-After is obeyed unless its status is `expected`.

        `most`: attempts, at least one.
        """
        waited = 0.0
        for attempt in count(1):
            exchange, stale = await self._attempt(prepared)
            wait = 0.0 if stale and attempt == 1 else _retry_after(exchange, expected)
            over = wait is None or waited + wait > self._connection.max_wait or attempt >= min(_REPEATS, most)
            if wait is None or over or self.spent:
                break
            waited += wait
            await asyncio.sleep(wait)
        return self.redactor.exchange(replace(exchange, attempts=attempt))

    @property
    def spent(self) -> bool:
        """Whether --max-requests allows no further request."""
        limit = self._connection.max_requests
        return limit is not None and self.request_count >= limit

    async def _attempt(self, prepared: Prepared) -> tuple[Exchange, bool]:
        """One exchange, and whether it broke on a kept-alive connection, where another may be to blame."""
        limits = self._connection.limits
        opened: list[str] = []
        request = _request(self._connection, prepared, opened)
        self.request_count += 1
        answer = _Answer()
        started = time.perf_counter()
        sent_at = time.time()
        try:
            async with asyncio.timeout(limits.total):
                await self._receive(request, answer, started)
        except Broken as broken:
            answer.failure = broken.failure
        except TimeoutError:
            answer.failure = _late(f"no end of the answer within {limits.total:g} s (--total-timeout)")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            answer.failure = failure_of(error)
        exchange = Exchange(
            self._as_sent(request, prepared),
            answer.status,
            answer.headers,
            answer.body.reads if answer.body else (),
            sent_at,
            answer.first_byte,
            time.perf_counter() - started,
            answer.failure,
        )
        silent = answer.failure is not None and answer.failure.kind in _LEFT_OVER
        return exchange, silent and answer.status is None and not opened

    async def _receive(self, request: httpx.Request, answer: _Answer, started: float) -> None:
        limits = self._connection.limits
        try:
            async with asyncio.timeout(limits.first_byte):
                response = await self._client.send(request, stream=True)
        except httpx.ConnectTimeout:
            raise Broken(
                FailureKind.CONNECT, f"no connection within {limits.connect:g} s (--connect-timeout)"
            ) from None
        except TimeoutError:
            raise Broken(
                FailureKind.TIMEOUT, f"no answer head within {limits.first_byte:g} s (--timeout)"
            ) from None
        try:
            answer.take_head(response, time.perf_counter() - started)
            answer.body = self._body(response)
            await self._read(response, answer.body, started)
        finally:
            self._kept += answer.body.size if answer.body else 0
            await response.aclose()

    def _body(self, response: httpx.Response) -> Body:
        limits = self._connection.limits
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        coding = response.headers.get("content-encoding", "").strip().lower()
        room = max(limits.max_kept - self._kept, 64 * 1024)
        return Body(limits, coding=coding, event_stream=kind == "text/event-stream", room=room)

    async def _read(self, response: httpx.Response, body: Body, started: float) -> None:
        idle = self._connection.limits.idle
        chunks = response.aiter_raw()
        while True:
            try:
                async with asyncio.timeout(idle):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                raise Broken(
                    FailureKind.TIMEOUT, f"no byte for {idle:g} s within the body (--idle-timeout)"
                ) from None
            if chunk is None:
                break
            body.feed(chunk, time.perf_counter() - started)
        body.close()

    def _as_sent(self, request: httpx.Request, prepared: Prepared) -> Request:
        """What is kept of a request: the values of the user's own headers are left out, whatever they are."""
        own = {name.lower() for name, _ in self._connection.headers}
        sent = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        headers = tuple((name, REPLACEMENT if name.lower() in own else value) for name, value in sent)
        query = urlencode(prepared.query, quote_via=quote)
        return Request(prepared.method, prepared.path, query, headers, prepared.body)


class _Answer:
    """What came so far, so that a failure loses nothing."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.first_byte: float | None = None
        self.body: Body | None = None
        self.failure: Failure | None = None

    def take_head(self, response: httpx.Response, at: float) -> None:
        self.status = response.status_code
        self.first_byte = at
        raw = response.headers.raw
        self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def _client(connection: Connection) -> httpx.AsyncClient:
    """Redirects are not followed; proxies and the environment's settings never apply to loopback."""
    local = is_loopback(connection.host)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=connection.concurrency)
    try:
        return httpx.AsyncClient(
            verify=_tls(connection),
            proxy=None if local else connection.proxy,
            trust_env=not local,
            limits=limits,
            follow_redirects=False,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise UsageError(f"the proxy (--proxy, or the environment's) cannot be used: {error}") from None


def _tls(connection: Connection) -> ssl.SSLContext | bool:
    if not connection.base_url.startswith("https:") or connection.insecure:
        return False
    bundle = connection.ca_bundle
    if bundle is None:
        return httpx.create_ssl_context()
    if not Path(bundle).exists():
        raise UsageError(f"--ca-bundle {bundle}: no such file")
    folder = bundle if Path(bundle).is_dir() else None
    try:
        return ssl.create_default_context(cafile=None if folder else bundle, capath=folder)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(f"--ca-bundle {bundle}: no certificates in PEM form ({error})") from None


def _request(connection: Connection, prepared: Prepared, opened: list[str]) -> httpx.Request:
    """Built by hand: the client would add headers of its own and send back cookies of earlier cases."""

    async def trace(event: str, _: Any) -> None:
        if event == "connection.connect_tcp.started":
            opened.append(event)

    query = urlencode(prepared.query, quote_via=quote)
    url = f"{connection.root}{prepared.path}{'?' if query else ''}{query}"
    seconds = {"connect": connection.limits.connect, "read": None, "write": None, "pool": None}
    return httpx.Request(
        prepared.method,
        url,
        headers=[
            (n.encode("latin-1", "replace"), v.encode("latin-1", "replace")) for n, v in prepared.headers
        ],
        content=prepared.body,
        extensions={"timeout": seconds, "trace": trace},
    )


def _late(message: str) -> Failure:
    return Failure(FailureKind.TIMEOUT, message)


def _retry_after(exchange: Exchange, expected: Collection[int]) -> float | None:
    """Seconds a refused request should wait; None where it was not asked to, or the case wants just that."""
    if exchange.status not in (429, 503) or exchange.status in expected or exchange.failure:
        return None
    text = (exchange.header("retry-after") or "").strip()
    if text.isdigit() and len(text) < 9:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
