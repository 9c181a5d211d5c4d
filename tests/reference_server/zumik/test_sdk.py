"""The official client through the gateway with header signals: only base URL, key and headers differ."""

from __future__ import annotations

import base64
import secrets

import openai
import pytest
from openai import OpenAI

from tests.reference_server.zumik.conftest import PONG


def client(base_url: str, key: str = "plain") -> OpenAI:
    return OpenAI(base_url=base_url, api_key=f"zk_live_slashv1_{key}", max_retries=0)


def test_a_plain_request_is_read_as_openais(zumik_url: str) -> None:
    with client(zumik_url) as sdk:
        said = sdk.chat.completions.create(model="code.fast", messages=PONG)
        chunks = list(sdk.chat.completions.create(model="auto.balanced", messages=PONG, stream=True))
    assert (said.choices[0].message.content, said.model) == ("pong", "code.fast")
    assert said.model_extra == {}
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "pong"


def test_signals_are_read_off_a_raw_response_and_a_retry_is_replayed(zumik_url: str) -> None:
    headers = {"Agent-Session-Ref": "ses_slashv1_demo", "Agent-Idempotency-Key": secrets.token_hex(8)}
    with client(zumik_url) as sdk:
        create = sdk.responses.with_raw_response.create
        first, again = (create(model="code.fast", input="Hi.", extra_headers=headers) for _ in range(2))
        assert first.parse().id == again.parse().id
        assert sdk.responses.retrieve(first.parse().id).model == "code.fast"
    assert first.headers["agent-hints-honored"] == "qos,reuse"
    assert [r.headers["agent-idempotent-replay"] for r in (first, again)] == ["false", "true"]


CAUSES = [
    ("budget_spent", openai.RateLimitError, "quota_exceeded"),
    ("rate_reached", openai.RateLimitError, "rate_limit_exceeded"),
    ("blocked_region", openai.PermissionDeniedError, "region_not_allowed"),
    ("no_credits", openai.APIStatusError, "credits_required"),
]


@pytest.mark.parametrize(("key", "kind", "code"), CAUSES)
def test_each_refusal_is_the_clients_own_exception(
    zumik_url: str, key: str, kind: type[openai.APIStatusError], code: str
) -> None:
    with client(zumik_url, key) as sdk, pytest.raises(kind) as caught:
        sdk.chat.completions.create(model="code.fast", messages=PONG)
    assert caught.value.code == code


def test_a_missed_deadline_is_a_servers_error(zumik_url: str) -> None:
    hints = {"Agent-Hints": base64.urlsafe_b64encode(b'{"qos":{"deadline_ms":1}}').decode()}
    with client(zumik_url) as sdk, pytest.raises(openai.InternalServerError) as caught:
        sdk.chat.completions.create(model="code.fast", messages=PONG, extra_headers=hints)
    assert caught.value.status_code == 504
