"""Event streams on the wire: one defect per row, and what is legal though unusual."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.judge.check import Deviation
from tests.harness.readings import a_case, a_reading, deviations, ids_of

CASE = a_case("responses.create", model="gpt-4o", stream=True)
CHAT = a_case(model="gpt-4o", stream=True)
GOOD = b'data: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n\n'
CUT = Failure(FailureKind.RESET, "connection reset")

OBJECTS: list[tuple[str, dict[str, Any], int | None]] = [
    ("framing.content-type", {"body": GOOD, "content_type": "text/plain"}, None),
    ("framing.content-type", {"body": {"id": "x"}, "content_type": "application/json"}, None),
    ("framing.content-type", {"body": GOOD, "content_type": ""}, None),
    ("framing.content-length", {"body": GOOD, "headers": {"content-length": str(len(GOOD))}}, None),
    ("framing.utf8", {"body": b'data: {}\n\ndata: {"a": "\xf0\x9f"}\n\n'}, 1),
    ("framing.utf8", {"body": b'data: {"a": "\xff"}\n\n'}, 0),
    ("framing.terminated", {"body": b"data: {}\n\ndata: [DONE]\n"}, 1),
    ("framing.terminated", {"body": b"data: {}"}, 0),
    ("framing.json", {"body": b'data: {"a": 1}\n\ndata: {"a": \n\n'}, 1),
    ("framing.json", {"body": b'data: {"a": 1}{"a": 2}\n\n'}, 0),
    ("framing.json", {"body": b"data: hello\n\n"}, 0),
    ("framing.json", {"body": b"data:\n\n"}, 0),
    ("framing.json-object", {"body": b"data: [1]\n\n"}, 0),
    ("framing.json-object", {"body": b'data: {}\n\ndata: "ping"\n\n'}, 1),
    ("framing.stray-text", {"body": GOOD + b'{"error": {"message": "x"}}\n\n'}, 3),
    ("framing.stray-text", {"body": b"data: {}\nTraceback (most recent call last)\n\n"}, 0),
    ("framing.stray-text", {"body": b'data: {}\n\nData: {"a": 1}\n\n'}, 1),
    ("framing.stray-text", {"body": b'data: {}\n\n data: {"a": 1}\n\n'}, 1),
    ("framing.stray-text", {"body": GOOD + b'error: {"message": "x"}\n\n'}, 3),
    ("framing.unknown-field", {"body": b"data: {}\n\nmeta: 1\ndata: {}\n\n"}, 1),
    ("framing.dataless", {"body": b"event: ping\n\ndata: {}\n\n"}, 0),
    ("framing.nonempty", {"body": b""}, None),
    ("framing.nonempty", {"body": b": keep-alive\n\n"}, None),
    ("framing.multi-line-data", {"body": b'data: {"a":\ndata: 1}\n\n'}, 0),
    ("framing.cr-line-ends", {"body": b"data: {}\r\rdata: {}\r\r"}, 0),
    ("framing.byte-order-mark", {"body": b"\xef\xbb\xbf" + GOOD}, 0),
]
LEGAL = {
    "usual": GOOD,
    "comments": b": hi\n\n" + GOOD + b": keep-alive\n\n",
    "comment within a block": b": hi\ndata: {}\n\n",
    "CRLF": GOOD.replace(b"\n", b"\r\n"),
    "no space": GOOD.replace(b"data: ", b"data:"),
    "named events": b"event: ping\ndata: {}\n\n",
    "id and retry": b"id: 1\nretry: 100\ndata: {}\n\n",
    "blank lines": b"\n\n" + GOOD + b"\n\n",
    "a comment at the end": GOOD + b": bye",
    "characters of four bytes": 'data: {"a": "😀"}\n\n'.encode(),
}
MAY = {"framing.multi-line-data", "framing.cr-line-ends", "framing.byte-order-mark"}


def judged(check: str, **given: Any) -> list[Deviation]:
    return deviations(check, a_reading(CASE, **given))


@pytest.mark.parametrize(("check", "given", "frame"), OBJECTS)
def test_a_defect_is_told_at_its_frame(check: str, given: dict[str, Any], frame: int | None) -> None:
    (found,) = judged(check, **given)
    assert found.frame == frame


@pytest.mark.parametrize("chunk", [None, 1])
@pytest.mark.parametrize("body", LEGAL.values(), ids=LEGAL)
@pytest.mark.parametrize("check", sorted(ids_of("framing")))
def test_what_is_legal_passes(check: str, body: bytes, chunk: int | None) -> None:
    assert judged(check, body=body, chunk=chunk) == []


@pytest.mark.parametrize(
    "body", [b"\xef\xbb\xbf" + GOOD, GOOD.replace(b"\n", b"\r"), b"data: {\ndata: }\n\n"]
)
def test_what_is_legal_but_risky_is_information_alone(body: bytes) -> None:
    assert {check for check in ids_of("framing") if judged(check, body=body)} <= MAY


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("framing") == {row[0] for row in OBJECTS}


def test_invalid_utf8_is_told_with_its_byte() -> None:
    (found,) = judged("framing.utf8", body=b'data: {"a": "\xff"}\n\n')
    assert "byte 13" in found.message


@pytest.mark.parametrize("check", ["framing.terminated", "framing.utf8", "framing.nonempty", "framing.json"])
def test_a_cut_that_the_network_made_is_told_once_elsewhere(check: str) -> None:
    assert judged(check, body='data: {"a": "é'.encode()[:-1], failure=CUT) == []


@pytest.mark.parametrize("check", sorted(ids_of("framing") - {"framing.content-type"}))
def test_a_plain_answer_to_a_stream_request_is_told_by_its_type_alone(check: str) -> None:
    assert judged(check, body={"id": "x", "choices": []}, content_type="application/json") == []


@pytest.mark.parametrize("check", sorted(ids_of("framing")))
def test_a_page_is_told_elsewhere(check: str) -> None:
    assert judged(check, body=b"<!doctype html>\n<p>data: 1", content_type="text/html") == []


@pytest.mark.parametrize("text", ["[done]", '"[DONE]"', "DONE", "[DONE] "])
def test_a_misspelt_end_of_a_chat_stream_is_left_to_its_own_check(text: str) -> None:
    reading = a_reading(CHAT, f"data: {{}}\n\ndata: {text}\n\n")
    assert deviations("framing.json", reading) == []
    assert deviations("framing.json-object", reading) == []
