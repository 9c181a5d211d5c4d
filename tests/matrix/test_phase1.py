"""The built-in matrix: what it covers, what it costs, and that its requests are what they claim to be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.judge.when import APART
from slashv1.harness.plan import PREFLIGHT_REQUESTS, input_bound, make_plan, output_bound
from slashv1.matrix import OF_A_PROFILE, ON_REQUEST, Case, Provocation, load_matrix, load_profile
from slashv1.matrix.reference import references
from slashv1.spec import find_operation, objections, operation

CASES = [case for case in load_matrix() if case.phase == 1]
IDS = [case.id for case in CASES]
EITHER = ("models.list/slash", "embeddings.create/long-input")
"""May be taken as well as refused."""
GENERATING = ("chat.completions.create", "responses.create")
ANSWER = {
    "#/id": "resp_0123",
    "#/choices/0/message": {"role": "assistant", "content": "pong", "refusal": None},
    "#/choices/0/message/tool_calls/0/id": "call_0123",
    "#/output/-1/call_id": "call_0123",
    "#/output/*": {"type": "function_call", "call_id": "call_0123", "name": "f", "arguments": "{}"},
    "#/data/0/embedding/length": 1536,
}


def test_every_operation_of_phase_1_has_a_plain_case_and_a_refused_one() -> None:
    operations = {
        "chat.completions.create",
        "embeddings.create",
        "models.list",
        "models.retrieve",
        "responses.cancel",
        "responses.create",
        "responses.delete",
        "responses.input_tokens.count",
        "responses.retrieve",
    }
    assert {case.operation for case in CASES} - APART == operations
    assert {case.operation for case in CASES if case.error} - APART == operations
    assert {case.operation for case in CASES if not case.error} - APART == operations


def test_the_standard_tier_is_broad() -> None:
    standard = [case for case in CASES if case.tier != "full"]
    assert len(standard) >= 70
    assert sum(case.error for case in standard) >= 25


@pytest.mark.parametrize(("tier", "requests", "most"), [("quick", 22, 25), ("standard", 117, 120)])
def test_a_tier_sends_exactly_so_many_requests(tier: str, requests: int, most: int) -> None:
    plan = make_plan(CASES, load_profile("openai"), tier=tier)
    assert plan.requests == requests
    assert plan.requests + PREFLIGHT_REQUESTS <= most


def test_the_full_tier_sends_every_case_once() -> None:
    plan = make_plan(CASES, load_profile("openai"), tier="full")
    unasked = [case for case in CASES if not case.tags & (ON_REQUEST | OF_A_PROFILE)]
    provoked = {case.id for case in unasked if case.provoke}
    assert plan.unprovoked.keys() == provoked
    assert plan.requests == len(unasked) - len(provoked)
    assert len(unasked) <= 250 - PREFLIGHT_REQUESTS


def test_what_is_provoked_is_sent_where_the_profile_says_how() -> None:
    profile = replace(load_profile("openai"), provoke={"rate": Provocation(requests=3)})
    plan = make_plan(CASES, profile, tier="full", select=["*::rate-limit", "*::quota"])
    assert plan.requests == 3
    assert plan.unprovoked.keys() == {"chat.completions.create/quota"}
    assert plan.max_input_tokens == 3 * input_bound(plan.cases[0])


def test_every_case_that_generates_names_a_small_limit() -> None:
    generating = [case for case in CASES if not case.error and case.operation in GENERATING]
    bounds = [output_bound(case) for case in generating if case.request.method == "POST"]
    assert min(bounds) > 0
    assert max(bounds) <= 512


def test_every_feature_of_the_vocabulary_is_tried() -> None:
    schema = json.loads((_matrix_folder() / "schema/phase.schema.json").read_text())
    vocabulary = set(schema["$defs"]["tag"]["enum"])
    assert vocabulary - {tag for case in load_matrix() for tag in case.tags} == set()


def _matrix_folder() -> Any:
    from importlib.resources import files

    return files("slashv1.matrix")


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_case_says_what_it_tries(case: Case) -> None:
    assert case.title
    assert case.tags
    assert case.phase == 1


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_request_goes_to_its_operation_unless_that_is_the_mistake(case: Case) -> None:
    found = find_operation(case.request.method, str(_filled(case.request.path)))
    assert (found is not None and found.name == case.operation) is not _astray(case)


def _astray(case: Case) -> bool:
    return bool({"route", "method"} & case.tags) or _asks(case)


def _asks(case: Case) -> bool:
    """Whether it lies beside the API: no schema describes it."""
    return case.operation in APART


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.error and not _asks(case)], ids=lambda case: case.id
)
def test_a_request_that_must_be_taken_keeps_the_contract(case: Case) -> None:
    reference = operation(case.operation).request
    if reference is None:
        assert case.request.json is None
    else:
        assert objections(reference, _filled(case.request.json)) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.error], ids=lambda case: case.id)
def test_a_refused_case_expects_a_client_error(case: Case) -> None:
    assert case.expect.error is not None
    if case.tags & OF_A_PROFILE:
        assert case.expect.error.type == ()
        assert all(400 <= status < 500 or case.provoke == "deadline" for status in case.expect.status)
        return
    assert (case.expect.error.type == ("invalid_request_error",)) is not bool(case.provoke)
    refusals = [status for status in case.expect.status if status != 200]
    assert refusals
    assert all(400 <= status < 500 for status in refusals)
    assert (200 in case.expect.status) is (case.id in EITHER)


def test_no_two_cases_send_the_same_request() -> None:
    # A step apart, the same request asks something else.
    said = [
        json.dumps(
            [r.method, r.path, dict(r.query), dict(r.headers), r.json, r.body, c.after, c.provoke, _group(c)],
            sort_keys=True,
        )
        for c in CASES
        for r in [c.request]
    ]
    assert [case.id for case, text in zip(CASES, said, strict=True) if said.count(text) > 1] == []


def _group(case: Case) -> str:
    """Those that are sent at the same time with one key are the same on purpose."""
    return case.name if case.together == "once" else ""


def test_a_stream_stands_beside_the_plain_case_of_the_same_request() -> None:
    """What the two are compared for holds of one request alone."""
    by_id = {case.id: case for case in CASES}
    for case in CASES:
        same = [by_id[name] for name in case.beside if by_id[name].operation == case.operation]
        plain = next((other for other in same if not other.stream), None)
        if case.stream and plain and not case.error:
            asked = {k: v for k, v in case.asked.items() if k not in ("stream", "stream_options")}
            assert asked == dict(plain.asked), case.id


def _filled(value: Any) -> Any:
    """The value with plausible text for every reference."""
    if isinstance(value, str):
        for reference in references(value):
            put = ANSWER.get(f"#{reference.pointer}", "gpt-4o-mini") if reference.case else "gpt-4o-mini"
            if value == f"${{{reference.text}}}":
                return put
            value = value.replace(f"${{{reference.text}}}", str(put))
        return value
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items()}
    return [_filled(item) for item in value] if isinstance(value, list) else value
