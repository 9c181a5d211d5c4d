"""Operators on the response headers that clients read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from slashv1.fixtures import Exchange
from slashv1.harness.mutants.edit import with_header
from slashv1.harness.mutants.model import ERROR, PLAIN, STREAM, Baseline, Site, operator

ANY = (PLAIN, STREAM, ERROR)
REAL = ("headers", "values")


def _header(
    name: str, header: str, make: Callable[[str, Exchange], str | None], does: str, *fits: str
) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        old = base.exchange.header(header)
        if old is None:
            return
        new = make(old, base.exchange)
        rule = "same-bytes" if new == old else None
        yield Site(f"header {header}", lambda: with_header(base.exchange, header, new), rule, "", header)

    find.__doc__ = does
    operator(name, *fits, kinds=ANY, needs=REAL)(find)


def _above(_old: str, exchange: Exchange) -> str | None:
    limit = exchange.header("x-ratelimit-limit-tokens") or ""
    return str(int(limit) + 1) if limit.isdigit() else "x"


RESET = "headers.ratelimit-reset"
COUNT = "headers.ratelimit-count"
_header(
    "request-id-removed", "x-request-id", lambda *_: None, "takes x-request-id away", "headers.request-id"
)
_header(
    "request-id-blank",
    "x-request-id",
    lambda *_: " ",
    "leaves x-request-id blank",
    "headers.request-id-grammar",
)
_header(
    "request-id-empty", "x-request-id", lambda *_: "", "empties x-request-id", "headers.request-id-grammar"
)
_header(
    "request-id-spaced",
    "x-request-id",
    lambda old, _: f"req {old}",
    "puts a blank into x-request-id",
    "headers.request-id-grammar",
)
_header(
    "processing-ms-unit",
    "openai-processing-ms",
    lambda old, _: f"{old}ms",
    "gives openai-processing-ms with a unit",
    "headers.processing-ms",
)
_header(
    "processing-ms-fraction",
    "openai-processing-ms",
    lambda old, _: f"{old}.5",
    "gives openai-processing-ms with a fraction",
    "headers.processing-ms",
)
_header(
    "version-not-dated",
    "openai-version",
    lambda *_: "v1",
    "gives openai-version as v1",
    "headers.openai-version",
)
_header(
    "ratelimit-above",
    "x-ratelimit-remaining-tokens",
    _above,
    "lets more tokens remain than the limit",
    "headers.ratelimit-remaining",
)
_header(
    "ratelimit-comma",
    "x-ratelimit-limit-tokens",
    lambda old, _: f"{old},000",
    "writes a limit with a comma",
    COUNT,
)
_header(
    "ratelimit-word",
    "x-ratelimit-remaining-requests",
    lambda *_: "unlimited",
    "writes what remains as a word",
    COUNT,
)
_header(
    "ratelimit-negative", "x-ratelimit-remaining-requests", lambda *_: "-1", "lets -1 requests remain", COUNT
)
_header(
    "reset-without-unit", "x-ratelimit-reset-requests", lambda *_: "60", "gives a reset without a unit", RESET
)
_header(
    "reset-as-date",
    "x-ratelimit-reset-tokens",
    lambda *_: "2025-06-01T00:00:00Z",
    "gives a reset as a date",
    RESET,
)
_header(
    "limit-removed",
    "x-ratelimit-limit-requests",
    lambda *_: None,
    "takes a limit away and leaves what remains",
    "headers.ratelimit-complete",
)
_header(
    "reset-removed",
    "x-ratelimit-reset-tokens",
    lambda *_: None,
    "takes a reset away and leaves the limit",
    "headers.ratelimit-complete",
)


@operator(
    "content-type-wrong",
    "http.content-type-json",
    "framing.content-type",
    "error.content-type",
    "error.plain-on-stream",
    "http.*",
    kinds=ANY,
    needs=["headers"],
)
def _content_type(base: Baseline) -> Iterable[Site]:
    """sends JSON as text/html, a stream as JSON"""
    if base.exchange.content_type not in ("application/json", "text/event-stream"):
        return
    new = "application/json" if base.kind == STREAM else "text/html"
    yield Site(
        "header content-type", lambda: with_header(base.exchange, "content-type", new), key="content-type"
    )


@operator(
    "content-type-removed",
    "http.content-type-json",
    "framing.content-type",
    "error.content-type",
    kinds=ANY,
    needs=["headers"],
)
def _no_type(base: Baseline) -> Iterable[Site]:
    """takes the content-type away"""
    if base.exchange.content_type in ("application/json", "text/event-stream"):
        rule = "free-form" if base.operation.answer != "json" else None
        yield Site("header content-type", lambda: with_header(base.exchange, "content-type", None), rule)


@operator("request-id-twice", "headers.single", kinds=ANY, needs=REAL)
def _twice(base: Baseline) -> Iterable[Site]:
    """sends x-request-id twice"""
    given = base.exchange.header("x-request-id")
    if given is not None:
        more = (*base.exchange.headers, ("x-request-id", f"{given}0"))
        yield Site("header x-request-id", lambda: replace(base.exchange, headers=more))


@operator("key-in-header", "headers.no-leak", kinds=ANY, needs=["headers"])
def _leak(base: Baseline) -> Iterable[Site]:
    """repeats the request's authorization among the answer's headers"""
    more = (*base.exchange.headers, ("authorization", "Bearer sk-slashv1-invalid-key"))
    if base.exchange.header("authorization") is None:
        yield Site("header authorization", lambda: replace(base.exchange, headers=more))
