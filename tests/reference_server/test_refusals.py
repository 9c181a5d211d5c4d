"""What the gateway refuses, and with which status, code and param."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from openai import OpenAI

from slashv1.reference_server import provocations
from tests.reference_server.conftest import KEY

HI = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
OPEN_SCHEMA = {"type": "object", "properties": {}}
STRICT = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": OPEN_SCHEMA}}
PARAMETERS = "tools[0].function.parameters"


def with_parameters(schema: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "parameters": schema}}


NAMED = {"type": "json_schema", "name": "x"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
LOOSE = {"strict": True, "schema": OPEN_SCHEMA}
CHAT_PARTS = [{"type": "text", "text": "Hi"}]
CHAT: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"model": None}, 400, None, None),
    ({"model": "nope"}, 404, "model_not_found", None),
    ({"model": "davinci-002"}, 404, None, "model"),
    ({"model": 5}, 400, "invalid_type", "model"),
    ({"messages": []}, 400, "empty_array", "messages"),
    ({"messages": "Hi"}, 400, "invalid_type", "messages"),
    ({"messages": ["Hi"]}, 400, "invalid_type", "messages[0]"),
    ({"messages": [{"content": "Hi"}]}, 400, "missing_required_parameter", "messages[0].role"),
    ({"messages": [{"role": "owner", "content": "Hi"}]}, 400, "invalid_value", "messages[0].role"),
    ({"messages": [{"role": "user"}]}, 400, "missing_required_parameter", "messages[0].content"),
    ({"messages": [{"role": "user", "content": 5}]}, 400, "invalid_type", "messages[0].content"),
    ({"messages": [{"role": "user", "content": None}]}, 400, "invalid_type", "messages[0].content"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, 400, None, "messages.[0].role"),
    ({"temperature": 3}, 400, "decimal_above_max_value", "temperature"),
    ({"temperature": -1}, 400, "decimal_below_min_value", "temperature"),
    ({"temperature": "hot"}, 400, "invalid_type", "temperature"),
    ({"temperature": True}, 400, "invalid_type", "temperature"),
    ({"n": 0}, 400, "integer_below_min_value", "n"),
    ({"n": 129}, 400, "integer_above_max_value", "n"),
    ({"n": 1.5}, 400, "invalid_type", "n"),
    ({"max_tokens": 0}, 400, "integer_below_min_value", "max_tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 5}, 400, "invalid_parameter_combination", "max_tokens"),
    ({"stop": 5}, 400, "invalid_type", "stop"),
    ({"stop": ["a"] * 5}, 400, "array_above_max_length", "stop"),
    ({"stream": "yes"}, 400, "invalid_type", "stream"),
    ({"stream_options": {"include_usage": True}}, 400, None, "stream_options"),
    ({"stream": True, "stream_options": {"x": 1}}, 400, "unknown_parameter", "stream_options.x"),
    ({"top_logprobs": 2}, 400, None, "top_logprobs"),
    ({"tool_choice": "sometimes", "tools": [TOOL]}, 400, "invalid_value", "tool_choice"),
    ({"tool_choice": "required"}, 400, None, "tool_choice"),
    ({"parallel_tool_calls": True}, 400, None, "parallel_tool_calls"),
    ({"tools": [{"type": "function"}]}, 400, "missing_required_parameter", "tools[0].function"),
    ({"tools": [{"type": "magic"}]}, 400, "invalid_value", "tools[0].type"),
    ({"response_format": {"type": "xml"}}, 400, "invalid_value", "response_format.type"),
    ({"response_format": "json"}, 400, "invalid_type", "response_format"),
    ({"response_format": {"type": "json_object"}}, 400, None, "messages"),
    ({"response_format": STRICT}, 400, None, "response_format"),
    (
        {"metadata": {str(i): "x" for i in range(17)}, "store": True},
        400,
        "object_above_max_properties",
        "metadata",
    ),
    ({"tools": [with_parameters({"type": "car"})]}, 400, "invalid_function_parameters", PARAMETERS),
    ({"tools": [with_parameters({"properties": 5})]}, 400, "invalid_function_parameters", PARAMETERS),
    ({"tools": [with_parameters({"anyOf": []})]}, 400, "invalid_function_parameters", PARAMETERS),
    ({"metadata": {"a": "x" * 513}, "store": True}, 400, "string_above_max_length", "metadata.a"),
    ({"logit_bias": {"5": 200}}, 400, None, "logit_bias"),
    ({"guided_json": {}}, 400, None, None),
]
RESPONSES: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"model": "nope"}, 400, "model_not_found", "model"),
    ({"input": 5}, 400, "invalid_type", "input"),
    ({"input": None}, 400, "missing_required_parameter", "input"),
    ({"input": [{"role": "user", "content": CHAT_PARTS}]}, 400, "invalid_value", "input[0].content[0].type"),
    ({"input": [{"role": "owner", "content": "x"}]}, 400, "invalid_value", "input[0].role"),
    ({"messages": HI}, 400, "unsupported_parameter", None),
    ({"mesages": HI}, 400, "unknown_parameter", "mesages"),
    ({"temperature": 2.5}, 400, "decimal_above_max_value", "temperature"),
    ({"max_output_tokens": 15}, 400, "integer_below_min_value", "max_output_tokens"),
    ({"include": ["everything"]}, 400, "invalid_value", "include[0]"),
    ({"truncation": "some"}, 400, "invalid_value", "truncation"),
    ({"reasoning": {"effort": "low"}}, 400, "unsupported_parameter", "reasoning.effort"),
    ({"text": {"format": NAMED}}, 400, "missing_required_parameter", "text.format.schema"),
    ({"text": {"format": NAMED | LOOSE}}, 400, "invalid_json_schema", "text.format.schema"),
    ({"input": [OUTPUT]}, 400, None, "input"),
    ({"input": [CALL]}, 400, None, "input"),
    ({"input": [CALL, OUTPUT, {**OUTPUT, "call_id": "call_2"}]}, 400, None, "input"),
    ({"input": "a " * 140_000, "model": "gpt-4o"}, 400, "context_length_exceeded", "input"),
]
TAKEN: list[dict[str, Any]] = [
    {"input": [CALL, OUTPUT]},
    {"input": [OUTPUT, CALL]},
    {"input": [{"type": "item_reference", "id": "fc_1"}, OUTPUT]},
    {"input": "a " * 140_000, "model": "gpt-4o", "truncation": "auto"},
    {"input": "a " * 140_000, "model": "gpt-4.1"},
]


@pytest.mark.parametrize(("change", "status", "code", "param"), CHAT, ids=lambda v: json.dumps(v)[:60])
def test_chat_refuses(http, change, status, code, param):
    answer = http.post("/chat/completions", json={"model": "gpt-4o-mini", "messages": HI, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["type"] == "invalid_request_error"
    assert list(error) == ["message", "type", "param", "code"]


@pytest.mark.parametrize(("change", "status", "code", "param"), RESPONSES, ids=lambda v: json.dumps(v)[:60])
def test_responses_refuse(http, change, status, code, param):
    answer = http.post("/responses", json={"model": "gpt-4o-mini", "input": "Hi", **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


@pytest.mark.parametrize("change", TAKEN, ids=lambda v: json.dumps(v)[:60])
def test_responses_take(http, change):
    answer = http.post("/responses", json={"model": "gpt-4o-mini", "input": "Hi", **change})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("cause", "kind", "code", "wait"),
    [
        ("rate", "requests", "rate_limit_exceeded", "1"),
        ("quota", "insufficient_quota", "insufficient_quota", None),
    ],
)
def test_a_key_whose_allowance_is_used_up_is_a_429(http, cause, kind, code, wait):
    key = {"authorization": f"Bearer {provocations()[cause]['key']}"}
    answer = http.post("/chat/completions", json={"model": "gpt-4o-mini", "messages": HI}, headers=key)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"], error["param"]) == (429, kind, code, None)
    assert answer.headers.get("retry-after") == wait
    assert answer.headers.get("x-ratelimit-remaining-requests") == ("0" if wait else None)


def test_fault_of_the_gateway_is_an_envelope_without_a_trace(http, monkeypatch, caplog):
    monkeypatch.setattr("slashv1.reference_server.chat.answer", lambda ask: 1 / 0)
    answer = http.post("/chat/completions", json={"model": "gpt-4o-mini", "messages": HI})
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert "division" not in answer.text


def test_refused_stream_is_plain_json(http):
    answer = http.post("/chat/completions", json={"model": "nope", "messages": HI, "stream": True})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("sk-a", True),
        ("zk_live_a", True),
        ("sk-invalid", False),
        ("zk_live_invalid", False),
        ("other-key-entirely", False),
    ],
)
def test_keys_are_good_by_their_beginning(base_url, key, good):
    with OpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
        if good:
            assert client.models.list().data
            return
        with pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
    assert caught.value.code == "invalid_api_key"
    assert key not in str(caught.value)


@pytest.mark.parametrize("header", [None, "", "Bearer", f"Basic {KEY}", KEY])
def test_no_bearer_key_is_a_401(http, header):
    request = http.build_request("GET", "/models")
    del request.headers["authorization"]
    if header is not None:
        request.headers["authorization"] = header
    answer = http.send(request)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"model": NaN}',
        b'{"model": "\\ud800"}',
        b'{"model": "\xff"}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/embeddings"])
def test_body_that_is_no_json_object_is_a_400(http, path, body):
    answer = http.post(path, content=body, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, None, None)


def test_other_media_type_is_refused(http):
    answer = http.post("/chat/completions", content=b"model=gpt-4o", headers={"content-type": "text/plain"})
    assert answer.status_code == 400
    assert "text/plain" in answer.json()["error"]["message"]


def test_body_too_large_is_refused_before_it_is_read(base_url):
    place = urlsplit(base_url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
        raw.sendall(b"POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        head = raw.recv(65536)
    assert head.startswith(b"HTTP/1.1 413 ")


def test_body_too_large_is_an_envelope(http, monkeypatch):
    monkeypatch.setattr("slashv1.reference_server.intake.MAX_BODY", 100)
    answer = http.post("/responses", json={"model": "gpt-4o", "input": "x" * 100})
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "path", ["/nope", "/chat", "/chat/completions/x/y", "/../etc/passwd", "/responses/a/b"]
)
def test_unknown_route_is_an_envelope(http, path):
    answer = http.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("Invalid URL (GET ")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/chat/completions"), ("PUT", "/responses"), ("POST", "/models"), ("OPTIONS", "/models")],
)
def test_wrong_method_is_an_envelope(http, method, path):
    answer = http.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_supported"


def test_head_is_answered_without_a_body(http):
    answer = http.head("/models")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("identifier", ["resp_x", "../models", "'; DROP TABLE responses; --", "%00", "ü"])
def test_strange_response_ids_are_not_found(http, identifier):
    answer = http.get(f"/responses/{identifier.replace('/', '%2F')}")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"
