"""Answers of one run that bear the same id: whatever was asked, no two may. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slashv1.fixtures import Exchange
from slashv1.harness.reading import Reading

MADE = ("chat.completions.create", "responses.create")
"""Operations of which each answer is a thing of its own."""
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,256})"')
_HEAD = 4_096
"""Bytes of an answer in which its own id stands: nothing more of it is looked at."""


def twins(readings: Mapping[str, Reading]) -> Iterator[tuple[str, str]]:
    """Names of cases in pairs, both ways, whose answers seem to bear the same id: the first and each other.

    A first look at all answers of a run, that costs no parsing: what it means the checks say.
    """
    known: dict[tuple[str, object], str] = {}
    for name, reading in readings.items():
        for mark in _marks(reading):
            first = known.setdefault(mark, name)
            if first != name:
                yield name, first
                yield first, name


def _marks(reading: Reading) -> Iterator[tuple[str, object]]:
    exchange = reading.exchange
    request_id = exchange.header("x-request-id")
    if request_id:
        yield "x-request-id", request_id
    if reading.case.operation in MADE and exchange.status == 200:
        found = _ID.search(_start(exchange))
        if found:
            yield reading.case.operation, found[1]


def _start(exchange: Exchange) -> bytes:
    start = b""
    for read in exchange.reads:
        start += read.data
        if len(start) >= _HEAD:
            break
    return start[:_HEAD]
