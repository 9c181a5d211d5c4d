"""The error envelope: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.fixtures.redact import REPLACEMENT
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.extensions import allowed
from slashv1.harness.judge.http import is_html
from slashv1.harness.judge.look import beginning, mapping, pointer, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

ANY = on(error=None)
REFUSED = on(error=True)
CONTENT = ("files.content",)
"""Whose body is somebody's own, error lines of a batch among it, and no answer."""
KEYS = ("message", "type", "param", "code")
_QUOTA = {"insufficient_quota", "quota_exceeded"}
"""What a type or a code says of a budget, at OpenAI and at the gateway."""
_FRAMEWORK_KEYS = ({"detail"}, {"message", "statusCode"}, {"timestamp", "path"}, {"errors", "traceId"})
"""What the error bodies of FastAPI, NestJS, Spring and ASP.NET have at their top."""
_STACK = re.compile(
    r"Traceback \(most recent call last\)"
    r"|File \"[^\"\n]+\", line \d+"
    r"|\n\s+at \S+ ?\(?\S+:\d+"
    r"|\bgoroutine \d+ \["
    r"|panicked at "
)
_SCANNED = 65_536
_TEMPLATE = re.compile(
    r"\$?\{\{?\s*[A-Za-z_][\w.]{0,40}\s*\}\}?"
    r"|%\([A-Za-z_]\w{0,40}\)[sdr]"
    r"|%[sdv](?![\w%])"
    r"|%!\w\("
    r"|\[object Object\]"
)
"""What a template leaves where nothing was put in: `{model}`, `{{ name }}`, `${id}`, `%s`, `%!d(`."""


def failed(reading: Reading) -> bool:
    """Whether the answer says that the request failed."""
    status = reading.exchange.status
    return status is not None and 400 <= status < 600


def envelope(reading: Reading) -> dict[str, Any]:
    """The inner error object of a failed request; empty where there is none."""
    return mapping(reading.object.get("error")) if failed(reading) else {}


def _framework(reading: Reading) -> str | None:
    """What the body is where it is a framework's own error and no envelope."""
    if "error" not in reading.object or "statusCode" in reading.object:
        for keys in _FRAMEWORK_KEYS:
            if keys <= reading.object.keys():
                return "{" + ", ".join(sorted(keys)) + "}"
    if (
        reading.exchange.content_type.startswith("text/")
        and not reading.document.ok
        and not _streamed(reading)
    ):
        return reading.exchange.content_type
    return None


def _streamed(reading: Reading) -> bool:
    """Whether the error is an event stream, by its type or its frames."""
    if reading.exchange.content_type == "text/event-stream":
        return True
    return reading.case.stream and any(event.object for event in reading.events)


@check(
    "error.envelope",
    title="Every error is an object under `error`",
    clause="ER-1",
    when=ANY,
    always=True,
)
def _envelope(reading: Reading) -> Iterator[Deviation]:
    """The SDKs read message, code and param from body.error: elsewhere, `Error code: 400` has no cause."""
    if not failed(reading) or is_html(reading) or _streamed(reading) or _framework(reading):
        return
    if not reading.exchange.body.strip():
        yield Deviation("the error has no body", '{"error": {…}}', "an empty body")
    elif not reading.document.ok:
        start = beginning(reading.exchange.body)
        yield Deviation("the error's body is not JSON", '{"error": {…}}', start)
    elif not isinstance(reading.object.get("error"), dict):
        there = "error" in reading.object
        what = f"`error` is {short(reading.object['error'], 60)}" if there else "there is no `error`"
        message = f"{what}; an object of message, type, param and code is due"
        yield Deviation(message, "an object", short(reading.body, 60), pointer="/error" if there else "")


@check(
    "error.keys",
    title="An error has message, type, param and code",
    clause="ER-2",
    when=ANY,
    always=True,
)
def _keys(reading: Reading) -> Iterator[Deviation]:
    """Typed clients (Go, Java, Rust) read all four: null says that there is none, absence breaks them."""
    error = envelope(reading)
    for key in KEYS:
        if isinstance(reading.object.get("error"), dict) and failed(reading) and key not in error:
            expected = "null" if key in ("param", "code") else "a string"
            message = f"error.{key} is absent; {expected} is due"
            yield Deviation(message, expected, "absent", pointer=f"/error/{key}")


@check(
    "error.unknown-key",
    title="An error object has no key of the gateway's own",
    clause="ER-3",
    when=ANY,
    always=True,
)
def _unknown_key(reading: Reading) -> Iterator[Deviation]:
    """Strict decoders refuse it, and what it tells (a provider, a trace) belongs into a header.

    Siblings of `error` are genuine and pass.
    """
    for key in sorted(envelope(reading).keys() - set(KEYS)):
        if allowed(reading, pointer("error", key)):
            continue
        shown = short(envelope(reading)[key], 60)
        message = f"error.{short(key, 60)} is a key that OpenAI does not have"
        yield Deviation(message, "no such key", shown, pointer=pointer("error", key))


def _is_type(reading: Reading, key: str, *, null: bool) -> Iterator[Deviation]:
    error = envelope(reading)
    if key not in error or isinstance(error[key], str) or (null and error[key] is None):
        return
    expected = "a string or null" if null else "a string"
    shown = short(error[key], 60)
    yield Deviation(f"error.{key} is {shown}, not {expected}", expected, shown, pointer=f"/error/{key}")


@check(
    "error.message",
    title="The message is text",
    clause="ER-4",
    when=ANY,
    always=True,
)
def _message(reading: Reading) -> Iterator[Deviation]:
    """It is what a person reads in the exception: empty or an object, they learn nothing."""
    given = envelope(reading).get("message")
    if isinstance(given, str) and not given.strip():
        yield Deviation("error.message is empty", "a sentence", short(given), pointer="/error/message")
    yield from _is_type(reading, "message", null=False)


@check(
    "error.type",
    title="The type is a string",
    clause="ER-5",
    when=ANY,
    always=True,
)
def _type(reading: Reading) -> Iterator[Deviation]:
    """Retry logic and dashboards branch on it; null or empty falls through every branch."""
    if envelope(reading).get("type") == "":
        yield Deviation("error.type is empty", "invalid_request_error", '""', pointer="/error/type")
    yield from _is_type(reading, "type", null=False)


@check(
    "error.code-type",
    title="The code is a string or null",
    clause="ER-6",
    when=ANY,
    always=True,
)
def _code_type(reading: Reading) -> Iterator[Deviation]:
    """A number (the status once more) fails to decode in typed clients and never equals a known code."""
    yield from _is_type(reading, "code", null=True)


@check(
    "error.param-type",
    title="The param is a string or null",
    clause="ER-7",
    when=ANY,
    always=True,
)
def _param_type(reading: Reading) -> Iterator[Deviation]:
    """openai-go and openai-java decode it as a string; an array or an object fails the whole envelope."""
    yield from _is_type(reading, "param", null=True)


def _as_expected(reading: Reading, key: str, wanted: tuple[str | None, ...]) -> Iterator[Deviation]:
    error = envelope(reading)
    given = error.get(key)
    if not wanted or key not in error or not (given is None or isinstance(given, str)) or given in wanted:
        return
    if key == "type" and not given:
        return  # error.type
    expected = " or ".join(short(value) for value in wanted)
    message = f"error.{key} is {short(given, 80)}; genuine OpenAI answers this with {expected}"
    yield Deviation(message, expected, short(given, 80), pointer=f"/error/{key}")


@check(
    "error.type-value",
    level=Level.SHOULD,
    title="The type names the kind of mistake",
    clause="ER-8",
    when=REFUSED.where(lambda case: case.expect.error is not None and bool(case.expect.error.type)),
)
def _type_value(reading: Reading) -> Iterator[Deviation]:
    """A client's mistake under a server's type is retried in vain, or reported to the wrong people."""
    if reading.case.expect.error:
        yield from _as_expected(reading, "type", reading.case.expect.error.type)


@check(
    "error.code",
    level=Level.SHOULD,
    title="The code is the one genuine OpenAI gives for this mistake",
    clause="ER-9",
    when=REFUSED.where(lambda case: case.expect.error is not None and bool(case.expect.error.code)),
)
def _code(reading: Reading) -> Iterator[Deviation]:
    """Programs tell causes apart by it: invalid_api_key asks for a key, model_not_found for a model."""
    if reading.case.expect.error:
        yield from _as_expected(reading, "code", reading.case.expect.error.code)


@check(
    "error.quota-told",
    title="A budget that is used up is told from a rate",
    clause="ER-17",
    when=REFUSED.where(lambda case: case.provoke == "quota"),
)
def _quota_told(reading: Reading) -> Iterator[Deviation]:
    """Retry logic sends a rate 429 again: an agent whose budget is gone hammers on and never says why."""
    error = envelope(reading)
    if error and not {error.get("type"), error.get("code")} & _QUOTA:
        told = f"type {short(error.get('type'), 60)}, code {short(error.get('code'), 60)}"
        message = f"the 429 for a budget has {told}: clients take it for a rate and try again"
        yield Deviation(message, "insufficient_quota", told, pointer="/error/code")


@check(
    "error.param",
    level=Level.SHOULD,
    title="The param is the path of the field at fault",
    clause="ER-10",
    when=REFUSED.where(lambda case: case.expect.error is not None and bool(case.expect.error.param)),
)
def _param(reading: Reading) -> Iterator[Deviation]:
    """Forms mark the field by it, and agents mend the request by it: `messages[1].role`."""
    if reading.case.expect.error:
        yield from _as_expected(reading, "param", reading.case.expect.error.param)


@check(
    "error.framework-leak",
    title="No framework's own error stands in place of the envelope",
    clause="ER-11",
    when=ANY,
    always=True,
)
def _framework_leak(reading: Reading) -> Iterator[Deviation]:
    """`{"detail": …}` or `Internal Server Error` as text: the SDKs find no message, code or param in it."""
    what = _framework(reading) if failed(reading) and not is_html(reading) else None
    if what:
        start = beginning(reading.exchange.body)
        message = f"the error is a framework's own ({what}), no envelope"
        yield Deviation(message, '{"error": {…}}', start, pointer="" if reading.object else None)


@check(
    "error.stack-trace",
    level=Level.SHOULD,
    title="No error shows a stack trace",
    clause="ER-12",
    when=ANY,
    always=True,
)
def _stack_trace(reading: Reading) -> Iterator[Deviation]:
    """It tells strangers paths and versions of the server, and the user nothing to act on."""
    if not failed(reading) or _framework(reading):
        return
    text = envelope(reading).get("message")
    shown = text if isinstance(text, str) else reading.exchange.part(0, _SCANNED).decode("utf-8", "replace")
    match = _STACK.search(shown[:_SCANNED])
    if match:
        where = "/error/message" if isinstance(text, str) else None
        found = short(match.group(), 60)
        yield Deviation(f"the error shows a stack trace: {found}", "a sentence", found, pointer=where)


@check(
    "error.message-template",
    level=Level.SHOULD,
    title="The message is filled in",
    clause="ER-99",
    when=ANY,
    always=True,
)
def _message_template(reading: Reading) -> Iterator[Deviation]:
    """`The model {model} does not exist` names no model: the user reads the server's source, not the cause.

    What stands in the request may be repeated: a message that quotes it is no template.
    """
    said = envelope(reading).get("message")
    if not isinstance(said, str):
        return
    sent = _sent(reading)
    for match in islice(_TEMPLATE.finditer(said[:_SCANNED]), 20):
        if match.group() not in sent:
            message = f"error.message holds the placeholder {match.group()}, not what belongs there"
            yield Deviation(message, "a value", short(match.group(), 60), pointer="/error/message")
            return


def _sent(reading: Reading) -> str:
    """What of the request an error may quote."""
    request = reading.exchange.request
    body = (request.body or b"").decode("utf-8", "replace")
    return f"{request.path}?{request.query}\n{body}\n{json.dumps(reading.asked, ensure_ascii=False)}"


@check(
    "error.content-type",
    level=Level.SHOULD,
    title="An error is application/json",
    clause="ER-13",
    when=ANY,
    needs=[Facet.HEADERS],
    always=True,
)
def _content_type(reading: Reading) -> Iterator[Deviation]:
    """Clients that choose the decoder by media type show the user raw text instead of the message."""
    given = reading.exchange.content_type
    if envelope(reading) and given not in ("application/json", "text/html", "text/event-stream"):
        message = f"content-type of the error is {given or 'absent'}"
        yield Deviation(message, "application/json", given or "absent", header="content-type")


@check(
    "error.plain-on-stream",
    title="A refused stream is a plain JSON error with a status",
    clause="ER-14",
    when=on(stream=True, error=None),
    always=True,
)
def _plain_on_stream(reading: Reading) -> Iterator[Deviation]:
    """The SDKs read the body of a 4xx as JSON, stream or not; an SSE frame there hides message and code."""
    if failed(reading) and _streamed(reading):
        actual = reading.exchange.content_type or "an event stream"
        message = f"the {reading.exchange.status} to a stream request is sent as an event stream, not as JSON"
        yield Deviation(message, "application/json", actual, header="content-type")


@check(
    "error.on-success",
    title="A failure is told by its status, not under a 200",
    clause="ER-15",
    when=on(stream=False).where(lambda case: case.operation not in CONTENT),
)
def _on_success(reading: Reading) -> Iterator[Deviation]:
    """The SDKs raise by status: a 200 with an error is parsed as an answer whose `choices` is None."""
    given = reading.object.get("error")
    if given and reading.object.get("object") != "response":
        said = mapping(given).get("message")
        shown = short(said if isinstance(said, str) else given, 80)
        message = f"answered {reading.exchange.status} with an error in it: {shown}"
        yield Deviation(message, "a 4xx or 5xx", shown, pointer="/error")


@check(
    "error.key-echo",
    level=Level.SHOULD,
    title="No error repeats the key",
    clause="ER-16",
    when=ANY,
    always=True,
)
def _key_echo(reading: Reading) -> Iterator[Deviation]:
    """Errors end in logs, tickets and screenshots: a key told whole in one is a key lost."""
    if not failed(reading):
        return
    text = reading.exchange.part(0, _SCANNED).decode("utf-8", "replace")
    key = next((key for key in _keys_sent(reading) if key in text), None)
    if key is not None:
        yield Deviation("the error repeats the API key in clear", "a masked key", "the whole key")


def _keys_sent(reading: Reading) -> list[str]:
    """The keys as they could stand in the answer: what replaces the run's own, a case's own bad one."""
    header = reading.case.request.headers.get("authorization")
    given = (header or "").removeprefix("Bearer ").strip()
    return [REPLACEMENT, given] if len(given) >= 8 else [REPLACEMENT]
