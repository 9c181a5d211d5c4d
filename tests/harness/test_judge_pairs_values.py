"""Values that two answers, or a stream as a whole, give away."""

from __future__ import annotations

import time
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import (
    a_response,
    call,
    message,
    objecting,
    plain,
    stream_of,
    streamed,
    usage,
)

HEAD = {
    "id": "chatcmpl-1",
    "created": 1_750_000_000,
    "model": "gpt-4o-mini-2024-07-18",
    "service_tier": "default",
    "system_fingerprint": "fp_1",
}
COUNTS = {
    "prompt_tokens": 9,
    "completion_tokens": 1,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 0},
}


def a_plain_chat(**over: Any) -> Reading:
    said = {"role": "assistant", "content": "pong", "refusal": None}
    body = {**HEAD, "object": "chat.completion", "usage": COUNTS, **over}
    body["choices"] = [{"index": 0, "message": said, "finish_reason": "stop", "logprobs": None}]
    return a_reading(a_case(messages=[]), body)


def a_chat_stream(
    other: Reading | None = None, counts: Any = COUNTS, logprobs: Any = None, **over: Any
) -> Reading:
    """A stream with its usage, beside a plain answer; `over` changes the last chunk with a choice."""
    head = {**HEAD, "object": "chat.completion.chunk", "usage": None}
    choice = {"index": 0, "logprobs": logprobs, "finish_reason": None}
    chunks = [
        {**head, "choices": [{**choice, "delta": {"role": "assistant", "content": ""}}]},
        {**head, "choices": [{**choice, "delta": {"content": "pong"}}]},
        {**head, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}], **over},
        {**head, "choices": [], "usage": counts},
    ]
    others = {"chat.completions.create/plain": other or a_plain_chat()}
    asked = {"messages": [], "stream": True, "stream_options": {"include_usage": True}}
    return a_reading(a_case(beside=tuple(others), **asked), sse(*chunks, done=True), others=others)


def a_response_stream(other: Any = None, **over: Any) -> Reading:
    others = {"responses.create/plain": plain(other or a_response())}
    reading = streamed(stream_of(a_response(**over)))
    case = a_case("responses.create", stream=True, input="pong", beside=tuple(others))
    return Reading(case, reading.exchange, asked=case.asked, others=others)


def first_renamed() -> Reading:
    return a_chat_stream(a_plain_chat(model="gpt-4o-mini"))


ALIAS = {"model": "gpt-4o-mini"}
BARE = {key: value for key, value in COUNTS.items() if isinstance(value, int)}
WITHOUT_TIER = a_plain_chat()
del WITHOUT_TIER.object["service_tier"]

PAIRS: list[tuple[set[str], Reading]] = [
    (set(), a_chat_stream()),
    (set(), a_response_stream()),
    (set(), a_response_stream(a_response(message("Bye.")), usage=usage(20, 7))),
    ({"model"}, first_renamed()),
    ({"model"}, a_response_stream(a_response(**ALIAS))),
    ({"chunk-keys"}, a_chat_stream(WITHOUT_TIER)),
    ({"prompt-tokens"}, a_chat_stream(counts={**COUNTS, "prompt_tokens": 12, "total_tokens": 13})),
    ({"prompt-tokens"}, a_response_stream(usage=usage(23))),
    ({"usage-keys"}, a_chat_stream(counts=BARE)),
    ({"usage-keys"}, a_chat_stream(a_plain_chat(usage=BARE))),
]


@pytest.mark.parametrize(("found", "reading"), PAIRS)
def test_a_stream_has_the_values_of_the_plain_answer(found: set[str], reading: Reading) -> None:
    # Both are one response, made anew: that they share its ids is not what is looked at.
    assert objecting(reading, "pairs.") - {"pairs.ids"} == {f"pairs.{name}" for name in found}


def test_a_prompt_that_a_hosted_tool_adds_to_tells_nothing() -> None:
    searched = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
    reading = a_response_stream(output=[searched, message(at=1)], usage=usage(400))
    with pytest.raises(Inconclusive):
        deviations("pairs.prompt-tokens", reading)


def test_an_answer_without_a_usage_tells_nothing() -> None:
    with pytest.raises(Inconclusive):
        deviations("pairs.usage-keys", a_chat_stream(a_plain_chat(usage=None)))


def test_a_stream_keeps_its_tier() -> None:
    assert deviations("chat.stream.tier-constant", a_chat_stream()) == []
    found = deviations("chat.stream.tier-constant", a_chat_stream(service_tier="flex"))
    assert [one.frame for one in found] == [2]


def test_log_probabilities_come_where_they_are_asked_for() -> None:
    stub = {"content": [], "refusal": None}
    assert deviations("chat.stream.logprobs.unasked", a_chat_stream()) == []
    found = deviations("chat.stream.logprobs.unasked", a_chat_stream(logprobs=stub))
    assert [one.pointer for one in found] == ["/choices/0/logprobs"]
    asked = a_chat_stream(logprobs=stub)
    object.__setattr__(asked, "asked", {"logprobs": True})
    assert deviations("chat.stream.logprobs.unasked", asked) == []


@pytest.mark.parametrize(("age", "late"), [(0, False), (3_600, False), (10 * 86_400, True)])
def test_a_response_is_made_when_it_is_asked_for(age: int, late: bool) -> None:
    reading = plain(a_response(created_at=int(time.time()) - age))
    assert bool(deviations("responses.created-now", reading)) is late


@pytest.mark.parametrize(
    ("asked", "given", "told"),
    [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", False),
        ("openai/gpt-4o-mini", "gpt-4o-mini", False),
        ("gpt-4o-mini", "llama-3-8b", True),
    ],
)
def test_another_family_of_models_is_told(asked: str, given: str, told: bool) -> None:
    reading = plain(a_response(model=given), model=asked)
    assert bool(deviations("responses.model-resolved", reading)) is told
    vectors = {"object": "list", "data": [], "model": given}
    embedded = a_reading(a_case("embeddings.create", model=asked, input="a"), vectors)
    assert bool(deviations("embeddings.model-resolved", embedded)) is told


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ({"type": "url_citation", "start_index": 0, "end_index": 12}, False),
        ({"type": "url_citation", "start_index": 5, "end_index": 13}, True),
        ({"type": "url_citation", "start_index": 6, "end_index": 5}, True),
        ({"type": "file_citation", "index": 12}, False),
        ({"type": "file_citation", "index": -1}, True),
        ({"type": "file_path"}, False),
    ],
)
def test_annotations_point_into_their_text(note: dict[str, Any], told: bool) -> None:
    said = message("Hello there.")
    said["content"][0]["annotations"] = [note]
    assert bool(deviations("responses.output.annotations-within", plain(a_response(said)))) is told


def embedding(length: int, given: Any, beside: Reading | None = None, **asked: Any) -> Reading:
    vector = [1.0] + [0.0] * (length - 1)
    entry = {"object": "embedding", "index": 0, "embedding": vector}
    others = {"embeddings.create/plain": beside} if beside else {}
    case = a_case("embeddings.create", beside=tuple(others), model="m", input=given, **asked)
    body = {"object": "list", "data": [entry], "model": "m"}
    return a_reading(case, body, others=others)


def test_token_ids_get_vectors_as_long_as_text() -> None:
    text = embedding(8, "a")
    assert deviations("embeddings.model-length", embedding(8, [1, 2], text)) == []
    found = deviations("embeddings.model-length", embedding(4, [1, 2], text))
    assert [one.pointer for one in found] == ["/data/0/embedding"]
    with pytest.raises(Inconclusive):
        deviations("embeddings.model-length", embedding(4, "a", text, dimensions=4))


def _result(call_id: Any) -> dict[str, Any]:
    return {"id": "fco_1", "type": "function_call_output", "call_id": call_id, "output": "4"}


def test_a_tools_result_belongs_to_a_call() -> None:
    check = "responses.call.outputs"
    assert deviations(check, plain(a_response(call(), _result("call_0a")))) == []
    assert deviations(check, plain(a_response(call(), _result(None)))) == []
    found = deviations(check, plain(a_response(call(), _result("call_z"))))
    assert [one.pointer for one in found] == ["/output/1/call_id"]
    asked = a_case("responses.create", input=[{"type": "function_call", "call_id": "call_z"}])
    assert deviations(check, a_reading(asked, a_response(_result("call_z")))) == []
    carried = plain(a_response(_result("call_z")), previous_response_id="resp_0")
    assert deviations(check, carried) == []
