"""A request as a line for a shell, the key left out."""

from __future__ import annotations

import shlex

from slashv1.fixtures import Request

KEY = "$SLASHV1_API_KEY"
_LONGEST_BODY = 16_384
_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "accept"})
"""Headers that curl sets itself, or that change nothing here."""


def curl_line(url: str, request: Request, *, stream: bool = False) -> str:
    """`curl …` for a redacted request; a redacted bearer key becomes `$SLASHV1_API_KEY`."""
    parts = ["curl", "-sS", "-i"]
    if stream:
        parts.append("-N")
    if request.method not in ("GET", "POST") or (request.method == "POST" and request.body is None):
        parts += ["-X", request.method]
    parts.append(shlex.quote(url))
    for name, value in request.headers:
        if name.lower() not in _OWN:
            parts += ["-H", _header(name, value)]
    if request.body is not None:
        parts += _data(request.body)
    return " ".join(parts)


def _header(name: str, value: str) -> str:
    if name.lower() == "authorization" and "[redacted]" in value:
        return f'"Authorization: Bearer {KEY}"'
    return shlex.quote(f"{name}: {value}")


def _data(body: bytes) -> list[str]:
    text = body.decode("utf-8", "replace")
    if len(text) > _LONGEST_BODY:
        return ["--data-binary", f"@body.json  # {len(body):,} bytes, left out here"]
    return ["--data-raw", shlex.quote(text)]
