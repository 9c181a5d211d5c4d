"""Token counts that do not add up, and those that do."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.engine import checks
from slashv1.matrix import Case
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse

CHAT = a_case(model="gpt-4o")
CHAT_STREAM = a_case(model="gpt-4o", stream=True)
RESPONSE = a_case("responses.create", model="gpt-4o")
RESPONSE_STREAM = a_case("responses.create", model="gpt-4o", stream=True)
EMBEDDINGS = a_case("embeddings.create", model="text-embedding-3-small")
DETAILS = {"reasoning_tokens": 3, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 9}


def chat(**usage: Any) -> dict[str, Any]:
    whole = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, **usage}
    return {"choices": [{"message": {"content": "Hello"}}], "usage": whole}


def response(**usage: Any) -> dict[str, Any]:
    return {
        "status": "completed",
        "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12, **usage},
    }


OBJECTS: list[tuple[str, Case, Any, str, int | None]] = [
    ("usage.present", CHAT, {"choices": []}, "/usage", None),
    ("usage.present", CHAT, {"choices": [], "usage": None}, "/usage", None),
    ("usage.present", RESPONSE, {"status": "completed", "usage": None}, "/usage", None),
    ("usage.present", EMBEDDINGS, {"data": []}, "/usage", None),
    ("usage.total", CHAT, chat(total_tokens=13), "/usage/total_tokens", None),
    ("usage.total", RESPONSE, response(total_tokens=5), "/usage/total_tokens", None),
    (
        "usage.total",
        EMBEDDINGS,
        {"usage": {"prompt_tokens": 5, "total_tokens": 6}},
        "/usage/total_tokens",
        None,
    ),
    ("usage.total", CHAT_STREAM, sse({}, chat(total_tokens=13), done=True), "/usage/total_tokens", 1),
    (
        "usage.total",
        RESPONSE_STREAM,
        sse({"type": "response.completed", "response": response(total_tokens=1)}, event=True),
        "/response/usage/total_tokens",
        0,
    ),
    ("usage.not-negative", CHAT, chat(completion_tokens=-1), "/usage/completion_tokens", None),
    (
        "usage.not-negative",
        CHAT,
        chat(prompt_tokens_details={"cached_tokens": -1}),
        "/usage/prompt_tokens_details/cached_tokens",
        None,
    ),
    (
        "usage.details-within",
        CHAT,
        chat(completion_tokens_details={"reasoning_tokens": 8}),
        "/usage/completion_tokens_details/reasoning_tokens",
        None,
    ),
    (
        "usage.details-within",
        RESPONSE,
        response(output_tokens_details={"reasoning_tokens": 8}),
        "/usage/output_tokens_details/reasoning_tokens",
        None,
    ),
    (
        "usage.cached-within",
        CHAT,
        chat(prompt_tokens_details={"cached_tokens": 6}),
        "/usage/prompt_tokens_details/cached_tokens",
        None,
    ),
    (
        "usage.cached-within",
        RESPONSE,
        response(input_tokens_details={"cached_tokens": 6}),
        "/usage/input_tokens_details/cached_tokens",
        None,
    ),
    ("usage.prompt-counted", CHAT, chat(prompt_tokens=0, total_tokens=7), "/usage/prompt_tokens", None),
    (
        "usage.completion-counted",
        CHAT,
        chat(completion_tokens=0, total_tokens=5),
        "/usage/completion_tokens",
        None,
    ),
]
PASSES: list[tuple[Case, Any]] = [
    (CHAT, chat(prompt_tokens_details={"cached_tokens": 5}, completion_tokens_details=DETAILS)),
    (CHAT, chat(completion_tokens_details=None, prompt_tokens_details={"cached_tokens": None})),
    (CHAT_STREAM, sse({"usage": None}, chat(), done=True)),
    (RESPONSE, response(input_tokens_details={"cached_tokens": 0}, output_tokens_details=DETAILS)),
    (RESPONSE, {"status": "queued", "usage": None}),
    (RESPONSE, response(input_tokens=0, output_tokens=0, total_tokens=0)),
    (RESPONSE_STREAM, sse({"type": "response.created", "response": {"usage": None}}, event=True)),
    (EMBEDDINGS, {"usage": {"prompt_tokens": 5, "total_tokens": 5}}),
]


def judged(check: str, case: Case, body: Any) -> list[Deviation]:
    return deviations(check, a_reading(case, body))


@pytest.mark.parametrize(("check", "case", "body", "pointer", "frame"), OBJECTS)
def test_a_count_that_is_wrong_is_told(
    check: str, case: Case, body: Any, pointer: str, frame: int | None
) -> None:
    (found,) = judged(check, case, body)
    assert (found.pointer, found.frame) == (pointer, frame)


@pytest.mark.parametrize(("case", "body"), PASSES)
def test_counts_that_add_up_pass(case: Case, body: Any) -> None:
    reading = a_reading(case, body)
    applied = [found for found in map(checks().get, sorted(ids_of("usage"))) if found and found.applies(case)]
    assert applied
    assert [found.id for found in applied if list(found.judge(reading))] == []


def test_an_unfinished_background_response_has_no_usage_yet() -> None:
    assert not checks()["usage.present"].applies(a_case("responses.create", background=True))


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("usage") == {row[0] for row in OBJECTS}
