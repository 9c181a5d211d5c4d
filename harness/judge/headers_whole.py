"""The head of an answer as a whole: its size and spelling, what it must not pass on, and who may keep it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.headers import ANY, KEPT, KEY_HEADERS, REAL
from slashv1.harness.judge.look import short
from slashv1.harness.reading import Reading
from slashv1.record import Level

MOST = 16_384
"""Bytes of a head that Node's HTTP parser takes."""
ANOTHERS = ("proxy-authorization", "proxy-connection", "te", "host", "cookie", "expect")
"""Headers of requests, or of the connection to a proxy: none belongs to an answer."""
SECRET = re.compile(
    r"(?<![A-Za-z0-9])((sk|rk|pk|zk|gsk|xai)[-_][A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35})"
)
"""Keys by the form that their makers give them: OpenAI and its kin, Groq, xAI, AWS, Google."""
_PLAIN = re.compile(r"[\t\x20-\x7e]*")
SHARED = re.compile(r"(^|[\s,;])(public|s-maxage)\b", re.IGNORECASE)


@check(
    "headers.size",
    title="The head of an answer is small enough for every client",
    clause="HD-22",
    when=ANY,
    needs=REAL,
    always=True,
)
def _size(reading: Reading) -> Iterator[Deviation]:
    """openai-node reads heads of 16 KiB at most and raises HPE_HEADER_OVERFLOW; nginx gives up at 4 or 8."""
    size = sum(len(name) + len(value) + 4 for name, value in reading.exchange.headers)
    if size > MOST:
        longest, value = max(reading.exchange.headers, key=lambda pair: len(pair[1]))
        message = f"the headers have {size:,} bytes, {len(value):,} of them in {longest[:60].lower()}"
        yield Deviation(message, f"at most {MOST:,} bytes", f"{size:,} bytes", header=longest.lower())


@check(
    "headers.ascii",
    level=Level.SHOULD,
    title="Header values are plain ASCII",
    clause="HD-23",
    when=ANY,
    needs=REAL,
    always=True,
)
def _ascii(reading: Reading) -> Iterator[Deviation]:
    """Clients differ in how they read other bytes: Latin-1, UTF-8, or an exception."""
    for name, value in reading.exchange.headers:
        if name.lower() != "x-request-id" and not _PLAIN.fullmatch(value):
            message = f"{name.lower()} holds bytes that are no plain ASCII"
            yield Deviation(message, "plain ASCII", short(value, 60), header=name.lower())


@check(
    "headers.hop-by-hop",
    level=Level.SHOULD,
    title="No header of another connection is passed on",
    clause="HD-24",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _hop_by_hop(reading: Reading) -> Iterator[Deviation]:
    """A proxy that copies heads blindly tells its clients how it logs in elsewhere, and confuses theirs."""
    for name, _ in reading.exchange.headers:
        lower = name.lower()
        if lower in ANOTHERS or (lower == "proxy-authenticate" and reading.exchange.status != 407):
            yield Deviation(f"{lower} belongs to another connection", "absent", "present", header=lower)


@check(
    "headers.no-secret",
    level=Level.SHOULD,
    title="No response header holds a key",
    clause="HD-25",
    when=ANY,
    needs=REAL,
    always=True,
)
def _no_secret(reading: Reading) -> Iterator[Deviation]:
    """The key of the provider behind the gateway, in the clients' logs: whoever reads them can use it."""
    for name, value in reading.exchange.headers:
        found = SECRET.search(value)
        if found and name.lower() not in KEY_HEADERS:
            shown = f"{found[0][:5]}… ({len(found[0])} characters)"
            message = f"{name.lower()} holds what looks like a key: {shown}"
            yield Deviation(message, "no key", shown, header=name.lower())


@check(
    "headers.shared-cache",
    level=Level.SHOULD,
    title="No answer may be kept for other clients",
    clause="HD-26",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _shared_cache(reading: Reading) -> Iterator[Deviation]:
    """`public` and `s-maxage` let a cache hand the answer to one key's request to another key."""
    said = reading.exchange.header("cache-control")
    if said is not None and SHARED.search(said):
        message = f"cache-control is {short(said, 60)}: a shared cache may keep what one key was answered"
        yield Deviation(message, "absent, no-cache or no-store", short(said, 60), header="cache-control")


@check(
    "headers.date",
    level=Level.MAY,
    title="An answer has a date",
    clause="HD-27",
    when=ANY,
    needs=KEPT,
    always=True,
)
def _date(reading: Reading) -> Iterator[Deviation]:
    """Clients measure the skew of their clock by it; caches and signed requests need it."""
    if reading.exchange.status is not None and reading.exchange.header("date") is None:
        yield Deviation("there is no date", "an HTTP date", "absent", header="date")
