"""What a target does not offer is one line an operation, learnt from its honest rejection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.capture import Captured
from slashv1.harness.grouping import unjudged
from slashv1.harness.judge.engine import items_of
from slashv1.harness.judging import judge_plan
from slashv1.harness.offering import absent_operations, needing
from slashv1.harness.plan import make_plan
from slashv1.matrix import Case, Expect, ExpectedError, Profile, RequestTemplate
from slashv1.record import Outcome, Result
from tests.harness.readings import a_reading

OPENAI = Profile("openai", required=frozenset({"*"}))
CREATE = Case("files.create", "plain", RequestTemplate("POST", "/v1/files"), phase=2)
WRONG = replace(CREATE, name="wrong", expect=Expect((400,), ExpectedError()))
LIST = Case("files.list", "plain", RequestTemplate("GET", "/v1/files"), phase=2)
GET = Case(
    "files.retrieve",
    "plain",
    RequestTemplate("GET", "/v1/files/${files.create/plain#/id}"),
    after=("files.create/plain",),
    phase=2,
)
FILE = {"id": "file-1", "object": "file"}


def envelope(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


UNKNOWN = envelope("Invalid URL (POST /v1/files)")


def judged(
    plain: tuple[int, Any], wrong: tuple[int, Any] = (404, UNKNOWN), profile: Profile = OPENAI
) -> list[Result]:
    """The results where a file could not be created, nor retrieved thereafter."""
    captured = Captured()
    for case, (status, body) in ((CREATE, plain), (WRONG, wrong)):
        captured.exchanges[case.id] = a_reading(case, body, status=status).exchange
    captured.left_out[GET.id] = "step files.create/plain failed"
    return judge_plan(make_plan([CREATE, WRONG, GET], profile, phase=2), captured, profile)


def outcomes(results: list[Result], operation: str) -> set[Outcome]:
    return {result.outcome for result in results if result.operation == operation}


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, UNKNOWN), (404, envelope("nothing here")), (405, envelope("no")), (501, envelope("no"))],
)
def test_an_operation_that_is_not_offered_is_unsupported_once(status: int, body: Any) -> None:
    results = judged((status, body))
    assert outcomes(results, "files.create") == {Outcome.UNSUPPORTED}
    assert outcomes(results, "files.retrieve") == {Outcome.SKIPPED}
    said = [group for group in unjudged(results) if group.outcome is Outcome.UNSUPPORTED]
    assert [group.cases for group in said] == ["files.create: plain, wrong"]
    assert said[0].cause.startswith(f"files.create is not offered: POST /v1/files was answered {status}: ")


def test_a_case_whose_step_is_not_offered_says_what_it_needs() -> None:
    results = judged((404, UNKNOWN))
    causes = {result.cause for result in results if result.operation == "files.retrieve"}
    assert causes == {"it needs files.create, which the target does not offer"}
    assert needing(GET, {}) is None


def test_a_profile_that_names_the_operation_fails_once() -> None:
    named = Profile("mine", required=frozenset({"files.create"}))
    results = judged((404, UNKNOWN), profile=named)
    failed = [r.id for r in results if r.outcome is Outcome.FAILED]
    assert failed == ["files.create::plain::http.status"]
    assert {r.outcome for r in results if r.case == "wrong"} == {Outcome.SKIPPED}


def test_a_rejection_that_is_no_envelope_fails_in_the_one_case_that_was_told() -> None:
    results = judged((404, {"detail": "Not Found"}), (404, {"detail": "Not Found"}))
    assert Outcome.FAILED in {r.outcome for r in results if r.id.startswith("files.create::plain::")}
    assert {r.outcome for r in results if r.case == "wrong"} == {Outcome.SKIPPED}


@pytest.mark.parametrize(
    ("wrong", "plain"),
    [
        ((400, envelope("no purpose")), (404, envelope("nothing here"))),
        ((404, UNKNOWN), (200, FILE)),
        ((404, UNKNOWN), (404, envelope("no such model", "model_not_found"))),
        ((404, {"detail": "x"}), (500, envelope("oh"))),
    ],
)
def test_an_operation_that_is_offered_is_judged(wrong: tuple[int, Any], plain: tuple[int, Any]) -> None:
    results = judged(plain, wrong)
    assert Outcome.FAILED in outcomes(results, "files.create")
    assert Outcome.UNSUPPORTED not in outcomes(results, "files.create")


def test_an_object_that_is_gone_is_no_operation_that_is_not_offered() -> None:
    lost = a_reading(GET, envelope("No such File object: file-1"), status=404)
    assert absent_operations({GET.id: lost}) == {}
    unknown = a_reading(GET, envelope("Unknown endpoint"), status=404)
    assert absent_operations({GET.id: unknown}).keys() == {"files.retrieve"}


def test_a_mistake_is_refused_in_the_words_that_refuse_the_url() -> None:
    bare = {"error": {"message": "Resource not found", "type": "invalid_request_error"}}
    results = judged((404, bare), (404, bare))
    assert Outcome.FAILED in {r.outcome for r in results if r.id.startswith("files.create::plain::")}
    assert {r.outcome for r in results if r.case == "wrong"} == {Outcome.SKIPPED}
    results = judged((404, bare), (404, envelope("No such purpose")))
    assert Outcome.FAILED in {r.outcome for r in results if r.case == "wrong"}


def test_mistakes_alone_tell_where_all_are_refused_in_the_same_words() -> None:
    mistakes = [replace(WRONG, name=name) for name in ("wrong", "worse", "worst")]
    lost = {case.id: a_reading(case, envelope("Resource not found"), status=404) for case in mistakes}
    assert absent_operations(lost).keys() == {"files.create"}
    assert absent_operations(dict(list(lost.items())[:2])) == {}
    other = a_reading(WRONG, envelope("No such purpose"), status=404)
    assert absent_operations({**lost, WRONG.id: other}) == {}
    named = [replace(case, request=GET.request) for case in mistakes]
    gone = {case.id: a_reading(case, envelope("Resource not found"), status=404) for case in named}
    assert absent_operations(gone) == {}


def test_other_operations_and_those_of_phase_1_are_left_alone() -> None:
    first = replace(CREATE, phase=1)
    assert absent_operations({first.id: a_reading(first, UNKNOWN, status=404)}) == {}
    readings = {CREATE.id: a_reading(CREATE, UNKNOWN, status=404), LIST.id: a_reading(LIST, {})}
    assert absent_operations(readings).keys() == {"files.create"}
    assert items_of(LIST, OPENAI)
