"""What a plan holds: items, requests, bounds and order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slashv1.errors import UsageError
from slashv1.harness.plan import (
    PREFLIGHT_REQUESTS,
    UNLIMITED_OUTPUT,
    check_limits,
    input_bound,
    make_plan,
    matches,
    output_bound,
    with_foreign_fixtures,
)
from slashv1.matrix import Profile
from tests.harness.readings import a_case

PROFILE = Profile("test")
CREATE = a_case("responses.create", name="stored", input="x", max_output_tokens=16)
GET = a_case("responses.retrieve", name="get", after=(CREATE.id,))
DELETE = a_case("responses.delete", name="gone", after=(CREATE.id,))
AGAIN = a_case("responses.retrieve", name="again", status=404, after=(DELETE.id,))
PLAIN = a_case(name="plain", messages=[], max_tokens=5)
LIST = a_case("models.list", name="plain")
CASES = (LIST, PLAIN, CREATE, GET, AGAIN, DELETE)


def ids(cases):
    return [case.id for case in cases]


def test_everything_is_planned_without_a_selection():
    plan = make_plan(CASES, PROFILE)
    assert {item.case.id for item in plan.items} == set(ids(CASES))
    assert plan.requests == len(CASES) == len(plan.cases)


def test_items_stand_by_operation_then_case_then_check():
    plan = make_plan((LIST, CREATE, GET, PLAIN, AGAIN, DELETE), PROFILE)
    seen = list(dict.fromkeys(item.case.id for item in plan.items))
    assert seen == [LIST.id, CREATE.id, GET.id, AGAIN.id, PLAIN.id, DELETE.id]
    of_one = [item.check.id for item in plan.items if item.case is PLAIN]
    assert of_one == list(dict.fromkeys(of_one))
    assert of_one[0].startswith("http.")


def test_steps_come_before_their_followers_in_one_scenario():
    plan = make_plan(CASES, PROFILE)
    chain = next(scenario for scenario in plan.scenarios if CREATE in scenario)
    assert ids(chain) == [CREATE.id, GET.id, DELETE.id, AGAIN.id]


def test_cases_without_steps_are_scenarios_of_their_own():
    plan = make_plan((LIST, PLAIN), PROFILE)
    assert [len(scenario) for scenario in plan.scenarios] == [1, 1]


def test_a_selection_sends_the_steps_it_needs_and_judges_only_what_it_names():
    plan = make_plan(CASES, PROFILE, select=["responses.retrieve::again::*"])
    assert {item.case.id for item in plan.items} == {AGAIN.id}
    assert set(ids(plan.cases)) == {CREATE.id, DELETE.id, AGAIN.id}


def test_what_stands_beside_is_sent_too_and_orders_nothing():
    pair = a_case(name="pair", beside=(PLAIN.id,), messages=[])
    plan = make_plan((PLAIN, pair), PROFILE, select=["*::pair"])
    assert set(ids(plan.cases)) == {PLAIN.id, pair.id}
    assert len(plan.scenarios) == 2


@pytest.mark.parametrize(
    ("pattern", "item", "expected"),
    [
        ("chat*", "chat.completions.create::plain::http.status", True),
        ("chat.completions.create::plain", "chat.completions.create::plain::http.status", True),
        ("chat.completions.create::plain", "chat.completions.create::plain-2::http.status", False),
        ("*::*::http.*", "models.list::plain::http.status", True),
        ("*::n*", "chat.completions.create::tools::names", False),
        ("a::b::c::d", "a::b::c", False),
        ("models.list::plain::http.status", "models.list::plain::http.status", True),
    ],
)
def test_a_glob_is_held_against_each_part(pattern, item, expected):
    assert matches(pattern, item) is expected


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("chat.completion.create", "chat.completions.create"),
        ("chat.completions.create::plian", "nearest: plain"),
        ("http.stat*", "did you mean '*::*::http.stat*'?"),
        ("plain", "did you mean '*::plain'?"),
        ("*::*::http.statsu", "http.status"),
    ],
)
def test_a_glob_that_selects_nothing_is_told_with_what_is_near(pattern, said):
    with pytest.raises(UsageError) as error:
        make_plan(CASES, PROFILE, select=["models*", pattern])
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_phase_n_means_phases_one_to_n():
    later = replace(PLAIN, name="later", phase=2)
    assert make_plan((PLAIN, later), PROFILE).requests == 1
    assert make_plan((PLAIN, later), PROFILE, phase=2).requests == 2


def test_a_tier_holds_those_below_it():
    cases = tuple(replace(PLAIN, name=tier, tier=tier) for tier in ("quick", "standard", "full"))
    counts = [make_plan(cases, PROFILE, tier=tier).requests for tier in ("quick", "standard", "full")]
    assert counts == [1, 2, 3]
    assert make_plan(cases, PROFILE).requests == 2


def test_a_step_of_another_tier_is_sent_where_it_is_needed():
    step = replace(CREATE, tier="full")
    plan = make_plan((step, replace(GET, tier="quick")), PROFILE, tier="quick")
    assert plan.requests == 2


def test_an_unknown_tier_is_refused():
    with pytest.raises(UsageError, match="quick, standard, full"):
        make_plan(CASES, PROFILE, tier="fast")


def test_an_unknown_step_is_refused_with_a_near_one():
    with pytest.raises(UsageError, match=r"did you mean responses\.create/stored"):
        make_plan((CREATE, replace(GET, after=("responses.create/store",))), PROFILE)


def test_steps_that_wait_for_each_other_are_refused():
    one = replace(GET, name="one", after=("responses.retrieve/two",))
    two = replace(GET, name="two", after=("responses.retrieve/one",))
    with pytest.raises(UsageError, match="wait for each other"):
        make_plan((one, two), PROFILE)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"max_tokens": 10}, 10),
        ({"max_completion_tokens": 10, "max_tokens": 99}, 10),
        ({"max_tokens": 10, "n": 3}, 30),
        ({}, UNLIMITED_OUTPUT),
        ({"n": 2}, 2 * UNLIMITED_OUTPUT),
        ({"max_tokens": 1_000_000_000}, UNLIMITED_OUTPUT),
        ({"max_tokens": "many"}, UNLIMITED_OUTPUT),
        ({"max_tokens": True, "n": "x"}, UNLIMITED_OUTPUT),
    ],
)
def test_output_is_bounded_by_the_request(asked, expected):
    assert output_bound(a_case(messages=[], **asked)) == expected


def test_what_generates_nothing_costs_no_output():
    assert output_bound(LIST) == 0
    assert output_bound(a_case("embeddings.create", input="x")) == 0


def test_input_is_bounded_by_the_bytes_of_the_body():
    case = a_case(messages="grüße")
    assert input_bound(case) == len('{"messages": "grüße"}'.encode())
    assert input_bound(a_case(messages="grüße", user="x" * 100, metadata={"a": "b"})) == input_bound(case)


def test_limits_fail_closed():
    plan = make_plan(CASES, PROFILE)
    check_limits(plan, max_requests=plan.requests + PREFLIGHT_REQUESTS, max_tokens=plan.max_tokens)
    with pytest.raises(UsageError, match=r"needs 7 requests, --max-requests allows 6.*nothing was sent"):
        check_limits(plan, max_requests=6)
    with pytest.raises(UsageError, match=r"--max-tokens allows 0"):
        check_limits(plan, max_tokens=0)


def test_the_hash_follows_what_is_sent_and_judged():
    plan = make_plan(CASES, PROFILE)
    assert plan.hash == make_plan(CASES, PROFILE).hash
    assert plan.hash != make_plan(CASES, PROFILE, select=["models*"]).hash
    assert plan.hash != make_plan(CASES, Profile("t", levels={"http.status": "MAY"})).hash
    changed = replace(PLAIN, request=replace(PLAIN.request, json={"messages": [], "max_tokens": 6}))
    assert plan.hash != make_plan((LIST, changed, CREATE, GET, AGAIN, DELETE), PROFILE).hash


def test_a_profile_can_leave_nothing():
    with pytest.raises(UsageError, match="nothing to check"):
        make_plan(CASES, Profile("none", levels={"*": "off"}))


def test_foreign_fixtures_raise_the_shape_check_unless_it_is_off():
    assert with_foreign_fixtures(PROFILE).levels["replay.shape"] == "SHOULD"
    off = Profile("off", levels={"replay.*": "off"})
    assert with_foreign_fixtures(off) is off


def test_cases_that_are_sent_together_are_one_scenario_of_their_own():
    first = replace(a_case(name="first", beside=("chat.completions.create/second",)), together="pair")
    second = replace(a_case(name="second", beside=("chat.completions.create/first",)), together="pair")
    plan = make_plan((first, PLAIN, second), PROFILE, select=["*::second"])
    assert [ids(scenario) for scenario in plan.scenarios] == [[first.id, second.id]]
    assert plan.requests == 2
