"""Searching a target: what is found is shrunk, the cap holds, and the seed repeats it."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest

from slashv1.harness.connection import Connection
from slashv1.harness.fuzz import capture
from slashv1.harness.fuzz.plan import Half, plan_fuzz, shares, spread
from slashv1.harness.plan import make_plan
from slashv1.harness.run import execute
from slashv1.record import Outcome
from tests.harness.chat_answers import completion
from tests.harness.fuzz.target import (
    ACCEPTED,
    ANSWER,
    CRASH,
    PROFILE,
    REFUSAL,
    REFUSED,
    bodies,
    fuzz,
    results,
    target,
)
from tests.harness.raw_server import raw_server, reply
from tests.harness.readings import a_case

PLAINEST = {
    "model": "tiny-chat",
    "messages": [{"content": "", "role": "user"}],
    "max_tokens": 1,
    "store": False,
}


def texts(asked: dict[str, Any]) -> str:
    return json.dumps(asked, ensure_ascii=False)


def crash_on(wanted: str) -> Any:
    return lambda asked: reply(b"<html>oops</html>", 500, "text/html") if wanted in texts(asked) else None


def test_the_request_of_a_finding_is_the_least_that_fails() -> None:
    with target(crash_on("é")) as server:
        run = fuzz(server, CRASH, REFUSAL, requests=200)
    result = results(run)["fuzz-valid-crash"]
    assert result.outcome is Outcome.FAILED
    (wire,) = run.wires
    least = {**PLAINEST, "messages": [{"content": "é", "role": "user"}]}
    assert json.loads(wire.request_body or "") == least
    assert wire.status == 500
    assert "/v1/chat/completions" in wire.curl
    (finding,) = result.findings
    assert finding.message.startswith("answered 500 to a valid request: POST /v1/chat/completions, {")
    assert '"\\u00e9"' in finding.message
    assert run.exit_code == 1


def test_each_kind_of_mistake_that_is_accepted_is_reported_once() -> None:
    def lax(asked: dict[str, Any]) -> bytes | None:
        good = asked.get("messages") and "no_such_key" not in asked
        return None if good or "messages" not in asked else reply(completion())

    with target(lambda asked: lax(asked) or (None if asked else reply(REFUSED, 400))) as server:
        run = fuzz(server, ACCEPTED, requests=60)
    found = results(run)["fuzz-broken-accepted"]
    assert found.outcome is Outcome.WARNED
    kinds = {finding.message.split(":")[0] for finding in found.findings}
    assert "answered 200 to a request in which the key no_such_key is unknown" in kinds
    assert "answered 200 to a request in which messages is []" in kinds
    assert len(found.findings) == len(kinds)


def test_a_target_that_takes_all_and_breaks_nothing_passes() -> None:
    with target(lambda asked: None) as server:
        run = fuzz(server, CRASH, REFUSAL, requests=30)
    assert {result.outcome for result in run.results} == {Outcome.PASSED}
    assert run.wires == ()
    assert run.exit_code == 0


def test_an_honest_refusal_is_no_fault_and_another_shape_is() -> None:
    with target(lambda asked: reply(REFUSED, 400)) as server:
        honest = results(fuzz(server, CRASH, REFUSAL, ANSWER, requests=20))
    assert honest["fuzz-valid-crash"].outcome is Outcome.PASSED
    assert honest["fuzz-valid-refusal"].outcome is Outcome.PASSED
    assert honest["fuzz-valid-answer"].outcome is Outcome.INCONCLUSIVE
    assert "none of" in (honest["fuzz-valid-answer"].cause or "")
    with target(lambda asked: reply({"detail": "no"}, 422)) as server:
        other = results(fuzz(server, CRASH, REFUSAL, requests=20))
    assert other["fuzz-valid-crash"].outcome is Outcome.PASSED
    assert other["fuzz-valid-refusal"].outcome is Outcome.FAILED
    assert "(error.framework-leak)" in other["fuzz-valid-refusal"].findings[0].message


@pytest.mark.parametrize("requests", [1, 5, 47])
def test_never_more_requests_go_out_than_were_allowed(requests: int) -> None:
    with target(lambda asked: reply(REFUSED, 500)) as server:
        run = fuzz(server, requests=requests)
    sent = [got for got in server.got if got.path != "/v1/models"]
    assert 0 < len(sent) <= requests
    assert run.request_count == len(server.got)


def test_repeats_that_a_target_asks_for_count_too() -> None:
    with target(lambda asked: reply(REFUSED, 429, "application/json", "Retry-After: 0")) as server:
        fuzz(server, CRASH, requests=13)
    assert 0 < len(bodies(server)) <= 13


def test_the_same_seed_sends_the_same_bodies_and_another_one_others() -> None:
    sent = []
    for seed in (3, 3, 4):
        with target(crash_on("Z")) as server:
            fuzz(server, CRASH, requests=40, seed=seed)
        sent.append(bodies(server))
    assert sent[0] == sent[1]
    assert sent[0] != sent[2]


def test_what_was_asked_once_is_not_asked_again() -> None:
    with target(crash_on("é")) as server:
        fuzz(server, CRASH, requests=120)
    assert len(set(bodies(server))) == len(bodies(server))


def test_a_half_without_a_request_or_a_model_is_skipped_with_the_reason() -> None:
    with target(lambda asked: None) as server:
        run = fuzz(server, "responses.*", "embeddings.*", requests=2)
    skipped = [result for result in run.results if result.outcome is Outcome.SKIPPED]
    assert any("raise --fuzz" in (result.cause or "") for result in skipped)
    listed = {
        "object": "list",
        "data": [{"id": "tiny-chat", "object": "model", "created": 1, "owned_by": "me"}],
    }
    with raw_server(lambda got, *_: reply(listed if got.path == "/v1/models" else REFUSED, 200)) as server:
        run = fuzz(server, "embeddings.*", requests=4)
    assert {result.cause for result in run.results} == {
        "no embedding model is known: name one with --embedding-model"
    }


def test_a_target_that_is_gone_is_an_error_and_no_verdict() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

    def serve() -> None:
        for body in (b'{"object": "list", "data": [{"id": "tiny-chat"}]}', json.dumps(completion()).encode()):
            sock, _ = listener.accept()
            with sock:
                sock.recv(65_536)
                sock.sendall(reply(body))
        listener.close()

    thread = threading.Thread(target=serve)
    thread.start()
    plan = make_plan([], PROFILE, select=[CRASH], fuzz=plan_fuzz(20, 1, phase=1, profile=PROFILE))
    run = execute(plan, Connection(url), PROFILE)
    thread.join()
    (result,) = run.results
    assert result.outcome is Outcome.ERROR
    assert "could not be reached any more" in (result.cause or "")
    assert run.exit_code == 2


def test_what_a_check_found_on_a_case_is_left_to_it() -> None:
    plan = plan_fuzz(20, 1, phase=1, profile=PROFILE)
    answer = {key: value for key, value in completion().items() if key != "id"}
    case = a_case(name="plain", model="${model}", messages=[{"role": "user", "content": "x"}])
    with target(
        lambda asked: reply({**answer, "choices": "none"} if asked.get("stream") else answer)
    ) as server:
        alone = results(fuzz(server, ANSWER, requests=20))["fuzz-valid-answer"]
        both = make_plan([case], PROFILE, select=[ANSWER, "*::plain"], fuzz=plan)
        found = results(execute(both, Connection(server.base_url), PROFILE))["fuzz-valid-answer"]
    named = {finding.message.split("(")[1].split(")")[0].split(",")[0] for finding in alone.findings}
    assert "body.missing-field" in named
    assert "reported by body.missing-field" in (found.cause or "")
    assert not any("(body.missing-field" in finding.message for finding in found.findings)


def test_a_search_that_breaks_is_an_error_and_costs_the_others_nothing(monkeypatch) -> None:
    honest = capture.kinds_of_faults

    def broken(half: Half, *rest: Any) -> Any:
        if half.kind == "broken":
            raise RuntimeError("a bug of ours")
        return honest(half, *rest)

    monkeypatch.setattr(capture, "kinds_of_faults", broken)
    with target(lambda asked: None) as server:
        found = results(fuzz(server, CRASH, ACCEPTED, requests=20))
    assert found["fuzz-valid-crash"].outcome is Outcome.PASSED
    assert found["fuzz-broken-accepted"].outcome is Outcome.ERROR
    assert found["fuzz-broken-accepted"].cause == "the search broke: RuntimeError: a bug of ours"


def test_the_run_says_how_to_repeat_it() -> None:
    with target(lambda asked: None) as server:
        run = fuzz(server, CRASH, requests=9, seed=5)
    assert run.notes[-1].endswith("repeat them with --fuzz 9 --fuzz-seed 5")


def test_three_quarters_are_shared_out_and_nothing_is_lost() -> None:
    assert shares(200, 12) == [13, 13, 13, 13, 13, 13, 12, 12, 12, 12, 12, 12]
    assert sum(shares(1, 12)) == 1
    assert spread(0, 3) == [0, 0, 0]
