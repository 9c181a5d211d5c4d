"""Operators on a refusal: its envelope, its status, its media type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from slashv1.harness.mutants.chat import cut, edit
from slashv1.harness.mutants.edit import Path, dumped, with_body, with_header
from slashv1.harness.mutants.model import ERROR, PLAIN, Baseline, Site, operator

KEYS = ("message", "type", "param", "code")
ENVELOPE = ("error.*",)


def _envelope(base: Baseline) -> dict[str, Any]:
    found = base.object.get("error")
    return found if isinstance(found, dict) else {}


def _error(name: str, path: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        if _envelope(base) and (len(path) == 1 or path[1] in _envelope(base)):
            yield edit(base, path, make(_envelope(base)))

    find.__doc__ = does
    operator(name, *fits, kinds=ERROR)(find)


for _key in KEYS:

    def _drop(base: Baseline, key: str = _key) -> Iterable[Site]:
        if key in _envelope(base):
            yield cut(base, ("error", key))

    _drop.__doc__ = f"takes `{_key}` out of the envelope"
    operator(f"error-without-{_key}", "error.keys", f"error.{_key}", kinds=ERROR)(_drop)

_error(
    "error-as-text",
    ("error",),
    lambda error: error.get("message") or "no",
    "gives the error as text",
    "error.envelope",
)
_error("error-null", ("error",), lambda _: None, "puts null for the error", "error.envelope")
_error("error-in-array", ("error",), lambda error: [error], "wraps the error in an array", "error.envelope")
_error(
    "error-code-integer", ("error", "code"), lambda _: 400, "gives the status for the code", "error.code-type"
)
_error("error-message-empty", ("error", "message"), lambda _: "", "empties the message", "error.message")
_error(
    "error-message-object",
    ("error", "message"),
    lambda error: {"text": error["message"]},
    "gives an object for the message",
    "error.message",
)
_error(
    "error-message-null", ("error", "message"), lambda _: None, "puts null for the message", "error.message"
)
_error("error-type-null", ("error", "type"), lambda _: None, "puts null for the type", "error.type")
_error("error-type-empty", ("error", "type"), lambda _: "", "empties the type", "error.type")
_error("error-type-integer", ("error", "type"), lambda _: 4, "gives a number for the type", "error.type")
_error(
    "error-param-array",
    ("error", "param"),
    lambda _: ["messages", 0],
    "gives the param as a path of steps",
    "error.param-type",
)
_error(
    "error-param-boolean", ("error", "param"), lambda _: False, "puts false for the param", "error.param-type"
)
_error(
    "error-renamed",
    ("error",),
    lambda error: {"msg": error.get("message"), **{k: v for k, v in error.items() if k != "message"}},
    "calls the message `msg`",
    "error.keys",
    "error.unknown-key",
)


@operator("error-extra-key", "error.unknown-key", "body.forbidden-name", kinds=ERROR)
def _extra(base: Baseline) -> Iterable[Site]:
    """adds an account of the gateway's own to the envelope"""
    if _envelope(base):
        yield edit(base, ("error", "provider_name"), "x")


@operator("error-unwrapped", "error.envelope", "error.framework-leak", kinds=ERROR)
def _unwrapped(base: Baseline) -> Iterable[Site]:
    """leaves the envelope away"""
    if _envelope(base):
        yield Site("/", lambda: with_body(base.exchange, dumped(_envelope(base))))


@operator("error-framework", "error.framework-leak", "error.envelope", kinds=ERROR)
def _framework(base: Baseline) -> Iterable[Site]:
    """answers with a framework's own error"""
    text = dumped({"detail": [{"loc": ["body", "model"], "msg": "field required"}]})
    yield Site("/", lambda: with_body(base.exchange, text))


@operator("error-plain-text", "error.envelope", "error.framework-leak", kinds=ERROR)
def _plain(base: Baseline) -> Iterable[Site]:
    """answers with a line of text"""
    yield Site("/", lambda: with_body(base.exchange, "Internal Server Error"))


@operator("error-stack-trace", "error.stack-trace", kinds=ERROR)
def _trace(base: Baseline) -> Iterable[Site]:
    """puts a stack trace into the message"""
    trace = 'Traceback (most recent call last):\n  File "/app/serve.py", line 12, in handle\nKeyError: 1'
    if _envelope(base):
        yield edit(base, ("error", "message"), trace)


@operator("error-under-200", "error.on-success", "body.*", "framing.*", "chat.*", kinds=ERROR)
def _success(base: Baseline) -> Iterable[Site]:
    """answers 200 with an error body"""
    if _envelope(base):
        yield Site("status", lambda: replace(base.exchange, status=200))


@operator("success-under-400", "error.envelope", "error.keys", "error.type", kinds=PLAIN)
def _refused(base: Baseline) -> Iterable[Site]:
    """answers 400 with the body of a success"""
    if base.object and not _envelope(base):
        yield Site("status", lambda: replace(base.exchange, status=400))


@operator("error-as-html-type", "error.content-type", "http.*", kinds=ERROR, needs=["headers"])
def _type(base: Baseline) -> Iterable[Site]:
    """sends the error as text/plain"""
    if _envelope(base):
        yield Site(
            "header content-type",
            lambda: with_header(base.exchange, "content-type", "text/plain"),
            key="content-type",
        )
