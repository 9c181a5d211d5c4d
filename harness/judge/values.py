"""Values that no schema rules out and that genuine OpenAI never sends: ids without a character, odd times.

Broad checks: chat, Responses and models have narrower ones of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.body import json_texts
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import number, objects, pointer, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

EARLIEST = 1_400_000_000
"""Seconds, in 2014: before any object of upstream's."""
LATEST = 100_000_000_000
"""Seconds, far off; now in milliseconds is above it."""

Place = tuple[dict[str, Any], tuple[str | int, ...], int | None]


def _things(reading: Reading) -> Iterator[Place]:
    """The objects that an answer is about: itself, the entries of a list, the response of an event."""
    for frame, text in json_texts(reading):
        whole = text.document.value
        if isinstance(whole, dict):
            yield whole, (), frame
            yield from ((one, ("data", at), frame) for at, one in objects(whole.get("data")))
            if isinstance(whole.get("response"), dict):
                yield whole["response"], ("response",), frame


@check(
    "body.empty-id",
    level=Level.SHOULD,
    title="No id and no model is empty",
    clause="BO-12",
    when=on(),
    needs=[Facet.VALUES],
    broad=True,
)
def _empty_id(reading: Reading) -> Iterator[Deviation]:
    """The id is what the next request names: with none, `GET /v1/files/` lists where it was to retrieve."""
    for thing, steps, frame in _things(reading):
        for key in ("id", "model"):
            if thing.get(key) == "":
                where = pointer(*steps, key)
                yield Deviation(f"{key} is empty", "a name", '""', where, frame)
                return


@check(
    "body.unix-time",
    level=Level.SHOULD,
    title="Times of creation are Unix seconds",
    clause="BO-13",
    when=on(),
    needs=[Facet.VALUES],
    broad=True,
)
def _unix_time(reading: Reading) -> Iterator[Deviation]:
    """Lists are sorted and pruned by it: milliseconds lie 50,000 years ahead, 0 before everything."""
    for thing, steps, frame in _things(reading):
        for key in ("created", "created_at"):
            given = number(thing.get(key))
            # Below 0 it is out of range, which `body.range` tells.
            if given is not None and given >= 0 and not EARLIEST <= given < LATEST:
                where = pointer(*steps, key)
                yield Deviation(f"{key} is {short(given)}", "Unix seconds", short(given), where, frame)
                return
