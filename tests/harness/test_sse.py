"""The decoder against the WHATWG rules, however the bytes arrive."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import ALL_FACETS, Facet
from slashv1.harness.sse import Decoder, Frame, decode
from tests.harness.readings import reads_of

NASTY = (
    b"\xef\xbb\xbfdata: one\n\n"
    b": only a comment\n\n"
    b"event: named\r\ndata:no space\r\ndata:  two spaces\r\n\r\n"
    b"data: cr\rid: 7\r\r"
    b"\n\r\n\n"
    b"data\n\n"
    b"event: no data\n\n"
    b': note\nretry: 300\ndata: {"text":"h\xc3\xa9llo \xf0\x9f\x98\x80: \xe2\x80\xa8"}\n\n'
    b"data: a\rdata: b\r\ndata: c\n\r\n"
    b"data: cut"
)


def frames_of(*pieces: bytes) -> list[Frame]:
    decoder = Decoder()
    found = [frame for piece in pieces for frame in decoder.feed(piece)]
    return found + decoder.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"data: x\n\n", ["x"]),
        (b"data:x\n\n", ["x"]),
        (b"data:  x\n\n", [" x"]),
        (b"data: x\r\n\r\n", ["x"]),
        (b"data: x\r\r", ["x"]),
        (b"data: x\r\n\n", ["x"]),
        (b"\n\n\ndata: x\n\n\n\n", ["x"]),
        (b"data: x\ndata: y\n\n", ["x\ny"]),
        (b"data\n\n", [""]),
        (b"data:\n\n", [""]),
        (b"data:\ndata:\n\n", ["\n"]),
        (b"data: a: b\n\n", ["a: b"]),
        (b"\xef\xbb\xbfdata: x\n\n", ["x"]),
        (b"data: x\n\n\xef\xbb\xbfdata: y\n\n", ["x", None]),
        (b": comment\n\ndata: x\n\n", ["x"]),
        (b":\ndata: x\n:\n\n", ["x"]),
        (b"event: e\n\n", [None]),
        (b"Data: x\n\n", [None]),
        (b" data: x\n\n", [None]),
        (b"data: x\x0by\x0cz\xc2\x85\xe2\x80\xa8\n\n", ["x\x0by\x0cz\x85\u2028"]),
        (b"", []),
        (b"\n\n", []),
        (b": comment", []),
    ],
)
def test_blocks_are_read_by_the_rules(text: bytes, expected: list[str | None]) -> None:
    assert [frame.data for frame in frames_of(text)] == expected


def test_fields_beside_data_are_kept() -> None:
    (frame,) = frames_of(b": hi\nevent: a\nevent: b\nid: 7\nretry: 300\nfoo: bar\ndata: x\n\n")
    assert (frame.event, frame.id, frame.retry) == ("b", "7", "300")
    assert frame.fields == (
        ("", "hi"),
        ("event", "a"),
        ("event", "b"),
        ("id", "7"),
        ("retry", "300"),
        ("foo", "bar"),
        ("data", "x"),
    )


@pytest.mark.parametrize("line", [b"retry: 1.5", b"retry: soon", "retry: ٣".encode(), b"id: a\0b"])
def test_a_malformed_retry_or_id_counts_for_nothing(line: bytes) -> None:
    (frame,) = frames_of(line + b"\ndata: x\n\n")
    assert (frame.id, frame.retry, frame.data) == (None, None, "x")


def test_offsets_name_the_first_byte_of_a_block_and_the_one_behind_its_blank_line() -> None:
    text = b": c\n\ndata: x\r\n\r\n\ndata: y\n\n"
    found = frames_of(text)
    assert [text[frame.offset : frame.end] for frame in found] == [b"data: x\r\n\r\n", b"data: y\n\n"]
    assert [frame.number for frame in found] == [0, 1]


def test_a_block_that_the_end_cuts_is_kept_as_not_terminated() -> None:
    found = frames_of(b"data: x\n\ndata: y\n")
    assert [(frame.data, frame.terminated) for frame in found] == [("x", True), ("y", False)]
    assert found[1].end == len(b"data: x\n\ndata: y\n")


def test_invalid_utf8_is_replaced() -> None:
    assert [frame.data for frame in frames_of(b"data: a\xffb\xc3\n\ndata: \xe2\x82")] == [
        "a\ufffdb\ufffd",
        "\ufffd",
    ]


def test_every_split_gives_the_same_frames() -> None:
    whole = frames_of(NASTY)
    assert len(whole) == 8
    for cut in range(len(NASTY) + 1):
        assert frames_of(NASTY[:cut], NASTY[cut:]) == whole, f"split at {cut}"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_small_reads_give_the_same_frames(size: int) -> None:
    pieces = [NASTY[i : i + size] for i in range(0, len(NASTY), size)]
    assert frames_of(*pieces) == frames_of(NASTY)


def test_a_frame_has_the_time_of_the_read_that_brought_its_last_byte() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: x\n", 1.0) == []
    assert [frame.at for frame in decoder.feed(b"\ndata: y\n\ndata", 2.0)] == [2.0, 2.0]
    assert [frame.at for frame in decoder.feed(b": z\r\r", 3.0)] == []
    assert [frame.at for frame in decoder.feed(b"data: w\n\n", 4.0)] == [3.0, 4.0]


def test_a_line_feed_of_the_next_read_ends_the_same_line() -> None:
    decoder = Decoder()
    decoder.feed(b"data: x\r\n\r", 1.0)
    (frame,) = decoder.feed(b"\n", 2.0)
    assert (frame.data, frame.end, frame.at) == ("x", 11, 2.0)


def test_a_block_is_dispatched_as_soon_as_its_blank_line_is_there() -> None:
    decoder = Decoder()
    assert [frame.data for frame in decoder.feed(b"data: x\n\n")] == ["x"]


def test_only_the_block_in_progress_is_held() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed(b"data: x\n\n")
    assert decoder.held == 0
    decoder.feed(b"data: " + b"y" * 1000)
    decoder.feed(b"y" * 1000)
    assert decoder.held == 2006


def test_a_long_line_in_small_reads_is_not_searched_again_and_again() -> None:
    decoder = Decoder()
    for _ in range(50_000):
        decoder.feed(b"data: yyyyyyyyyyyyyy"[:20])
    (frame,) = decoder.feed(b"\n\n")
    assert frame.data is not None
    assert len(frame.data) == 50_000 * 20 - len("data: ")


def exchange(facets: frozenset[Facet] = ALL_FACETS) -> Exchange:
    reads = reads_of(b"data: x\n\ndata: y\n\n", chunk=9)
    return Exchange(Request("POST", "/v1/responses"), 200, (), reads, 0.0, facets=facets)


def test_an_exchange_is_decoded_with_its_times() -> None:
    assert [(frame.data, frame.at) for frame in decode(exchange())] == [("x", 0.01), ("y", 0.02)]


def test_times_that_were_not_kept_are_none() -> None:
    assert [frame.at for frame in decode(exchange(ALL_FACETS - {Facet.TIMES}))] == [None, None]


def test_empty_reads_change_nothing() -> None:
    reads = (Read(b"data: x\r", 1.0), Read(b"", 2.0), Read(b"\n\r\n", 3.0))
    found = decode(Exchange(Request("POST", "/v1/responses"), 200, (), reads, 0.0))
    assert [(frame.data, frame.at) for frame in found] == [("x", 3.0)]


PIECES = (
    b"data: x",
    b"data:y",
    b"data",
    b"event: named\ndata: z",
    b"event: alone",
    b"event: \ndata: z",
    b"event: a\ndata: b\ndata: c",
    b": comment",
    b"id: 1\nretry: 5\ndata: \xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80",
    b"stray \xef\xbb\xbf",
    b'data: {"a": "b"}\n: note',
)
RARE = (b"\r", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\xc3", b"\n\n\n", b"\r\r")


def streams(count: int) -> Iterator[Exchange]:
    """Streams of usual frames, every other one with rare bytes among them, in reads of a few bytes."""
    chosen = random.Random(7)
    for number in range(count):
        pool = PIECES * 4 + (RARE if number % 2 else ())
        ends = (b"\n\n",) * 8 + (b"\n", b"\n\n\n")
        blocks = chosen.choices(pool, k=chosen.randrange(6))
        body = b"".join(block + chosen.choice(ends) for block in blocks)
        reads = reads_of(body, chunk=chosen.randrange(1, 12))
        yield Exchange(Request("POST", "/v1/responses"), 200, (), reads, 0.0)


def test_a_body_read_at_once_gives_what_the_decoder_gives_step_by_step() -> None:
    for given in streams(3_000):
        decoder = Decoder()
        stepwise = [frame for read in given.reads for frame in decoder.feed(read.data, read.at)]
        assert decode(given) == (*stepwise, *decoder.close()), given.body
