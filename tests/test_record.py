"""The run record: its schema, its round trip, its verdict, and what is not one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from slashv1.record import Level, Outcome, Run, load_run
from slashv1.reports.load import run_schema
from tests.reports import sample

SAMPLES = [sample.conforming, sample.deviating, sample.hostile, sample.interrupted]


def raw(run: Run) -> Any:
    return json.loads(json.dumps(run.to_json()))


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(run_schema())


@pytest.mark.parametrize("make", SAMPLES)
def test_a_record_conforms_to_the_published_schema(make: Any) -> None:
    errors = list(jsonschema.Draft202012Validator(run_schema()).iter_errors(raw(make())))
    assert errors == []


@pytest.mark.parametrize("make", SAMPLES)
def test_a_record_comes_back_as_it_was(make: Any) -> None:
    assert load_run(raw(make())) == make()


def test_the_record_names_what_the_issue_of_a_run_needs() -> None:
    told = raw(sample.deviating())
    assert {
        "schema_version",
        "summary",
        "target",
        "suite",
        "profile",
        "plan_hash",
        "request_count",
    } <= told.keys()
    assert told["summary"]["failed"] == 5
    assert told["exit_code"] == 1


@pytest.mark.parametrize(
    ("outcomes", "strict", "code"),
    [
        ([Outcome.PASSED], False, 0),
        ([Outcome.PASSED, Outcome.WARNED], False, 0),
        ([Outcome.PASSED, Outcome.WARNED], True, 1),
        ([Outcome.PASSED, Outcome.FAILED], False, 1),
        ([Outcome.PASSED, Outcome.UNWAIVED], False, 1),
        ([Outcome.PASSED, Outcome.WAIVED, Outcome.NOTED], True, 0),
        ([Outcome.PASSED, Outcome.FAILED, Outcome.ERROR], False, 2),
        ([Outcome.FAILED], False, 2),
        ([Outcome.SKIPPED, Outcome.INCONCLUSIVE], False, 2),
        ([], False, 2),
    ],
)
def test_the_exit_code_follows_from_the_outcomes(outcomes: list[Outcome], strict: bool, code: int) -> None:
    results = [sample.result("op", "case", f"c.{n}", outcome=outcome) for n, outcome in enumerate(outcomes)]
    assert sample.run(*results, strict=strict).exit_code == code


def test_a_passed_should_alone_teaches_nothing() -> None:
    passed = sample.result("op", "case", "c", level=Level.SHOULD)
    assert sample.run(passed).exit_code == 2


def test_an_interrupted_run_is_2_whatever_passed() -> None:
    assert replace(sample.conforming(), interrupted=True).exit_code == 2


def test_a_result_is_named_by_operation_case_and_check() -> None:
    assert sample.result("chat", "plain", "http.status").id == "chat::plain::http.status"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: [told], "list instead of an object"),
        (lambda told: {**told, "schema_version": 2}, "schema_version 2, this is 1"),
        (lambda told: {}, "schema_version None"),
        (lambda told: {k: v for k, v in told.items() if k != "results"}, "'results' is missing"),
        (lambda told: {**told, "results": 5}, "not a run record"),
        (lambda told: {**told, "target": {"url": "x"}}, "not a run record"),
        (lambda told: {**told, "results": [{**told["results"][0], "outcome": "fine"}]}, "'fine'"),
    ],
)
def test_what_is_no_record_is_a_value_error_that_says_why(change: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_run(change(raw(sample.deviating())))
