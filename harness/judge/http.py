"""Was the request answered at all, with the right status and a media type that clients read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet, FailureKind
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import dig, mapping, short
from slashv1.harness.judge.when import in_json, on
from slashv1.harness.reading import Reading
from slashv1.record import Level

_NOT_THIS_MODEL = re.compile(
    r"(?:with|from) (?:(?:this|the '[^']{1,80}') model|reasoning models)", re.IGNORECASE
)
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")


@check(
    "http.answered",
    title="The request is answered, whole and in time",
    clause="HT-1",
    when=on(error=None),
    always=True,
)
def _answered(reading: Reading) -> Iterator[Deviation]:
    """A reset, a time-out or a cut body leaves every client with an exception or half an answer.

    The SDKs retry it, and the work is billed twice.
    """
    exchange = reading.exchange
    last = len(reading.frames) - 1 if reading.case.stream and reading.frames else None
    if exchange.failure:
        what = f"{exchange.failure.kind}: {exchange.failure.message}"
        yield Deviation(f"the answer did not arrive whole ({what})", "a whole answer", what, frame=last)
    elif exchange.status is None:
        yield Deviation("no answer came", "a status line", "nothing")


@check(
    "http.status",
    title="The status is the one that the request deserves",
    clause="HT-2",
    when=on(error=None),
    always=True,
)
def _status(reading: Reading) -> Iterator[Deviation]:
    """SDKs raise by status: 400 is the caller's fault, 401 the key's, 429 and 5xx are retried.

    A mistake answered 200 is silently ignored; one answered 500 is retried though it can never work.
    What the chosen model lacks says nothing of the protocol: genuine OpenAI refuses it in these words.
    """
    status = reading.exchange.status
    if status is None or reading.expected_status or 300 <= status < 400:
        return
    lacks = _lacking(reading)
    if lacks:
        raise Inconclusive(f"the model cannot do what the case asks for, try another: {lacks}")
    wanted = " or ".join(str(code) for code in reading.case.expect.status)
    yield Deviation(_status_message(reading, status, wanted), wanted, str(status))


def _lacking(reading: Reading) -> str | None:
    """What a model is said to lack, as genuine OpenAI says it of a parameter that was sent; else None."""
    error = mapping(reading.object.get("error"))
    said, param = error.get("message"), error.get("param")
    if reading.case.error or error.get("type") != "invalid_request_error" or not isinstance(said, str):
        return None
    if reading.exchange.status == 403 and param is None:
        param = "logprobs" if "logprobs" in said else None
    elif reading.exchange.status != 400:
        return None
    if not (isinstance(param, str) and _NOT_THIS_MODEL.search(said)):
        return None
    sent = re.split(r"[.\[]", param)[0] in mapping(reading.asked)
    return short(said) if sent else None


def _status_message(reading: Reading, status: int, wanted: str) -> str:
    if not reading.case.error:
        said = dig(reading.body, "error", "message")
        because = f": {short(said)}" if isinstance(said, str) else ""
        return f"answered {status} instead of {wanted}{because}"
    if status < 300:
        as_event = (
            any("error" in event.object for event in reading.events[:3]) if reading.case.stream else False
        )
        how = " and told the error in the stream" if as_event else ": the mistake was silently accepted"
        return f"answered {status} to a request that must be refused with {wanted}{how}"
    if status >= 500:
        return f"answered {status} to a client's mistake ({wanted} is due): clients retry what can never work"
    return f"refused with {status} instead of {wanted}"


@check(
    "http.redirect",
    title="No operation answers with a redirect",
    clause="HT-3",
    when=on(error=None),
    always=True,
)
def _redirect(reading: Reading) -> Iterator[Deviation]:
    """A POST that is redirected loses its body in most clients, or takes the key to another host."""
    status = reading.exchange.status
    if status is not None and 300 <= status < 400:
        where = reading.exchange.header("location") or "nowhere"
        message = f"answered {status}, a redirect to {where[:120]}; answer at the path that was asked"
        yield Deviation(message, "no redirect", str(status), header="location")


@check(
    "http.html",
    title="No answer is an HTML page",
    clause="HT-4",
    when=on(error=None),
    always=True,
)
def _html(reading: Reading) -> Iterator[Deviation]:
    """A proxy's error page ends as a JSON decoding error in every client, the real cause lost."""
    if is_html(reading):
        message = "the answer is an HTML page, where JSON is due (a proxy or framework answered instead)"
        yield Deviation(message, "application/json", reading.exchange.content_type or "HTML text")


@check(
    "http.encoding",
    level=Level.SHOULD,
    title="A body is compressed only as the request allows",
    clause="HT-8",
    when=on(error=None),
    needs=[Facet.HEADERS, Facet.TIMES],
    always=True,
)
def _encoding(reading: Reading) -> Iterator[Deviation]:
    """curl and hand-written clients do not inflate what they did not ask for: they see bytes, not JSON.

    A compressed stream is also held back until the compressor has a block full.
    """
    exchange = reading.exchange
    sent = {name.lower(): value for name, value in exchange.request.headers}
    allowed = sent.get("accept-encoding")
    broken = exchange.failure is not None and exchange.failure.kind is FailureKind.ENCODING
    if allowed is None or broken:
        return  # anything goes; what cannot be undone is told by http.answered
    for coding in (exchange.header("content-encoding") or "identity").lower().split(","):
        if coding.strip() not in ("identity", *_codings(allowed)):
            message = f"the body is compressed ({coding.strip()[:40]}), the request allows {allowed[:80]}"
            yield Deviation(message, allowed[:80], coding.strip()[:40], header="content-encoding")


def _codings(allowed: str) -> set[str]:
    """What an Accept-Encoding allows, `x-gzip` being gzip (RFC 9110, 8.4.1.3 and 12.5.3)."""
    names = set()
    for part in allowed.lower().split(","):
        name, _, weight = part.partition(";")
        if not re.fullmatch(r"q=0(\.0*)?", weight.strip()):
            names.add(name.strip())
    every = {"gzip", "deflate", "br", "zstd", "compress"} if "*" in names else set()
    return names | every | ({"x-gzip"} if "gzip" in names | every else set())


def is_html(reading: Reading) -> bool:
    """Whether the body is a page: by its media type or by how it starts."""
    start = reading.exchange.part(0, 200).lstrip().lower()
    return reading.exchange.content_type == "text/html" or start.startswith(_HTML_STARTS)


@check(
    "http.content-type-json",
    title="A plain answer is application/json",
    clause="HT-5",
    when=in_json(on(stream=False, error=None)),
    needs=[Facet.HEADERS],
)
def _content_type(reading: Reading) -> Iterator[Deviation]:
    """openai-python and openai-node hand back bare text instead of an object for any other type."""
    exchange = reading.exchange
    if exchange.status is None or exchange.status >= 300 or is_html(reading):
        return
    if exchange.content_type != "application/json":
        actual = exchange.header("content-type") or "absent"
        message = f"content-type is {actual}; SDKs parse a body only where it is application/json"
        yield Deviation(message, "application/json", actual, header="content-type")


@check(
    "http.charset",
    title="JSON says no charset but UTF-8",
    clause="HT-6",
    when=on(error=None),
    needs=[Facet.HEADERS],
    always=True,
)
def _charset(reading: Reading) -> Iterator[Deviation]:
    """httpx and requests decode by the charset that is named: every character beyond ASCII is garbled."""
    named = charset(reading)
    if named is not None and named not in ("utf-8", "utf8"):
        message = f"content-type names the charset {named}; /v1 is UTF-8"
        yield Deviation(message, "utf-8", named, header="content-type")


def charset(reading: Reading) -> str | None:
    """The charset parameter of the content type, in lower case; None where it names none."""
    for part in (reading.exchange.header("content-type") or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()
    return None
