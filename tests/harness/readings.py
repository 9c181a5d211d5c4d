"""Readings for tests of checks: a case and the answer to it, from a few words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from slashv1.fixtures import Exchange, Failure, Read, Request
from slashv1.fixtures.exchange import ALL_FACETS, Facet
from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Expect, ExpectedError, RequestTemplate

PATHS = {
    "chat.completions.create": ("POST", "/v1/chat/completions"),
    "responses.create": ("POST", "/v1/responses"),
    "responses.retrieve": ("GET", "/v1/responses/resp_1"),
    "responses.delete": ("DELETE", "/v1/responses/resp_1"),
    "responses.cancel": ("POST", "/v1/responses/resp_1/cancel"),
    "responses.input_items.list": ("GET", "/v1/responses/resp_1/input_items"),
    "responses.input_tokens.count": ("POST", "/v1/responses/input_tokens"),
    "embeddings.create": ("POST", "/v1/embeddings"),
    "audio.speech.create": ("POST", "/v1/audio/speech"),
    "audio.transcriptions.create": ("POST", "/v1/audio/transcriptions"),
    "chat.completions.list": ("GET", "/v1/chat/completions"),
    "chat.completions.messages.list": ("GET", "/v1/chat/completions/chatcmpl-1/messages"),
    "chat.completions.retrieve": ("GET", "/v1/chat/completions/chatcmpl-1"),
    "chat.completions.update": ("POST", "/v1/chat/completions/chatcmpl-1"),
    "completions.create": ("POST", "/v1/completions"),
    "images.generate": ("POST", "/v1/images/generations"),
    "moderations.create": ("POST", "/v1/moderations"),
    "responses.compact": ("POST", "/v1/responses/compact"),
    "conversations.items.delete": ("DELETE", "/v1/conversations/conv_1/items/msg_1"),
    "files.content": ("GET", "/v1/files/file-1/content"),
    "files.delete": ("DELETE", "/v1/files/file-1"),
    "files.list": ("GET", "/v1/files"),
    "models.list": ("GET", "/v1/models"),
    "models.retrieve": ("GET", "/v1/models/gpt-4o-mini"),
}


def a_case(
    operation: str = "chat.completions.create",
    *,
    name: str = "case",
    tags: Iterable[str] = (),
    status: int | tuple[int, ...] = 200,
    error: ExpectedError | None = None,
    finish_reason: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str | None] | None = None,
    **asked: Any,
) -> Case:
    """A case; keyword arguments beyond those named are the request's JSON body."""
    method, path = PATHS[operation]
    return Case(
        operation,
        name,
        RequestTemplate(method, path, query or {}, headers or {}, asked or None),
        Expect((status,) if isinstance(status, int) else status, error, finish_reason),
        tags=frozenset(tags),
        after=after,
        beside=beside,
    )


def a_reading(
    case: Case,
    body: Any = b"",
    *,
    status: int | None = 200,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    content_type: str | None = None,
    failure: Failure | None = None,
    others: Mapping[str, Reading] | None = None,
    facets: frozenset[Facet] = ALL_FACETS,
    chunk: int | None = None,
    golden: Exchange | None = None,
    asked: Any = None,
    request_headers: tuple[tuple[str, str], ...] = (),
) -> Reading:
    """A case with its answer.

    `body`: bytes or str as they stand on the wire, anything else is dumped as JSON. The content type
    is JSON, or that of a stream where the case asks for one and `body` is text; `headers` come
    beside it. `chunk`: bytes per read, 10 ms apart.
    """
    raw = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else json.dumps(body).encode()
    )
    streams = case.stream and isinstance(body, bytes | str)
    usual = "text/event-stream; charset=utf-8" if streams else "application/json"
    given = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    if content_type != "" and not any(key.lower() == "content-type" for key, _ in given):
        given.insert(0, ("content-type", content_type or usual))
    request = case.request
    exchange = Exchange(
        Request(request.method, request.path, headers=request_headers),
        status,
        tuple(given),
        reads_of(raw, chunk),
        sent_at=time.time(),
        first_byte=0.01,
        seconds=0.5,
        failure=failure,
        facets=facets,
    )
    sent = asked if asked is not None else request.json
    return Reading(case, exchange, asked=sent, others=others or {}, golden=golden)


def reads_of(raw: bytes, chunk: int | None = None) -> tuple[Read, ...]:
    """The bytes as reads of `chunk` bytes, 10 ms apart; None: all in one."""
    size = chunk or max(len(raw), 1)
    return tuple(Read(raw[i : i + size], (i // size + 1) / 100) for i in range(0, len(raw), size))


def sse(*payloads: Any, done: bool = False, event: bool = False) -> str:
    """SSE text: one frame per payload, JSON unless it is a str; `event`: named by the payload's `type`."""
    frames = []
    for payload in payloads:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        name = f"event: {payload['type']}\n" if event and isinstance(payload, dict) else ""
        frames.append(f"{name}data: {data}\n\n")
    return "".join(frames) + ("data: [DONE]\n\n" if done else "")


def ids_of(*topics: str) -> set[str]:
    """The ids of the checks that these topic modules define."""
    modules = {f"slashv1.harness.judge.{topic}" for topic in topics}
    return {found.id for found in checks().values() if found.judge.__module__ in modules}


def deviations(check: str, reading: Reading) -> list[Deviation]:
    """What one check objects to; asserts that it applies to the reading's case."""
    found = checks()[check]
    assert found.applies(reading.case), f"{check} does not apply to {reading.case.id}"
    return list(found.judge(reading))
