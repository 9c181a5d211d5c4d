"""Defects of errors: status, envelope, its keys, and refusals that never come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import add, drop, on_answer, on_error, on_status, put
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call, Event, Handler, dumps

GENERATING = ("chat.completions.create", "responses.create", "embeddings.create")
_PAGE = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Error</h1></body></html>\n"
_MEGABYTE = 2**20
_TRACE = 'Traceback (most recent call last):\n  File "/app/main.py", line 12, in create\nKeyError: 0'


def _status(old: int, new: int) -> Change:
    return on_status(lambda call, answer: new if answer.status == old else answer.status)


def _html(call: Call, answer: Answer) -> Answer:
    if answer.ok:
        return answer
    return replace(answer.with_header("content-type", "text/html"), writes=(_PAGE.encode(),))


def _too_large(call: Call, answer: Answer) -> Answer:
    if len(call.body) <= _MEGABYTE:
        return answer
    page = answer.with_header("content-type", "text/html")
    return replace(page, status=413, body=None, events=None, writes=(_PAGE.encode(),))


def _in_stream(call: Call, answer: Answer) -> Answer:
    """An error on `stream: true` comes as an event of a stream with status 200."""
    if answer.ok or call.json.get("stream") is not True:
        return answer
    streamed = answer.with_header("content-type", "text/event-stream; charset=utf-8")
    return replace(streamed, status=200, body=None, events=(Event(answer.body), Event("[DONE]")))


def _echo(call: Call, answer: Answer) -> Answer:
    if answer.status != 401:
        return answer
    key = call.headers.get("authorization", "").removeprefix("Bearer ")
    error = {**answer.body["error"], "message": f"Incorrect API key provided: {key}."}
    return replace(answer, body={"error": error})


def _plain_text(call: Call, answer: Answer) -> Answer:
    if answer.ok:
        return answer
    text = answer.body["error"]["message"] if "error" in answer.body else dumps(answer.body)
    return replace(answer.with_header("content-type", "text/plain"), writes=(text.encode(),))


async def _no_auth(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Any key is good, and none too."""
    return await handler(replace(call, headers={**call.headers, "authorization": "Bearer sk-anyone"}))


async def _any_model(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Unknown models are answered by another."""
    answer = await handler(call)
    asked = call.json
    if answer.ok or answer.operation not in operations or answer.body["error"]["code"] != "model_not_found":
        return answer
    other = "text-embedding-3-small" if answer.operation == "embeddings.create" else "gpt-4o-mini"
    return await handler(replace(call, body=dumps({**asked, "model": other}).encode()))


def _detail(body: Any) -> Any:
    return {"detail": body["error"]["message"]}


def _text(body: Any) -> Any:
    return {"error": body["error"]["message"]}


def _bare(body: Any) -> Any:
    return body["error"]


DEFECTS = (
    Twist(
        "error-bad-request-as-200",
        "A bad request is answered with 200 and an error in the body",
        _status(400, 200),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-bad-request-as-422",
        "A bad request is answered with 422",
        _status(400, 422),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-bad-request-as-500",
        "A bad request is answered with 500",
        _status(400, 500),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-not-found-as-400",
        "What is not found is answered with 400",
        _status(404, 400),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-key-as-500",
        "A wrong key is answered with 500",
        _status(401, 500),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-key-as-403",
        "A wrong key is answered with 403",
        _status(401, 403),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-method-as-500",
        "A wrong method is answered with 500",
        _status(405, 500),
        (),
        "http.status",
        (),
    ),
    Twist(
        "error-detail",
        "Errors are {detail: text}",
        on_error(_detail),
        (),
        "error.framework-leak",
        (),
    ),
    Twist(
        "error-text",
        "`error` is a text",
        on_error(_text),
        (),
        "error.envelope",
        (),
    ),
    Twist(
        "error-bare",
        "The four keys stand at the top, without `error`",
        on_error(_bare),
        (),
        "error.envelope",
        (),
    ),
    Twist(
        "error-param-missing",
        "Errors have no `param`",
        on_error(drop("error.param")),
        (),
        "error.keys",
        (),
    ),
    Twist(
        "error-extra-key",
        "Errors have a key of the gateway's own",
        on_error(add("error", "provider_specific_fields", {"provider": "example"})),
        (),
        "error.unknown-key",
        (),
    ),
    Twist(
        "error-type-missing",
        "Errors have no `type`",
        on_error(drop("error.type")),
        (),
        "error.keys",
        (),
    ),
    Twist(
        "error-param-null",
        "`param` is null everywhere",
        on_error(put("error.param", None)),
        (),
        "error.param",
        (),
    ),
    Twist(
        "error-param-object",
        "`param` is an array of path steps",
        on_error(put("error.param", lambda param: param and param.split("."))),
        (),
        "error.param-type",
        (),
    ),
    Twist(
        "error-code-number",
        "`code` is the HTTP status",
        on_error(put("error.code", 400)),
        (),
        "error.code-type",
        (),
    ),
    Twist(
        "error-code-null",
        "`code` is null everywhere",
        on_error(put("error.code", None)),
        (),
        "error.code",
        (),
    ),
    Twist(
        "error-type-wrong",
        "`type` is the name of a class",
        on_error(put("error.type", "BadRequestError")),
        (),
        "error.type-value",
        (),
    ),
    Twist(
        "error-message-empty",
        "`message` is empty",
        on_error(put("error.message", "")),
        (),
        "error.message",
    ),
    Twist(
        "error-html",
        "Errors are an HTML page",
        on_answer(_html),
        (),
        "http.html",
        (),
    ),
    Twist(
        "oversized-html",
        "A front end refuses bodies of more than a megabyte with a page of its own",
        on_answer(_too_large),
        (),
        "http.html",
        cases=("*::oversized",),
    ),
    Twist(
        "error-plain-text",
        "Errors are plain text",
        on_answer(_plain_text),
        (),
        "error.framework-leak",
        (),
    ),
    Twist(
        "error-stack-trace",
        "An error shows the stack",
        on_error(put("error.message", _TRACE)),
        (),
        "error.stack-trace",
    ),
    Twist(
        "error-in-stream",
        "A refused stream is an event stream with status 200",
        on_answer(_in_stream),
        GENERATING,
        "http.status",
        (),
    ),
    Twist(
        "error-key-echo",
        "A wrong key is repeated in the message",
        on_answer(_echo),
        (),
        "error.key-echo",
    ),
    Twist("auth-none", "Any key is good", _no_auth, (), "http.status", ()),
    Twist(
        "model-any",
        "An unknown model is answered by another",
        _any_model,
        GENERATING,
        "http.status",
        (),
    ),
)
