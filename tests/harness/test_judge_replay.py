"""The live answer beside the recorded one: by shape, never by content."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.matrix import ExpectedError
from slashv1.record import Level
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import a_response, message, numbered, reasoning, stream_of

SHAPE = "replay.shape"


def replayed(
    recorded: Any, live: Any, *, status: int = 200, was: int = 200, **asked: Any
) -> list[tuple[Any, ...]]:
    """Frame, pointer, expected and actual of each deviation of `live` from `recorded`."""
    case = a_case(status=(status, was), messages=[], **asked)
    golden = a_reading(case, recorded, status=was).exchange
    found = deviations(SHAPE, a_reading(case, live, status=status, golden=golden))
    return [(d.frame, d.pointer, d.expected, d.actual) for d in found]


def chat(**over: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "pong", "refusal": None}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "choices": [choice], **over}


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    made = copy.deepcopy(value)
    change(made)
    return made


def test_other_content_of_the_same_shape_is_the_same() -> None:
    other = changed(
        chat(id="chatcmpl-2", created=2), lambda c: c["choices"][0]["message"].update(content="x")
    )
    assert replayed(chat(), other) == []


@pytest.mark.parametrize(
    ("live", "found"),
    [
        (chat(extra=1), (None, "/extra", "absent", '"number"')),
        (chat(created="now"), (None, "/created", '"number"', '"string"')),
        (chat(object="completion"), (None, "/object", '"chat.completion"', '"completion"')),
        ({k: v for k, v in chat().items() if k != "id"}, (None, "/id", '"string"', "absent")),
        (
            changed(chat(), lambda c: c["choices"][0]["message"].pop("refusal")),
            (None, "/choices/0/message/refusal", '"null"', "absent"),
        ),
        (
            changed(chat(), lambda c: c["choices"][0].update(finish_reason="length")),
            (None, "/choices/0/finish_reason", '"stop"', '"length"'),
        ),
    ],
)
def test_a_difference_of_shape_names_its_place(live: Any, found: tuple[Any, ...]) -> None:
    assert replayed(chat(), live) == [found]


def test_an_element_of_a_new_shape_is_named_by_its_place() -> None:
    recorded = {"data": [{"id": "a"}, {"id": "b"}]}
    live = {"data": [{"id": "a"}, {"id": "b"}, {"id": "c", "extra": 1}]}
    assert [row[1] for row in replayed(recorded, live)] == ["/data/2"]


def error(**over: Any) -> dict[str, Any]:
    return {
        "error": {
            "message": "no",
            "type": "invalid_request_error",
            "param": "n",
            "code": "invalid_type",
            **over,
        }
    }


def test_errors_are_compared_with_status_type_code_and_param() -> None:
    case = a_case(status=(400, 404), error=ExpectedError(), messages=[])
    golden = a_reading(case, error(), status=400).exchange

    def found(body: Any, status: int) -> list[str | None]:
        reading = a_reading(case, body, status=status, golden=golden)
        return [d.pointer for d in deviations(SHAPE, reading)]

    assert found(error(message="other words"), 400) == []
    assert found(error(), 404) == [None]
    assert found(error(code="invalid_value"), 400) == ["/error/code"]
    assert found(error(param=None), 400) == ["/error/param"]


def chunk(delta: dict[str, Any], end: str | None = None, **over: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": end}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice], **over}


ROLE, WORD, END = chunk({"role": "assistant", "content": ""}), chunk({"content": "a"}), chunk({}, "stop")
RECORDED = sse(ROLE, WORD, END, done=True)


@pytest.mark.parametrize(
    ("live", "found"),
    [
        (sse(ROLE, WORD, WORD, WORD, END, done=True), []),
        (": hello\n\n" + RECORDED, []),
        (sse(WORD, END, done=True), [(0, None, "role", "content")]),
        (sse(ROLE, WORD, END), [(2, None, "[DONE]", "the end")]),
        (sse(ROLE, WORD, END, chunk({}, usage={}, choices=[]), done=True), [(3, None, "[DONE]", "usage")]),
        (sse(ROLE, chunk({"content": "a"}, extra=1), END, done=True), [(1, "/extra", "absent", '"number"')]),
    ],
)
def test_streams_are_compared_by_kinds_and_order_of_frames(live: str, found: list[tuple[Any, ...]]) -> None:
    assert replayed(RECORDED, live, stream=True) == found


def test_events_are_compared_by_their_type() -> None:
    case = a_case("responses.create", stream=True, input="x")
    recorded = a_reading(case, sse(*stream_of(a_response(reasoning(), message(at=1))), event=True))
    longer = stream_of(a_response(reasoning("**Long thoughts**"), message("Many words.", at=1)))
    alive = numbered([*longer[:2], {"type": "keepalive"}, *longer[2:]])
    short = stream_of(a_response(message()))

    def found(events: list[dict[str, Any]]) -> list[Any]:
        reading = a_reading(case, sse(*events, event=True), golden=recorded.exchange)
        return deviations(SHAPE, reading)

    assert found(longer) == found(alive) == []
    assert "another order" in found(short)[0].message


def test_a_stream_for_a_plain_answer_is_one_deviation() -> None:
    case = a_case("chat.completions.create", messages=[])
    golden = a_reading(case, chat()).exchange
    live = a_reading(case, RECORDED, golden=golden, content_type="text/event-stream")
    assert [(d.expected, d.actual) for d in deviations(SHAPE, live)] == [
        ("application/json", "text/event-stream")
    ]


def test_without_a_fixture_there_is_nothing_to_compare() -> None:
    with pytest.raises(Inconclusive, match="no fixture"):
        deviations(SHAPE, a_reading(a_case(messages=[]), chat()))


def test_it_is_information_and_leaves_places_to_narrower_checks() -> None:
    check = checks()[SHAPE]
    assert (check.level, check.broad) == (Level.MAY, True)


def test_very_many_strange_keys_are_counted_and_nothing_recorded_is_missed() -> None:
    strange = {f"k{place}": place for place in range(20_000)}
    live = {**strange, **{key: value for key, value in chat().items() if key != "id"}}
    case = a_case(messages=[])
    golden = a_reading(case, chat()).exchange
    found = deviations(SHAPE, a_reading(case, live, golden=golden))
    assert [one.pointer for one in found if one.actual == "absent"] == ["/id"]
    assert "the answer has 19,800 keys more than are compared" in [one.message for one in found]


def test_very_many_shapes_of_one_array_are_told_as_such() -> None:
    live = {"data": [{"id": "a"}, *({f"k{place}": 1} for place in range(5_000))]}
    case = a_case(messages=[])
    golden = a_reading(case, {"data": [{"id": "a"}]}).exchange
    found = deviations(SHAPE, a_reading(case, live, golden=golden))
    assert len(found) == 50
    assert found[-1].pointer == "/data/50"
    assert "not compared" in found[-1].message
