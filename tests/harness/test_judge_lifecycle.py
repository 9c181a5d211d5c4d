"""Lifecycles and pairs: what several exchanges together give away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, ExpectedError
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import (
    a_response,
    call,
    message,
    objecting,
    plain,
    stream_of,
    streamed,
)

CREATE, CANCEL = "responses.create/stored", "responses.cancel/background"
QUEUED = {"status": "queued", "output": [], "usage": None, "background": True}
GONE = {"id": "resp_1", "object": "response.deleted", "deleted": True}


def later(operation: str, body: Any, *before: tuple[str, Any]) -> Reading:
    """An answer of `operation` about resp_1, after these steps."""
    others = {name: value if isinstance(value, Reading) else plain(value) for name, value in before}
    return a_reading(a_case(operation, after=tuple(others)), body, others=others)


def retrieved(body: Any, *before: tuple[str, Any]) -> Reading:
    return later("responses.retrieve", body, *before)


def cancelled(body: Any, *before: tuple[str, Any]) -> Reading:
    return later("responses.cancel", body, *before)


CANCELLED = cancelled({**a_response(**QUEUED), "status": "cancelled"}, (CREATE, a_response(**QUEUED)))
LEGAL: dict[str, Reading] = {
    "retrieved": retrieved(a_response(billing={}), (CREATE, a_response())),
    "finished meanwhile": retrieved(a_response(background=True), (CREATE, a_response(**QUEUED))),
    "still queued": retrieved(a_response(**QUEUED), (CREATE, a_response(**QUEUED))),
    "cancelled": CANCELLED,
    "cancelled, then retrieved": retrieved(
        {**a_response(**QUEUED), "status": "cancelled"}, (CREATE, a_response(**QUEUED)), (CANCEL, CANCELLED)
    ),
    "deleted": later("responses.delete", GONE),
    "deleted, as documented": later("responses.delete", {**GONE, "object": "response"}),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_lifecycle_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name], "lifecycle.") == set()


WRONG: list[tuple[str, str, Reading]] = [
    ("same-id", "/id", retrieved(a_response(id="resp_2"), (CREATE, a_response()))),
    ("same-output", "/output", retrieved(a_response(message("Bye.")), (CREATE, a_response()))),
    ("same-output", "/output", retrieved(a_response(call(arguments="{}")), (CREATE, a_response(call())))),
    (
        "same-fields",
        "/metadata",
        retrieved(a_response(metadata={}), (CREATE, a_response(metadata={"a": "b"}))),
    ),
    ("same-fields", "/created_at", retrieved(a_response(created_at=1), (CREATE, a_response()))),
    ("same-status", "/status", retrieved(a_response(status="in_progress"), (CREATE, a_response()))),
    ("cancelled.status", "/status", cancelled(a_response(**QUEUED), (CREATE, a_response(**QUEUED)))),
    ("deleted.flag", "/deleted", later("responses.delete", {**GONE, "deleted": "yes"})),
    ("deleted.flag", "/deleted", later("files.delete", {"id": "file-1", "object": "file", "bytes": 1})),
    ("deleted.id", "/id", later("responses.delete", {**GONE, "id": "resp_2"})),
    ("deleted.id", "/id", later("files.delete", {"id": "file-2", "object": "file", "deleted": True})),
    ("deleted.object", "/object", later("responses.delete", {**GONE, "object": "deleted"})),
    (
        "cancelled.stays",
        "/status",
        retrieved(a_response(**QUEUED), (CREATE, a_response(**QUEUED)), (CANCEL, CANCELLED)),
    ),
]


@pytest.mark.parametrize(("check", "pointer", "reading"), WRONG)
def test_each_deviation_is_found_by_its_own_check(check: str, pointer: str, reading: Reading) -> None:
    assert objecting(reading, "lifecycle.") == {f"lifecycle.{check}"}
    assert [d.pointer for d in deviations(f"lifecycle.{check}", reading)] == [pointer]


def test_a_response_finished_before_its_cancel_tells_nothing() -> None:
    with pytest.raises(Inconclusive, match="before it could be cancelled"):
        deviations("lifecycle.cancelled.status", cancelled(a_response(), (CREATE, a_response(**QUEUED))))


def test_a_step_without_an_id_tells_nothing() -> None:
    with pytest.raises(Inconclusive):
        deviations("lifecycle.same-id", retrieved(a_response(), (CREATE, {"error": {}})))


def _created(body: Any, others: dict[str, Reading]) -> Reading:
    return a_reading(a_case("responses.create", after=tuple(others), input="pong"), body, others=others)


def test_two_responses_with_one_id_are_found() -> None:
    others = {CREATE: plain(a_response())}
    assert objecting(_created(a_response(id="resp_2"), others), "lifecycle.") == set()
    assert objecting(_created(a_response(), others), "lifecycle.") == {"lifecycle.ids-unique"}


# --- a stream beside the plain answer


def beside(reading: Reading, other: Reading, *, cooperative: bool = False) -> Reading:
    """A reading with the plain answer to the same request beside it."""
    name = f"{reading.case.operation}/plain"
    asked: dict[str, Any] = dict(reading.case.asked)
    case = a_case(reading.case.operation, beside=(name,), **{"tools": [{}], **asked})
    case = type(case)(
        case.operation, case.name, case.request, case.expect, beside=case.beside, cooperative=cooperative
    )
    return Reading(case, reading.exchange, asked=asked, others={name: other})


def chat(*, calls: bool = False, end: str = "stop") -> Reading:
    said: dict[str, Any] = {"role": "assistant", "content": None if calls else "pong"}
    if calls:
        said["tool_calls"] = [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ]
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": said, "finish_reason": end}]}
    return a_reading(a_case(messages=[{"role": "user", "content": "x"}]), body)


def chunks(deltas: Iterable[dict[str, Any]], end: str = "stop") -> Reading:
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": end})
    frames = [{"object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
    return a_reading(a_case(stream=True, messages=[]), sse(*frames, done=True))


TEXT = [{"role": "assistant", "content": ""}, {"content": "po"}, {"content": "ng"}]
CALL = [
    {
        "tool_calls": [
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
        ]
    },
    {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
]
SNAPSHOT = stream_of(a_response())
CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}

PAIRS: list[tuple[set[str], Reading]] = [
    (set(), beside(chunks(TEXT), chat())),
    (set(), beside(chunks(CALL, "tool_calls"), chat(calls=True, end="tool_calls"))),
    (set(), beside(streamed(SNAPSHOT), plain(a_response()))),
    (set(), beside(streamed(SNAPSHOT), plain(a_response(billing={"payer": "developer"})))),
    ({"ending"}, beside(streamed(SNAPSHOT), plain(a_response(**CUT, output=[])))),
    ({"ending"}, beside(chunks(TEXT, "length"), chat())),
    ({"ending"}, beside(chunks(CALL, "stop"), chat(calls=True, end="tool_calls"))),
    ({"calls"}, beside(chunks(TEXT, "tool_calls"), chat(calls=True, end="tool_calls"))),
    ({"snapshot-keys"}, beside(streamed(SNAPSHOT), plain(a_response(user=None)))),
    ({"snapshot-keys"}, beside(streamed(stream_of(a_response(user=None))), plain(a_response()))),
    ({"item-types", "calls"}, beside(streamed(SNAPSHOT), plain(a_response(call())))),
]


@pytest.mark.parametrize(("found", "reading"), PAIRS)
def test_a_stream_says_what_the_plain_answer_says(found: set[str], reading: Reading) -> None:
    # Both are one response, made anew: that they share its ids is not what is looked at.
    assert objecting(reading, "pairs.") - {"pairs.ids"} == {f"pairs.{name}" for name in found}


def test_a_model_that_calls_a_tool_only_once_tells_nothing() -> None:
    reading = beside(chunks(TEXT), chat(calls=True, end="tool_calls"), cooperative=True)
    with pytest.raises(Inconclusive):
        deviations("pairs.calls", reading)


def test_a_model_that_calls_no_tool_either_way_agrees() -> None:
    assert deviations("pairs.calls", beside(chunks(TEXT), chat(), cooperative=True)) == []


def test_without_a_plain_answer_there_is_nothing_to_compare() -> None:
    with pytest.raises(Inconclusive):
        deviations("pairs.ending", beside(chunks(TEXT), a_reading(a_case(messages=[]), {})))


@pytest.mark.parametrize(("used", "decides"), [(None, False), (9, False), (3, True)])
def test_an_answer_that_came_to_its_limit_says_nothing_of_how_the_other_ends(
    used: int | None, decides: bool
) -> None:
    cut = chat(end="length")
    body = {**cut.object, "usage": {"completion_tokens": used}}
    reading = beside(chunks(TEXT), a_reading(cut.case, body))
    limited = Reading(reading.case, reading.exchange, asked={"max_tokens": 9}, others=reading.others)
    if decides:
        assert deviations("pairs.ending", limited)
        return
    with pytest.raises(Inconclusive, match="limit of 9"):
        deviations("pairs.ending", limited)


PLAIN_REFUSAL = a_case(name="plain", messages=[], status=(400, 404), error=ExpectedError())
STREAM_REFUSAL = a_case(
    messages=[], stream=True, status=(400, 404), error=ExpectedError(), beside=(PLAIN_REFUSAL.id,)
)


def refused(case: Case, status: int = 400, **error: Any) -> Reading:
    inner = {"message": "No.", "type": "invalid_request_error", "param": None, "code": "empty_array", **error}
    return a_reading(case, {"error": inner}, status=status)


@pytest.mark.parametrize(
    ("stream", "places"),
    [
        (refused(STREAM_REFUSAL), []),
        (refused(STREAM_REFUSAL, message="Not so when streamed."), []),
        (refused(STREAM_REFUSAL, code=None), ["/error/code"]),
        (refused(STREAM_REFUSAL, param="messages", type="x"), ["/error/type", "/error/param"]),
        (refused(STREAM_REFUSAL, status=404), [None]),
    ],
)
def test_a_stream_is_refused_as_the_plain_request_is(stream: Reading, places: list[str | None]) -> None:
    others = {PLAIN_REFUSAL.id: refused(PLAIN_REFUSAL)}
    reading = Reading(stream.case, stream.exchange, asked=stream.asked, others=others)
    assert [found.pointer for found in deviations("pairs.error-parity", reading)] == places


@pytest.mark.parametrize("body", [{"detail": "No."}, {"choices": []}])
def test_without_two_envelopes_a_refusal_is_not_compared(body: Any) -> None:
    others = {PLAIN_REFUSAL.id: a_reading(PLAIN_REFUSAL, body, status=400)}
    stream = refused(STREAM_REFUSAL)
    for known in (others, {}):
        reading = Reading(stream.case, stream.exchange, asked=stream.asked, others=known)
        with pytest.raises(Inconclusive):
            deviations("pairs.error-parity", reading)


# --- a stream that is streamed again


def resumed(events: list[dict[str, Any]], after: str | None = "2") -> Reading:
    """A retrieve that streams these events of a response that was streamed when it was created."""
    created = streamed(stream_of(a_response()))
    query = {"stream": "true", **({} if after is None else {"starting_after": after})}
    case = a_case("responses.retrieve", after=(CREATE,), query=query)
    return a_reading(case, sse(*events, event=True), others={CREATE: created})


def test_a_stream_that_is_resumed_brings_the_events_that_are_left() -> None:
    whole = stream_of(a_response())
    assert deviations("lifecycle.same-events", resumed(whole, None)) == []
    assert deviations("lifecycle.same-events", resumed(whole[3:])) == []
    kept = [*whole[3:5], {"type": "keepalive", "sequence_number": 4}, *whole[5:]]
    assert deviations("lifecycle.same-events", resumed(kept)) == []


def test_events_that_moved_are_told() -> None:
    whole = stream_of(a_response())
    moved = [{**event, "sequence_number": event["sequence_number"] - 1} for event in whole[4:]]
    assert [found.pointer for found in deviations("lifecycle.same-events", resumed(moved))] == ["/type"]
    longer = [*whole[3:], {**whole[-1], "sequence_number": len(whole)}]
    found = deviations("lifecycle.same-events", resumed(longer))
    assert [one.pointer for one in found] == ["/sequence_number"]


def test_a_response_that_was_not_streamed_at_first_tells_nothing_of_events() -> None:
    reading = resumed(stream_of(a_response()))
    plainly = Reading(reading.case, reading.exchange, others={CREATE: plain(a_response())})
    with pytest.raises(Inconclusive):
        deviations("lifecycle.same-events", plainly)
