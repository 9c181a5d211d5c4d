"""The profile `zumik`: what it tries, what that costs, and what it says of the reference gateway."""

from __future__ import annotations

import pytest

from slashv1.harness.embedded import provoking
from slashv1.harness.judge.engine import required, unsupported_cause
from slashv1.harness.judge.signals_beside import CODES
from slashv1.harness.plan import make_plan
from slashv1.matrix import OF_A_PROFILE, load_matrix, load_profile
from slashv1.reference_server.zumik.hints import decode
from slashv1.reference_server.zumik.statefile import load_state
from tests.harness.readings import a_reading

ZUMIK = load_profile("zumik")
CASES = [case for case in load_matrix() if case.phase == 1]
BY_ID = {case.id: case for case in CASES}
CHAT = "chat.completions.create"


@pytest.mark.parametrize(("tier", "requests"), [("quick", 24), ("standard", 147)])
def test_a_tier_sends_exactly_so_many_requests_to_the_reference_gateway(tier: str, requests: int) -> None:
    plan = make_plan(CASES, provoking(ZUMIK), tier=tier)
    assert plan.requests == requests
    assert plan.unprovoked == {}


def test_the_full_tier_sends_every_case_of_the_profile_once() -> None:
    plan = make_plan(CASES, provoking(ZUMIK), tier="full")
    assert plan.requests == len([case for case in CASES if ZUMIK.tries(case)])
    assert plan.unprovoked == {}


def test_no_other_profile_tries_a_case_of_signals() -> None:
    own = {case.id for case in CASES if case.tags & OF_A_PROFILE}
    assert own == {case.id for case in CASES if ZUMIK.tries(case)} - {
        case.id for case in CASES if load_profile("openai").tries(case)
    }


def test_a_target_that_did_not_say_how_is_not_provoked_and_says_why() -> None:
    plan = make_plan(CASES, ZUMIK, tier="full")
    left = {case.id for case in CASES if case.provoke} | {f"{CHAT}/signals-stored"}
    assert plan.unprovoked.keys() == left
    assert "`refs: {hints_ref: …}`" in plan.unprovoked[f"{CHAT}/signals-stored"]
    assert "`provoke: {balance: {key_env: …}}`" in plan.unprovoked[f"{CHAT}/no-credits"]


def test_what_the_profile_says_of_the_reference_gateway_is_what_that_holds() -> None:
    state, told = load_state(), ZUMIK.reference
    keys = {how.key for how in told.provoke.values() if how.key}
    assert keys | {"zk_live_slashv1_plain"} == set(state.keys)
    assert told.refs["hints_ref"] in state.hints
    assert told.refs["session_ref"] in state.sessions
    assert ZUMIK.refs["alias"] in state.aliases
    deadline = decode(told.provoke["deadline"].headers["Agent-Hints"])["qos"]["deadline_ms"]
    assert deadline < state.provider_ms


def test_every_cause_has_a_case_and_a_code() -> None:
    causes = {case.provoke for case in CASES if case.provoke and case.tags & OF_A_PROFILE}
    assert causes == {*CODES, "stranger"} == set(ZUMIK.reference.provoke)


def test_empty_messages_are_expected_without_a_code() -> None:
    for name in ("empty-messages", "empty-messages-stream"):
        error = ZUMIK.adapted(BY_ID[f"{CHAT}/{name}"]).expect.error
        assert error is not None
        assert error.code == (None,)
    assert ZUMIK.adapted(BY_ID[f"{CHAT}/plain"]) is BY_ID[f"{CHAT}/plain"]


@pytest.mark.parametrize("name", ["developer", "text-parts", "tool-results", "tools-required", "json-schema"])
def test_what_the_gateways_page_does_not_name_may_be_refused_honestly(name: str) -> None:
    case = BY_ID[f"{CHAT}/{name}"]
    refused = {
        "error": {"message": "Not here.", "type": "invalid_request_error", "param": None, "code": None}
    }
    reading = a_reading(case, refused, status=400)
    assert unsupported_cause(reading, ZUMIK) == "rejected with 400: Not here."
    assert unsupported_cause(reading, load_profile("openai")) is None


def test_the_deletion_of_a_response_is_optional() -> None:
    assert not required(BY_ID["responses.delete/stored"], ZUMIK)
    assert required(BY_ID[f"{CHAT}/plain"], ZUMIK)
    assert required(BY_ID[f"{CHAT}/signals-inline"], ZUMIK)
