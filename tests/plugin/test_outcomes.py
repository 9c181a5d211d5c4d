"""What pytest makes of each outcome, and what a reader sees of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.plugin.conftest import Start, Target

FINDING = {
    "message": 'object is "text"; expected "list"',
    "expected": '"list"',
    "actual": '"text"',
    "pointer": "/object",
    "frame": 3,
    "offset": 120,
}


@pytest.mark.parametrize(
    ("outcome", "pytest_says"),
    [
        ("passed", {"passed": 1}),
        ("noted", {"passed": 1}),
        ("warned", {"passed": 1, "warnings": 1}),
        ("unsupported", {"skipped": 1}),
        ("inconclusive", {"skipped": 1}),
        ("skipped", {"skipped": 1}),
        ("waived", {"xfailed": 1}),
        ("failed", {"failed": 1}),
        ("unwaived", {"failed": 1}),
        ("error", {"errors": 1}),
    ],
)
def test_each_outcome_has_its_counterpart(judged: Start, outcome: str, pytest_says: dict[str, int]) -> None:
    verdict = {"outcome": outcome, "cause": "because", "findings": [FINDING]}
    judged([verdict]).assert_outcomes(**pytest_says)


def test_a_failure_is_told_without_a_traceback(judged: Start) -> None:
    result = judged([{"outcome": "failed", "findings": [FINDING, {"message": "and more"}]}])
    result.stdout.fnmatch_lines(
        [
            "*__ models.list / plain / * __*",
            'frame 3 (byte 120): object is "text"; expected "list" (and 1 more) ?MUST *',
            "  where     frame 3 (byte 120): object",
            '  expected  "list"',
            '  actual    "text"',
            "and more",
            "  more      slashv1 explain *",
            "  again     curl -s https://x.test/v1/models",
            'FAILED slashv1::models.list::plain::* - *object is "text"*',
        ],
        consecutive=False,
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_items.py*")


def test_a_skip_says_its_cause(judged: Start) -> None:
    result = judged([{"outcome": "inconclusive", "cause": "the model did not call"}] * 2, "-rs")
    result.stdout.fnmatch_lines(["SKIPPED [[]2[]] *slashv1:1: the model did not call"])


def test_a_warning_names_the_item(judged: Start) -> None:
    result = judged([{"outcome": "warned", "findings": [FINDING]}])
    result.stdout.fnmatch_lines(
        ["slashv1::models.list::plain::*", '*Slashv1Warning: frame 3 (byte 120): object is "text"*']
    )


def test_strict_makes_a_warning_a_failure(judged: Start) -> None:
    judged([{"outcome": "warned", "findings": [FINDING]}], "--slashv1-strict").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("filters", "pytest_says"),
    [
        ("error", {"passed": 1, "warnings": 1}),
        ("ignore::slashv1.harness.plugin.Slashv1Warning", {"passed": 1}),
    ],
)
def test_a_warning_filter_can_silence_but_not_fail(
    judged: Start, filters: str, pytest_says: dict[str, int]
) -> None:
    verdict = {"outcome": "warned", "findings": [FINDING]}
    judged([verdict], ini=f"filterwarnings = {filters}").assert_outcomes(**pytest_says)


def test_runxfail_wants_the_waived_failure(judged: Start) -> None:
    waived = {"outcome": "waived", "findings": [FINDING]}
    judged([waived], "--runxfail").assert_outcomes(failed=1)


def test_what_a_target_sent_cannot_reach_the_terminal(judged: Start) -> None:
    finding = {"message": "id is \x1b]0;owned\x07\u202e", "actual": "\x1b[2J"}
    result = judged([{"outcome": "failed", "findings": [finding]}], "-n", "2")
    assert "\x1b" not in result.stdout.str()
    result.stdout.fnmatch_lines([r"id is \x1b]0;owned\x07\u202e*", r"  actual    \x1b?2J"])


def test_junit_holds_level_and_outcome_of_each_item(judged: Start, pytester: pytest.Pytester) -> None:
    judged([{"outcome": "noted"}, {"outcome": "failed", "findings": [FINDING]}], "--junitxml", "j.xml")
    cases = ET.parse(pytester.path / "j.xml").findall(".//testcase")
    said = [{p.get("name"): p.get("value") for p in case.iter("property")} for case in cases]
    assert [properties["outcome"] for properties in said] == ["noted", "failed"]
    assert {properties["level"] for properties in said} == {"MUST"}
    assert [case.get("classname") for case in cases] == ["slashv1.models.list.plain"] * 2
    failure = cases[1].find("failure")
    assert failure is not None
    assert 'object is "text"' in str(failure.get("message"))


def test_an_error_is_pytests_error(judged: Start) -> None:
    result = judged([{"outcome": "error", "cause": "the target is gone"}])
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of models.list / plain / *", "the target is gone", "ERROR slashv1::*"]
    )


def test_a_run_that_learnt_nothing_says_so(judged: Start) -> None:
    result = judged([{"outcome": "inconclusive", "cause": "no"}])
    result.stdout.fnmatch_lines(
        ["*= slashv1 =*", "1 checks: 1 inconclusive", "nothing was learnt about this target: *"]
    )


def test_a_live_target_that_deviates_fails_and_warns(run: Start, deviating: Target) -> None:
    result = run("--base-url", deviating.base_url, "slashv1::chat.completions.create::plain")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] >= 1
    assert outcomes["warnings"] >= 1
    assert "\x1b]" not in result.stdout.str()
    result.stdout.fnmatch_lines(["FAILED slashv1::chat.completions.create::plain::chat.object*"])


def test_a_broad_check_alone_still_leaves_the_deviation_to_the_narrow_one(
    run: Start, deviating: Target
) -> None:
    start = "slashv1::chat.completions.create::plain"
    run("--base-url", deviating.base_url, f"{start}::body.enum").assert_outcomes(passed=1)
    run("--base-url", deviating.base_url, f"{start}::chat.object").assert_outcomes(failed=1)
