"""A long stream is read again at each look: its verdicts are a short one's, and it is never held whole."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import ALL_FACETS, Facet
from slashv1.fixtures.reads import LONG, StoredReads
from slashv1.harness import reading as reading_module
from slashv1.harness.body import Body
from slashv1.harness.connection import Connection, Limits
from slashv1.harness.judge.engine import items_of, judge, judge_all
from slashv1.harness.judge.framing import undecodable
from slashv1.harness.long_stream import Frames
from slashv1.harness.mutants import pick
from slashv1.harness.mutants.model import Baseline, operators
from slashv1.harness.mutants.run import picked
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import case_of
from slashv1.harness.sse import decode
from slashv1.harness.wire import wire_of
from slashv1.matrix import load_profile
from slashv1.record import Result
from tests.harness.readings import a_case, reads_of
from tests.harness.test_sse import NASTY, streams

PROFILE = load_profile("openai")
NAMES = (
    "chat.completions.create/stream-usage",
    "chat.completions.create/tools-parallel-stream",
    "responses.create/stream",
    "responses.create/tools-required-stream",
)
ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


def stored(exchange: Exchange) -> Exchange:
    return replace(exchange, reads=StoredReads(exchange.reads))


def test_each_frame_is_the_one_that_the_whole_body_gives() -> None:
    nasty = Exchange(Request("POST", "/v1/responses"), 200, (), reads_of(NASTY, chunk=3), 0.0)
    untimed = replace(nasty, facets=ALL_FACETS - {Facet.TIMES})
    for one in (nasty, untimed, *streams(1_000)):
        whole, again = decode(one), Frames(stored(one))
        assert tuple(again) == whole
        assert tuple(reversed(again)) == whole[::-1]
        assert again[1:-1] == whole[1:-1]


def in_the_whole(body: bytes) -> tuple[int, str] | None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start, error.reason
    return None


def test_what_is_no_utf8_is_found_read_by_read_where_it_is_in_the_whole() -> None:
    chosen, found = random.Random(5), Counter[str | None]()
    for _ in range(2_000):
        parts = (b"a", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b"\xe2\x80", b"\xff", b"\xed\xa0\x80", b"\xc3")
        body = b"".join(chosen.choices(parts, weights=(9, 9, 9, 1, 1, 1, 1), k=chosen.randrange(9)))
        reads = (Read(b"", 0.0), *reads_of(body, chunk=chosen.randrange(1, 5)))
        wrong = undecodable(Exchange(Request("POST", "/v1/responses"), 200, (), reads, 0.0))
        assert wrong == in_the_whole(body), body
        found[wrong and wrong[1]] += 1
    assert len(found) == 4


def test_there_is_no_frame_behind_the_last() -> None:
    with pytest.raises(IndexError):
        Frames(Exchange(Request("POST", "/v1/responses"), 200, (), (Read(b"data: x\n\n", 0.0),), 0.0))[1]


def broken(base: Baseline) -> Iterator[Exchange]:
    """A stream as it stands, with one violation each, and with bytes that are none of a stream's."""
    yield base.exchange
    for operator in operators().values():
        for site in picked(operator, base, 1, Counter()):
            if site.make is not None:
                yield site.make()
    body = base.exchange.body
    for data in (b"", b"<html>" + body, body[: len(body) // 2], body.replace(b"\n", b"\r"), b"\xff" + body):
        yield replace(base.exchange, reads=(Read(data, 0.0),))


def verdicts(base: Baseline, exchange: Exchange) -> tuple[list[Result], list[Result]]:
    """By all checks at once, as of recorded traffic, and one by one, as of a run."""
    record = replace(base.record, exchange=exchange)
    case = case_of(record, base.operation)
    quick, each = (Reading(case, replace(exchange), asked=record.asked) for _ in range(2))
    return judge_all(quick, PROFILE), judge(items_of(case, PROFILE), each, PROFILE)


def test_the_verdicts_are_those_of_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bases = [one for one in pick.fixtures() if one.record.id in NAMES]
    given = [(base, exchange) for base in bases for exchange in broken(base)]
    at_once = [verdicts(*one) for one in given]
    monkeypatch.setattr(reading_module, "LONG", -1)
    again = [verdicts(base, stored(exchange)) for base, exchange in given]
    assert again == at_once
    assert len(bases) == len(NAMES)
    assert len({one.check for results, _ in at_once for one in results if one.findings}) > 100


def long_chat() -> Iterator[bytes]:
    """Some 3 MB of text in pieces of 3 KB."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_750_000_000, "model": "m"}
    choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    spoken = {"index": 0, "delta": {"content": "word " * 600}, "finish_reason": None}
    ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
    for one in (choice, *[spoken] * 1_000, ended):
        yield b"data: " + json.dumps({**head, "choices": [one]}).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def test_a_long_stream_is_not_held_when_it_came_nor_when_it_is_judged() -> None:
    case = replace(a_case(stream=True, json=ASKED), tags=frozenset())
    items = items_of(case, PROFILE)
    kind = (("content-type", "text/event-stream"),)
    request = Request("POST", case.request.path)
    judge(items, Reading(case, Exchange(request, 200, kind, (), 0.0), asked=ASKED), PROFILE)  # imports
    tracemalloc.start()
    try:
        body = Body(Limits(), coding="", event_stream=True, room=10**9)
        for at, data in enumerate(long_chat()):
            body.feed(data, at / 100)
        body.close()
        exchange = Exchange(request, 200, kind, body.reads, 1_750_000_000.0)
        came = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        results = judge(items, Reading(case, exchange, asked=ASKED), PROFILE)
        wire = wire_of(case, exchange, Connection("http://localhost/v1"), frozenset())
        judged = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    size = exchange.size
    assert size > 3_000_000
    assert isinstance(exchange.reads, StoredReads)
    assert (len(wire.frames), wire.frames_left_out) == (80, 923)
    assert {result.check for result in results if result.outcome == "passed"} > {"framing.json", "body.json"}
    assert came < LONG + size / 8
    assert judged < 2**21 + size / 3  # the events asked for last, and what a frame's place takes
