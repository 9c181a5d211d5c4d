"""Response objects: each deviation is found by its own check, legal answers by none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive, Uncooperative
from slashv1.harness.judge.responses_echo import PARAMETERS
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import (
    a_response,
    bent,
    call,
    message,
    objecting,
    plain,
    reasoning,
    refusal,
    stream_of,
    streamed,
    usage,
)

TOPICS = ("responses.", "lifecycle.", "ignored.")
TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
INCOMPLETE = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
FAILED = {"status": "failed", "output": [], "error": {"code": "server_error", "message": "no"}, "usage": None}

LEGAL: dict[str, dict[str, Any]] = {
    "a message": a_response(),
    "reasoning, message and call": a_response(reasoning(at=0), message(at=1), call(at=2)),
    "a reasoning item without a summary": a_response(
        {"id": "rs_1", "type": "reasoning", "summary": []}, message()
    ),
    "a refusal": a_response(refusal()),
    "cut by a limit": a_response({**message(), "status": "incomplete"}, **INCOMPLETE),
    "cut within a call's arguments": a_response(
        {**call(arguments='{"ci'), "status": "incomplete"}, **INCOMPLETE
    ),
    "cut by a filter": a_response(**{**INCOMPLETE, "incomplete_details": {"reason": "content_filter"}}),
    "failed": a_response(**FAILED),
    "an item of a type to come": a_response({"id": "xy_1", "type": "new_call", "status": "in_progress"}),
    "fields to come": a_response(billing={"payer": "developer"}, moderation=None),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_response_raises_nothing(name: str) -> None:
    assert objecting(plain(LEGAL[name]), *TOPICS) == set()


def _item(**over: Any) -> Callable[[Any], None]:
    return lambda response: response["output"][0].update(over)


def _part(**over: Any) -> Callable[[Any], None]:
    return lambda response: response["output"][0]["content"][0].update(over)


def _top(**over: Any) -> Callable[[Any], None]:
    return lambda response: response.update(over)


def _without_annotations(response: Any) -> None:
    del response["output"][0]["content"][0]["annotations"]


WRONG: list[tuple[str, str, dict[str, Any], Callable[[Any], Any]]] = [
    ("object", "/object", a_response(), _top(object="chat.completion")),
    ("id-prefix", "/id", a_response(), _top(id="chatcmpl-1")),
    ("id-prefix", "/id", a_response(), _top(id="resp_")),
    ("created-seconds", "/created_at", a_response(), _top(created_at=int(time.time() * 1000))),
    ("created-seconds", "/created_at", a_response(), _top(created_at=0)),
    ("model", "/model", a_response(), _top(model="")),
    ("status.terminal", "/status", a_response(), _top(status="in_progress")),
    ("status.completed-clean", "/error", a_response(), _top(error={"code": "x", "message": "y"})),
    ("status.completed-clean", "/incomplete_details", a_response(), _top(incomplete_details={"reason": "x"})),
    ("status.incomplete-reason", "/incomplete_details", a_response(), _top(status="incomplete")),
    (
        "status.incomplete-reason",
        "/incomplete_details",
        a_response(**INCOMPLETE),
        _top(incomplete_details={"reason": "length"}),
    ),
    ("status.failed-error", "/error", a_response(**FAILED), _top(error=None)),
    ("no-output-text", "/output_text", a_response(), _top(output_text="Hello there.")),
    ("output.id-prefix", "/output/0/id", a_response(), _item(id="item_1")),
    ("output.id-prefix", "/output/0/id", a_response(call()), _item(id="call_1")),
    ("output.id-prefix", "/output/0/id", a_response(reasoning()), _item(id="msg_1")),
    ("output.ids-unique", "/output/1/id", a_response(message(at=1), message(at=1)), lambda response: None),
    ("output.message-role", "/output/0/role", a_response(), _item(role="user")),
    ("output.part-type", "/output/0/content/0/type", a_response(), _part(type="text")),
    ("output.annotations", "/output/0/content/0/annotations", a_response(), _without_annotations),
    ("output.annotations", "/output/0/content/0/annotations", a_response(), _part(annotations=None)),
    ("output.item-status", "/output/0/status", a_response(), _item(status="in_progress")),
    ("output.not-empty", "/output", a_response(), _top(output=[])),
    ("call.call-id", "/output/0/call_id", a_response(call()), _item(call_id="")),
    (
        "call.call-id",
        "/output/0/call_id",
        a_response(call()),
        lambda r: r["output"][0].pop("call_id") and None,
    ),
    (
        "call.call-id",
        "/output/1/call_id",
        a_response(call(at=0), {**call(at=1), "call_id": "call_0a"}),
        lambda response: None,
    ),
    ("call.arguments-json", "/output/0/arguments", a_response(call()), _item(arguments="")),
    ("call.arguments-json", "/output/0/arguments", a_response(call()), _item(arguments='["Paris"]')),
    ("call.arguments-json", "/output/0/arguments", a_response(call()), _item(arguments='{"city":')),
    ("reasoning.summary", "/output/0/summary", a_response(reasoning()), _item(summary="thinking")),
    (
        "reasoning.summary",
        "/output/0/summary/0",
        a_response(reasoning()),
        _item(summary=[{"type": "text", "text": "x"}]),
    ),
]


@pytest.mark.parametrize(
    ("check", "pointer", "right", "change"), WRONG, ids=[f"{r[0]} {i}" for i, r in enumerate(WRONG)]
)
def test_each_deviation_is_found_by_its_own_check(
    check: str, pointer: str, right: dict[str, Any], change: Callable[[Any], Any]
) -> None:
    wrong = plain(bent(right, change))
    assert objecting(wrong, *TOPICS) == {f"responses.{check}"}
    assert [d.pointer for d in deviations(f"responses.{check}", wrong)] == [pointer]


def test_a_stream_is_judged_by_its_last_snapshot() -> None:
    events = stream_of(a_response())
    events[-1]["response"]["object"] = "chat.completion"
    found = deviations("responses.object", streamed(events))
    assert [(d.pointer, d.frame) for d in found] == [("/response/object", len(events) - 1)]


def test_a_background_response_may_be_unfinished() -> None:
    queued = a_response(status="queued", output=[], usage=None, background=True)
    assert objecting(plain(queued, background=True), *TOPICS) == set()


@pytest.mark.parametrize(
    "asked",
    [
        {"tools": [TOOL, {"type": "web_search"}]},
        {"tools": [TOOL], "previous_response_id": "resp_0"},
        {"tools": [{**TOOL, "name": "other"}, TOOL]},
    ],
)
def test_a_call_may_name_what_was_offered_or_what_cannot_be_known(asked: dict[str, Any]) -> None:
    assert deviations("responses.call.name", plain(a_response(call()), **asked)) == []


def test_a_call_of_a_function_nobody_offered_is_found() -> None:
    reading = plain(a_response(call("functions.get_weather"), tools=[TOOL]), tools=[TOOL])
    assert objecting(reading, *TOPICS) == {"responses.call.name"}
    assert deviations("responses.call.name", reading)[0].pointer == "/output/0/name"


SCHEMA = {"type": "json_schema", "name": "city", "schema": {"type": "object"}}
ECHOES: list[tuple[str, Any, Any, Any]] = [
    ("temperature", 0.2, 0.2, 1.0),
    ("temperature", 1, 1.0, None),
    ("top_p", 0.5, 0.5, 1),
    ("max_output_tokens", 64, 64, None),
    ("instructions", "Be brief.", "Be brief.", None),
    ("metadata", {"a": "b"}, {"a": "b"}, {}),
    ("store", False, False, True),
    ("previous_response_id", "resp_0", "resp_0", None),
    ("truncation", "auto", "auto", "disabled"),
    ("parallel_tool_calls", False, False, True),
    ("background", False, False, True),
    ("tools", [TOOL], [{**TOOL, "description": None}], []),
    ("tool_choice", "none", "none", "auto"),
    ("tool_choice", {"type": "function", "name": "a"}, {"type": "function", "name": "a"}, "auto"),
    (
        "tool_choice",
        {"type": "function", "name": "a"},
        {"type": "function", "name": "a"},
        {"type": "function", "name": "b"},
    ),
    ("user", "u1", "u1", None),
    ("prompt_cache_key", "k1", "k1", None),
    (
        "text.format",
        {"format": SCHEMA},
        {"format": {**SCHEMA, "strict": True}, "verbosity": "medium"},
        {"format": {"type": "text"}},
    ),
]


def test_every_echoed_parameter_is_tried_here() -> None:
    assert {row[0] for row in ECHOES} == set(PARAMETERS)


@pytest.mark.parametrize(("path", "sent", "right", "wrong"), ECHOES)
def test_a_parameter_comes_back_as_it_was_sent(path: str, sent: Any, right: Any, wrong: Any) -> None:
    key, check = path.split(".")[0], f"responses.echo.{path}"
    place = "/" + path.replace(".", "/")
    absent = a_response()
    absent.pop(key, None)
    assert deviations(check, plain(a_response(**{key: right}), **{key: sent})) == []
    assert [d.pointer for d in deviations(check, plain(a_response(**{key: wrong}), **{key: sent}))] == [place]
    assert [d.pointer for d in deviations(check, plain(absent, **{key: sent}))] == [place]


def test_tools_that_come_and_go_by_search_are_not_compared() -> None:
    asked = {"tools": [{"type": "tool_search"}, TOOL]}
    assert deviations("responses.echo.tools", plain(a_response(tools=[]), **asked)) == []


COUNTS = [
    ({"object": "response.input_tokens", "input_tokens": 11}, set()),
    ({"object": "input_tokens", "input_tokens": 11}, {"responses.input_tokens.object"}),
    ({"object": "response.input_tokens", "input_tokens": 0}, {"responses.input_tokens.positive"}),
]


@pytest.mark.parametrize(("body", "found"), COUNTS)
def test_counted_input_tokens(body: Any, found: set[str]) -> None:
    reading = a_reading(a_case("responses.input_tokens.count", input="pong"), body)
    assert objecting(reading, "responses.") == found


def counted(count: int, billed: int, **create: Any) -> Reading:
    asked = {"input": "pong", **create}
    name = "responses.create/plain"
    others = {name: a_reading(a_case("responses.create", **asked), a_response(usage=usage(billed)))}
    body = {"object": "response.input_tokens", "input_tokens": count}
    return a_reading(
        a_case("responses.input_tokens.count", beside=(name,), input="pong"), body, others=others
    )


def test_the_count_is_what_a_create_of_the_same_input_bills() -> None:
    check = "responses.input_tokens.as-billed"
    assert deviations(check, counted(11, 11)) == []
    assert [(d.expected, d.actual) for d in deviations(check, counted(4, 11))] == [("11", "4")]
    with pytest.raises(Inconclusive):
        deviations(check, counted(4, 11, instructions="Be brief."))


@pytest.mark.parametrize("check", ["call-id", "name", "arguments-json"])
def test_a_model_that_may_call_a_tool_and_does_not_tells_nothing(check: str) -> None:
    forced = plain(a_response(message("Hello.")), tags=("tools",), tools=[TOOL])
    assert deviations(f"responses.call.{check}", forced) == []
    free = replace(forced, case=replace(forced.case, cooperative=True))
    with pytest.raises(Uncooperative):
        deviations(f"responses.call.{check}", free)
