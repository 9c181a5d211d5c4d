"""The Responses stream machine: each deviation is found by its own check, legal streams by none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import (
    Events,
    a_response,
    call,
    find,
    message,
    numbered,
    objecting,
    plain,
    reasoning,
    refusal,
    stream_of,
    streamed,
)

TOPICS = ("responses.", "pairs.", "lifecycle.", "ignored.")


def usual() -> Events:
    return stream_of(a_response(reasoning(at=0), message(at=1), call(at=2), refusal(at=3)))


def sent(at: float, reading: Reading) -> Reading:
    """The same answer, to a request of that time."""
    return replace(reading, exchange=replace(reading.exchange, sent_at=at))


LEGAL: dict[str, Callable[[], Reading]] = {
    "every family": lambda: streamed(usual()),
    "no items": lambda: streamed(
        stream_of(
            a_response(status="incomplete", incomplete_details={"reason": "max_output_tokens"}, output=[])
        )
    ),
    "queued between": lambda: streamed(
        numbered(
            [
                usual()[0],
                {"type": "response.queued", "response": {"id": "resp_1", "status": "queued"}},
                *usual()[1:],
            ]
        )
    ),
    "a keep-alive": lambda: streamed(numbered([*usual()[:4], {"type": "keepalive"}, *usual()[4:]])),
    "obfuscation": lambda: streamed([{**event, "obfuscation": "xy"} for event in usual()]),
    "comments and CRLF": lambda: streamed(
        [], ": hi\r\n\r\n" + sse(*usual(), event=True).replace("\n", "\r\n")
    ),
    "error and failed": lambda: streamed(
        numbered(
            [
                *usual()[:2],
                {"type": "error", "code": "server_error", "message": "no", "param": None},
                {
                    "type": "response.failed",
                    "response": a_response(
                        output=[],
                        status="failed",
                        usage=None,
                        error={"code": "server_error", "message": "no"},
                    ),
                },
            ]
        )
    ),
    "an abrupt end": lambda: streamed(
        numbered(
            [
                *usual()[:4],
                {
                    "type": "response.failed",
                    "response": a_response(
                        output=[],
                        status="failed",
                        usage=None,
                        error={"code": "server_error", "message": "no"},
                    ),
                },
            ]
        )
    ),
    "from before sequence numbers": lambda: sent(
        1_740_000_000,
        streamed(
            [
                {
                    k: ({**v, "created_at": 1_740_000_000} if k == "response" else v)
                    for k, v in event.items()
                    if k != "sequence_number"
                }
                for event in usual()
            ]
        ),
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_stream_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name](), *TOPICS) == set()


def _set(kind: str, *path: str, to: Any) -> Callable[[Events], None]:
    def change(events: Events) -> None:
        place: Any = events[find(events, kind)]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _drop(kind: str) -> Callable[[Events], Events]:
    return lambda events: numbered(event for event in events if event["type"] != kind)


def _drop_first(kind: str) -> Callable[[Events], Events]:
    return lambda events: numbered([*events[: (at := find(events, kind))], *events[at + 1 :]])


def _swap(first: str, second: str) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        one, other = find(events, first), find(events, second)
        events[one], events[other] = events[other], events[one]
        return numbered(events)

    return change


def _insert(before: str, event: dict[str, Any]) -> Callable[[Events], Events]:
    return lambda events: numbered([*events[: (at := find(events, before))], event, *events[at:]])


def _append(event: dict[str, Any]) -> Callable[[Events], Events]:
    return lambda events: numbered([*events, event])


MESSAGE = {"output_index": 1, "item_id": "msg_1a", "content_index": 0}
ITEMS, TEXT = "responses.stream.", "response.output_text"

WRONG: list[tuple[str, set[str], Callable[[Events], Any]]] = [
    ("no created", {"created-first"}, _drop("response.created")),
    ("created twice", {"created-first", "in-progress"}, lambda e: numbered([e[0], e[0], *e[2:]])),
    ("no in_progress", {"in-progress"}, _drop("response.in_progress")),
    ("no terminal event", {"terminal"}, _drop("response.completed")),
    ("two terminal events", {"terminal"}, lambda e: numbered([*e, e[-1]])),
    ("an event after the end", {"nothing-after"}, _append({"type": "response.in_progress", "response": {}})),
    (
        "completed after an error",
        {"nothing-after", "error-event"},
        _insert("response.completed", {"type": "error"}),
    ),
    ("an invented event", {"known-event"}, _insert("response.completed", {"type": "response.ping"})),
    (
        "no sequence numbers",
        {"sequence-present"},
        lambda e: [{k: v for k, v in event.items() if k != "sequence_number"} for event in e],
    ),
    (
        "sequence from 1",
        {"sequence"},
        lambda e: [{**event, "sequence_number": event["sequence_number"] + 1} for event in e],
    ),
    ("a gap", {"sequence"}, _set("response.completed", "sequence_number", to=99)),
    ("another response id", {"id-constant"}, _set("response.completed", "response", "id", to="resp_2")),
    ("another model", {"snapshot-constant"}, _set("response.completed", "response", "model", to="gpt-9")),
    ("status too early", {"snapshot-status"}, _set("response.created", "response", "status", to="completed")),
    (
        "status too late",
        {"snapshot-status"},
        _set("response.completed", "response", "status", to="in_progress"),
    ),
    ("output in created", {"snapshot-early"}, _set("response.created", "response", "output", to=[message()])),
    (
        "usage in created",
        {"snapshot-early"},
        _set("response.created", "response", "usage", to={"input_tokens": 1}),
    ),
    ("no usage", {"usage"}, _set("response.completed", "response", "usage", to=None)),
    (
        "an error without message",
        {"error-event"},
        lambda e: numbered([*e[:3], {"type": "error", "code": "x", "param": None}]),
    ),
    ("no item added", {"item-added"}, _drop_first("response.output_item.added")),
    ("no item done", {"item-done"}, _drop_first("response.output_item.done")),
    ("another item id", {"item-id"}, _set(f"{TEXT}.delta", "item_id", to="msg_x")),
    ("another id when done", {"item-id"}, _set("response.output_item.done", "item", "id", to="rs_x")),
    (
        "another type when done",
        {"item-type"},
        _set("response.output_item.done", "item", "type", to="message_x"),
    ),
    (
        "completed when added",
        {"item-status"},
        lambda e: e[find(e, f"{TEXT}.delta") - 2]["item"].update(status="completed"),
    ),
    ("no part added", {"part-added"}, _drop_first("response.content_part.added")),
    ("no part done", {"part-done"}, _drop_first("response.content_part.done")),
    ("delta before its part", {"part-added"}, _swap("response.content_part.added", f"{TEXT}.delta")),
    (
        "a part filled when added",
        {"part-empty"},
        _set("response.content_part.added", "part", "text", to="Hi"),
    ),
    ("a delta after the text's end", {"after-done"}, _swap(f"{TEXT}.done", "response.content_part.done")),
    ("no text done", {"text-done"}, _drop_first(f"{TEXT}.done")),
    ("no arguments done", {"text-done"}, _drop_first("response.function_call_arguments.done")),
    ("a lost text delta", {"text-equals-deltas"}, _drop_first(f"{TEXT}.delta")),
    ("a lost refusal delta", {"refusal-equals-deltas"}, _drop_first("response.refusal.delta")),
    (
        "a lost arguments delta",
        {"arguments-equals-deltas"},
        _drop_first("response.function_call_arguments.delta"),
    ),
    (
        "a lost summary delta",
        {"reasoning-equals-deltas"},
        _drop_first("response.reasoning_summary_text.delta"),
    ),
    (
        "an object for arguments",
        {"delta-string", "arguments-equals-deltas"},
        _set("response.function_call_arguments.delta", "delta", to={"city": "Paris"}),
    ),
    (
        "another text in the part",
        {"part-equals-text"},
        _set("response.content_part.done", "part", "text", to="Bye"),
    ),
    (
        "another text in the item",
        {"item-equals-parts"},
        lambda e: e[find(e, "response.content_part.done") + 1]["item"]["content"][0].update(text="Bye"),
    ),
    (
        "another text at the end",
        {"completed-equals-items"},
        lambda e: e[-1]["response"]["output"][1]["content"][0].update(text="Bye"),
    ),
    (
        "an item less at the end",
        {"completed-equals-items"},
        lambda e: e[-1]["response"]["output"].pop() and e,
    ),
    (
        "text for a function call",
        {"item-type", "part-added"},
        lambda e: numbered(
            [
                *e[: (at := find(e, "response.function_call_arguments.done"))],
                {"type": f"{TEXT}.done", **MESSAGE, "output_index": 2, "item_id": "fc_2a", "text": ""},
                *e[at:],
            ]
        ),
    ),
]


def _changed(change: Callable[[Events], Any]) -> Events:
    events = usual()
    made = change(events)
    return made if isinstance(made, list) else events


@pytest.mark.parametrize(("found", "change"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_each_deviation_is_found_by_its_own_checks(found: set[str], change: Callable[[Events], Any]) -> None:
    hits = objecting(streamed(_changed(change)), *TOPICS)
    assert {hit.removeprefix("responses.stream.") for hit in hits} == found


def test_an_event_without_a_type_is_found() -> None:
    events = usual()
    del events[4]["type"]
    reading = streamed([], sse(*events))
    assert [(d.frame, d.pointer) for d in deviations("responses.stream.type", reading)] == [(4, "/type")]


def test_an_index_that_skips_is_found() -> None:
    events = stream_of(a_response(message()))
    for event in events:
        if "output_index" in event:
            event["output_index"] = 1
    assert "responses.stream.output-index" in objecting(streamed(events), *TOPICS)


def test_a_part_index_that_skips_is_found() -> None:
    events = stream_of(a_response(message()))
    for event in events:
        if "content_index" in event:
            event["content_index"] = 1
    assert "responses.stream.part-index" in objecting(streamed(events), *TOPICS)


def test_event_names_must_be_there_and_right() -> None:
    right = sse(*usual(), event=True)
    absent = streamed([], sse(*usual()))
    other = streamed([], right.replace("event: response.created", "event: created"))
    assert objecting(absent, *TOPICS) == {"responses.stream.event-name"}
    assert len(deviations("responses.stream.event-name", absent)) == len(usual())
    assert [d.frame for d in deviations("responses.stream.event-name", other)] == [0]


def test_a_done_marker_does_not_belong_to_responses() -> None:
    reading = streamed([], sse(*usual(), event=True, done=True))
    assert objecting(reading, *TOPICS) == {"responses.stream.no-done"}


def _resumed(after: int, events: Events) -> Reading:
    case = a_case("responses.retrieve", query={"stream": "true", "starting_after": str(after)})
    return a_reading(case, sse(*events, event=True))


def test_a_resumed_stream_counts_on_and_may_begin_anywhere() -> None:
    assert objecting(_resumed(5, usual()[6:]), "responses.stream.") == set()
    assert objecting(_resumed(4, usual()[6:]), "responses.stream.") == {"responses.stream.sequence"}


def test_a_sequence_break_names_the_frame_and_both_numbers() -> None:
    events = usual()
    events[3]["sequence_number"] = 7
    first = deviations("responses.stream.sequence", streamed(events))[0]
    assert (first.frame, first.expected, first.actual, first.pointer) == (3, "3", "7", "/sequence_number")


def test_a_plain_body_leaves_the_machine_silent() -> None:
    reading = a_reading(a_case("responses.create", stream=True, input="x"), a_response())
    assert objecting(reading, *TOPICS) == set()
    assert plain(a_response()).events == ()


def test_of_very_many_broken_events_the_rest_is_counted() -> None:
    events = [{"type": f"response.odd{place}", "sequence_number": place} for place in range(250)]
    found = deviations(
        "body.unknown-variant", a_reading(a_case("responses.create", stream=True), sse(*events))
    )
    assert len(found) == 100
    assert "150 more events that break the contract are not looked into" in found[0].message
    assert not any("not looked into" in one.message for one in found[1:])
