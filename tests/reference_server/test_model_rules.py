"""What each family of models takes and refuses, by the table of capabilities."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from slashv1.reference_server.capabilities import capabilities
from slashv1.reference_server.catalog import models

HI = [{"role": "user", "content": "Hi"}]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def seen(url: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def heard() -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}]}
    ]


UNSUPPORTED, VALUE = "unsupported_parameter", "unsupported_value"
DATA, URL = f"data:image/png;base64,{PNG}", "https://example.com/a.png"
CHAT: list[tuple[str, dict[str, Any], int, str | None, str | None]] = [
    (
        "gpt-5-nano",
        {"max_tokens": 0, "messages": [{"role": "user", "content": None}]},
        400,
        UNSUPPORTED,
        "max_tokens",
    ),
    ("o3", {"max_tokens": 5}, 400, UNSUPPORTED, "max_tokens"),
    ("gpt-5", {"temperature": 0.5}, 400, VALUE, "temperature"),
    ("o3-mini", {"temperature": 0.5}, 400, UNSUPPORTED, "temperature"),
    ("o1-mini", {"temperature": 0.5}, 400, VALUE, "temperature"),
    ("gpt-5-mini", {"top_p": 0.5}, 400, UNSUPPORTED, "top_p"),
    ("gpt-5.6-terra", {"presence_penalty": 0.5}, 400, UNSUPPORTED, "presence_penalty"),
    ("gpt-5.6-terra", {"logprobs": True}, 400, UNSUPPORTED, "logprobs"),
    ("gpt-5-nano", {"logprobs": True}, 403, None, None),
    ("gpt-5", {"stop": ["x"]}, 400, UNSUPPORTED, "stop"),
    ("gpt-5.6-terra", {"stop": ["x"], "temperature": 0.5}, 400, UNSUPPORTED, "stop"),
    ("gpt-5.6-terra", {"stop": ["x"], "n": 0}, 400, "integer_below_min_value", "n"),
    ("gpt-5.6-terra", {"n": 64}, 400, "integer_above_max_value", "n"),
    ("gpt-5", {"logit_bias": {"1": 1}}, 400, UNSUPPORTED, "logit_bias"),
    ("o3-mini", {"parallel_tool_calls": True, "tools": [FUNCTION]}, 400, UNSUPPORTED, "parallel_tool_calls"),
    ("gpt-5.6-terra", {"reasoning_effort": "max"}, 400, VALUE, "reasoning_effort"),
    ("o3", {"reasoning_effort": "minimal"}, 400, VALUE, "reasoning_effort"),
    ("o3", {"reasoning_effort": "odd"}, 400, "invalid_value", "reasoning_effort"),
    ("gpt-4o", {"reasoning_effort": "low"}, 400, None, None),
    ("gpt-5.6-terra", {"zzz": 1}, 400, "unknown_parameter", "zzz"),
    ("gpt-5.6-terra", {"web_search_options": {}}, 400, "unknown_parameter", "web_search_options"),
    ("gpt-5.6-terra", {"prompt_cache_retention": "in_memory"}, 400, None, "prompt_cache_retention"),
    ("gpt-4o", {"web_search_options": {}}, 400, None, "web_search_options"),
    ("gpt-4o-search-preview", {"temperature": 0.5}, 400, None, None),
    ("gpt-4o", {"verbosity": "low"}, 400, VALUE, "verbosity"),
    ("gpt-5-pro", {}, 404, None, "model"),
    ("o1-mini", {"messages": [{"role": "system", "content": "x"}]}, 400, VALUE, "messages[0].role"),
    ("gpt-4", {"messages": seen(DATA)}, 400, None, "messages.[0].content.[0].type"),
    ("gpt-4", {"messages": seen(URL)}, 400, "invalid_value", "messages[0].content[0].image_url.url"),
    ("gpt-4o", {"messages": seen("4,iVBO")}, 400, "invalid_value", "messages[0].content[0].image_url.url"),
    (
        "gpt-4o",
        {"messages": seen("data:text/plain;base64,QQ==")},
        400,
        "invalid_value",
        "messages[0].content[0].image_url.url",
    ),
    ("gpt-4o", {"messages": seen("data:image/png;base64,QUJD")}, 400, "invalid_image_format", None),
    ("gpt-4o", {"messages": heard()}, 400, "invalid_value", "messages[0]"),
    ("gpt-4o", {"top_logprobs": 99}, 400, None, "top_logprobs"),
    ("gpt-4o", {"top_logprobs": 99, "logprobs": True}, 400, "integer_above_max_value", "top_logprobs"),
    ("gpt-audio", {"prediction": {"type": "content", "content": "x"}}, 400, "invalid_value", "model"),
    ("gpt-audio", {"seed": "x", "modalities": ["text", "audio"]}, 400, None, None),
]
RESPONSES: list[tuple[str, dict[str, Any], int, str | None, str | None]] = [
    ("gpt-5.6-terra", {"temperature": 0.5}, 400, None, "temperature"),
    ("gpt-5.6-terra", {"frequency_penalty": 0.5}, 400, None, "frequency_penalty"),
    ("gpt-5.6-terra", {"top_logprobs": 1}, 400, UNSUPPORTED, "top_logprobs"),
    (
        "gpt-5.6-terra",
        {"include": ["message.output_text.logprobs"], "top_logprobs": 1},
        400,
        UNSUPPORTED,
        "include",
    ),
    ("gpt-5.6-terra", {"reasoning": {"effort": "minimal"}}, 400, VALUE, "reasoning.effort"),
    ("gpt-5.6-terra", {"reasoning": {"bogus": 1}}, 400, "unknown_parameter", "reasoning.bogus"),
    (
        "gpt-5.6-terra",
        {"prompt_cache_retention": "in_memory"},
        400,
        "invalid_parameter",
        "prompt_cache_retention",
    ),
    ("gpt-5.6-terra", {"zzz": 1, "model": None}, 400, "unknown_parameter", "zzz"),
    ("gpt-5.6-terra", {"input": 7, "truncation": "x"}, 400, "invalid_type", "input"),
    ("gpt-5.6-terra", {"store": "x", "service_tier": "x"}, 400, "invalid_type", "store"),
    (
        "gpt-5.6-terra",
        {"previous_response_id": "resp_x", "temperature": 0.5},
        400,
        "previous_response_not_found",
        "previous_response_id",
    ),
    ("gpt-5.6-terra", {"prompt": {"id": "pmpt_x"}, "temperature": 0.5}, 404, None, None),
    (
        "gpt-5.6-terra",
        {"conversation": "conv_x", "previous_response_id": "resp_x"},
        400,
        "mutually_exclusive_parameters",
        None,
    ),
    (
        "gpt-4o",
        {"tools": [{"type": "function", "name": "f", "parameters": {}}], "tool_choice": {"type": "function"}},
        400,
        "missing_required_parameter",
        "tool_choice.name",
    ),
    ("gpt-4o", {"reasoning": {"effort": "low"}}, 400, UNSUPPORTED, "reasoning.effort"),
    ("gpt-4o", {"text": {"verbosity": "low"}}, 400, VALUE, "text.verbosity"),
    ("gpt-4o", {"response_format": {"type": "text"}}, 400, UNSUPPORTED, None),
    (
        "gpt-4o",
        {
            "input": [
                {
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": "data:image/png;base64,QUJD"}],
                }
            ]
        },
        400,
        "invalid_value",
        "input",
    ),
    (
        "gpt-4o",
        {
            "input": [
                {
                    "role": "user",
                    "content": [{"type": "input_file", "file_data": "data:audio/mpeg;base64,QUJD"}],
                }
            ]
        },
        400,
        "invalid_value",
        "input[0].content[0].file_data",
    ),
]
CHAT_TAKES: list[tuple[str, dict[str, Any]]] = [
    ("gpt-5", {"temperature": 1, "top_p": 1, "presence_penalty": 0}),
    (
        "gpt-5.6-terra",
        {"reasoning_effort": "none", "presence_penalty": 0.5, "logprobs": True, "top_logprobs": 5},
    ),
    ("gpt-5.1", {"temperature": 0.7}),
    ("o3-mini", {"stop": ["x"]}),
    ("gpt-5-mini", {"verbosity": "low"}),
    ("gpt-4o-search-preview", {"web_search_options": {}}),
    ("gpt-4o", {"messages": seen(DATA)}),
    ("gpt-4o", {"messages": seen(URL)}),
    ("gpt-audio", {"messages": heard()}),
]


def refusal(answer: Any) -> tuple[int, str | None, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


def short(value: Any) -> str:
    return json.dumps(value)[:50]


@pytest.mark.parametrize(("model", "change", "status", "code", "param"), CHAT, ids=short)
def test_chat_refuses_what_the_model_does_not_take(http, model, change, status, code, param):
    answer = http.post("/chat/completions", json={"model": model, "messages": HI, **change})
    assert refusal(answer) == (status, code, param)


@pytest.mark.parametrize(("model", "change"), CHAT_TAKES, ids=short)
def test_chat_takes(http, model, change):
    answer = http.post("/chat/completions", json={"model": model, "messages": HI, **change})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("model", "change", "status", "code", "param"), RESPONSES, ids=short)
def test_responses_refuse_what_the_model_does_not_take(http, model, change, status, code, param):
    asked = {"model": model, "input": "Hi", **change}
    answer = http.post("/responses", json=asked if asked["model"] else {**asked, "model": "gpt-4o"})
    assert refusal(answer) == (status, code, param)


def test_every_chat_model_has_a_family():
    known = [model for model in models().values() if model.kind in ("chat", "reasoning", "audio")]
    assert len(known) > 60
    assert all(model.can.takes or model.can.lacks or model.can.efforts for model in known)
    assert all(bool(model.can.efforts or model.can.effort) == model.reasons for model in known)


def test_an_alias_can_what_its_snapshot_can():
    assert models()["code.fast"].can == capabilities("gpt-4.1-mini-2025-04-14")


def test_a_model_of_no_family_is_a_plain_one():
    assert capabilities("org/some-model").context == 128_000


@pytest.mark.parametrize(
    ("model", "context", "mode", "retention"),
    [
        ("gpt-4o", None, None, "in_memory"),
        ("gpt-5-nano", "current_turn", "standard", "in_memory"),
        ("gpt-5.6-terra", "all_turns", "standard", "24h"),
    ],
)
def test_a_response_says_what_its_model_does_unless_told(http, model, context, mode, retention):
    body = http.post("/responses", json={"model": model, "input": "Hi"}).json()
    assert (body["reasoning"]["context"], body["reasoning"].get("mode")) == (context, mode)
    assert body["prompt_cache_retention"] == retention


@pytest.mark.parametrize(("model", "phase"), [("gpt-5.4", "final_answer"), ("gpt-5.1", None)])
def test_newer_models_name_the_phase_of_a_message(http, model, phase):
    output = http.post("/responses", json={"model": model, "input": "Hi"}).json()["output"]
    assert [item.get("phase") for item in output if item["type"] == "message"] == [phase]


@pytest.mark.parametrize(
    ("model", "shown"), [("gpt-4o", True), ("gpt-5-nano", False), ("gpt-4o-search-preview", False)]
)
@pytest.mark.parametrize("stream", [False, True])
def test_log_probabilities_are_named_only_by_models_that_have_them(http, model, shown, stream):
    asked = {"model": model, "messages": HI, "stream": stream}
    text = http.post("/chat/completions", json=asked).text
    assert ('"logprobs"' in text) is shown
    assert ('"service_tier"' in text) is ("search" not in model)


def test_a_stream_never_says_who_is_billed(http):
    asked = {"model": "gpt-4o", "input": "Hi"}
    assert "billing" in http.post("/responses", json=asked).json()
    assert "billing" not in http.post("/responses", json={**asked, "stream": True}).text


def test_embeddings_name_their_model_in_a_header(http):
    answer = http.post("/embeddings", json={"model": "text-embedding-3-small", "input": "Hi"})
    assert answer.headers["openai-model"] == answer.json()["model"]
