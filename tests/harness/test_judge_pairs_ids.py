"""Ids of calls and items that come again in another answer."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import a_response, call, message, plain, stream_of, streamed

CHECK = "pairs.ids"
CHAT = "chat.completions.create"


def _called(*ids: str) -> list[dict[str, Any]]:
    return [{"index": n, "id": name, "type": "function", "function": {}} for n, name in enumerate(ids)]


def completion(*ids: str, beside: Reading | None = None, **asked: Any) -> Reading:
    others = {} if beside is None else {f"{CHAT}/tools": beside}
    body = {"choices": [{"index": 0, "message": {"role": "assistant", "tool_calls": _called(*ids)}}]}
    case = a_case(messages=[], beside=tuple(others), **asked)
    return a_reading(case, body, others=others)


def chunks(*ids: str, beside: Reading) -> Reading:
    others = {f"{CHAT}/tools": beside}
    pieces = [{"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in _called(*ids)]
    more = {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {}}]}}]}
    case = a_case(messages=[], stream=True, beside=tuple(others))
    return a_reading(case, sse(*pieces, more, done=True), others=others)


def response(body: dict[str, Any], before: Reading, *, stream: bool = False) -> Reading:
    others = {"responses.create/plain": before}
    reading = streamed(stream_of(body)) if stream else plain(body)
    case = a_case("responses.create", input="x", after=tuple(others), **({"stream": True} if stream else {}))
    return Reading(case, reading.exchange, asked=case.asked, others=others)


FIRST = plain(a_response(call(), message(at=1)))
NEW = {**call(at=7), "call_id": "call_7"}


@pytest.mark.parametrize(
    ("reading", "pointer"),
    [
        (
            completion("call_1", "call_0", beside=completion("call_0")),
            "/choices/0/message/tool_calls/1/id",
        ),
        (chunks("call_0", beside=completion("call_0")), "/choices/0/delta/tool_calls/0/id"),
        (
            completion("call_0", beside=chunks("call_0", beside=completion())),
            "/choices/0/message/tool_calls/0/id",
        ),
        (response(a_response(message(at=1)), FIRST), "/output/0/id"),
        (response(a_response({**NEW, "call_id": "call_0a"}), FIRST), "/output/0/call_id"),
        (response(a_response(message(at=1)), FIRST, stream=True), "/response/output/0/id"),
    ],
)
def test_an_id_of_another_answer_is_told(reading: Reading, pointer: str) -> None:
    (found,) = deviations(CHECK, reading)
    assert found.pointer == pointer
    assert "is in the answer of" in found.message


@pytest.mark.parametrize(
    "reading",
    [
        completion("call_1", beside=completion("call_0")),
        completion("", beside=completion("")),
        completion(beside=completion("call_0")),
        chunks("call_1", beside=completion("call_0")),
        response(a_response(NEW, message(at=8)), FIRST),
        completion("call_0", beside=plain(a_response({**call(), "call_id": "call_0"}))),
    ],
)
def test_new_ids_raise_nothing(reading: Reading) -> None:
    assert deviations(CHECK, reading) == []


def test_the_same_answer_twice_is_no_other() -> None:
    one = completion("call_0", beside=completion())
    assert deviations(CHECK, Reading(one.case, one.exchange, one.asked, {f"{CHAT}/tools": one})) == []


def test_it_is_asked_only_where_there_is_another_of_the_operation() -> None:
    applies = checks()[CHECK].applies
    assert applies(a_case(beside=(f"{CHAT}/plain",)))
    assert not applies(a_case(beside=("responses.create/plain",)))
    assert not applies(a_case())
