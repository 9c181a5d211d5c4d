"""Clearances of an answer's head as a whole."""

from __future__ import annotations

from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.headers_whole import ANOTHERS, MOST, SECRET, SHARED
from slashv1.harness.reading import Reading

_UNWANTED = frozenset({*ANOTHERS, "proxy-authenticate"})


@clears(
    "headers.size",
    "headers.ascii",
    "headers.hop-by-hop",
    "headers.no-secret",
    "headers.shared-cache",
    "headers.date",
)
def _clean(reading: Reading) -> bool:
    exchange = reading.exchange
    named = exchange.by_name
    if "date" not in named or not named.keys().isdisjoint(_UNWANTED):
        return False
    # A blank stands before each value: a key is looked for at the beginning of a word.
    text = " ".join([part for header in exchange.headers for part in header])
    if not (text.isascii() and text.isprintable()) or len(text) + 4 * len(exchange.headers) > MOST:
        return False
    return SECRET.search(text) is None and not any(map(SHARED.search, named.get("cache-control", ())))
