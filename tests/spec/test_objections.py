"""What the contract says of values: every kind of objection, its place, and hostile values."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from slashv1.spec import Objection, objections, operation, parse

CHAT = operation("chat.completions.create").response or ""
CHAT_REQUEST = operation("chat.completions.create").request or ""
RESPONSE = operation("responses.create").response or ""
RESPONSE_REQUEST = operation("responses.create").request or ""
EVENT = operation("responses.create").event or ""
EMBEDDING_REQUEST = operation("embeddings.create").request or ""
ERROR = "errors#/$defs/ErrorResponse"

BODY: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Yes.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
DELTA: dict[str, Any] = {
    "type": "response.output_text.delta",
    "item_id": "msg_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "x",
    "logprobs": [],
    "sequence_number": 4,
}


def places(reference: str, value: Any) -> list[tuple[str, str]]:
    return [(found.kind, found.pointer) for found in objections(reference, value)]


def but(base: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    value = copy.deepcopy(base)
    change(value)
    return value


@pytest.mark.parametrize(
    ("reference", "base", "change", "kind", "pointer"),
    [
        (CHAT, BODY, lambda b: b.pop("model"), "missing", "/model"),
        (CHAT, BODY, lambda b: b["choices"][0].pop("index"), "missing", "/choices/0/index"),
        (CHAT, BODY, lambda b: b.update(provider="x"), "unknown", "/provider"),
        (
            CHAT,
            BODY,
            lambda b: b["choices"][0]["message"].update({"a/b~": 1}),
            "unknown",
            "/choices/0/message/a~1b~0",
        ),
        (CHAT, BODY, lambda b: b.update(id=1), "type", "/id"),
        (CHAT, BODY, lambda b: b.update(id=None), "null", "/id"),
        (
            CHAT,
            BODY,
            lambda b: b["choices"][0].update(finish_reason=None),
            "null",
            "/choices/0/finish_reason",
        ),
        (
            CHAT,
            BODY,
            lambda b: b["choices"][0].update(finish_reason="eos"),
            "enum",
            "/choices/0/finish_reason",
        ),
        (CHAT, BODY, lambda b: b.update(created=1.0), "integer-literal", "/created"),
        (CHAT, BODY, lambda b: b.update(created=1.5), "type", "/created"),
        (CHAT, BODY, lambda b: b.update(created=True), "type", "/created"),
        (CHAT_REQUEST, ASKED, lambda b: b.update(temperature=2.1), "range", "/temperature"),
        (CHAT_REQUEST, ASKED, lambda b: b.update(max_tokens=0), "range", "/max_tokens"),
        (CHAT_REQUEST, ASKED, lambda b: b.update(messages=[]), "count", "/messages"),
        (
            CHAT_REQUEST,
            ASKED,
            lambda b: b.update(store=True, metadata={"k": "v" * 513}),
            "length",
            "/metadata/k",
        ),
        (
            CHAT_REQUEST,
            ASKED,
            lambda b: b.update(store=True, metadata={str(i): "" for i in range(17)}),
            "count",
            "/metadata",
        ),
        (
            CHAT_REQUEST,
            ASKED,
            lambda b: b["messages"][0].update(role="wizard"),
            "unknown-variant",
            "/messages/0/role",
        ),
        (CHAT_REQUEST, ASKED, lambda b: b["messages"][0].update(role=None), "null", "/messages/0/role"),
        (CHAT_REQUEST, ASKED, lambda b: b["messages"][0].pop("role"), "missing", "/messages/0/role"),
        (CHAT_REQUEST, ASKED, lambda b: b.update(tool_choice="maybe"), "enum", "/tool_choice"),
        (EVENT, DELTA, lambda b: b.update(type="response.thought"), "unknown-variant", "/type"),
        (EVENT, DELTA, lambda b: b.update(type=3), "type", "/type"),
        (EVENT, DELTA, lambda b: b.update(secret=1), "unknown", "/secret"),
        (EVENT, DELTA, lambda b: b.update(output_index="0"), "type", "/output_index"),
    ],
)
def test_one_change_is_one_objection_of_its_kind_at_its_place(
    reference: str, base: dict[str, Any], change: Callable[[dict[str, Any]], object], kind: str, pointer: str
) -> None:
    assert objections(reference, base) == []
    assert places(reference, but(base, change)) == [(kind, pointer)]


def test_a_pattern_is_judged() -> None:
    tool = {"type": "mcp", "server_label": "x", "tunnel_id": "no"}
    asked = {"model": "m", "input": "x", "tools": [tool]}
    assert places(RESPONSE_REQUEST, asked) == [("pattern", "/tools/0/tunnel_id")]


def test_an_objection_says_what_was_expected_and_what_came() -> None:
    assert objections(CHAT, but(BODY, lambda b: b.update(object="list"))) == [
        Objection("enum", "/object", 'one of "chat.completion"', '"list"')
    ]
    (missing,) = objections(CHAT, but(BODY, lambda b: b.pop("id")))
    assert (missing.expected, missing.actual) == ("present", "absent")


def test_an_error_within_a_union_speaks_of_the_branch_the_discriminator_chose() -> None:
    item = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": "no array",
    }
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": "m",
        "output": [item],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": None,
    }
    assert places(RESPONSE, response) == [("type", "/output/0/content")]


def test_a_discriminator_that_may_be_null_chooses_a_branch_by_null_too() -> None:
    def item(said: dict[str, Any]) -> list[tuple[str, str]]:
        return places(RESPONSE_REQUEST, {"model": "m", "input": [said]})

    assert item({"type": None, "id": "msg_1"}) == []
    assert item({"type": None, "id": "msg_1", "bogus": 1}) == [("unknown", "/input/0/bogus")]
    assert item({"type": None}) == [("missing", "/input/0/id")]


def test_the_tool_resources_of_a_run_are_closed_as_those_of_its_assistant_are() -> None:
    run = operation("beta.threads.runs.create").response or ""

    def unknown(resources: Any) -> list[tuple[str, str]]:
        return [found for found in places(run, {"tool_resources": resources}) if found[0] == "unknown"]

    assert unknown({"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {}}) == []
    assert unknown({"code_interpreter": {"files": []}}) == [
        ("unknown", "/tool_resources/code_interpreter/files")
    ]
    assert unknown({"browser": {}}) == [("unknown", "/tool_resources/browser")]


def test_what_only_any_of_can_say_is_told_by_the_nearest_branch() -> None:
    assert places(EMBEDDING_REQUEST, {"model": "m", "input": ["a", 1]}) == [("type", "/input/1")]


def test_integers_are_judged_on_the_literal_wherever_they_stand() -> None:
    value = parse(json.dumps(BODY).replace('"total_tokens": 2', '"total_tokens": 2.0')).value
    assert places(CHAT, value) == [("integer-literal", "/usage/total_tokens")]
    assert places(CHAT_REQUEST, {**ASKED, "temperature": 1.0}) == []


def test_the_error_envelope_wants_four_keys_and_takes_siblings() -> None:
    error = {"message": "m", "type": "invalid_request_error", "param": None, "code": None}
    assert places(ERROR, {"error": error, "detail": "x"}) == []
    assert places(ERROR, {"error": {"message": "m", "type": "t", "param": None}}) == [
        ("missing", "/error/code")
    ]
    assert places(ERROR, {"error": "no"}) == [("type", "/error")]


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        1.0,
        10**4000,
        float("nan"),
        float("inf"),
        "",
        "\ud800",
        [],
        [None],
        deep(150),
        deep(50_000),
        {"id": deep(50_000)},
        {"id": "\ud800"},
        {"\ud800": 1},
        {"id": 10**4000, "created": float("nan")},
        {"choices": [{}] * 5_000},
        {"choices": {"0": 1}},
        {1: 2},
        {"": {"": ""}},
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("reference", [CHAT, EVENT, RESPONSE_REQUEST])
def test_hostile_values_are_objected_to_and_never_raise(reference: str, value: Any) -> None:
    found = objections(reference, value)
    assert 0 < len(found) <= 100
    for one in found:
        json.dumps(f"{one.pointer} {one.expected} {one.actual}").encode("ascii")
        assert len(one.expected) <= 300
        assert len(one.actual) <= 300
        f"{one.pointer}{one.actual}".encode()


def test_a_lone_surrogate_in_an_otherwise_good_text_is_no_business_of_the_schema() -> None:
    assert objections(CHAT, but(BODY, lambda b: b["choices"][0]["message"].update(content="\ud800"))) == []


def test_a_deep_value_where_anything_goes_is_called_too_deep() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"x": deep(5_000)}}}
    (found,) = objections(CHAT_REQUEST, {**ASKED, "tools": [tool]})
    assert (found.kind, found.pointer) == ("other", "")


def test_a_reference_to_nothing_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        objections("chat#/$defs/Nope", {})


@pytest.mark.parametrize("places_of", [[0], [7, 250], [299]])
def test_in_a_long_array_the_broken_elements_are_named_by_their_place(places_of: list[int]) -> None:
    calls = [
        {"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": "{}"}
        for _ in range(300)
    ]
    for place in places_of:
        del calls[place]["name"]
    asked = {"model": "m", "input": calls}
    assert places(RESPONSE_REQUEST, asked) == [("missing", f"/input/{place}/name") for place in places_of]


def test_in_a_long_array_an_integer_with_a_point_is_found() -> None:
    choices = [{**BODY["choices"][0], "index": place} for place in range(300)]
    choices[200]["index"] = 200.0
    assert places(CHAT, {**BODY, "choices": choices}) == [("integer-literal", "/choices/200/index")]


@pytest.mark.parametrize("written", ["9007199254740993.0", "1e300", "-4503599627370497.0"])
def test_an_integer_written_as_a_huge_float_is_found(written: str) -> None:
    text = json.dumps(BODY).replace('"index": 0', f'"index": {written}')
    assert ("integer-literal", "/choices/0/index") in places(CHAT, parse(text).value)
