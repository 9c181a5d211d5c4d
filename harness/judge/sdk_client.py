"""The official Python client over a transport that replays captured bytes: no network, no second request.

`openai` is imported when an exchange is first read by it, and never unless that was asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from slashv1.errors import UsageError
from slashv1.fixtures import Exchange

SDK = "sdk"
"""The name under which a profile is asked for the checks of the client."""
OLDEST = 2
"""Major version of the client from which on it needs nothing else to be installed to read a vector."""
_UNSENT = ("content-encoding", "transfer-encoding", "content-length", "connection")
"""Left out of what is replayed: the bytes are those behind content coding and framing."""


@dataclass(slots=True)
class Replay:
    """One exchange on its way to the client, and how far the client read it."""

    exchange: Exchange
    reads: int = 0
    """Reads handed out."""
    requests: int = 0
    ended: bool = False
    """The client asked for more than there was: on a live connection it would wait for its end."""

    def pieces(self) -> Iterator[bytes]:
        """The body, read by read as it was captured."""
        for read in self.exchange.reads:
            self.reads += 1
            yield read.data
        self.ended = True


_NOW: ContextVar[Replay] = ContextVar("slashv1_replay")


def sdk_version() -> str | None:
    """The version of the official client; None where it is not installed. Imports nothing."""
    try:
        return version("openai")
    except PackageNotFoundError:
        return None


def lacks_sdk() -> str | None:
    """Why the official client cannot be asked, and how to mend it; None where it can. Imports nothing."""
    found = sdk_version()
    if found is None:
        return "which is not installed: pip install 'slashv1[sdk]'"
    major = found.partition(".")[0]
    if major.isdigit() and int(major) < OLDEST:
        return f"openai {OLDEST}.0 or newer; {found} is installed: pip install -U 'slashv1[sdk]'"
    return None


@contextmanager
def silent() -> Iterator[None]:
    """Keep from users what the client's models warn of, of genuine answers too, and where warnings raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def openai() -> Any:
    """The official client's package.

    Raises:
        UsageError: it is not installed, or broken.
    """
    try:
        with silent():
            return import_module("openai")
    except Exception as error:  # whatever breaks in a package of others
        said = f"{type(error).__name__}: {error}"[:200]
        raise UsageError(f"--sdk: the official client cannot be imported ({said})") from error


@cache
def client() -> Any:
    """One client for all exchanges, retries off."""
    package = openai()
    http = _http()
    transport = type("ReplayTransport", (http.BaseTransport,), {"handle_request": _answer})()
    return package.OpenAI(
        api_key="sk-replay",
        base_url="http://replay.invalid/v1",
        max_retries=0,
        http_client=http.Client(transport=transport, trust_env=False, follow_redirects=False),
    )


@cache
def _http() -> Any:
    """The HTTP library that the client itself uses, which is not the same for all of its versions."""
    mro = openai().DefaultHttpxClient.__mro__
    name = next(one.__module__.partition(".")[0] for one in mro if one.__module__.startswith("httpx"))
    return import_module(name)


def replayed(exchange: Exchange) -> Replay:
    """Make this exchange the answer to what the client asks next."""
    replay = Replay(exchange)
    _NOW.set(replay)
    return replay


def _answer(_transport: Any, request: Any) -> Any:
    replay, http = _NOW.get(), _http()
    replay.requests += 1
    if replay.requests > 1:
        raise http.ConnectError("a second request: nothing is sent here", request=request)
    stream = type("ReplayStream", (http.SyncByteStream,), {"__iter__": lambda _: replay.pieces()})()
    return http.Response(
        replay.exchange.status, headers=_headers(replay.exchange), stream=stream, request=request
    )


def _headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in exchange.headers
        if name.lower() not in _UNSENT
    ]
