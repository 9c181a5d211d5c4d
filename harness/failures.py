"""What the network did, in words: exceptions of the HTTP client to a `Failure`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from slashv1.fixtures.exchange import Failure, FailureKind


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception of the client stands for."""
    found = _by_cause(error)
    if found is not None:
        return found
    text = str(error)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.ConnectTimeout):
        return Failure(FailureKind.CONNECT, f"no connection: {text or type(error).__name__}")
    if isinstance(error, httpx.RemoteProtocolError):
        return _protocol(text)
    if isinstance(error, httpx.LocalProtocolError | httpx.InvalidURL):
        return Failure(FailureKind.PROTOCOL, f"the request could not be written: {text}")
    if isinstance(error, httpx.NetworkError | OSError):
        return Failure(FailureKind.RESET, "the connection was reset")
    return Failure(FailureKind.PROTOCOL, f"{type(error).__name__}: {text}")


def _by_cause(error: BaseException) -> Failure | None:
    for cause in _chain(error):
        if isinstance(cause, socket.gaierror):
            return Failure(FailureKind.DNS, f"the host name does not resolve ({cause.strerror})")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(FailureKind.TLS, f"the certificate is not trusted: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return Failure(FailureKind.TLS, f"TLS failed: {cause.reason or cause}")
        if isinstance(cause, ConnectionRefusedError):
            return Failure(FailureKind.CONNECT, "connection refused")
    return None


def _protocol(text: str) -> Failure:
    if "without sending complete message body" in text or "incomplete chunked read" in text:
        return Failure(FailureKind.TRUNCATED, "the connection closed before the body was complete")
    if "disconnected" in text:
        return Failure(FailureKind.RESET, "the connection closed without an answer")
    return Failure(FailureKind.PROTOCOL, f"not HTTP: {text[:200]}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it was raised from, and the members of groups among them."""
    queue, seen = [error], set[int]()
    while queue:
        cause = queue.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        queue += [e for e in (cause.__cause__, cause.__context__) if e is not None]
        if isinstance(cause, BaseExceptionGroup):
            queue += cause.exceptions
