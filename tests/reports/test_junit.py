"""JUnit XML, read back by a parser that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from slashv1.record import Outcome, Run
from slashv1.reports import render_junit
from tests.reports import sample


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(render_junit(run).encode())


def cases(root: ET.Element, tag: str) -> list[str]:
    return [f"{c.get('classname')}:{c.get('name')}" for c in root.iter("testcase") if c.find(tag) is not None]


def test_a_suite_per_operation_a_case_per_result() -> None:
    run = sample.deviating()
    root = parsed(run)
    assert [suite.get("name") for suite in root] == list(dict.fromkeys(r.operation for r in run.results))
    assert len(list(root.iter("testcase"))) == len(run.results)


def test_the_counts_are_those_of_the_elements() -> None:
    for run in (sample.deviating(), sample.hostile(), sample.conforming()):
        root = parsed(run)
        for element in (root, *root):
            held = [len(list(element.iter(tag))) for tag in ("failure", "error", "testcase")]
            assert [int(element.get(name, "")) for name in ("failures", "errors", "tests")] == held
        for suite in root:
            assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))


@pytest.fixture(scope="module")
def schema() -> Any:
    return xmlschema.XMLSchema(str(Path(__file__).with_name("junit.xsd")))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "make",
    [sample.deviating, sample.hostile, sample.conforming, sample.interrupted, sample.large, sample.run],
)
def test_it_follows_the_schema_of_those_who_read_it(
    schema: Any, make: Callable[[], Run], strict: bool
) -> None:
    schema.validate(render_junit(replace(make(), strict=strict)))


@pytest.mark.parametrize(
    ("was", "then"),
    [
        ('<testsuites name="slashv1"', '<testsuites name="slashv1" skipped="3"'),
        ('errors="0"', 'errors="none"'),
        ('timestamp="2026-03-04T09:15:00Z"', 'timestamp="yesterday"'),
        ("<testcase ", "<test "),
    ],
)
def test_the_schema_refuses_what_its_readers_refuse(schema: Any, was: str, then: str) -> None:
    text = render_junit(sample.deviating())
    assert was in text
    broken = text.replace(was, then, 1) if "testcase" not in was else text.replace("testcase", "test")
    assert not schema.is_valid(broken)


def test_a_failure_says_what_where_and_how_to_repeat_it() -> None:
    failure = next(
        case.find("failure")
        for case in parsed(sample.deviating()).iter("testcase")
        if case.get("classname") == "chat.completions.create.stream-plain"
        and case.find("failure") is not None
    )
    assert failure is not None
    assert failure.get("message") == (
        'frame 1 (byte 160): choices[0].finish_reason is ""; expected null until the last chunk'
    )
    assert failure.get("type") == "MUST"
    text = failure.text or ""
    assert "/choices/0/finish_reason" in text
    assert "at:       frame 1 (byte 160): choices[0].finish_reason" in text
    assert "curl -sS" in text


@pytest.mark.parametrize(("strict", "count"), [(False, 5), (True, 9)])
def test_a_warning_is_a_failure_only_when_strict(strict: bool, count: int) -> None:
    assert len(cases(parsed(replace(sample.deviating(), strict=strict)), "failure")) == count


def test_a_warning_and_a_note_are_told_even_where_they_pass() -> None:
    told = cases(parsed(sample.deviating()), "system-out")
    assert "models.list.plain:replay.shape" in told
    assert len(told) == 5


@pytest.mark.parametrize(
    "outcome", [Outcome.SKIPPED, Outcome.INCONCLUSIVE, Outcome.UNSUPPORTED, Outcome.WAIVED]
)
def test_what_was_not_judged_is_skipped_with_its_cause(outcome: Outcome) -> None:
    (skipped,) = parsed(sample.run(sample.result("op", "x", "a", outcome=outcome, cause="because"))).iter(
        "skipped"
    )
    assert skipped.get("message") == f"{outcome}: because"


def test_an_unwaived_deviation_fails_and_an_error_is_an_error() -> None:
    root = parsed(
        sample.run(
            sample.result("op", "x", "a", outcome=Outcome.UNWAIVED, cause="waiver expired"),
            sample.result("op", "x", "b", outcome=Outcome.ERROR, cause="check b crashed"),
        )
    )
    assert cases(root, "failure") == ["op.x:a"]
    assert cases(root, "error") == ["op.x:b"]


def test_properties_name_target_suite_and_profile() -> None:
    found = {p.get("name"): p.get("value") for p in parsed(sample.deviating()).iter("property")}
    assert found["target"] == sample.URL
    assert found["profile"] == "openai"
    assert found["suite"] == "slashv1 0.1.0 (sha256:4f1c09ab77d2e5a1)"


def test_hostile_text_is_text_and_illegal_characters_are_gone() -> None:
    failure = next(parsed(sample.hostile()).iter("failure"))
    assert "</script><script>" in (failure.get("message") or "")
    assert "]]>" in (failure.text or "")
    assert not {"\x1b", "\x00", "\x07", "\u202e", "\ufeff"} & set(failure.text or "")


def test_a_run_without_results_is_still_xml() -> None:
    assert parsed(sample.run()).get("tests") == "0"
