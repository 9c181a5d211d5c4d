"""Clearances of what every answer has: a status, headers, a body without an error."""

from __future__ import annotations

from collections.abc import Mapping

from slashv1.fixtures.redact import ALWAYS, REPLACEMENT
from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.headers import (
    COUNT,
    DATE,
    DURATION,
    KEY_HEADERS,
    SINGLE,
    VISIBLE,
    rate_limits,
)
from slashv1.harness.reading import Reading

_STARTS = frozenset(b'{[de:"')
"""First bytes of JSON and of an event stream, and of no page."""
_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_MEDIA = _JSON | {"text/event-stream", "text/event-stream; charset=utf-8"}


def succeeded(reading: Reading) -> bool:
    """Whether the answer came whole, with a 2xx that the case expects."""
    exchange = reading.exchange
    status = exchange.status
    return exchange.failure is None and status is not None and 200 <= status < 300 and reading.expected_status


@clears("http.answered", "http.status", "http.redirect", "http.html")
def _answered(reading: Reading) -> bool:
    body = reading.exchange.body
    return (
        succeeded(reading)
        and bool(body)
        and body[0] in _STARTS
        and reading.exchange.content_type != "text/html"
    )


@clears("http.content-type-json", "http.charset")
def _media(reading: Reading) -> bool:
    return reading.exchange.header("content-type") in (_MEDIA if reading.case.stream else _JSON)


@clears(
    "error.envelope",
    "error.keys",
    "error.unknown-key",
    "error.message",
    "error.type",
    "error.code-type",
    "error.param-type",
    "error.type-value",
    "error.code",
    "error.param",
    "error.framework-leak",
    "error.stack-trace",
    "error.message-template",
    "error.content-type",
    "error.plain-on-stream",
    "error.key-echo",
    "headers.retry-after",
    "headers.www-authenticate",
)
def _no_error(reading: Reading) -> bool:
    return succeeded(reading)


@clears("error.on-success")
def _silent(reading: Reading) -> bool:
    return not reading.object.get("error")


@clears("headers.request-id", "headers.request-id-grammar")
def _request_id(reading: Reading) -> bool:
    given = reading.exchange.header("x-request-id")
    return given is not None and VISIBLE.fullmatch(given) is not None


@clears("headers.processing-ms", "headers.openai-version", "headers.openai-present")
def _openai(reading: Reading) -> bool:
    took, version = (reading.exchange.header(name) for name in ("openai-processing-ms", "openai-version"))
    if took is None or version is None:
        return False
    return COUNT.fullmatch(took) is not None and DATE.fullmatch(version) is not None


@clears("headers.single", "headers.retry-after-grammar", "headers.no-leak")
def _no_more(reading: Reading) -> bool:
    named = reading.exchange.by_name
    if "retry-after" in named or "retry-after-ms" in named or not named.keys().isdisjoint(KEY_HEADERS):
        return False
    for name in SINGLE:
        if len(named.get(name, ())) > 1:
            return False
    for name, values in named.items():
        if name not in ALWAYS and REPLACEMENT in values[0]:
            return False
        if len(values) > 1 and any(REPLACEMENT in value for value in values):
            return False
    return True


@clears(
    "headers.ratelimit-count",
    "headers.ratelimit-reset",
    "headers.ratelimit-remaining",
    "headers.ratelimit-complete",
)
def _limits(reading: Reading) -> bool:
    return all(_paced(values) for values in rate_limits(reading).values())


@clears("headers.ratelimit-present")
def _limited(reading: Reading) -> bool:
    return bool(rate_limits(reading))


def _paced(values: Mapping[str, str]) -> bool:
    if len(values) != 3:
        return False
    limit, left = values["limit"], values["remaining"]
    if not (COUNT.fullmatch(limit) and COUNT.fullmatch(left) and DURATION.fullmatch(values["reset"])):
        return False
    return int(left) <= int(limit)
