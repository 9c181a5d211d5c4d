"""What a record shows of an exchange: all that matters, and never more than fits."""

from __future__ import annotations

import json

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.connection import Connection
from slashv1.harness.wire import BODY_LIMIT, FIRST_FRAMES, FRAME_LIMIT, LAST_FRAMES, WRONG_KEYS, wire_of
from slashv1.matrix import load_matrix
from tests.harness.readings import a_case, a_reading

CONNECTION = Connection("https://target.example/base/v1", "sk-abcdefgh")
PLAIN = a_case(name="plain", model="m")
STREAM = a_case(name="stream", model="m", stream=True)


def wire(reading, marked=()):
    return wire_of(reading.case, reading.exchange, CONNECTION, frozenset(marked))


def test_a_plain_answer_is_shown_with_its_url_and_times():
    shown = wire(a_reading(PLAIN, {"id": "x"}))
    assert shown.url == "https://target.example/base/v1/chat/completions"
    assert (shown.operation, shown.case) == (PLAIN.operation, "plain")
    assert json.loads(shown.body) == {"id": "x"}
    assert shown.frames == ()
    assert shown.curl.startswith("curl ")


def test_a_long_body_is_cut_and_its_size_said():
    shown = wire(a_reading(PLAIN, b"\xff" + b"x" * 100_000))
    assert len(shown.body) < BODY_LIMIT + 100
    assert shown.body.endswith("[cut: 100,001 bytes in all]")


def test_a_stream_is_shown_by_frames_with_their_offsets():
    shown = wire(a_reading(STREAM, "data: {}\n\nevent: x\ndata: [DONE]\n\n"))
    assert shown.body is None
    assert [(frame.number, frame.offset, frame.event, frame.data) for frame in shown.frames] == [
        (0, 0, None, "{}"),
        (1, 10, "x", "[DONE]"),
    ]
    assert shown.frames_left_out == 0


def test_of_a_long_stream_the_first_the_last_and_those_with_findings_are_shown():
    shown = wire(a_reading(STREAM, "".join(f"data: {number}\n\n" for number in range(1000))), {500, 501})
    numbers = [frame.number for frame in shown.frames]
    assert numbers == [*range(FIRST_FRAMES), 500, 501, *range(1000 - LAST_FRAMES, 1000)]
    assert shown.frames_left_out == 1000 - len(numbers)


def test_a_long_frame_is_cut():
    shown = wire(a_reading(STREAM, f"data: {'x' * 10_000}\n\n"))
    assert len(shown.frames[0].data) < FRAME_LIMIT + 100


def test_headers_are_bounded_in_number_and_length():
    shown = wire(a_reading(PLAIN, {}, headers=[(f"X-{number}", "v" * 5_000) for number in range(500)]))
    assert len(shown.response_headers) == 100
    assert max(len(value) for _, value in shown.response_headers) < 1_100


def test_a_failure_is_shown_with_the_bytes_so_far():
    shown = wire(a_reading(PLAIN, b'{"id', failure=Failure(FailureKind.RESET, "the connection was reset")))
    assert shown.failure == "the connection was reset"
    assert shown.body == '{"id'


def test_no_answer_has_no_body():
    shown = wire(a_reading(PLAIN, b"", status=None, failure=Failure(FailureKind.RESET, "nothing")))
    assert shown.status is None
    assert shown.body is None


@pytest.mark.parametrize("key", sorted(WRONG_KEYS))
def test_a_wrong_key_is_shown_and_a_right_one_never(key):
    sent = (("Authorization", "[redacted]"),)
    wrong = a_case(name="wrong-key", model="m", headers={"authorization": key})
    shown = wire(a_reading(wrong, {}, request_headers=sent))
    assert shown.request_headers == (("Authorization", key),)
    assert f"-H 'Authorization: {key}'" in shown.curl
    other = a_case(name="other", model="m", headers={"authorization": "Bearer sk-real-one"})
    assert "sk-real-one" not in repr(wire(a_reading(other, {}, request_headers=sent)))


def test_the_matrix_sends_the_wrong_key_that_is_known():
    keys = {case.request.headers.get("authorization", "") for case in load_matrix()}
    assert keys == {"", None, *WRONG_KEYS}
