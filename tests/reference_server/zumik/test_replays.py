"""Idempotency: what is run once, what is given again, and to whom."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from slashv1.harness.embedded import embedded_gateway
from tests.reference_server.zumik.conftest import PONG, Ask


@pytest.fixture
def once() -> dict[str, str]:
    return {"Agent-Idempotency-Key": secrets.token_hex(8)}


@pytest.mark.parametrize("stream", [False, True])
def test_the_same_request_is_answered_with_the_same_bytes(
    ask: Ask, once: dict[str, str], stream: bool
) -> None:
    first, again = ask(once, stream=stream), ask(once, stream=stream)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert [a.headers["agent-idempotent-replay"] for a in (first, again)] == ["false", "true"]
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert first.headers["agent-trace-id"] != again.headers["agent-trace-id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("audio/speech", {"model": "tts-1", "input": "Hi.", "voice": "alloy"}),
        (
            "audio/speech",
            {"model": "gpt-4o-mini-tts", "input": "Hi.", "voice": "alloy", "stream_format": "sse"},
        ),
        ("images/generations", {"model": "gpt-image-1", "prompt": "a dot"}),
    ],
)
def test_sound_and_pictures_are_given_again_to_the_byte(
    zumik_url: str, once: dict[str, str], path: str, body: dict[str, str]
) -> None:
    headers = {"authorization": "Bearer zk_live_slashv1_plain", **once}
    first, again = (httpx.post(f"{zumik_url}/{path}", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["agent-idempotent-replay"] == "true"


def test_json_that_is_written_otherwise_is_the_same_request(zumik_url: str, once: dict[str, str]) -> None:
    headers = {"authorization": "Bearer zk_live_slashv1_plain", "content-type": "application/json", **once}
    url = f"{zumik_url}/embeddings"
    texts = [
        '{"model": "text-embedding-3-small", "input": "a"}',
        '{"input":"a","model":"text-embedding-3-small"}',
    ]
    first, again = (httpx.post(url, content=text, headers=headers) for text in texts)
    assert again.headers["agent-idempotent-replay"] == "true"
    assert first.json() == again.json()


def test_a_replay_is_not_charged(ask: Ask, once: dict[str, str], zumik_url: str) -> None:
    traces = [ask(once).headers["agent-trace-id"] for _ in range(2)]
    bearer = {"authorization": "Bearer zk_live_slashv1_plain"}
    url = zumik_url.replace("/v1", "/v2/usage/")
    first, again = (httpx.get(url + trace, headers=bearer).json() for trace in traces)
    assert (first["charged_usd"] > 0, again["charged_usd"]) == (True, 0)
    assert again["replay_of"] == first["trace_id"]


def test_the_same_key_with_another_request_is_refused(ask: Ask, once: dict[str, str]) -> None:
    first = ask(once)
    for other in ({"max_tokens": 5}, {"stream": True}, {"path": "/embeddings"}):
        answer = ask(once, **other)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert ask(once).content == first.content


def test_a_key_belongs_to_its_bearer(ask: Ask, once: dict[str, str]) -> None:
    mine, other = ask(once), ask(once, key="stranger")
    assert other.headers["agent-idempotent-replay"] == "false"
    assert other.json()["id"] != mine.json()["id"]


def test_a_refused_request_is_asked_again(ask: Ask, once: dict[str, str]) -> None:
    assert ask(once, messages=[]).status_code == 400
    assert ask({**once, "Agent-Hints-Ref": "ah_slashv1_hurried"}).status_code == 504
    answer = ask(once)
    assert (answer.status_code, answer.headers["agent-idempotent-replay"]) == (200, "false")


def test_requests_at_the_same_time_run_once(ask: Ask, once: dict[str, str], zumik_url: str) -> None:
    headers = {"authorization": "Bearer zk_live_slashv1_plain", **once}
    body = {"model": "code.fast", "messages": PONG}

    def send(_: int) -> httpx.Response:
        return httpx.post(f"{zumik_url}/chat/completions", json=body, headers=headers)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert len({answer.content for answer in answers}) == 1
    assert sorted(a.headers["agent-idempotent-replay"] for a in answers) == ["false"] + ["true"] * 7


def test_a_get_is_asked_each_time(zumik_url: str, once: dict[str, str]) -> None:
    headers = {"authorization": "Bearer zk_live_slashv1_plain", **once}
    for path in ("/models", "/models/code.fast"):
        answer = httpx.get(zumik_url + path, headers=headers)
        assert answer.status_code == 200
        assert "agent-idempotent-replay" not in answer.headers


def test_what_was_kept_and_spent_survives_a_restart(tmp_path: Path, once: dict[str, str]) -> None:
    state = tmp_path / "state.yaml"
    state.write_text(
        "keys: {zk_live_house: {budget: 0.000001}}\naliases: {fast: {release: gpt-4o-2024-08-06}}\n"
    )
    body = {"model": "fast", "messages": PONG}
    headers = {"authorization": "Bearer zk_live_house", **once}
    said = {"profile": "zumik", "state": str(state), "db": str(tmp_path / "kept.db")}
    with embedded_gateway(**said) as url:
        first = httpx.post(f"{url}/chat/completions", json=body, headers=headers)
    with embedded_gateway(**said) as url:
        again = httpx.post(f"{url}/chat/completions", json=body, headers=headers)
        fresh = httpx.post(
            f"{url}/chat/completions", json=body, headers={**headers, "Agent-Idempotency-Key": "n"}
        )
        usage = httpx.get(url.replace("/v1", "/v2/usage/") + first.headers["agent-trace-id"], headers=headers)
    assert (again.content, again.headers["agent-idempotent-replay"]) == (first.content, "true")
    assert fresh.json()["error"]["code"] == "quota_exceeded"
    assert usage.json()["model"] == "fast"


def test_a_rate_lets_so_many_through_and_again_later(tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    state.write_text("keys: {zk_live_house: {rate: {requests: 2, seconds: 1}}}\n")
    headers = {"authorization": "Bearer zk_live_house"}
    with embedded_gateway(profile="zumik", state=str(state)) as url:
        given = [httpx.get(f"{url}/models", headers=headers).status_code for _ in range(3)]
        time.sleep(1.1)
        given.append(httpx.get(f"{url}/models", headers=headers).status_code)
    assert given == [200, 200, 429, 200]
