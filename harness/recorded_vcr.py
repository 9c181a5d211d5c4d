"""VCR cassettes: YAML or JSON of vcrpy, Ruby's vcr and their kin, told by the line an interaction begins at.

Known shapes of a body: text, `{string}`, `{base64_string}`, binary, and beside it `parsed_body` where a
recorder wrote the value instead; of a status: a number, `{code}`, `status_code`, or `200 OK`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from slashv1.fixtures.exchange import Headers
from slashv1.harness.recorded import Broken, Recorded
from slashv1.harness.recorded_build import Kept, built, counted, outside
from slashv1.harness.recorded_bytes import MAX_BODY, whole
from slashv1.harness.recorded_yaml import Fault, items
from slashv1.spec import parse

KEYS = frozenset({"interactions", "http_interactions"})
_MAX_VALUES = 1_000_000
"""Values of one body that a recorder wrote as such; aliases count as often as they stand for something."""


def read_vcr(path: Path) -> Iterator[Recorded | Broken]:
    """The interactions of a cassette; one that cannot be read is told, and reading goes on at the next.

    Raises:
        UsageError: the file cannot be opened.
    """
    raw, fault = whole(path)
    found = _from_json(raw) if raw.lstrip().startswith(b"{") else _from_yaml(raw)
    last = 1
    for one in found:
        last = one.line
        yield one
    if fault:
        yield Broken(max(last, raw.count(b"\n") + 1), fault)


def _from_json(raw: bytes) -> Iterator[Recorded | Broken]:
    document = parse(raw)
    if not document.ok:
        yield Broken(1, f"not JSON: {document.problems[0].message}")
        return
    listed = next((document.value[key] for key in sorted(KEYS) if key in document.value), None)
    if not isinstance(listed, list):
        yield Broken(1, "not a cassette: no list of interactions")
        return
    for number, one in enumerate(listed, 1):
        yield _recorded(number, one)


def _from_yaml(raw: bytes) -> Iterator[Recorded | Broken]:
    # The reader refuses a whole text for one such character: it stands for itself in no cassette.
    text = _CONTROL.sub("\ufffd", raw.decode("utf-8", "replace"))
    foul = _foul_lines(raw)
    offset = 0
    while text:
        read_to, broke = 0, None
        for item in items(text, KEYS, offset):
            if isinstance(item, Fault):
                broke = item
                break
            read_to = max(item.line + 1, item.end)
            bad = next((line for line in foul if item.line <= line < max(item.end, item.line + 1)), None)
            yield _recorded(item.line, item.value) if bad is None else _not_utf8(item.line, bad)
        if broke is None:
            return
        if not broke.syntax:
            yield Broken(broke.line, f"not a cassette: {broke.cause}")
            return
        yield Broken(broke.line, broke.cause)
        text, offset = _next(text, offset, read_to)


def _not_utf8(line: int, bad: int) -> Broken:
    return Broken(line, f"bytes that are no UTF-8 in line {bad}")


def _foul_lines(raw: bytes) -> list[int]:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return [number for number, line in enumerate(raw.split(b"\n"), 1) if not _is_utf8(line)]
    return []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _next(text: str, offset: int, read_to: int) -> tuple[str, int]:
    """The text from the interaction after the one that broke, and how many lines lie above.

    `read_to` is the first line, from 1, that belongs to no interaction read so far. Where the break was
    noticed says little: an open bracket swallows all that follows.
    """
    lines = text.split("\n")
    begins = [index for index, line in enumerate(lines) if _BEGIN.match(line)]
    indents = [len(lines[index]) - len(lines[index].lstrip()) for index in begins]
    begins = [index for index, indent in zip(begins, indents, strict=True) if indent == indents[0]]
    left = [index for index in begins if index >= read_to - 1 - offset][1:]
    if not left:
        return "", 0
    return "\n".join(["interactions:", *lines[left[0] :]]), offset + left[0] - 1


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_BEGIN = re.compile(r" *- +(?:&|(?:request|response|id|recorded_at)\b)")


def _recorded(line: int, raw: Any) -> Recorded | Broken:
    if not isinstance(raw, dict):
        return Broken(line, "not an interaction: no request and response")
    request, response = raw.get("request"), raw.get("response")
    if not isinstance(request, dict):
        return Broken(line, "no request")
    if not isinstance(response, dict):
        return Broken(line, "no response")
    method, url, status = request.get("method"), request.get("uri", request.get("url")), _status(response)
    if not isinstance(method, str) or not isinstance(url, str):
        return Broken(line, f"no request.{'uri' if isinstance(method, str) else 'method'}")
    if status is None:
        return Broken(line, "no response.status")
    if outside(url):
        return counted(line, str(line), method, url, status)
    body, sent = _body(response), _body(request)
    if isinstance(body, str) or isinstance(sent, str):
        return Broken(line, body if isinstance(body, str) else str(sent))
    when = raw.get("recorded_at")
    kept = Kept(
        method,
        url,
        _headers(request.get("headers")),
        sent,
        status,
        _headers(response.get("headers")),
        body,
        when=when if isinstance(when, str) else "",
        reserialised="parsed_body" in response,
    )
    return built(line, str(line), kept)


def _status(response: Mapping[str, Any]) -> int | None:
    said = response.get("status", response.get("status_code"))
    if isinstance(said, dict):
        said = said.get("code")
    if "code" in response:
        said = response["code"]
    if isinstance(said, str):
        first = said.split(" ")[0]
        said = int(first) if re.fullmatch("[1-9][0-9]{2}", first) else None
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _headers(raw: Any) -> Headers:
    """Values as a text or a list of them; what is neither is no header."""
    if not isinstance(raw, dict):
        return ()
    return tuple(
        (str(name), value if isinstance(value, str) else value.decode("latin-1"))
        for name, said in raw.items()
        for value in (said if isinstance(said, list) else [said])
        if isinstance(value, str | bytes)
    )


def _body(held: Mapping[str, Any]) -> bytes | str:
    """The bytes of a body, or why they cannot be had."""
    if "parsed_body" in held:
        return _written(held["parsed_body"])
    body = held.get("body", held.get("content"))
    if isinstance(body, dict):
        if "base64_string" in body:
            return _base64(body["base64_string"])
        body = body.get("string")
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytes):
        return body
    return b"" if body is None else "a body that is neither text nor binary"


def _base64(said: Any) -> bytes | str:
    if isinstance(said, bytes):
        said = said.decode("ascii", "replace")
    if not isinstance(said, str):
        return "base64_string is no text"
    try:
        return base64.b64decode("".join(said.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        return f"base64 of a body is broken: {error}"


def _written(value: Any) -> bytes | str:
    """A value that a recorder wrote instead of the text; counted first, since aliases can blow it up."""
    waiting, count = [value], 0
    while waiting:
        item = waiting.pop()
        count += 1
        if count > _MAX_VALUES:
            return f"a body of more than {_MAX_VALUES:,} values, most of them aliases"
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, bytes):
            return "binary inside a body"
    text = json.dumps(value)
    return text.encode() if len(text) <= MAX_BODY else f"a body of more than {MAX_BODY:,} bytes"
