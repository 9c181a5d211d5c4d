"""HTTP archives: HAR 1.2 as browsers and proxies write it. Entries are counted from 1.

Source: http://www.softwareishard.com/blog/har-12-spec/. A body is text, or base64 by `encoding`, its content
coding undone by the one who wrote it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slashv1.fixtures.exchange import Headers
from slashv1.harness.recorded import Broken, Recorded
from slashv1.harness.recorded_build import Kept, built, counted, outside
from slashv1.harness.recorded_bytes import whole
from slashv1.spec import parse

_ENTRIES = re.compile(r'"entries"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def read_har(path: Path) -> Iterator[Recorded | Broken]:
    """The entries of an archive; of one that breaks off, those before the break.

    Raises:
        UsageError: the file cannot be opened.
    """
    raw, fault = whole(path)
    count = 0
    for entry in _entries(raw):
        count += 1
        yield entry if isinstance(entry, Broken) else _recorded(count, entry)
    if fault:
        yield Broken(count + 1, fault)


def _entries(raw: bytes) -> Iterator[Any]:
    document = parse(raw)
    if not document.ok:
        yield from _salvaged(raw, document.problems[0].message)
        return
    log = document.value.get("log") if isinstance(document.value, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if isinstance(entries, list):
        yield from entries
    else:
        yield Broken(1, "not an HTTP archive: no log.entries")


def _salvaged(raw: bytes, fault: str) -> Iterator[Any]:
    """Entries one by one, up to what cannot be read; bytes that are no UTF-8 spoil only their entry."""
    text = raw.decode("utf-8", "surrogateescape")
    start = _ENTRIES.search(text)
    if start is None:
        yield Broken(1, f"not JSON: {fault}")
        return
    decoder, place, count = json.JSONDecoder(), start.end(), 0
    while True:
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing too
        if text.startswith("]", place):
            return
        count += 1
        try:
            entry, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            yield Broken(count, f"not JSON from here on: {fault}")
            return
        foul = _ESCAPED.search(text, place, end)
        yield Broken(count, "bytes that are no UTF-8") if foul else entry
        place = end


_ESCAPED = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of bytes that are no UTF-8."""


def _recorded(number: int, entry: Any) -> Recorded | Broken:
    fault = _fault(entry)
    if fault:
        return Broken(number, fault)
    request, response = entry["request"], entry["response"]
    if outside(request["url"]):
        return counted(number, str(number), request["method"], request["url"], response["status"])
    if response["status"] < 100:
        return Broken(number, "no answer came: its status is not one of HTTP")
    body = _content(response.get("content"))
    posted = request.get("postData")
    sent = _content(posted) if isinstance(posted, dict) else b""
    if isinstance(body, str) or isinstance(sent, str):
        return Broken(number, body if isinstance(body, str) else str(sent))
    size = response["content"].get("size") if isinstance(response.get("content"), dict) else 0
    if not body and isinstance(size, int) and size > 0:
        return Broken(number, "the body of the answer was not kept: export the archive with content")
    kept = Kept(
        request["method"],
        request["url"],
        _headers(request.get("headers")),
        sent,
        response["status"],
        _headers(response.get("headers")),
        body,
        when=_text(entry.get("startedDateTime")),
        sent_whole=bool(sent) or not (isinstance(posted, dict) or request.get("bodySize", 0) not in (0, -1)),
    )
    return built(number, str(number), kept)


def _fault(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return "not an object"
    for part, key, kind in (("request", "method", str), ("request", "url", str), ("response", "status", int)):
        inner = entry.get(part)
        if not isinstance(inner, dict):
            return f"no {part}"
        if not isinstance(inner.get(key), kind) or isinstance(inner.get(key), bool):
            return f"no {part}.{key}"
    return None


def _content(held: Any) -> bytes | str:
    """The bytes of a body, or why they cannot be had."""
    if not isinstance(held, dict):
        return b""
    text = held.get("text")
    if not isinstance(text, str):
        return b""
    if held.get("encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        return f"base64 of a body is broken: {error}"


def _headers(raw: Any) -> Headers:
    listed = raw if isinstance(raw, list) else []
    return tuple(
        (one["name"], _text(one.get("value")))
        for one in listed
        # HTTP/2 has its status and address as pseudo headers; browsers list them.
        if isinstance(one, dict) and isinstance(one.get("name"), str) and not one["name"].startswith(":")
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
