"""The gateway over ASGI: reads requests whole, writes answers, counts nothing on the event loop but bytes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from slashv1.errors import UsageError
from slashv1.reference_server.gateway import Gateway
from slashv1.reference_server.headers import dress
from slashv1.reference_server.intake import Intake, take_in
from slashv1.reference_server.problems import ApiError, server_error
from slashv1.reference_server.script import read_script
from slashv1.reference_server.scripted import Scripted
from slashv1.reference_server.store import Store
from slashv1.reference_server.switch import Switch
from slashv1.reference_server.wire import Answer, Call, Pieces
from slashv1.reference_server.zumik.gateway import ZumikGateway
from slashv1.reference_server.zumik.state import State
from slashv1.reference_server.zumik.statefile import load_state

PROFILES = ("openai", "zumik")
"""Whose behaviour the gateway can show."""
Log = Callable[[dict[str, Any]], None]
LOG = logging.getLogger(__name__)


def create_app(
    *,
    profile: str = "openai",
    state: str | None = None,
    api_keys: tuple[str, ...] | list[str] = (),
    db: str = ":memory:",
    defect: str | None = None,
    variant: str | None = None,
    log: Log | list[dict[str, Any]] | None = None,
    request_log: str | None = None,
    script: Mapping[str, Any] | None = None,
) -> Starlette:
    """The gateway as an ASGI application.

    Args:
        profile: `openai`, or `zumik`: the header signals around it.
        state: a state file of the profile `zumik`; None: the one that comes with it.
        api_keys: only these bearer keys are good; none named: the rule of `auth.check_key`.
        db: SQLite file, or `:memory:`.
        defect: name of a defect that every answer has; `/defect/NAME/v1` asks for one by path.
        variant: likewise, a legal variant.
        log: gets `{method, path, status}` of each request; never bodies or keys.
        request_log: the same as JSON lines in a file.
        script: rules for requests that get other answers, see `script.read_script`.

    Raises:
        UsageError: unknown profile, defect or variant, unusable file, a mistake in the script.
    """
    rules = read_script(script) if script else ()
    known = _state(profile, state)
    store = Store(db)
    good = (*api_keys, *known.keys) if api_keys and known else tuple(api_keys)
    gateway = Gateway(store, api_keys=good, aliases=known.releases if known else {})
    handler = gateway.answer
    if known is not None:
        around = ZumikGateway(handler, gateway.own, store, known, api_keys=good)
        handler, gateway.own = around.answer, around.line
    if rules:
        handler = Scripted(handler, rules).answer
    switch = Switch(handler, defect=defect, variant=variant)
    door = _Door(switch, _logs(log, request_log))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.close()
            store.close()

    app = Starlette(lifespan=lifespan)
    app.router.default = door  # no route: a pattern matches no path that holds a line end
    app.state.profile = profile
    return app


def _state(profile: str, path: str | None) -> State | None:
    """What the profile `zumik` starts with; None for OpenAI's own behaviour."""
    if profile not in PROFILES:
        raise UsageError(f"the gateway knows no profile {profile!r}; it serves {' and '.join(PROFILES)}")
    if profile == "zumik":
        return load_state(path)
    if path is not None:
        raise UsageError(
            "--state goes with --profile zumik: no other profile has stored hints, sessions or keys"
        )
    return None


def _logs(log: Log | list[dict[str, Any]] | None, path: str | None) -> list[Log]:
    logs: list[Log] = []
    if callable(log):
        logs.append(log)
    elif log is not None:
        logs.append(log.append)
    if path is not None:
        logs.append(_file_log(path))
    return logs


def _file_log(path: str) -> Log:
    target = Path(path)

    def append(entry: dict[str, Any]) -> None:
        with target.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    try:
        target.open("a").close()
    except OSError as error:
        raise UsageError(f"cannot write the request log {path}: {error.strerror}") from error
    return append


class _Door:
    """Between ASGI and the gateway."""

    def __init__(self, switch: Switch, logs: list[Log]) -> None:
        self._switch = switch
        self._logs = logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            answer, writes = _encoded(await self._answer(request))
        except ClientDisconnect:
            return
        for log in self._logs:
            log({"method": request.method, "path": request.url.path, "status": answer.status})
        await _write(answer, writes, request.method == "HEAD", receive, send)

    async def _answer(self, request: Request) -> Answer:
        try:
            taken = await take_in(request)
        except ApiError as problem:
            return dress(problem.answer(), milliseconds=1)
        except OSError:
            LOG.exception("the body of %s %s", request.method, request.url.path)
            return dress(server_error().answer(), milliseconds=1)
        try:
            return await self._switch.answer(_call(request, taken))
        finally:
            taken.close()


def _call(request: Request, taken: Intake) -> Call:
    raw_path = request.scope.get("raw_path") or request.url.path.encode()
    return Call(
        method=request.method,
        path=raw_path.split(b"?")[0].decode("latin-1"),
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=taken.data,
        spool=taken.spool,
    )


def _encoded(answer: Answer) -> tuple[Answer, tuple[bytes, ...]]:
    """The answer with what is written of its body; one that cannot be written is the gateway's own fault."""
    try:
        return answer, answer.encoded()
    except (ValueError, RecursionError):
        LOG.exception("an answer of %s", answer.operation)
        fault = dress(server_error().answer(answer.operation), milliseconds=1)
        return fault, fault.encoded()


class Cut(Exception):  # noqa: N818  not an error: the server is told to break the connection off
    """Ends a request whose body is not whole, so that the server closes the connection."""


async def _write(
    answer: Answer, writes: tuple[bytes, ...], head_only: bool, receive: Receive, send: Send
) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    streaming = answer.events is not None or len(writes) > 1 or answer.cut or bool(answer.pauses)
    await asyncio.sleep(answer.delay)
    if not streaming:
        size = answer.pieces.size if answer.pieces else sum(map(len, writes))
        headers.append((b"content-length", str(size).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if head_only:
        writes = ()
    elif answer.pieces:
        await _pour(answer.pieces, receive, send)
    elif not streaming:
        for data in writes:
            await send(_piece(data))
    elif not await _stream(answer, writes, receive, send):
        return
    if answer.cut:
        raise Cut
    await send(_piece(b"", more=False))


def _piece(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def _pour(pieces: Pieces, receive: Receive, send: Send) -> None:
    """Send a large file as it is read, as long as the client stays.

    Raises:
        Cut: less of it was there than was promised.
    """
    gone = asyncio.ensure_future(_disconnected(receive))
    sent = 0
    try:
        async for data in pieces.read():
            if gone.done():
                return
            sent += len(data)
            await send(_piece(data))
    finally:
        gone.cancel()
    if sent < pieces.size:
        raise Cut


async def _stream(answer: Answer, writes: tuple[bytes, ...], receive: Receive, send: Send) -> bool:
    """Send each write when it is due; False where the client went away."""
    gone = asyncio.ensure_future(_disconnected(receive))
    turned = asyncio.ensure_future(answer.turn.comes.wait()) if answer.turn else None
    try:
        for number, data in enumerate(writes):
            pause = answer.pauses.get(number, answer.pace if number else 0)
            if answer.turn is None or turned is None or number != answer.turn.at:
                await asyncio.wait({gone}, timeout=pause)
            else:
                await asyncio.wait({gone, turned}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if turned.done() and not gone.done():
                    await send(_piece(b"".join(event.encode() for event in answer.turn.events)))
                    return True
            if gone.done():
                return False
            await send(_piece(data))
        return True
    finally:
        for waiting in (gone, turned):
            if waiting is not None:
                waiting.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
