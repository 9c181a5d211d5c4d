"""The official client reads streams: what stops it, what it loses, what its helpers make of what is legal."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge import sdk_stream
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.engine import items_of, judge
from slashv1.harness.judge.sdk_reading import seen
from slashv1.harness.plan import with_sdk
from slashv1.matrix import Profile
from slashv1.record import Outcome
from tests.harness.chat_answers import FIRST, begun, chunk, deltas, part, piece
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse
from tests.harness.response_values import a_response, call, message, reasoning, stream_of

pytest.importorskip("openai", reason="the extra `sdk` is not installed")

CHAT = a_case(model="m", messages=[], stream=True)
RESPONSE = a_case("responses.create", model="m", input="x", stream=True)
HELLO = deltas({"content": "Hel"}, {"content": "lo"})
TWO = [
    c for pair in zip(deltas({"content": "a"}), deltas({"content": "b"}, index=1), strict=True) for c in pair
]
CALLS = deltas(begun(), piece(0, "{"), piece(0, "}"), begun(1, "time"), piece(1, "{}"), finish="tool_calls")
EVENTS = stream_of(a_response(reasoning(at=0), message(at=1), call(at=2)))
INCOMPLETE = stream_of(a_response(message(), status="incomplete"))
GOOD = sse(*HELLO, done=True)
NAMELESS = [{key: value for key, value in one.items() if key != "model"} for one in HELLO]
FAULT = {"error": {"message": "Overloaded", "type": "server_error", "param": None, "code": None}}


def again(delta: dict[str, Any]) -> list[dict[str, Any]]:
    """A stream whose second delta says this again."""
    return [HELLO[0], chunk(part(delta)), *HELLO[1:]]


Row = tuple[str, Any, str, str]
OBJECTS: list[Row] = [
    ("sdk.stream.iterates", CHAT, "retry: 3000\n\n" + GOOD, "raises"),
    ("sdk.stream.iterates", CHAT, "event: ping\n\n" + GOOD, "raises"),
    (
        "sdk.stream.iterates",
        CHAT,
        "id: 1\n" + GOOD.replace("\n\n", "\n\n: ping\n\n", 1),
        "after 1 of 4 events",
    ),
    ("sdk.stream.iterates", CHAT, sse(*HELLO[:2], "{") + GOOD, "after 2 of "),
    ("sdk.stream.iterates", CHAT, "\ufeff" + GOOD, "yields 3 events of 4"),
    ("sdk.stream.iterates", CHAT, "", "yields nothing"),
    ("sdk.stream.iterates", RESPONSE, "retry: 1\n\n" + sse(*EVENTS, event=True), "after 0 of "),
    (
        "sdk.stream.fields",
        CHAT,
        sse(*HELLO[:1], chunk(part({"content": ["a"]})), done=True),
        "content` of event 1",
    ),
    ("sdk.stream.fields", CHAT, sse(chunk({"index": 0}), done=True), "delta` of event 0 is"),
    ("sdk.stream.fields", CHAT, sse(chunk(usage={"total_tokens": "7"}), done=True), "total_tokens` of"),
    (
        "sdk.stream.fields",
        RESPONSE,
        sse(EVENTS[0], {"type": "response.output_text.delta"}, event=True),
        "delta`",
    ),
    ("sdk.stream.done", CHAT, sse(*HELLO), "found no [DONE]"),
    ("sdk.stream.done", CHAT, sse(*HELLO) + "data: [DONE]\n", "found no [DONE]"),
    ("sdk.stream.accumulates", CHAT, sse(*TWO[1::-1], *TWO[2:], done=True), "raises"),
    ("sdk.stream.accumulates", CHAT, sse(*again(FIRST), done=True), 'role "assistantassistant"'),
    ("sdk.stream.accumulates", CHAT, sse(*CALLS[:2], *CALLS[1:], done=True), 'id "call_0call_0"'),
    ("sdk.stream.accumulates", CHAT, sse(*again({"tool_calls": [{"id": "a"}]}), done=True), "raises"),
    ("sdk.stream.accumulates", RESPONSE, sse(*EVENTS[2:], event=True), "raises"),
]
PASSES: list[tuple[str, Any, str]] = [
    ("sdk.stream.iterates", CHAT, GOOD),
    ("sdk.stream.iterates", CHAT, ": hello\n\n" + GOOD.replace("\n", "\r\n")),
    ("sdk.stream.iterates", CHAT, "\r".join(f"id: 7\nretry: 3\n{GOOD}".split("\n"))),
    ("sdk.stream.iterates", CHAT, sse(*HELLO[:1], FAULT)),
    ("sdk.stream.iterates", CHAT, sse(*HELLO, done=True) + sse(*HELLO)),
    ("sdk.stream.iterates", RESPONSE, sse(*EVENTS, event=True)),
    (
        "sdk.stream.iterates",
        RESPONSE,
        sse(EVENTS[0], {"type": "keepalive", "sequence_number": 1}, event=True),
    ),
    ("sdk.stream.fields", CHAT, sse(*CALLS, chunk(choices=...), chunk(usage=None), done=True)),
    (
        "sdk.stream.fields",
        RESPONSE,
        sse(*EVENTS, {"type": "response.new_kind.delta", "delta": 7}, event=True),
    ),
    ("sdk.stream.done", CHAT, GOOD),
    ("sdk.stream.done", CHAT, GOOD + "data: late\n\n"),
    ("sdk.stream.accumulates", CHAT, GOOD),
    ("sdk.stream.accumulates", CHAT, sse(chunk(), *TWO, done=True)),
    ("sdk.stream.accumulates", CHAT, sse(*CALLS, done=True)),
    ("sdk.stream.accumulates", CHAT, sse(*deltas({"content": "a"}, finish="length"), done=True)),
    ("sdk.stream.accumulates", RESPONSE, sse(*EVENTS, event=True)),
    ("sdk.stream.accumulates", RESPONSE, sse(*INCOMPLETE, event=True)),
]


def told(check: str, case: Any, body: str, **given: Any) -> list[Deviation]:
    return deviations(check, a_reading(case, body, **given))


@pytest.mark.parametrize(("check", "case", "body", "said"), OBJECTS)
def test_where_the_client_stumbles_is_told(check: str, case: Any, body: str, said: str) -> None:
    found = told(check, case, body)
    assert any(said in one.message for one in found), found


@pytest.mark.parametrize(("check", "case", "body"), PASSES)
def test_what_the_client_takes_passes(check: str, case: Any, body: str) -> None:
    assert told(check, case, body) == []


def test_every_check_is_shown_to_object_and_to_pass() -> None:
    assert ids_of("sdk_stream") == {row[0] for row in OBJECTS} == {row[0] for row in PASSES}


@pytest.mark.parametrize("size", [1, 7, None])
def test_the_bytes_come_as_the_reads_were_and_no_second_request_is_made(size: int | None) -> None:
    made = seen(a_reading(CHAT, GOOD, chunk=size))
    assert [one.choices[0].delta.content for one in made.chunks] == ["", "Hel", "lo", None]
    assert not made.waited


def test_a_field_that_is_wrong_in_every_chunk_is_told_once() -> None:
    found = told("sdk.stream.fields", CHAT, sse(*NAMELESS, done=True))
    assert [(one.pointer, one.frame) for one in found] == [("/model", 0)]


def test_the_place_is_the_frame_in_which_the_client_stumbled() -> None:
    body = sse(*HELLO[:2]) + "retry: 5\n\n" + sse(*HELLO[2:], done=True)
    (found,) = told("sdk.stream.iterates", CHAT, body)
    assert found.frame == 2
    (found,) = told("sdk.stream.accumulates", CHAT, sse(*TWO[1::-1], *TWO[2:], done=True))
    assert found.frame == 0
    (found,) = told("sdk.stream.accumulates", CHAT, sse(*again(FIRST), done=True))
    assert (found.frame, found.pointer) == (1, "/choices/0/delta/role")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("retry: 1\n\n" + GOOD, r"sdk\.stream\.iterates"),
        (sse(*HELLO, chunk(choices=...), done=True), "no `choices`"),
    ],
)
def test_the_helper_is_not_judged_by_what_it_cannot_be_given(body: str, why: str) -> None:
    with pytest.raises(Inconclusive, match=why):
        told("sdk.stream.accumulates", CHAT, body)


def test_a_stream_too_long_for_the_helper_is_not_given_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_stream, "LONGEST", len(GOOD) - 1)
    with pytest.raises(Inconclusive, match="bytes is not given to the helper"):
        told("sdk.stream.accumulates", CHAT, GOOD)


@pytest.mark.parametrize(
    ("case", "body"),
    [
        (CHAT, sse(*deltas(*(begun(at) for at in range(5))), done=True)),
        (CHAT, sse(*(chunk(part(FIRST, index=at)) for at in range(5)), done=True)),
        (RESPONSE, sse(*([EVENTS[2]] * 5), event=True)),
        (RESPONSE, sse(*([{**EVENTS[0], "response": a_response(*[message()] * 5)}] * 5), event=True)),
    ],
    ids=["calls", "choices", "items", "output"],
)
def test_a_stream_of_too_many_parts_is_not_given_to_the_helper(
    case: Any, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk_stream, "HEAVIEST", 24)
    with pytest.raises(Inconclusive, match="more than the helper is given"):
        told("sdk.stream.accumulates", case, body)


def test_a_version_that_never_stops_at_done_is_not_held_against_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sdk_stream, "stops_at_done", lambda: False)
    with pytest.raises(Inconclusive, match="whatever the server does"):
        told("sdk.stream.done", CHAT, GOOD)


def outcomes(case: Any, body: str | bytes) -> dict[str, tuple[Outcome, str | None]]:
    profile = with_sdk(Profile("test"))
    found = judge(items_of(case, profile), a_reading(case, body, chunk=4096), profile)
    return {one.check: (one.outcome, one.cause) for one in found if one.check.startswith("sdk.")}


@pytest.mark.parametrize(
    ("body", "check", "by"),
    [
        ("\ufeff" + GOOD, "sdk.stream.iterates", "framing.byte-order-mark"),
        ("event: ping\n\n" + GOOD, "sdk.stream.iterates", "framing.dataless"),
        (sse(*HELLO[:2], "{") + GOOD, "sdk.stream.iterates", "framing.json"),
        ("", "sdk.stream.iterates", "framing.nonempty"),
        (sse(*HELLO), "sdk.stream.done", "chat.stream.done"),
        (sse(*again(FIRST), done=True), "sdk.stream.accumulates", "chat.stream.role-once"),
        (
            sse({**HELLO[0], "object": "x"}, *HELLO[1:], done=True),
            "sdk.stream.accumulates",
            "chat.stream.object",
        ),
        (sse(*NAMELESS, done=True), "sdk.stream.fields", "body.missing-field"),
    ],
)
def test_a_deviation_that_the_suite_reports_is_left_to_it(body: str, check: str, by: str) -> None:
    assert outcomes(CHAT, body)[check] == (Outcome.PASSED, f"reported by {by}")


@pytest.mark.parametrize("body", ["retry: 3000\n\n" + GOOD, "id: 1\n: c\n\n" + GOOD])
def test_what_only_the_client_stumbles_over_is_its_own_finding(body: str) -> None:
    assert outcomes(CHAT, body)["sdk.stream.iterates"] == (Outcome.FAILED, None)


DEEP = "data: " + "[" * 10_000 + "]" * 10_000 + "\n\n"
HOSTILE = [
    DEEP,
    sse({"type": {}, "choices": [{"index": -1}]}, {"choices": [[], 5, None]}, "x"),
    sse(chunk(part({"tool_calls": [{"index": 10**9, "id": 5}]})), done=True),
    sse(chunk(part(FIRST, index=-5)), chunk(part({"content": "\ud800"}, index=2**80)), done=True),
    sse(
        {"type": "response.output_text.delta", "output_index": -1}, {"type": "response.completed"}, event=True
    ),
    sse(*EVENTS[:1], {"type": "response.completed", "response": None}, event=True),
    b"data: \xff\xfe\n\n\x00\x00data: {}\n\n",
    "data: " + "9" * 5_000 + "\n\n",
    GOOD.replace("\n\n", "\n: " + "x" * 100_000 + "\n\n"),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("case", [CHAT, RESPONSE], ids=lambda case: case.id)
def test_a_hostile_stream_is_never_a_crash_of_ours(case: Any, body: Any) -> None:
    found = outcomes(case, body)
    assert len(found) >= 4
    assert Outcome.ERROR not in {outcome for outcome, _ in found.values()}, found
