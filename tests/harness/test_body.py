"""The schema checks: each objects to what breaks it and lets a legal variant pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures.exchange import ALL_FACETS, Facet, Failure, FailureKind
from slashv1.harness.judge.body import FORBIDDEN, dotted
from slashv1.harness.judge.engine import items_of, judge
from slashv1.matrix import ExpectedError, Profile
from slashv1.record import Level, Outcome
from tests.harness.readings import a_case, a_reading, deviations, sse

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Yes.", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    "system_fingerprint": None,
}
CHUNK: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1750000000,
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "delta": {"content": "Yes."}, "logprobs": None, "finish_reason": None}],
}
SCHEMA_CHECKS = (
    "body.missing-field",
    "body.unknown-field",
    "body.type",
    "body.null",
    "body.enum",
    "body.unknown-variant",
    "body.range",
    "body.integer-literal",
)

Change = Callable[[dict[str, Any]], object]


def changed(change: Change, base: dict[str, Any] = CHAT) -> dict[str, Any]:
    value = copy.deepcopy(base)
    change(value)
    return value


@pytest.mark.parametrize(
    ("check", "change", "pointer"),
    [
        ("body.missing-field", lambda b: b.pop("id"), "/id"),
        ("body.missing-field", lambda b: b["choices"][0]["message"].pop("role"), "/choices/0/message/role"),
        ("body.unknown-field", lambda b: b.update(provider="x"), "/provider"),
        ("body.unknown-field", lambda b: b["usage"].update(cost=1), "/usage/cost"),
        ("body.type", lambda b: b.update(created="now"), "/created"),
        ("body.null", lambda b: b.update(model=None), "/model"),
        ("body.enum", lambda b: b["choices"][0].update(finish_reason="eos"), "/choices/0/finish_reason"),
        ("body.enum", lambda b: b.update(object="list"), "/object"),
        (
            "body.unknown-variant",
            lambda b: b["choices"][0]["message"].update(tool_calls=[{"id": "c", "type": "tool"}]),
            "/choices/0/message/tool_calls/0/type",
        ),
        ("body.integer-literal", lambda b: b["choices"][0].update(index=0.0), "/choices/0/index"),
    ],
)
def test_each_kind_of_objection_has_its_check_and_no_other_objects(
    check: str, change: Change, pointer: str
) -> None:
    reading = a_reading(a_case(), changed(change))
    found = {name: [d.pointer for d in deviations(name, reading)] for name in SCHEMA_CHECKS}
    assert found.pop(check) == [pointer]
    assert not any(found.values())


@pytest.mark.parametrize(
    "change",
    [
        lambda b: None,
        lambda b: b.update(system_fingerprint="fp_1", service_tier="default"),
        lambda b: b["choices"][0]["message"].update(content=None),
        lambda b: b["choices"][0]["message"].pop("refusal"),
        lambda b: b["choices"][0]["message"].pop("annotations"),
        lambda b: b["choices"][0].pop("logprobs"),
        lambda b: b["usage"].update(prompt_tokens_details={"cached_tokens": 0}),
    ],
)
def test_a_legal_body_raises_no_objection(change: Change) -> None:
    reading = a_reading(a_case(), changed(change))
    assert [d for name in SCHEMA_CHECKS for d in deviations(name, reading)] == []


def test_a_range_is_a_should() -> None:
    body = {
        **json.loads(json.dumps(RESPONSE)),
        "temperature": 9,
    }
    case = a_case("responses.create", model="m", input="x")
    reading = a_reading(case, body)
    assert [d.pointer for d in deviations("body.range", reading)] == ["/temperature"]
    item = next(i for i in items_of(case, Profile("openai")) if i.check.id == "body.range")
    assert item.level is Level.SHOULD


RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1750000000,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "model": "gpt-4o-mini",
    "output": [],
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "usage": None,
}


def test_a_number_may_be_written_with_a_point() -> None:
    reading = a_reading(a_case("responses.create", model="m", input="x"), RESPONSE)
    assert [d for name in SCHEMA_CHECKS for d in deviations(name, reading)] == []


def test_an_output_item_of_unknown_type_is_a_variant_and_its_keys_are_left_alone() -> None:
    body = {**RESPONSE, "output": [{"type": "thought", "text": "x"}]}
    reading = a_reading(a_case("responses.create", model="m", input="x"), body)
    found = {name: [d.pointer for d in deviations(name, reading)] for name in SCHEMA_CHECKS}
    assert found.pop("body.unknown-variant") == ["/output/0/type"]
    assert not any(found.values())


def test_a_recording_without_bytes_is_not_asked_for_literals() -> None:
    case = a_case()
    reading = a_reading(case, changed(lambda b: b.update(created=1.0)), facets=ALL_FACETS - {Facet.BYTES})
    results = {r.check: r for r in judge(items_of(case, Profile("openai")), reading, Profile("openai"))}
    assert results["body.integer-literal"].outcome is Outcome.SKIPPED


def test_stream_events_are_judged_by_frame() -> None:
    bad = changed(lambda c: c.update(provider="x"), CHUNK)
    reading = a_reading(a_case(stream=True), sse(CHUNK, bad, bad, done=True))
    (found,) = deviations("body.unknown-field", reading)
    assert (found.pointer, found.frame) == ("/provider", 1)
    assert "and 1 more" in found.message


def test_responses_events_are_judged_by_their_type() -> None:
    delta = {
        "type": "response.output_text.delta",
        "item_id": "msg_1",
        "output_index": 0,
        "content_index": 0,
        "delta": 1,
        "logprobs": [],
        "sequence_number": 4,
    }
    case = a_case("responses.create", model="m", input="x", stream=True)
    reading = a_reading(case, sse(delta, {"type": "response.thought"}, event=True))
    assert [(d.pointer, d.frame) for d in deviations("body.type", reading)] == [("/delta", 0)]
    assert [(d.pointer, d.frame) for d in deviations("body.unknown-variant", reading)] == [("/type", 1)]


def test_an_error_midway_in_a_stream_is_left_to_the_error_checks() -> None:
    error = {"error": {"message": "m", "type": "server_error", "param": None, "code": None}}
    reading = a_reading(a_case(stream=True), sse(CHUNK, error))
    assert [d for name in SCHEMA_CHECKS for d in deviations(name, reading)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"id": ', "Expecting"),
        (b"", "Expecting"),
        (b'"\xff"', "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "digits"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": "\\ud800"}', "surrogate"),
    ],
)
def test_a_body_that_is_no_json_text_is_told_once(text: bytes, said: str) -> None:
    reading = a_reading(a_case(), text)
    found = deviations("body.json", reading)
    assert len(found) == 1
    assert said in found[0].message


def test_a_nan_in_an_event_is_told_with_its_frame() -> None:
    reading = a_reading(a_case(stream=True), 'data: {"a": NaN}\n\n')
    assert [d.frame for d in deviations("body.json", reading)] == [0]


def test_a_body_cut_by_the_network_is_not_blamed_on_its_json() -> None:
    failure = Failure(FailureKind.TRUNCATED, "cut")
    assert deviations("body.json", a_reading(a_case(), b'{"id"', failure=failure)) == []
    assert deviations("body.json", a_reading(a_case(), b"<html></html>", content_type="text/html")) == []
    assert deviations("body.json", a_reading(a_case(), CHAT)) == []


def test_a_key_twice_is_a_finding_where_the_bytes_were_kept() -> None:
    reading = a_reading(a_case(), b'{"id": "a", "id": "b"}')
    (found,) = deviations("body.duplicate-keys", reading)
    assert "'id'" in found.message
    assert deviations("body.duplicate-keys", a_reading(a_case(), CHAT)) == []


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_name_of_the_gateways_own_is_forbidden_at_any_depth(name: str) -> None:
    reading = a_reading(a_case(), changed(lambda b: b["usage"].update({name: 1})))
    assert [d.pointer for d in deviations("body.forbidden-name", reading)] == [f"/usage/{name}"]


def test_a_forbidden_name_is_forbidden_in_errors_too_and_free_in_what_users_name() -> None:
    error = {"error": {"message": "m", "type": "t", "param": None, "code": None}, "trace_id": "x"}
    refused = a_reading(a_case(error=ExpectedError(), status=400), error, status=400)
    assert [d.pointer for d in deviations("body.forbidden-name", refused)] == ["/trace_id"]
    named = a_reading(a_case(), {**CHAT, "metadata": {"trace_id": "mine"}})
    assert deviations("body.forbidden-name", named) == []


def test_a_field_that_is_always_sent_by_now_is_a_should_and_dated() -> None:
    case = a_case("responses.create", model="m", input="x", stream=True)
    done = {"type": "response.refusal.done", "item_id": "m", "output_index": 0, "content_index": 0}
    reading = a_reading(case, sse({**done, "refusal": "no"}, event=True))
    assert [(d.pointer, d.frame) for d in deviations("body.current", reading)] == [("/sequence_number", 0)]
    old = replace(reading, exchange=replace(reading.exchange, sent_at=1_740_000_000))
    assert deviations("body.current", old) == []
    item = next(i for i in items_of(case, Profile("openai")) if i.check.id == "body.current")
    assert item.level is Level.SHOULD


def test_a_forbidden_name_hides_behind_no_escape() -> None:
    text = json.dumps(CHAT)[:-1] + ', "\\u0074race_id": 1}'
    assert [d.pointer for d in deviations("body.forbidden-name", a_reading(a_case(), text))] == ["/trace_id"]


def test_the_least_that_a_compatible_gateway_sends_is_legal() -> None:
    usage = {
        "prompt_tokens": 27,
        "completion_tokens": 12,
        "total_tokens": 39,
        "prompt_tokens_details": {"cached_tokens": 8},
    }
    head = {"id": "chatcmpl-rsp_01", "created": 1750000123, "model": "code.fast"}
    message = {"role": "assistant", "content": "Yes."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    chunk = {**head, "object": "chat.completion.chunk"}
    deltas: list[dict[str, Any]] = [{"role": "assistant"}, {"content": "Yes."}]
    chunks = [{**chunk, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({**chunk, "choices": [], "usage": usage})
    for reading in (a_reading(a_case(), body), a_reading(a_case(stream=True), sse(*chunks, done=True))):
        assert [d for name in SCHEMA_CHECKS for d in deviations(name, reading)] == []


def test_a_narrower_check_at_the_same_place_speaks_alone() -> None:
    case = a_case()
    reading = a_reading(case, changed(lambda b: b["usage"].update(trace_id="x")))
    results = {r.check: r for r in judge(items_of(case, Profile("openai")), reading, Profile("openai"))}
    assert results["body.forbidden-name"].outcome is Outcome.FAILED
    assert results["body.unknown-field"].outcome is Outcome.PASSED
    assert results["body.unknown-field"].cause == "reported by body.forbidden-name"


@pytest.mark.parametrize(
    "value", [None, 1, "x", [], [[]], {"choices": 1}, {"choices": [1]}, {"choices": [{"message": []}]}]
)
def test_any_json_whatever_is_judged_without_a_crash(value: Any) -> None:
    reading = a_reading(a_case(), json.dumps(value))
    assert [d for name in SCHEMA_CHECKS for d in deviations(name, reading)]
    assert deviations("body.forbidden-name", reading) == []


def test_pointers_are_written_as_people_write_paths() -> None:
    assert dotted("/choices/0/message/a~1b") == "choices[0].message.a/b"
    assert dotted("") == "the body"
