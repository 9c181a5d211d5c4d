"""Answers of one run that bear the same id, whatever cases they are of."""

from __future__ import annotations

from typing import Any

from slashv1.fixtures import Exchange, Read, Request
from slashv1.harness.capture import Captured
from slashv1.harness.judging import judge_plan, read_plan
from slashv1.harness.plan import make_plan
from slashv1.harness.reading import Reading
from slashv1.harness.same_ids import twins
from slashv1.matrix import Case, load_profile
from slashv1.record import Outcome
from tests.harness.readings import a_case, a_reading, deviations, sse

CHAT = "chat.completions.create"


def named(*bodies: Any, operation: str = CHAT, **options: Any) -> dict[str, Reading]:
    return {
        f"{operation}/{number}": a_reading(a_case(operation, name=str(number)), body, **options)
        for number, body in enumerate(bodies)
    }


def pairs(readings: dict[str, Reading]) -> set[tuple[str, str]]:
    return {(one.rpartition("/")[2], other.rpartition("/")[2]) for one, other in twins(readings)}


def test_answers_of_one_id_are_found_both_ways() -> None:
    assert pairs(named({"id": "a"}, {"id": "b"}, {"id": "a"})) == {("0", "2"), ("2", "0")}


def test_the_first_stands_for_all_that_have_its_id() -> None:
    assert pairs(named(*[{"id": "a"}] * 4)) == {(x, "0") for x in "123"} | {("0", x) for x in "123"}


def test_a_stream_has_the_id_of_its_first_chunk() -> None:
    readings = named({"id": "a"}, {"id": "b"})
    stream = a_reading(a_case(name="s", stream=True), sse({"id": "a"}, {"id": "b"}, done=True), chunk=1)
    assert pairs({**readings, f"{CHAT}/s": stream}) == {("0", "s"), ("s", "0")}


def test_a_request_id_is_shared_by_no_two_answers_of_any_operation() -> None:
    readings = named({"id": "a"}, headers={"x-request-id": "r"})
    other = named({}, operation="models.list", headers={"x-request-id": "r"}, status=404)
    assert len(list(twins({**readings, **other}))) == 2


def test_what_is_asked_for_again_may_have_its_id() -> None:
    assert pairs(named({"id": "a"}, {"id": "a"}, operation="responses.retrieve")) == set()
    assert pairs(named({"id": "a"}, {"id": "a"}, status=400)) == set()
    assert pairs(named({"object": "x"}, {"id": 7}, {"id": 7})) == set()


def answered(case: Case, name: str) -> Exchange:
    read = Read(f'{{"id": "{name}"}}'.encode(), 0.0)
    return Exchange(Request("POST", case.request.path), 200, (("x-request-id", "r"),), (read,), 1e9)


def test_the_checks_look_at_them_too() -> None:
    near, far = a_case(name="near", messages=[]), a_case(name="far", messages=[1])
    mine = a_case(name="mine", messages=[2], beside=(near.id,))
    plan = make_plan((near, far, mine), load_profile("openai"))
    names = {near.id: "chatcmpl-1", far.id: "chatcmpl-2", mine.id: "chatcmpl-2"}
    captured = Captured({case.id: answered(case, names[case.id]) for case in plan.cases})
    reading = read_plan(plan, captured)[mine.id]
    assert set(reading.others) == {near.id}
    assert set(reading.alike) == {near.id, far.id}
    (found,) = deviations("chat.id-unique", reading)
    assert far.id in found.message
    results = judge_plan(plan, captured, load_profile("openai"))
    told = {r.check for r in results if r.case == "mine" and r.outcome is Outcome.WARNED}
    assert {"chat.id-unique", "headers.request-id-unique"} <= told


def test_responses_are_compared_so_too() -> None:
    body = {"id": "resp_1", "object": "response", "status": "completed", "output": []}
    one = a_reading(a_case("responses.create", name="one", input="x"), body)
    case = a_case("responses.create", name="two", input="y", beside=("responses.create/three",))
    two = a_reading(case, body)
    again = Reading(case, two.exchange, two.asked, {}, alike={one.case.id: one})
    assert len(deviations("lifecycle.ids-unique", again)) == 1
    assert deviations("lifecycle.ids-unique", two) == []
