"""What a client of the gateway with signals sees: headers, refusals, traces, aliases, cached tokens."""

from __future__ import annotations

import base64
import json
import re
import secrets

import httpx
import pytest

from slashv1.harness.embedded import embedded_gateway
from slashv1.spec import header_grammar
from tests.reference_server.zumik.conftest import Ask


def inline(value: object) -> dict[str, str]:
    return {"Agent-Hints": base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")}


def signals(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("agent-")}


def test_a_request_without_signals_is_answered_with_those_that_are_always_due(ask: Ask) -> None:
    given = signals(ask())
    assert given.keys() >= {"agent-trace-id", "agent-execution-profile", "agent-resolved-provider"}
    assert (given["agent-region"], given["agent-qos-admission"]) == ("us-east-1", "admitted")
    assert not given.keys() & {"agent-idempotent-replay", "agent-hints-honored", "agent-qos-target-met"}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["code.fast", "no-such-model"])
def test_every_header_has_its_grammar_on_success_stream_and_error(ask: Ask, stream: bool, model: str) -> None:
    sent = {
        "Agent-Session-Ref": "ses_slashv1_demo",
        "Agent-Trace-Mode": "tokenized",
        "Agent-Idempotency-Key": secrets.token_hex(8),
    }
    answer = ask(sent, model=model, stream=stream)
    rules = header_grammar()
    wrong = [n for n, v in signals(answer).items() if n in rules and not re.fullmatch(rules[n].pattern, v)]
    assert wrong == []
    assert signals(answer)["agent-hints-honored"] == "qos,reuse"
    assert answer.is_success is (model == "code.fast")


def test_a_body_is_the_same_but_for_ids_with_signals_and_without(ask: Ask) -> None:
    hints = {"Agent-Hints-Ref": "ah_slashv1_patient", "Agent-Trace-Mode": "metadata"}
    plain, signalled = ask(key="stranger").json(), ask(hints, key="stranger").json()
    for body in (plain, signalled):
        del body["id"], body["created"], body["usage"]["prompt_tokens_details"]
    assert plain == signalled


REFUSED = [
    ({"Agent-Hints-Ref": "ah_no_such_thing"}, 404, "reference_not_found"),
    ({"Agent-Hints-Ref": "hints"}, 400, "invalid_value"),
    ({"Agent-Session-Ref": "ses_no_such_thing"}, 404, "reference_not_found"),
    ({"Agent-Session-Ref": "ah_slashv1_patient"}, 400, "invalid_value"),
    ({"Agent-Trace-Mode": "everything"}, 400, "invalid_value"),
    ({"Agent-Trace-Mode": "Metadata"}, 400, "invalid_value"),
    ({"Agent-Hints": "{}"}, 400, "invalid_value"),
    ({"Agent-Hints": "abcde"}, 400, "invalid_value"),
    ({"Agent-Hints": base64.urlsafe_b64encode(b"{not json").decode()}, 400, "invalid_value"),
    (
        {"Agent-Hints": base64.b64encode(b'{"qos":{"a":"\xc3\xbf\xc3\xbf>?>"}}').decode()},
        400,
        "invalid_value",
    ),
    (inline([1]), 400, "invalid_value"),
    (inline({"qos": 5}), 400, "invalid_value"),
    (inline({"qos": {"deadline_ms": 0}}), 400, "invalid_value"),
    (inline({"qos": {"deadline_ms": 1.5}}), 400, "invalid_value"),
    (inline({"reuse": {"prefix": "yes"}}), 400, "invalid_value"),
    ({"Agent-Idempotency-Key": "x" * 256}, 400, "invalid_value"),
]


@pytest.mark.parametrize(("headers", "status", "code"), REFUSED)
def test_a_bad_signal_is_refused_with_the_envelope(
    ask: Ask, headers: dict[str, str], status: int, code: str
) -> None:
    answer = ask(headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, next(iter(headers)))
    assert error.keys() == {"message", "type", "param", "code"}


CAUSES = [
    ("no_credits", 402, "credits_required"),
    ("blocked_region", 403, "region_not_allowed"),
    ("budget_spent", 429, "quota_exceeded"),
    ("rate_reached", 429, "rate_limit_exceeded"),
]


@pytest.mark.parametrize(("key", "status", "code"), CAUSES)
def test_a_key_of_the_default_state_is_refused_for_its_cause(
    ask: Ask, key: str, status: int, code: str
) -> None:
    answer = ask(key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ("retry-after" in answer.headers) is (key == "rate_reached")


def test_a_deadline_that_passes_is_answered_504_and_not_charged(ask: Ask, zumik_url: str) -> None:
    for sent in ({"Agent-Hints-Ref": "ah_slashv1_hurried"}, inline({"qos": {"deadline_ms": 2}})):
        answer = ask(sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline_exceeded")
        assert answer.headers["agent-qos-target-met"] == "false"
        assert record(zumik_url, answer.headers["agent-trace-id"])["charged_usd"] == 0


def test_a_deadline_that_is_kept_is_told(ask: Ask) -> None:
    answer = ask(inline({"qos": {"deadline_ms": 30_000}, "safety": {"intent": "x"}}))
    assert answer.headers["agent-qos-target-met"] == "true"
    assert answer.headers["agent-hints-honored"] == "qos"


def test_the_hints_of_one_request_take_the_place_of_the_stored_ones(ask: Ask) -> None:
    stored = {"Agent-Hints-Ref": "ah_slashv1_hurried"}
    assert ask({**stored, **inline({"qos": {"deadline_ms": 30_000}})}).status_code == 200


def test_hints_route_to_a_region_that_the_policy_allows_alone(ask: Ask) -> None:
    assert ask(inline({"routing": {"region": "eu-west-1"}})).headers["agent-region"] == "eu-west-1"
    assert ask(inline({"routing": {"region": "xx"}})).json()["error"]["code"] == "region_not_allowed"


def record(base_url: str, trace: str, key: str = "zk_live_slashv1_plain") -> dict:
    url = base_url.removesuffix("/v1") + "/v2/usage"
    bearer = {"authorization": f"Bearer {key}"}
    return httpx.get(url, params={"trace_id": trace}, headers=bearer).json()


@pytest.mark.parametrize("stream", [False, True])
def test_a_trace_is_found_by_its_id_with_what_was_used(ask: Ask, zumik_url: str, stream: bool) -> None:
    answer = ask({"Agent-Session-Ref": "ses_slashv1_demo"}, stream=stream)
    found = record(zumik_url, answer.headers["agent-trace-id"])
    assert (found["model"], found["release"]) == ("code.fast", "gpt-4.1-mini-2025-04-14")
    assert (found["session"], found["status"]) == ("ses_slashv1_demo", 200)
    assert found["input_tokens"] > 0 < found["output_tokens"]
    assert found["charged_usd"] > 0


def test_a_trace_is_shown_to_its_own_key_alone(ask: Ask, zumik_url: str) -> None:
    trace = ask().headers["agent-trace-id"]
    assert record(zumik_url, trace, "zk_live_slashv1_stranger")["error"]["code"] == "trace_not_found"
    assert record(zumik_url, trace, "nobody")["error"]["code"] == "invalid_api_key"
    assert record(zumik_url, trace)["trace_id"] == trace


def test_usage_without_a_trace_id_lists_the_newest_of_the_key(ask: Ask, zumik_url: str) -> None:
    trace = ask(key="stranger").headers["agent-trace-id"]
    url, bearer = zumik_url.replace("/v1", "/v2/usage"), {"authorization": "Bearer zk_live_slashv1_stranger"}
    assert httpx.get(url, headers=bearer).json()["data"][0]["trace_id"] == trace
    assert httpx.post(url, headers=bearer).status_code == 405


@pytest.mark.parametrize("alias", ["code.fast", "code.balanced", "auto.balanced"])
def test_an_alias_resolves_to_a_release_and_is_echoed(ask: Ask, alias: str) -> None:
    answer = ask(model=alias)
    assert answer.json()["model"] == alias
    assert re.fullmatch(r".+-\d{4}-\d{2}-\d{2}", answer.headers["agent-resolved-release"])
    assert answer.headers["agent-resolved-provider"] == "openai"


def test_a_model_echoes_the_request_in_chunks_and_stored_responses_too(ask: Ask, zumik_url: str) -> None:
    assert '"model":"gpt-4o-mini"' in ask(model="gpt-4o-mini", stream=True).text
    made = ask(path="/responses", model="code.fast", input="Hello.", messages=None)
    assert made.status_code == 400  # messages are none of its parameters
    bearer = {"authorization": "Bearer zk_live_slashv1_plain"}
    said = {"model": "code.fast", "input": "Hello."}
    with httpx.Client(base_url=zumik_url, headers=bearer) as client:
        made = client.post("/responses", json=said)
        again = client.get(f"/responses/{made.json()['id']}")
    assert (made.json()["model"], again.json()) == ("code.fast", made.json())


def test_the_aliases_are_listed_and_retrieved_as_models(zumik_url: str) -> None:
    bearer = {"authorization": "Bearer zk_live_slashv1_plain"}
    with httpx.Client(base_url=zumik_url, headers=bearer) as client:
        listed = client.get("/models").json()["data"]
        one = client.get("/models/code.fast").json()
    assert one in listed
    assert one.keys() == {"id", "object", "created", "owned_by"}


def test_ids_of_chat_completions_are_the_gateways_own(ask: Ask) -> None:
    assert re.fullmatch(r"chatcmpl-rsp_\w+", ask().json()["id"])
    assert re.search(r'"id":"chatcmpl-rsp_\w+"', ask(stream=True).text)


def test_a_prefix_that_is_sent_again_shows_as_cached(ask: Ask) -> None:
    words = " ".join(secrets.token_hex(3) for _ in range(40))

    def cached(end: str, **more) -> int:
        body = ask(messages=[{"role": "user", "content": f"{words} {end}"}], **more).json()
        return body["usage"]["prompt_tokens_details"]["cached_tokens"]

    assert cached("Say one.") == 0
    assert cached("Tell two.") > 40
    assert cached("Say one.", key="stranger") == 0
    assert cached("Say one.", headers=inline({"reuse": {"prefix": False}})) == 0


def test_empty_messages_have_no_code(ask: Ask) -> None:
    answer = ask(messages=[])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, None)


def test_openai_itself_knows_nothing_of_it() -> None:
    with embedded_gateway() as url:
        bearer = {"authorization": "Bearer zk_live_slashv1_plain", "Agent-Trace-Mode": "x"}
        answer = httpx.get(f"{url}/models", headers=bearer)
        assert answer.status_code == 200
        assert signals(answer) == {}
        assert httpx.get(url.replace("/v1", "/v2/usage"), headers=bearer).status_code == 404


def test_a_page_may_read_every_signal_of_its_answer(ask: Ask) -> None:
    page = {"origin": "https://app.example"}
    again = {**page, "Agent-Idempotency-Key": secrets.token_hex(8)}
    refused = {**page, "Agent-Trace-Mode": "loud"}
    for answer in (ask(page), ask(page, stream=True), ask(again), ask(again), ask(refused)):
        exposed = answer.headers.get_list("access-control-expose-headers", split_commas=True)
        assert {name.strip().lower() for name in exposed} == {"x-request-id", *signals(answer)}
    assert "access-control-expose-headers" not in ask().headers
