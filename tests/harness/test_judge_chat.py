"""Plain chat completions: one defect per row, and what genuine answers look like."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures.exchange import ALL_FACETS, Facet
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level
from tests.harness.chat_answers import ID, TOOLS, call, called, choice, completion, message, token
from tests.harness.readings import a_case, a_reading, deviations, ids_of

OTHER = "chat.completions.create/other"
CASE = a_case(model="gpt-4o", beside=(OTHER,))
LENGTH = a_case(model="gpt-4o", max_tokens=2, finish_reason=("length",))
WITH_TOOLS = a_case(model="gpt-4o", tags=["tools"], tools=TOOLS)
NAMED = {"type": "function", "function": {"name": "weather"}}
WITH_NAMED = a_case(model="gpt-4o", tags=["tools", "tool-named"], tools=TOOLS, tool_choice=NAMED)
WITH_LOGPROBS = a_case(model="gpt-4o", tags=["logprobs"], logprobs=True, top_logprobs=2)
CHOICE = "/choices/0"
CALL = f"{CHOICE}/message/tool_calls/0"
TOKEN = f"{CHOICE}/logprobs/content"


def said(**changed: Any) -> dict[str, Any]:
    return completion(choice(said=message(**changed)))


def probable(*tokens: dict[str, Any], text: str = "Hello") -> dict[str, Any]:
    return completion(choice(said=message(content=text), logprobs={"content": list(tokens), "refusal": None}))


THOUGHT = {
    "prompt_tokens": 5,
    "completion_tokens": 9,
    "total_tokens": 14,
    "completion_tokens_details": {"reasoning_tokens": 9},
}
HALVES = (
    token("bytes:\\xf0\\x9f", -9999.0, 2, bytes=[240, 159]),
    token("bytes:\\x98\\x80", 0, 2, bytes=[152, 128]),
)
OBJECTS: list[tuple[str, Case, dict[str, Any], str]] = [
    ("chat.object", CASE, completion(object="text_completion"), "/object"),
    ("chat.id-prefix", CASE, completion(id="gen-1"), "/id"),
    ("chat.id-unique", CASE, completion(), "/id"),
    ("chat.created-seconds", CASE, completion(created=int(time.time() * 1000)), "/created"),
    ("chat.created-now", CASE, completion(created=0), "/created"),
    ("chat.created-now", CASE, completion(created=int(time.time()) - 200_000), "/created"),
    ("chat.model", CASE, completion(model=""), "/model"),
    ("chat.model-resolved", CASE, completion(model="llama-3"), "/model"),
    ("chat.choices", CASE, completion(choices=[]), "/choices"),
    ("chat.choices.index", CASE, completion(choice(0), choice(0)), "/choices/1/index"),
    ("chat.choices.index", CASE, completion(choice(1)), "/choices/0/index"),
    ("chat.message.role", CASE, said(role="model"), f"{CHOICE}/message/role"),
    ("chat.message.content", CASE, said(content=None), f"{CHOICE}/message/content"),
    ("chat.message.content", CASE, said(content=None, tool_calls=[]), f"{CHOICE}/message/content"),
    ("chat.message.content", CASE, said(content=[{"type": "text"}]), f"{CHOICE}/message/content"),
    ("chat.message.refusal-key", CASE, said(refusal=...), f"{CHOICE}/message/refusal"),
    ("chat.finish-reason", CASE, completion(choice(finish_reason=None)), f"{CHOICE}/finish_reason"),
    ("chat.finish-reason", CASE, completion(choice(finish_reason="")), f"{CHOICE}/finish_reason"),
    ("chat.finish-reason", CASE, completion(choice(finish_reason="eos")), f"{CHOICE}/finish_reason"),
    ("chat.finish-reason", CASE, completion(choice(finish_reason=...)), f"{CHOICE}/finish_reason"),
    ("chat.finish-reason-expected", LENGTH, completion(), f"{CHOICE}/finish_reason"),
    ("chat.finish-reason-tools", WITH_TOOLS, called(call(), finish="stop"), f"{CHOICE}/finish_reason"),
    (
        "chat.finish-reason-tools",
        WITH_TOOLS,
        completion(choice(finish_reason="tool_calls")),
        f"{CHOICE}/finish_reason",
    ),
    ("chat.tools.id", WITH_TOOLS, called(call(id="")), f"{CALL}/id"),
    ("chat.tools.id", WITH_TOOLS, called(call(), call()), f"{CHOICE}/message/tool_calls/1/id"),
    ("chat.tools.type", WITH_TOOLS, called(call(type=...)), f"{CALL}/type"),
    ("chat.tools.type", WITH_TOOLS, called(call(type="tool")), f"{CALL}/type"),
    ("chat.tools.arguments", WITH_TOOLS, called(call(arguments={})), f"{CALL}/function/arguments"),
    ("chat.tools.arguments", WITH_TOOLS, called(call(arguments="")), f"{CALL}/function/arguments"),
    ("chat.tools.arguments", WITH_TOOLS, called(call(arguments='{"a": ')), f"{CALL}/function/arguments"),
    ("chat.tools.arguments", WITH_TOOLS, called(call(arguments="[1]")), f"{CALL}/function/arguments"),
    ("chat.tools.name", WITH_TOOLS, called(call("functions.weather")), f"{CALL}/function/name"),
    ("chat.tools.no-index", WITH_TOOLS, called(call(index=0)), f"{CALL}/index"),
    ("chat.message.empty", CASE, said(content=""), f"{CHOICE}/message/content"),
    ("chat.tools.nonempty", CASE, said(tool_calls=[]), f"{CHOICE}/message/tool_calls"),
    ("chat.tools.nonempty", CASE, said(tool_calls=None), f"{CHOICE}/message/tool_calls"),
    ("chat.logprobs.values", WITH_LOGPROBS, probable(token("Hello", 0.9, 2)), f"{TOKEN}/0/logprob"),
    ("chat.logprobs.bytes", WITH_LOGPROBS, probable(token("Hello", top=2, bytes=[72])), f"{TOKEN}/0/bytes"),
    ("chat.logprobs.top-count", WITH_LOGPROBS, probable(token("Hello", top=1)), f"{TOKEN}/0/top_logprobs"),
    ("chat.logprobs.text", WITH_LOGPROBS, probable(token("Hel", top=2)), TOKEN),
    ("chat.logprobs.unasked", CASE, probable(token("Hello")), f"{CHOICE}/logprobs"),
]
GENUINE: list[tuple[Case, dict[str, Any]]] = [
    (CASE, completion(id="chatcmpl-1")),
    (CASE, completion(choice(0), choice(1), id="chatcmpl-1")),
    (CASE, completion(id="chatcmpl-1", model="gpt-4o", system_fingerprint="")),
    (a_case(model="gpt-4o-search-preview"), completion(id="0b6d8a57-1c1f-4e0e-9d5a-5d0c0c2e9a11", model=...)),
    (CASE, completion(choice(said=message(content=None, refusal="No.")), id="chatcmpl-1")),
    (CASE, completion(choice(said=message(content=""), finish_reason="length"), id="chatcmpl-1")),
    (CASE, completion(choice(said=message(content="")), id="chatcmpl-1", usage=THOUGHT)),
    (CASE, completion(choice(finish_reason="content_filter"), id="chatcmpl-1")),
    (LENGTH, completion(choice(finish_reason="length"))),
    (WITH_TOOLS, called(call(), call("time", '{"zone": "UTC"}'))),
    (WITH_TOOLS, called(call(arguments='{"cut'), finish="length")),
    (WITH_TOOLS, completion(choice(0, said=message(tool_calls=[call()]), finish_reason="tool_calls"))),
    (WITH_NAMED, called(call(), finish="stop")),
    (WITH_NAMED, called(call())),
    (WITH_LOGPROBS, probable(token("Hel", top=2), token("lo", 0, top=2))),
    (WITH_LOGPROBS, probable(*HALVES, text="😀")),
]
WIRE_EXAMPLE = (
    '{"id":"chatcmpl-rsp_01jy7n3q8v6m4k2x","object":"chat.completion","created":1750000123,"model":"code.fast",'
    '"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],'
    '"usage":{"prompt_tokens":27,"completion_tokens":12,"total_tokens":39,'
    '"prompt_tokens_details":{"cached_tokens":8}}}'
)


def read(case: Case, body: Any) -> Reading:
    other = a_reading(a_case(name="other"), completion())
    return a_reading(case, body, others={OTHER: other} if case.beside else None)


def judged(check: str, case: Case, body: Any) -> list[Deviation]:
    return deviations(check, read(case, body))


def objecting(reading: Reading, *topics: str) -> dict[str, Level]:
    """The checks of these topics that object to a reading, with their levels."""
    found: dict[str, Level] = {}
    for check in sorted(ids_of(*topics)):
        entry = checks()[check]
        if not entry.applies(reading.case) or entry.needs - reading.exchange.facets:
            continue
        try:
            if list(entry.judge(reading)):
                found[check] = entry.level
        except Inconclusive:
            continue
    return found


@pytest.mark.parametrize(("check", "case", "body", "pointer"), OBJECTS)
def test_a_defect_is_told_at_its_place(check: str, case: Case, body: dict[str, Any], pointer: str) -> None:
    (found,) = judged(check, case, body)
    assert found.pointer == pointer


@pytest.mark.parametrize(("case", "body"), GENUINE)
def test_a_genuine_answer_passes(case: Case, body: dict[str, Any]) -> None:
    assert objecting(read(case, body), "chat", "chat_parts", "usage") == {}


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("chat", "chat_parts") == {row[0] for row in OBJECTS}


def test_the_gateways_own_example_lacks_a_refusal_and_nothing_else() -> None:
    case = a_case(model="code.fast")
    reading = a_reading(case, WIRE_EXAMPLE, facets=ALL_FACETS - {Facet.VALUES})
    assert objecting(reading, "chat", "chat_parts", "usage") == {"chat.message.refusal-key": Level.SHOULD}


@pytest.mark.parametrize(
    "check", ["chat.tools.id", "chat.tools.type", "chat.tools.arguments", "chat.tools.name"]
)
def test_a_model_that_calls_no_tool_decides_nothing(check: str) -> None:
    with pytest.raises(Inconclusive, match="called no tool"):
        judged(check, WITH_TOOLS, completion())


def test_a_model_that_ends_by_itself_before_the_limit_decides_nothing() -> None:
    case = a_case(model="gpt-4o", max_tokens=8, finish_reason=("length",))
    with pytest.raises(Inconclusive, match="limit of 8"):
        judged("chat.finish-reason-expected", case, completion())


@pytest.mark.parametrize(("limit", "decides"), [(2, False), (50, True)])
def test_a_model_that_talks_up_to_the_limit_before_its_stop_decides_nothing(
    limit: int, decides: bool
) -> None:
    case = a_case(model="gpt-4o", stop=["5"], max_tokens=limit, finish_reason=("stop",))
    body = completion()
    body["choices"][0]["finish_reason"] = "length"
    if decides:
        assert judged("chat.finish-reason-expected", case, body)
        return
    with pytest.raises(Inconclusive, match="limit of 2 tokens first"):
        judged("chat.finish-reason-expected", case, body)


def test_a_limit_that_was_not_kept_is_left_to_the_check_of_the_limit() -> None:
    case = a_case(model="gpt-4o", max_tokens=1, finish_reason=("length",))
    with pytest.raises(Inconclusive, match=r"ignored\.max_tokens"):
        judged("chat.finish-reason-expected", case, completion())


def test_a_model_that_calls_no_tool_is_not_blamed_for_its_finish_reason() -> None:
    case = a_case(model="gpt-4o", tools=TOOLS, finish_reason=("tool_calls",))
    with pytest.raises(Inconclusive, match="called no tool"):
        judged("chat.finish-reason-expected", case, completion())


def test_sibling_choices_may_share_the_id_of_a_call() -> None:
    body = called(call())
    body["choices"].append({**body["choices"][0], "index": 1})
    assert judged("chat.tools.id", WITH_TOOLS, body) == []


def test_the_refusal_is_not_missed_in_recordings_older_than_it() -> None:
    reading = read(CASE, said(refusal=...))
    old = replace(reading, exchange=replace(reading.exchange, sent_at=1_700_000_000.0))
    assert deviations("chat.message.refusal-key", old) == []


def test_an_id_is_not_compared_with_that_of_another_operation() -> None:
    other = a_reading(a_case("responses.create", name="other"), {"id": ID})
    case = a_case(model="gpt-4o", beside=("responses.create/other",))
    reading = a_reading(case, completion(), others={"responses.create/other": other})
    assert deviations("chat.id-unique", reading) == []


@pytest.mark.parametrize(
    ("asked", "given"),
    [("gpt-4o", "gpt-4o-2024-08-06"), ("openai/gpt-4o", "gpt-4o"), ("gpt-4o-2024-08-06", "gpt-4o")],
)
def test_a_model_that_resolves_to_its_snapshot_passes(asked: str, given: str) -> None:
    assert judged("chat.model-resolved", a_case(model=asked), completion(model=given)) == []
