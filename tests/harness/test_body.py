"""A body taken in: limits held to the byte, reads kept with their times, codings undone."""

from __future__ import annotations

import gzip

import pytest

from slashv1.harness.body import Body, Broken
from slashv1.harness.connection import Limits


def a_body(coding="", event_stream=False, room=10**9, **limits):
    return Body(Limits(**limits), coding=coding, event_stream=event_stream, room=room)


def text_of(body):
    return b"".join(read.data for read in body.reads)


def test_reads_are_kept_one_by_one_with_their_times():
    body = a_body()
    for at, data in enumerate((b"a", b"", b"bc")):
        body.feed(data, float(at))
    body.close()
    assert [(read.data, read.at) for read in body.reads] == [(b"a", 0.0), (b"bc", 2.0)]


def test_single_bytes_cost_no_object_each():
    body = a_body()
    for number in range(200_000):
        body.feed(b"x", number / 1000)
    assert len(body.reads) < 51_000
    assert text_of(body) == b"x" * 200_000
    assert body.reads[-1].at == 199.999


def test_a_body_may_have_as_many_bytes_as_the_limit_and_not_one_more():
    body = a_body(max_body=10)
    body.feed(b"x" * 10, 0)
    body.close()
    with pytest.raises(Broken, match="goes on after 10 bytes, all that a body may have"):
        body.feed(b"y", 0)
    assert text_of(body) == b"x" * 10


def test_what_the_run_may_still_keep_is_a_limit_too():
    body = a_body(room=3)
    with pytest.raises(Broken, match="this run keeps in all"):
        body.feed(b"abcd", 0)
    assert text_of(body) == b"abc"


def test_a_frame_and_the_number_of_frames_are_bounded_in_streams_alone():
    a_body(max_frame=3, max_frames=1).feed(b"data: 1\n\ndata: 2\n\n", 0)
    with pytest.raises(Broken, match="one SSE frame goes on after 9 bytes"):
        a_body(event_stream=True, max_frame=9).feed(b"data: 12345", 0)
    with pytest.raises(Broken, match="the stream goes on after 1 frames"):
        a_body(event_stream=True, max_frames=1).feed(b"data: 1\n\ndata: 2\n\n", 0)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_coding_is_undone_for_any_chunking(size):
    data, body = gzip.compress(bytes(range(256)) * 2000, mtime=0), a_body("gzip")
    for start in range(0, len(data), size):
        body.feed(data[start : start + size], 0)
    body.close()
    assert text_of(body) == bytes(range(256)) * 2000


def test_the_limit_holds_for_what_comes_out_of_a_coding():
    body = a_body("gzip", max_body=1000)
    with pytest.raises(Broken, match="after 1,000 bytes"):
        body.feed(gzip.compress(b"0" * 10_000_000, mtime=0), 0)
    assert body.size == 1000
