"""Defects of the bytes and headers that are seen less often: charsets, redirects, odd SSE fields, leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slashv1.reference_server.defects.adapters import on_answer, on_bytes, on_header
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event

CHAT = ("chat.completions.create",)
LIST = ("models.list",)
RETRIEVE = ("models.retrieve",)
RESUMED = ("responses.retrieve",)
Writes = tuple[bytes, ...]


def _redirect(call: Call, answer: Answer) -> Answer:
    there = replace(answer, status=307, writes=(b"",))
    return there.with_header("location", f"{call.path}/")


def _latin(call: Call, answer: Answer) -> Answer:
    return answer.with_header("content-type", "application/json; charset=iso-8859-1")


def _first(line: bytes) -> Callable[[Writes], Writes]:
    """A line more at the head of the first event."""
    return lambda writes: (line + writes[0], *writes[1:])


def _ping(writes: Writes) -> Writes:
    return (writes[0], b"event: ping\n\n", *writes[1:])


def _two_lines(writes: Writes) -> Writes:
    """The first JSON document of a stream broken in two behind its first comma."""
    return (writes[0].replace(b'","', b'",\ndata: "', 1), *writes[1:])


def _sent(name: str, value: str) -> Callable[[Call, Answer], Answer]:
    return lambda call, answer: answer.with_header(name, value)


def _key_told(call: Call, answer: Answer) -> Answer:
    return answer.with_header("x-forwarded-authorization", call.headers.get("authorization", "none"))


def _unmetered(call: Call, answer: Answer) -> Answer:
    kept = tuple((n, v) for n, v in answer.headers if not n.startswith("x-ratelimit-"))
    return replace(answer, headers=kept)


def _too_many(call: Call, answer: Answer) -> Answer:
    """Every request is one too many, and nobody is told when to come back."""
    error = {"message": "Slow down.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return replace(answer, status=429, body={"error": error}, events=None)


def _text_errors(call: Call, answer: Answer) -> Answer:
    return answer if answer.ok else answer.with_header("content-type", "text/json")


def _event_errors(call: Call, answer: Answer) -> Answer:
    """A refused stream keeps its status and comes as an event."""
    if answer.ok or call.json.get("stream") is not True:
        return answer
    streamed = answer.with_header("content-type", "text/event-stream; charset=utf-8")
    return replace(streamed, body=None, events=(Event(answer.body),))


def _failed_as_200(call: Call, answer: Answer) -> Answer:
    error = {"message": "The backend is away.", "type": "server_error", "param": None, "code": None}
    return replace(answer, body={"error": error}) if answer.ok else answer


def _typeless(call: Call, answer: Answer) -> Answer:
    if answer.ok:
        return answer
    return replace(answer, body={"error": {**answer.body["error"], "type": ""}})


DEFECTS = (
    Twist(
        "redirect-slash",
        "A path is redirected to itself with a slash",
        on_answer(_redirect),
        RETRIEVE,
        "http.redirect",
    ),
    Twist("charset-latin", "JSON says that it is ISO 8859-1", on_answer(_latin), LIST, "http.charset"),
    Twist(
        "framing-unknown-field",
        "The first event has a field of the gateway's own",
        on_bytes(_first(b"trace: 17\n")),
        RESUMED,
        "framing.unknown-field",
    ),
    Twist(
        "framing-dataless", "A named event comes without data", on_bytes(_ping), RESUMED, "framing.dataless"
    ),
    Twist(
        "framing-two-lines",
        "The first document stands on two lines",
        on_bytes(_two_lines),
        RESUMED,
        "framing.multi-line-data",
    ),
    Twist(
        "framing-cr",
        "Lines end in CR",
        on_bytes(lambda w: tuple(d.replace(b"\n", b"\r") for d in w)),
        RESUMED,
        "framing.cr-line-ends",
    ),
    Twist(
        "framing-bom",
        "A stream starts with a byte-order mark",
        on_bytes(_first(b"\xef\xbb\xbf")),
        RESUMED,
        "framing.byte-order-mark",
    ),
    Twist(
        "request-id-blank",
        "The request id has blanks",
        on_header("x-request-id", lambda v: f"id {v}"),
        LIST,
        "headers.request-id-grammar",
    ),
    Twist(
        "openai-version-word",
        "openai-version is a word",
        on_header("openai-version", lambda _: "latest"),
        LIST,
        "headers.openai-version",
    ),
    Twist(
        "openai-version-missing",
        "There is no openai-version",
        on_header("openai-version", lambda _: None),
        LIST,
        "headers.openai-present",
    ),
    Twist(
        "ratelimit-none",
        "No rate limit is told",
        on_answer(_unmetered),
        ("embeddings.create",),
        "headers.ratelimit-present",
    ),
    Twist(
        "retry-after-missing",
        "A 429 for the rate does not say when to come back",
        on_answer(_too_many),
        RETRIEVE,
        "headers.retry-after",
        ("http.status",),
    ),
    Twist(
        "retry-after-word",
        "retry-after is a word",
        on_answer(_sent("retry-after", "soon")),
        LIST,
        "headers.retry-after-grammar",
    ),
    Twist(
        "www-authenticate-missing",
        "A 401 does not name the scheme",
        on_header("www-authenticate", lambda _: None),
        RESUMED,
        "headers.www-authenticate",
    ),
    Twist("key-in-header", "A header repeats the key", on_answer(_key_told), LIST, "headers.no-leak"),
    Twist("error-type-empty", "`type` of an error is empty", on_answer(_typeless), RETRIEVE, "error.type"),
    Twist(
        "error-media-type", "Errors are text/json", on_answer(_text_errors), RETRIEVE, "error.content-type"
    ),
    Twist(
        "error-as-event",
        "A refused stream keeps its status and comes as an event",
        on_answer(_event_errors),
        CHAT,
        "error.plain-on-stream",
    ),
    Twist(
        "error-as-200",
        "A failure is a 200 with an error in it",
        on_answer(_failed_as_200),
        LIST,
        "error.on-success",
        ("models.list.non-empty", "models.list.object"),
    ),
)
