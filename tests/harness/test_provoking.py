"""Cases that are sent more than once: refusals that a profile provokes, and models that do not play along."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from slashv1.errors import UsageError
from slashv1.harness.connection import Connection
from slashv1.harness.embedded import gateway_profile, provoking
from slashv1.harness.plan import check_limits, make_plan
from slashv1.harness.provoking import armed
from slashv1.harness.run import execute
from slashv1.matrix import ExpectedError, Profile, Provocation, Reference, RequestTemplate, load_profile
from slashv1.record import Outcome
from tests.harness.raw_server import MODELS, raw_server, reply
from tests.harness.readings import a_case

RATE = replace(
    a_case(
        name="rate", messages=[], status=429, error=ExpectedError(("requests",), ("rate_limit_exceeded",))
    ),
    provoke="rate",
)
SPENT = {"message": "Slow down.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
TOOL = {"type": "function", "function": {"name": "f"}}
CALLING = replace(
    a_case(name="calling", tags=("tools",), messages=[], tools=[TOOL], max_tokens=8),
    cooperative=True,
    tries=3,
)


def profile(**how) -> Profile:
    return Profile("mine", provoke={"rate": Provocation(**how)})


def answering(*answers: bytes):
    """Models where they are asked for, else these answers in turn, the last for ever."""
    left = list(answers)

    def answer(got, *_):
        if got.path == "/v1/models":
            return reply(MODELS)
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def run(answer, case, profile, **options):
    with raw_server(answer) as server:
        connection = Connection(server.base_url, "sk-of-the-run", model="tiny-chat", **options)
        record = execute(make_plan((case,), profile), connection, profile)
    return record, server.asked("/v1/chat/completions")


def outcome(record, check: str) -> Outcome:
    (found,) = [result.outcome for result in record.results if result.check == check]
    return found


def completion(**message) -> bytes:
    said = {"role": "assistant", "content": "Hello.", "refusal": None, **message}
    choice = {"index": 0, "message": said, "finish_reason": "tool_calls" if "tool_calls" in said else "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    return reply({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": usage})


CALLED = completion(
    content=None,
    tool_calls=[{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
)


def test_without_a_word_in_the_profile_a_provocation_is_not_sent_and_inconclusive():
    record, asked = run(answering(completion()), RATE, Profile("mine"))
    assert asked == []
    assert {result.outcome for result in record.results} == {Outcome.INCONCLUSIVE}
    assert all(
        result.cause.startswith("profile mine does not say how it is provoked: `provoke: {rate:")
        for result in record.results
    )


def test_a_provocation_is_sent_with_its_own_key_and_headers():
    how = {"key": "sk-of-the-provocation", "headers": {"x-team": "red-team"}}
    record, asked = run(
        answering(reply({"error": SPENT}, 429)),
        RATE,
        profile(**how),
        headers=(("X-Team", "blue"), ("a", "b")),
    )
    (got,) = asked
    assert got.headers["authorization"] == "Bearer sk-of-the-provocation"
    assert (got.headers["x-team"], got.headers["a"]) == ("red-team", "b")
    assert outcome(record, "http.status") is Outcome.PASSED


def test_the_key_of_a_provocation_stands_in_no_record():
    told = {**SPENT, "message": "sk-of-the-provocation is spent"}
    record, _ = run(answering(reply({"error": told}, 429)), RATE, profile(key="sk-of-the-provocation"))
    assert "sk-of-the-provocation" not in json.dumps(record.to_json())
    assert outcome(record, "error.key-echo") is Outcome.WARNED


def test_a_users_own_authorization_does_not_replace_the_key_of_a_provocation():
    given = (("Authorization", "Bearer sk-of-a-header"),)
    _, asked = run(answering(reply({"error": SPENT}, 429)), RATE, profile(key="sk-other"), headers=given)
    assert [got.headers["authorization"] for got in asked] == ["Bearer sk-other"]


def test_a_provocation_is_repeated_until_it_works():
    refused = reply({"error": SPENT}, 429)
    record, asked = run(answering(completion(), completion(), refused), RATE, profile(requests=9))
    assert len(asked) == 3
    assert outcome(record, "http.status") is Outcome.PASSED
    assert any("a refusal not yet provoked): chat.completions.create/rate 3 times" in n for n in record.notes)


def test_a_provocation_that_never_works_fails_after_as_many_requests_as_it_names():
    record, asked = run(answering(completion()), RATE, profile(requests=4))
    assert len(asked) == 4
    assert outcome(record, "http.status") is Outcome.FAILED


def test_a_model_that_does_not_play_along_is_asked_again():
    record, asked = run(answering(completion(), CALLED), CALLING, Profile("mine"))
    assert len(asked) == 2
    assert outcome(record, "chat.tools.id") is Outcome.PASSED
    assert any("a model that did not play along" in n and "calling 2 times" in n for n in record.notes)


def test_a_model_that_never_plays_along_is_inconclusive_after_its_tries():
    record, asked = run(answering(completion()), CALLING, Profile("mine"))
    assert len(asked) == 3
    assert outcome(record, "chat.tools.id") is Outcome.INCONCLUSIVE
    assert record.request_count == 4


def test_a_model_that_plays_along_is_asked_once():
    assert len(run(answering(CALLED), CALLING, Profile("mine"))[1]) == 1


def test_what_was_refused_is_no_model_that_does_not_play_along():
    assert len(run(answering(reply({"error": SPENT}, 400)), CALLING, Profile("mine"))[1]) == 1


def test_no_try_goes_beyond_the_limit_on_requests():
    _, asked = run(answering(completion()), CALLING, Profile("mine"), max_requests=3)
    assert len(asked) == 2


def test_a_plan_tells_the_tries_apart_from_its_requests():
    plan = make_plan((RATE, CALLING), profile(requests=5))
    assert (plan.requests, plan.repeats) == (6, 2)
    assert plan.repeat_tokens == 2 * make_plan((CALLING,), Profile("mine")).max_tokens
    with pytest.raises(UsageError, match=f"up to {plan.max_tokens + plan.repeat_tokens} tokens"):
        check_limits(plan, max_tokens=plan.max_tokens)


def test_a_key_comes_from_the_environment():
    plan = make_plan((RATE,), profile(key_env="RATE_KEY"))
    held, connection = armed(plan, Connection("http://127.0.0.1:9/v1"), {"RATE_KEY": "sk-from-there"})
    assert held.provocations[RATE.id].key == "sk-from-there"
    assert "sk-from-there" in connection.secrets
    assert "sk-from-there" not in repr((held, connection))


def test_a_key_that_the_environment_lacks_is_told():
    plan = make_plan((RATE,), profile(key_env="RATE_KEY"))
    with pytest.raises(UsageError, match="environment variable RATE_KEY, which is not set"):
        armed(plan, Connection("http://127.0.0.1:9/v1"), {})


def test_what_the_embedded_gateway_is_provoked_by_gives_way_to_the_profile():
    assert provoking(Profile("mine")).provoke.keys() == {"rate", "quota"}
    mine = provoking(profile(key="sk-mine")).provoke
    assert (mine["rate"].key, mine["quota"].requests) == ("sk-mine", 1)


def test_what_holds_of_the_reference_gateway_alone_is_taken_for_it_alone():
    known = Reference({"balance": Provocation(key="sk-empty")}, {"hints_ref": "ah_1", "alias": "fast"})
    mine = Profile("mine", refs={"alias": "own"}, reference=known)
    assert (dict(mine.provoke), mine.refs) == ({}, {"alias": "own"})
    embedded = provoking(mine)
    assert embedded.provoke["balance"].key == "sk-empty"
    assert embedded.refs == {"hints_ref": "ah_1", "alias": "own"}


def test_the_embedded_gateway_shows_the_profile_that_is_judged():
    assert gateway_profile(load_profile("zumik")) == "zumik"
    assert gateway_profile(load_profile("openai")) == gateway_profile(load_profile("pragmatic")) == "openai"


STORED = replace(
    a_case(name="stored", messages=[]),
    request=RequestTemplate(
        "POST", "/v1/chat/completions", headers={"Agent-Hints-Ref": "${hints_ref}"}, json={}
    ),
)


def test_a_reference_that_the_profile_does_not_name_is_not_sent_and_inconclusive():
    record, asked = run(answering(completion()), STORED, Profile("mine"))
    assert asked == []
    assert {result.outcome for result in record.results} == {Outcome.INCONCLUSIVE}
    assert record.results[0].cause == (
        "profile mine does not say what is stored: `refs: {hints_ref: …}` names it"
    )


def test_a_reference_that_the_profile_names_is_sent():
    _, (got,) = run(answering(completion()), STORED, Profile("mine", refs={"hints_ref": "ah_1"}))
    assert got.headers["agent-hints-ref"] == "ah_1"


NONCE = replace(
    a_case(name="nonce", messages=[]),
    request=RequestTemplate("POST", "/v1/chat/completions", json={"user": "${nonce}-a", "n": "${nonce}"}),
)


def test_a_nonce_is_one_text_in_a_run_and_another_in_the_next():
    said = [json.loads(run(answering(completion()), NONCE, Profile("mine"))[1][0].body) for _ in range(2)]
    assert all(one["user"] == f"{one['n']}-a" for one in said)
    assert said[0]["n"] != said[1]["n"]


FIRST = a_case(name="first", messages=[])
AFTER = replace(
    a_case(name="after", messages=[], after=(FIRST.id,)),
    request=RequestTemplate("GET", "/v2/usage", {"trace_id": f"${{{FIRST.id}@agent-trace-id}}"}),
)


def test_a_header_of_an_earlier_answer_is_put_in():
    head = completion().replace(b"\r\n", b"\r\nAgent-Trace-Id: trc_9\r\n", 1)

    def answer(got, *_):
        return reply(MODELS) if got.path == "/v1/models" else head

    with raw_server(answer) as server:
        connection = Connection(server.base_url, "sk-of-the-run", model="tiny-chat")
        execute(make_plan((FIRST, AFTER), Profile("mine")), connection, Profile("mine"))
        assert [got.path for got in server.asked("/v2/usage")] == ["/v2/usage?trace_id=trc_9"]


def test_a_header_that_the_earlier_answer_lacks_leaves_the_case_out():
    with raw_server(answering(completion())) as server:
        connection = Connection(server.base_url, "sk-of-the-run", model="tiny-chat")
        record = execute(make_plan((FIRST, AFTER), Profile("mine")), connection, Profile("mine"))
    said = {result.cause for result in record.results if result.case == "after"}
    assert said == {f"the answer of step {FIRST.id} has no header agent-trace-id"}
