"""Recorded traffic as JSON lines: each line an exchange with its provenance, or a fault with its number.

A line is `{id, request{method, path, query, headers, json|body_text}, response{status, headers,
json|sse|body_text}}`; flags beside (`parsed`, `values_sanitized`, `headers_filtered`, …) say what the
recorder did not keep, and decide the facets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import Facet, Headers
from slashv1.harness.forms import fields_of
from slashv1.harness.recorded_bytes import lines
from slashv1.harness.recorded_facets import facets, sent_seconds
from slashv1.harness.recorded_path import from_v1
from slashv1.matrix import Case, Expect, ExpectedError, RequestTemplate
from slashv1.spec import Operation, parse


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line that could be read."""

    line: int
    """From 1."""
    id: str
    exchange: Exchange
    asked: Any
    """The JSON body of the request, or the fields of a form as text; None where it was not kept."""
    streamed: bool
    """Whether the answer is an event stream."""
    elsewhere: bool = False
    """Whether it went to a path outside /v1: counted, not judged."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One line that could not."""

    line: int
    cause: str


def read_lines(path: Path) -> Iterator[Recorded | Broken]:
    """The lines of a JSONL file, gzip or plain; blank ones are passed over.

    A file that ends in the midst of its gzip data gives what came before, then one `Broken`.

    Raises:
        UsageError: the file cannot be opened.
    """
    for number, line in lines(path):
        if isinstance(line, str):
            yield Broken(number, line)
        elif line.strip():
            yield _recorded(number, line)


def _recorded(number: int, line: bytes) -> Recorded | Broken:
    document = parse(line)
    if not document.ok:
        return Broken(number, f"not JSON: {document.problems[0].message}")
    raw = document.value
    fault = _fault(raw)
    if fault:
        return Broken(number, fault)
    request, response = raw["request"], raw["response"]
    form = fields_of(request.get("multipart"))
    asked = request.get("json") if form is None else form
    headers = _headers(response.get("headers"))
    sent_at = sent_seconds(_text(raw.get("recorded_at")), headers)
    path, query = from_v1(request["method"], request["path"])
    exchange = Exchange(
        Request(
            request["method"],
            path,
            query=_text(request.get("query")) or query,
            headers=_headers(request.get("headers")),
            body=None if asked is None or form is not None else json.dumps(asked).encode(),
        ),
        response["status"],
        headers,
        (Read(_body(response), 0.0),),
        sent_at=sent_at or 0.0,
        facets=_facets(raw, headers, dated=bool(sent_at)),
    )
    return Recorded(number, _text(raw.get("id")) or str(number), exchange, asked, _sse(response) is not None)


def _fault(raw: Any) -> str | None:
    if not isinstance(raw, dict):
        return "not an object"
    for part, key, kind in (
        ("request", "method", str),
        ("request", "path", str),
        ("response", "status", int),
    ):
        inner = raw.get(part)
        if not isinstance(inner, dict):
            return f"no {part}"
        if not isinstance(inner.get(key), kind) or inner.get(key) is True or inner.get(key) is False:
            return f"no {part}.{key}"
    return _body_fault(raw["response"])


def _body_fault(response: Mapping[str, Any]) -> str | None:
    for key in ("sse", "body_text"):
        if not isinstance(response.get(key), str | None):
            return f"response.{key} is no text"
    kept = any(response.get(key) is not None for key in ("json", "sse", "body_text", "binary_len"))
    return None if kept or response["status"] in _BODILESS else "no response.json, sse or body_text"


_BODILESS = (204, 205, 304)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _headers(raw: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(raw, dict):
        return tuple((str(key), str(value)) for key, value in raw.items())
    pairs = [
        pair for pair in (raw if isinstance(raw, list) else ()) if isinstance(pair, list) and len(pair) == 2
    ]
    return tuple((str(key), str(value)) for key, value in pairs)


def _sse(response: Mapping[str, Any]) -> str | None:
    found = response.get("sse")
    return found if isinstance(found, str) else None


def _body(response: Mapping[str, Any]) -> bytes:
    text = _sse(response)
    if text is None and response.get("json") is not None:
        text = json.dumps(response["json"])
    return (text or _text(response.get("body_text"))).encode("utf-8", "surrogatepass")


def _left_out(response: Mapping[str, Any]) -> bool:
    """Whether the body was a file, of which the recording tells the length alone."""
    return response.get("binary_len") is not None


def _facets(raw: Mapping[str, Any], headers: Headers, *, dated: bool) -> frozenset[Facet]:
    request = raw["request"]
    posted = request.get("json") is not None or request.get("multipart") is not None
    return facets(
        headers,
        request=not raw.get("request_truncated") and (posted or request["method"] != "POST"),
        body=not (raw.get("parsed") or raw.get("keys_sorted_by_recorder") or _left_out(raw["response"])),
        values=dated and not raw.get("values_sanitized"),
        all_headers=not raw.get("headers_filtered"),
    )


def case_of(recorded: Recorded, operation: Operation) -> Case:
    """The case that a recorded exchange would be the answer to."""
    request, status = recorded.exchange.request, recorded.exchange.status or 0
    asked = recorded.asked
    if asked is None and recorded.streamed:
        asked = {"stream": True}
    query = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    return Case(
        operation.name,
        "recorded",
        RequestTemplate(request.method, request.path, query, json=asked),
        Expect((status,), ExpectedError() if status >= 400 else None),
        tags=tags_of(asked),
        cooperative=True,
        source=recorded.id,
    )


_TOOL_CHOICES = {"required": "tool-required", "none": "tool-none"}
_PLAIN_TAGS = (
    "background",
    "dimensions",
    "instructions",
    "logprobs",
    "max_tokens",
    "n",
    "reasoning",
    "seed",
    "stop",
    "store",
    "tools",
)


def tags_of(asked: Any) -> frozenset[str]:
    """The features that a request exercises, in the words of the matrix."""
    if not isinstance(asked, dict):
        return frozenset()
    tags = {tag for tag in _PLAIN_TAGS if asked.get(tag)}
    if "max_completion_tokens" in asked or "max_output_tokens" in asked:
        tags.add("max_tokens")
    options = asked.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage") is True:
        tags.add("usage")
    choice = asked.get("tool_choice")
    if isinstance(choice, str):
        tags |= {_TOOL_CHOICES[choice]} if choice in _TOOL_CHOICES else set()
    elif isinstance(choice, dict) and choice.get("type") == "function":
        tags.add("tool-named")
    shape = asked.get("response_format")
    if isinstance(shape, dict) and shape.get("type") in ("json_schema", "json_object"):
        tags.add(shape["type"])
    if asked.get("previous_response_id"):
        tags.add("previous_response")
    if asked.get("encoding_format") in ("base64", "float"):
        tags.add(asked["encoding_format"])
    return frozenset(tags)
