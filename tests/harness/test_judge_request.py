"""Accepted requests of recordings against the contract: JSON bodies, forms, and what is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.harness.forms import fields_of
from slashv1.harness.judge.engine import checks, items_of, judge
from slashv1.harness.judge.request import coerced, faults
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Recorded, case_of
from slashv1.matrix import load_matrix, load_profile
from slashv1.spec import find_operation

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
V1 = (("openai-beta", "assistants=v1"),)
FORM = (("content-type", "multipart/form-data; boundary=x"),)


def reading(
    asked: Any,
    path: str = "/v1/chat/completions",
    status: int = 200,
    headers: Any = (),
    name: str = "recorded",
) -> Reading:
    request = Request("POST", path, headers=headers, body=json.dumps(asked).encode())
    exchange = Exchange(request, status, (), (Read(b"{}", 0.0),), sent_at=0.0)
    operation = find_operation("POST", path)
    assert operation is not None
    case = case_of(Recorded(1, "one", exchange, asked, False), operation)
    return Reading(case, exchange, asked=asked)


def objecting(one: Reading) -> list[str]:
    items = [
        item for item in items_of(one.case, load_profile("openai")) if item.check.id.startswith("request.")
    ]
    return [result.check for result in judge(items, one, load_profile("openai")) if result.findings]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"wizardry": 1}, "request.names"),
        ({"temperature": "hot"}, "request.shape"),
        ({"messages": []}, "request.bounds"),
        ({"temperature": 3}, "request.bounds"),
        ({"top_logprobs": 2}, "request.shape"),
        ({"stream_options": {"include_usage": True}}, "request.shape"),
        ({"logit_bias": {"1": 1000}}, "request.bounds"),
        ({"modalities": ["audio"]}, "request.shape"),
    ],
)
def test_what_openai_refuses_is_objected_to(change: dict[str, Any], check: str) -> None:
    assert objecting(reading(CHAT | change)) == [check]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"temperature": 2, "logprobs": True, "top_logprobs": 2},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"modalities": ["text", "audio"]},
        {"max_tokens": None, "max_completion_tokens": 5},
    ],
)
def test_what_openai_takes_passes(change: dict[str, Any]) -> None:
    assert objecting(reading(CHAT | change)) == []


def test_a_refused_request_and_a_retired_version_are_left_alone() -> None:
    assert objecting(reading(CHAT | {"temperature": 3}, status=400)) == []
    old = reading(
        {"metadata": {"a": True}}, "/v1/threads/thread_1", headers=(("openai-beta", "assistants=v1"),)
    )
    assert objecting(old) == []
    new = reading({"metadata": {"a": True}}, "/v1/threads/thread_1")
    assert objecting(new) == ["request.shape"]


def test_the_matrix_own_requests_are_never_judged() -> None:
    own = {name for name in checks() if name.startswith("request.")}
    assert own == {"request.names", "request.shape", "request.bounds"}
    assert not any(checks()[name].applies(case) for name in own for case in load_matrix())


def test_the_fields_of_a_form_are_judged_by_their_schemas() -> None:
    path = "/v1/audio/transcriptions"
    good = {"file": "a.wav", "model": "whisper-1", "temperature": "0.5", "timestamp_granularities": ["word"]}
    assert faults(reading(good, path, headers=FORM)) == ()
    assert [one.pointer for one in faults(reading(good | {"temperature": "hot"}, path, headers=FORM))] == [
        "/temperature"
    ]
    assert [one.kind for one in faults(reading({"file": "a.wav"}, path, headers=FORM))] == ["missing"]


def test_texts_of_a_form_become_what_the_schema_says() -> None:
    reference = "audio-request#/$defs/CreateTranscriptionRequest"
    fields = {"stream": "true", "temperature": "1", "prompt": "1", "timestamp_granularities": "word"}
    assert coerced(reference, fields) == {
        "stream": True,
        "temperature": 1,
        "prompt": "1",
        "timestamp_granularities": ["word"],
    }


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        (None, None),
        ([{"name": "a", "text": "1"}], {"a": "1"}),
        ([{"name": "f", "filename": "x.txt", "text": "body"}], {"f": "x.txt"}),
        ([{"name": "a[]", "text": "1"}], {"a": ["1"]}),
        ([{"name": "a", "text": "1"}, {"name": "a", "text": "2"}], {"a": ["1", "2"]}),
        ([{"name": "a[b]", "text": "1"}, {"name": "a[c]", "text": "2"}], {"a": {"b": "1", "c": "2"}}),
        ([{"name": "a", "text": "b64:aGk="}, {"name": "c", "text": "b64:!"}], {"a": "hi", "c": "b64:!"}),
        ([3, {"text": "no name"}], {}),
    ],
)
def test_parts_of_a_form_are_read_as_fields(parts: Any, fields: Any) -> None:
    assert fields_of(parts) == fields
