"""The header families of each kind of answer."""

from __future__ import annotations

import re

HI = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}


def test_every_answer_has_a_request_id_of_its_own(http):
    ids = [http.get(path).headers["x-request-id"] for path in ("/models", "/models", "/nope", "/responses/x")]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", name) for name in ids)


def test_chat_tells_rate_limits(http):
    headers = http.post("/chat/completions", json=HI).headers
    for kind in ("requests", "tokens"):
        assert int(headers[f"x-ratelimit-remaining-{kind}"]) < int(headers[f"x-ratelimit-limit-{kind}"])
        assert re.fullmatch(r"(\d+ms|\d+s)", headers[f"x-ratelimit-reset-{kind}"])
    assert headers["openai-version"] == "2020-10-01"
    assert int(headers["openai-processing-ms"]) > 0


def test_stream_is_an_event_stream_without_length(http):
    headers = http.post("/chat/completions", json={**HI, "stream": True}).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "content-length" not in headers


def test_refused_key_differs_by_operation_as_genuine(http):
    bad = {"authorization": "Bearer sk-invalid"}
    chat = http.post("/chat/completions", json=HI, headers=bad).headers
    responses = http.post("/responses", json={}, headers=bad).headers
    assert chat["content-type"] == "application/json; charset=utf-8"
    assert "www-authenticate" not in chat
    assert responses["content-type"] == "application/json"
    assert responses["www-authenticate"].startswith("Bearer")


def test_error_bodies_are_indented(http):
    assert http.get("/nope").text.startswith('{\n  "error": {\n    "message"')
