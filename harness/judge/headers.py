"""The response headers that SDKs read: request id, rate limits, retry hints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime

from slashv1.fixtures.exchange import Facet
from slashv1.fixtures.redact import ALWAYS, REPLACEMENT
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, short
from slashv1.harness.judge.when import When, on
from slashv1.harness.reading import Reading
from slashv1.record import Level

ANY = on(error=None)
METERED = on("chat.completions.create", "embeddings.create")
KEPT = [Facet.HEADERS]
REAL = [Facet.HEADERS, Facet.VALUES]

VISIBLE = re.compile(r"[\x21-\x7e]{1,256}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
COUNT = re.compile(r"\d{1,20}", re.ASCII)
DURATION = re.compile(r"(?=\d)(\d+d)?(\d+h)?(\d+m(?!s))?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?", re.ASCII)
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_PARTS = ("limit", "remaining", "reset")
KEY_HEADERS = ("authorization", "api-key", "x-api-key")
SINGLE = ("content-type", "x-request-id", "openai-version", "openai-processing-ms", "retry-after")


@check(
    "headers.request-id",
    level=Level.SHOULD,
    title="Every answer has an x-request-id",
    clause="HD-1",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _request_id(reading: Reading) -> Iterator[Deviation]:
    """The SDKs show it as `_request_id` and in every exception; without it no support case can be traced."""
    if reading.exchange.status is not None and reading.exchange.header("x-request-id") is None:
        yield Deviation("there is no x-request-id", "req_…", "absent", header="x-request-id")


@check(
    "headers.request-id-grammar",
    level=Level.SHOULD,
    title="The request id is plain visible ASCII",
    clause="HD-2",
    when=ANY,
    needs=REAL,
    always=True,
)
def _request_id_grammar(reading: Reading) -> Iterator[Deviation]:
    """It is pasted into log searches and support forms: blanks, control and other characters break both."""
    given = reading.exchange.header("x-request-id")
    if given is not None and not VISIBLE.fullmatch(given):
        message = "x-request-id is empty" if not given.strip() else "x-request-id is not plain visible ASCII"
        yield Deviation(message, "1 to 256 visible characters", short(given), header="x-request-id")


@check(
    "headers.request-id-unique",
    level=Level.SHOULD,
    title="No two answers share a request id",
    clause="HD-3",
    when=on(error=None).where(lambda case: bool(case.after or case.beside)),
    needs=REAL,
    always=True,
)
def _request_id_unique(reading: Reading) -> Iterator[Deviation]:
    """A request id that repeats leads support and traces to another request."""
    given = reading.exchange.header("x-request-id")
    for name, other in reading.neighbours.items():
        if (
            given
            and other.exchange is not reading.exchange
            and other.exchange.header("x-request-id") == given
        ):
            message = f"x-request-id is the same as that of {name}"
            yield Deviation(message, "a new id", short(given), header="x-request-id")
            return


@check(
    "headers.processing-ms",
    level=Level.SHOULD,
    title="openai-processing-ms, where sent, is a whole number",
    clause="HD-4",
    when=ANY,
    needs=REAL,
    always=True,
)
def _processing_ms(reading: Reading) -> Iterator[Deviation]:
    """Latency dashboards convert it with int() and raise, or read seconds as milliseconds."""
    yield from _grammar(reading, "openai-processing-ms", COUNT, "a whole number of milliseconds")


def _grammar(reading: Reading, name: str, grammar: re.Pattern[str], expected: str) -> Iterator[Deviation]:
    given = reading.exchange.header(name)
    if given is not None and not grammar.fullmatch(given.strip()):
        yield Deviation(
            f"{name} is {short(given, 60)}, not {expected}", expected, short(given, 60), header=name
        )


@check(
    "headers.openai-version",
    level=Level.SHOULD,
    title="openai-version, where sent, is a date",
    clause="HD-5",
    when=ANY,
    needs=REAL,
    always=True,
)
def _version(reading: Reading) -> Iterator[Deviation]:
    """It dates the contract that the answer follows; instrumentation records it as such."""
    yield from _grammar(reading, "openai-version", DATE, "a date such as 2020-10-01")


def _absent(*names: str) -> Callable[[Reading], Iterator[Deviation]]:
    def look(reading: Reading) -> Iterator[Deviation]:
        missing = [name for name in names if reading.exchange.header(name) is None]
        if missing:
            yield Deviation(f"absent: {', '.join(missing)}", "present", "absent", header=missing[0])

    return look


@check(
    "headers.openai-present",
    level=Level.MAY,
    title="openai-version and openai-processing-ms are sent",
    clause="HD-6",
    when=on(),
    needs=KEPT,
)
def _openai_present(reading: Reading) -> Iterator[Deviation]:
    """Genuine OpenAI sends both; tracing libraries record them and show nothing without."""
    yield from _absent("openai-version", "openai-processing-ms")(reading)


@check(
    "headers.single",
    title="No header that SDKs read stands there twice",
    level=Level.SHOULD,
    clause="HD-8",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _single(reading: Reading) -> Iterator[Deviation]:
    """Clients join repeated headers with a comma: `application/json, text/html` is no type they know."""
    for name in SINGLE:
        values = reading.exchange.header_values(name)
        if len(values) > 1:
            message = f"{name} was sent {len(values)} times"
            yield Deviation(message, "once", short(", ".join(values)), header=name)


def rate_limits(reading: Reading) -> Mapping[str, Mapping[str, str]]:
    """The x-ratelimit-* values by what they count (`requests`, `tokens`), then by part."""
    return reading.once(_rate_limits)


def _rate_limits(reading: Reading) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, values in reading.exchange.by_name.items():
        if name.startswith("x-ratelimit-"):
            part, _, counted = name.removeprefix("x-ratelimit-").partition("-")
            if part in _PARTS:
                found.setdefault(counted, {})[part] = values[-1].strip()
    return found


def _name(part: str, counted: str) -> str:
    return f"x-ratelimit-{part}-{counted}".rstrip("-")


@check(
    "headers.ratelimit-count",
    level=Level.SHOULD,
    title="Rate limits and what remains are whole numbers",
    clause="HD-9",
    when=ANY,
    needs=REAL,
    always=True,
)
def _ratelimit_count(reading: Reading) -> Iterator[Deviation]:
    """Throttlers (LiteLLM, LangChain, request queues) convert them with int(): anything else raises there."""
    for counted, values in rate_limits(reading).items():
        for part in ("limit", "remaining"):
            if part in values and not COUNT.fullmatch(values[part]):
                name, given = _name(part, counted), short(values[part], 60)
                yield Deviation(f"{name} is {given}, not a whole number", "digits", given, header=name)


@check(
    "headers.ratelimit-reset",
    level=Level.SHOULD,
    title="A rate limit's reset is a duration",
    clause="HD-10",
    when=ANY,
    needs=REAL,
    always=True,
)
def _ratelimit_reset(reading: Reading) -> Iterator[Deviation]:
    """Clients parse units; bare seconds or a time stamp make them wait for nothing or for decades."""
    for counted, values in rate_limits(reading).items():
        given = values.get("reset")
        if given is not None and not DURATION.fullmatch(given):
            name = _name("reset", counted)
            message = f"{name} is {short(given, 60)}, not a duration such as 6m0s or 72ms"
            yield Deviation(message, "a duration with units", short(given, 60), header=name)


@check(
    "headers.ratelimit-remaining",
    level=Level.SHOULD,
    title="No more remains than the limit allows",
    clause="HD-11",
    when=ANY,
    needs=REAL,
    always=True,
)
def _ratelimit_remaining(reading: Reading) -> Iterator[Deviation]:
    """Throttlers work with the share that is left: above 1 they never slow down."""
    for counted, values in rate_limits(reading).items():
        limit, left = values.get("limit", ""), values.get("remaining", "")
        if COUNT.fullmatch(limit) and COUNT.fullmatch(left) and int(left) > int(limit):
            name = _name("remaining", counted)
            yield Deviation(f"{name} is {left} of a limit of {limit}", f"at most {limit}", left, header=name)


@check(
    "headers.ratelimit-complete",
    level=Level.SHOULD,
    title="A rate limit comes with limit, remaining and reset",
    clause="HD-12",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _ratelimit_complete(reading: Reading) -> Iterator[Deviation]:
    """A client that knows what remains and not of how much, or until when, cannot pace itself."""
    for counted, values in rate_limits(reading).items():
        missing = [_name(part, counted) for part in _PARTS if part not in values]
        if missing:
            there = ", ".join(_name(part, counted) for part in values)
            message = f"{', '.join(missing)} missing beside {there}"
            yield Deviation(message, "limit, remaining and reset", "absent", header=missing[0])


@check(
    "headers.ratelimit-present",
    level=Level.MAY,
    title="Rate limits are told",
    clause="HD-13",
    when=METERED,
    needs=KEPT,
)
def _ratelimit_present(reading: Reading) -> Iterator[Deviation]:
    """Clients that pace themselves by these headers run into 429 instead."""
    names = [_name(part, counted) for counted in ("requests", "tokens") for part in _PARTS]
    if not rate_limits(reading):
        yield from _absent(*names)(reading)


@check(
    "headers.retry-after",
    level=Level.SHOULD,
    title="A 429 for the rate says when to come back",
    clause="HD-15",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _retry_after(reading: Reading) -> Iterator[Deviation]:
    """Without it the SDKs guess half a second to eight and spend their two retries in vain."""
    exchange = reading.exchange
    spent = dig(reading.body, "error", "code") in ("insufficient_quota", "quota_exceeded")
    if exchange.status != 429 or spent:
        return
    if exchange.header("retry-after") is None and exchange.header("retry-after-ms") is None:
        yield Deviation("429 without retry-after", "seconds", "absent", header="retry-after")


@check(
    "headers.retry-after-grammar",
    level=Level.SHOULD,
    title="retry-after, where sent, is seconds or an HTTP date",
    clause="HD-16",
    when=ANY,
    needs=REAL,
    always=True,
)
def _retry_after_grammar(reading: Reading) -> Iterator[Deviation]:
    """The SDKs parse a number or a date; anything else is ignored and they retry too early."""
    for name in ("retry-after", "retry-after-ms"):
        given = reading.exchange.header(name)
        if given is None or _SECONDS.fullmatch(given.strip()):
            continue
        if name == "retry-after-ms" or not _is_date(given):
            shown = short(given, 60)
            yield Deviation(f"{name} is {shown}, neither a number nor a date", "seconds", shown, header=name)


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return True


_responses: When = on(
    "responses.create", "responses.retrieve", "responses.delete", "responses.cancel", error=True
)


@check(
    "headers.www-authenticate",
    level=Level.MAY,
    title="A 401 names the scheme",
    clause="HD-17",
    when=_responses,
    needs=KEPT,
    always=True,
)
def _www_authenticate(reading: Reading) -> Iterator[Deviation]:
    """Generic HTTP clients ask for credentials by it; the SDKs do not read it."""
    if reading.exchange.status == 401:
        yield from _absent("www-authenticate")(reading)


@check(
    "headers.no-leak",
    level=Level.SHOULD,
    title="No response header repeats the key",
    clause="HD-18",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _no_leak(reading: Reading) -> Iterator[Deviation]:
    """Response headers are logged by proxies, browsers and tests that would never log a request's."""
    for name, value in reading.exchange.headers:
        lower = name.lower()
        if lower in KEY_HEADERS or (REPLACEMENT in value and lower not in ALWAYS):
            yield Deviation(f"{lower} repeats the API key", "no key", "the key", header=lower)
