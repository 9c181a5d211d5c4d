"""A target that writes to the socket whatever a test wants, one request per connection."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request as it came in."""

    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class Server:
    """A running target and what it was asked."""

    base_url: str
    got: list[Got] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: handlers that wait for ever wait for this."""

    def asked(self, path: str) -> list[Got]:
        """The requests for one path."""
        return [got for got in self.got if got.path.split("?")[0] == path]


Answer = Callable[[Got, socket.socket, Server], "bytes | None"]


def reply(
    body: bytes | Any = b"",
    status: int = 200,
    content_type: str = "application/json",
    *extra: str,
) -> bytes:
    """A whole answer; anything but bytes is dumped as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(data)}",
        "Connection: close",
        *extra,
    ]
    return head(*lines) + data


def head(*lines: str) -> bytes:
    """A response head."""
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


MODELS = {
    "object": "list",
    "data": [
        {"id": name, "object": "model", "created": 1700000000, "owned_by": "me"}
        for name in ("whisper-1", "tiny-chat", "tiny-embed")
    ],
}


def with_models(answer: Answer) -> Answer:
    """The same target, listing models as it should."""

    def both(got: Got, sock: socket.socket, server: Server) -> bytes | None:
        if got.method == "GET" and got.path == "/v1/models":
            return reply(MODELS)
        return answer(got, sock, server)

    return both


@contextmanager
def raw_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on loopback; an answer of None means that `answer` wrote what it wanted itself."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    scheme = "https" if tls else "http"
    server = Server(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/v1")
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=_handle, args=(sock, answer, server, tls), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [accepting, *threads]:
            thread.join(5)


def _handle(sock: socket.socket, answer: Answer, server: Server, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), tls.wrap_socket(sock, server_side=True) if tls else sock as sock:
        sock.settimeout(10)
        got = _request(sock)
        if got is None:
            return
        server.got.append(got)
        data = answer(got, sock, server)
        if data is not None:
            sock.sendall(data)


def _request(sock: socket.socket) -> Got | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65_536)
        if not more:
            return None
        data += more
        if data[:1] == b"\x16":
            return Got("TLS", "", {}, data)
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65_536)
    method, path, _ = first.split(" ")
    return Got(method, path, headers, body)
