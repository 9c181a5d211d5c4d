"""The same headers on stream and plain answer, on success and refusal, where genuine OpenAI sends both."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.headers import KEPT, METERED
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

GENERATING = on("chat.completions.create", "responses.create", stream=True)
REFUSED = on(*METERED.operations, stream=False, error=True)
LATE = frozenset({"validation", "strictness"})
"""Mistakes that genuine OpenAI finds where it also counts requests; keys and models are looked at before."""


def families(case: Case) -> tuple[str, ...]:
    """How the names begin of what both answers have, or neither; Responses streams tell no rate limits."""
    metered = METERED.within(case.operation, case.stream, False)
    return ("openai-version", "openai-processing-ms", *(["x-ratelimit-"] if metered else []))


def _has_twin(case: Case) -> bool:
    return any(name.startswith(f"{case.operation}/") for name in case.beside)


def _found_late(case: Case) -> bool:
    return case.expect.status == (400,) and bool(case.tags & LATE)


_streamed = GENERATING.where(_has_twin).where(lambda case: not case.together)
_refused = REFUSED.where(_has_twin).where(_found_late)


def _twin(reading: Reading) -> Reading:
    """The plain answer of the same operation.

    Raises:
        Inconclusive: there is none.
    """
    for other in reading.others.values():
        plain = other.case.operation == reading.case.operation and not other.case.stream
        if plain and not other.case.error and other.expected_status:
            return other
    raise Inconclusive("there is no plain answer to compare with")


def _lost(reading: Reading) -> Iterator[str]:
    """Families that the plain answer has and this one lacks."""
    plain = {name.lower() for name, _ in _twin(reading).exchange.headers}
    mine = {name.lower() for name, _ in reading.exchange.headers}
    for family in families(reading.case):
        if any(name.startswith(family) for name in plain) and not any(n.startswith(family) for n in mine):
            yield family


@check(
    "headers.stream-parity",
    level=Level.SHOULD,
    title="A stream has the headers of the plain answer",
    clause="HD-28",
    when=_streamed,
    needs=KEPT,
)
def _stream_parity(reading: Reading) -> Iterator[Deviation]:
    """Most traffic streams: a throttler that sees rate limits on plain answers alone runs into 429."""
    for family in _lost(reading):
        message = f"{family} comes with the plain answer and not with the stream"
        yield Deviation(message, "present", "absent", header=family)


@check(
    "headers.error-parity",
    level=Level.SHOULD,
    title="A refused request has the headers of an answered one",
    clause="HD-29",
    when=_refused,
    needs=KEPT,
)
def _error_parity(reading: Reading) -> Iterator[Deviation]:
    """A refused request counts against the limits too, and traces of errors are those that people read."""
    for family in _lost(reading):
        message = f"{family} comes with an answer and not with a refusal"
        yield Deviation(message, "present", "absent", header=family)
