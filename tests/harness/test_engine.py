"""The engine: outcomes by level, one report per deviation, nothing decided from the answer but verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures.exchange import ALL_FACETS, Facet, Failure, FailureKind
from slashv1.harness.judge import engine
from slashv1.harness.judge.check import REGISTRY, Check, Deviation, Inconclusive, check
from slashv1.harness.judge.engine import Item, checks, covers, items_of, judge, level_of
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, ExpectedError, Profile
from slashv1.record import Finding, Level, Outcome, Result
from tests.harness.readings import a_case, a_reading, sse

OPEN = Profile("open")
STRICT = Profile("strict", required=frozenset({"*"}))


def a_check(judge: Callable[[Reading], Any] = lambda reading: (), **over: Any) -> Check:
    said = {
        "id": "test.check",
        "level": Level.MUST,
        "title": "A title",
        "why": "A reason.",
        "clause": "none",
        "judge": judge,
        "applies": lambda case: True,
        **over,
    }
    return Check(**said)


def finding(*found: Deviation) -> Callable[[Reading], list[Deviation]]:
    return lambda reading: list(found)


def verdicts(
    reading: Reading, *given: Check, profile: Profile = STRICT, level: Level | None = None
) -> list[Result]:
    items = [Item(reading.case, one, level or one.level) for one in given]
    return judge(items, reading, profile)


CASE = a_case(messages=[])
FOUND = Deviation("it is wrong", "right", "wrong", "/a")


@pytest.mark.parametrize(
    ("level", "outcome"),
    [(Level.MUST, Outcome.FAILED), (Level.SHOULD, Outcome.WARNED), (Level.MAY, Outcome.NOTED)],
)
def test_a_deviation_counts_by_the_level_the_profile_gives(level: Level, outcome: Outcome) -> None:
    (result,) = verdicts(a_reading(CASE, {}), a_check(finding(FOUND)), level=level)
    assert (result.outcome, result.findings[0].level) == (outcome, level)


def test_no_deviation_is_passed() -> None:
    (result,) = verdicts(a_reading(CASE, {}), a_check())
    assert (result.outcome, result.findings, result.cause) == (Outcome.PASSED, (), None)


def test_a_finding_keeps_place_and_gets_the_frames_offset() -> None:
    text = sse({"a": 1}, {"a": 2})
    reading = a_reading(a_case(stream=True, messages=[]), text)
    (result,) = verdicts(reading, a_check(finding(Deviation("no", pointer="/a", frame=1))))
    (found,) = result.findings
    assert (found.frame, found.pointer, found.offset) == (1, "/a", text.index("data", 1))


def test_a_frame_that_does_not_exist_has_no_offset() -> None:
    (result,) = verdicts(a_reading(CASE, {}), a_check(finding(Deviation("no", frame=7))))
    assert result.findings[0].offset is None


def test_what_the_model_did_not_show_is_inconclusive_with_its_cause() -> None:
    def shy(reading: Reading) -> Iterator[Deviation]:
        raise Inconclusive("the model was shy")
        yield FOUND

    (result,) = verdicts(a_reading(CASE, {}), a_check(shy))
    assert (result.outcome, result.cause) == (Outcome.INCONCLUSIVE, "the model was shy")


def test_a_check_that_crashes_is_our_error_and_no_verdict() -> None:
    def broken(reading: Reading) -> Iterator[Deviation]:
        yield Deviation(str(1 // len(reading.object)))

    (result,) = verdicts(a_reading(CASE, {}), a_check(broken))
    assert result.outcome is Outcome.ERROR
    assert result.cause is not None
    assert "test.check crashed: ZeroDivisionError" in result.cause


def test_an_unexpected_status_skips_all_but_what_applies_always() -> None:
    usual = a_check(finding(FOUND))
    always = a_check(finding(FOUND), id="test.always", always=True)
    skipped, judged = verdicts(a_reading(CASE, {}, status=500), usual, always)
    assert (skipped.outcome, judged.outcome) == (Outcome.SKIPPED, Outcome.FAILED)
    assert skipped.cause == "status 500 where 200 was expected (http.status)"


def test_no_answer_skips_and_says_what_happened() -> None:
    failure = Failure(FailureKind.RESET, "connection reset")
    (result,) = verdicts(a_reading(CASE, b"", status=None, failure=failure), a_check(finding(FOUND)))
    assert result.outcome is Outcome.SKIPPED
    assert result.cause == "no answer: connection reset (http.answered)"


def test_a_recording_without_a_facet_skips_what_needs_it() -> None:
    reading = a_reading(CASE, {}, facets=ALL_FACETS - {Facet.VALUES})
    (result,) = verdicts(reading, a_check(finding(FOUND), needs=frozenset({Facet.VALUES})))
    assert (result.outcome, result.cause) == (Outcome.SKIPPED, "the recording does not keep values")


ENVELOPE = {"error": {"message": "no tools here", "type": "x", "param": "tools", "code": None}}
UNKNOWN_MODEL = {"error": {**ENVELOPE["error"], "code": "model_not_found"}}
MISTAKEN = a_case(status=400, error=ExpectedError(), messages=[])
REJECTIONS: list[tuple[int, Any, Case, Profile, bool]] = [
    (400, ENVELOPE, CASE, OPEN, True),
    (404, ENVELOPE, CASE, OPEN, True),
    (501, ENVELOPE, CASE, OPEN, True),
    (400, ENVELOPE, CASE, STRICT, False),
    (400, {"error": {"message": "no"}}, CASE, OPEN, False),
    (400, {"detail": "no"}, CASE, OPEN, False),
    (401, ENVELOPE, CASE, OPEN, False),
    (429, ENVELOPE, CASE, OPEN, False),
    (500, ENVELOPE, CASE, OPEN, False),
    (404, ENVELOPE, MISTAKEN, OPEN, False),
    (404, UNKNOWN_MODEL, MISTAKEN, OPEN, False),
    (404, UNKNOWN_MODEL, replace(MISTAKEN, optional=True), STRICT, True),
    (404, ENVELOPE, replace(MISTAKEN, optional=True), STRICT, False),
]


@pytest.mark.parametrize(("status", "body", "case", "profile", "honest"), REJECTIONS)
def test_an_honest_rejection_of_something_optional_is_unsupported(
    status: int, body: Any, case: Case, profile: Profile, honest: bool
) -> None:
    reading = a_reading(case, body, status=status)
    (result,) = verdicts(reading, a_check(finding(FOUND), always=True), profile=profile)
    assert (result.outcome is Outcome.UNSUPPORTED) is honest


def test_a_profile_requires_a_case_when_it_names_operation_and_all_tags() -> None:
    named = Profile("p", required=frozenset({"chat.completions.create", "tools"}))
    assert engine.required(a_case(tags=["tools"], messages=[]), named)
    assert not engine.required(a_case(tags=["tools", "n"], messages=[]), named)
    assert not engine.required(a_case("models.list"), named)


def test_what_depends_on_the_model_is_required_by_no_profile() -> None:
    assert engine.required(a_case(messages=[]), STRICT)
    assert not engine.required(replace(a_case(messages=[]), optional=True), STRICT)


@pytest.mark.parametrize(
    ("levels", "level"),
    [
        ({}, Level.MUST),
        ({"test.*": "MAY"}, Level.MAY),
        ({"test.*": "off"}, None),
        ({"test.*": "off", "test.check": "SHOULD"}, Level.SHOULD),
        ({"other.*": "off"}, Level.MUST),
    ],
)
def test_the_last_pattern_of_a_profile_sets_the_level(levels: dict[str, str], level: Level | None) -> None:
    assert level_of(a_check(), Profile("p", levels=levels)) is level


def test_items_are_those_that_apply_and_are_not_off() -> None:
    case = a_case("models.list")
    named = {item.check.id for item in items_of(case, Profile("p", levels={"http.*": "off"}))}
    assert "models.list.object" in named
    assert not any(name.startswith(("http.", "chat.", "embeddings.")) for name in named)
    assert all(item.id == f"models.list::case::{item.check.id}" for item in items_of(case, OPEN))


BROAD = {"id": "body.schema", "broad": True}


def test_a_broad_check_leaves_a_place_to_the_narrow_one_and_points_to_it() -> None:
    narrow, broad = verdicts(a_reading(CASE, {}), a_check(finding(FOUND)), a_check(finding(FOUND), **BROAD))
    assert narrow.outcome is Outcome.FAILED
    assert (broad.outcome, broad.findings, broad.cause) == (Outcome.PASSED, (), "reported by test.check")


def test_a_broad_check_keeps_what_no_narrow_one_saw() -> None:
    other = Deviation("that too", pointer="/b")
    _, broad = verdicts(a_reading(CASE, {}), a_check(finding(FOUND)), a_check(finding(FOUND, other), **BROAD))
    assert broad.outcome is Outcome.FAILED
    assert [f.pointer for f in broad.findings] == ["/b"]
    assert broad.cause == "reported by test.check"


def test_a_broad_check_alone_reports_itself() -> None:
    _, broad = verdicts(a_reading(CASE, {}), a_check(), a_check(finding(FOUND), **BROAD))
    assert (broad.outcome, broad.cause) == (Outcome.FAILED, None)


@pytest.mark.parametrize(
    ("broad", "narrow", "covered"),
    [
        ({"pointer": "/a"}, {"pointer": "/a"}, True),
        ({"pointer": "/a"}, {"pointer": "/a", "level": Level.MAY}, True),
        ({"pointer": "/a"}, {"pointer": "/a/0/b"}, True),
        ({"pointer": "/a"}, {"pointer": "/a/0/b", "level": Level.SHOULD}, False),
        ({"pointer": "/a/0/b"}, {"pointer": "/a"}, False),
        ({"pointer": "/ab"}, {"pointer": "/a"}, False),
        ({"pointer": "/a", "frame": 1}, {"pointer": "/a", "frame": 1}, True),
        ({"pointer": "/a", "frame": 1}, {"pointer": "/a", "frame": 2}, False),
        ({"pointer": "/a", "frame": 1}, {"pointer": "/a"}, False),
        ({"pointer": "/a"}, {"pointer": ""}, False),
        ({"pointer": ""}, {"pointer": "/a"}, False),
        ({"pointer": "/a"}, {}, False),
        ({"header": "date"}, {"header": "date"}, True),
        ({"header": "date"}, {"pointer": "/a"}, False),
    ],
)
def test_a_narrow_finding_covers_a_broad_one_at_its_place(
    broad: dict[str, Any], narrow: dict[str, Any], covered: bool
) -> None:
    wide, close = (
        Finding("x", **{"level": Level.MUST, "message": "no", **place}) for place in (broad, narrow)
    )
    assert covers(close, wide) is covered


def test_a_broad_check_selected_alone_has_the_verdict_it_has_among_all() -> None:
    case = a_case("models.list")
    reading = a_reading(case, {"object": "models", "data": []})
    items = items_of(case, OPEN)
    among_all = {result.check: result.outcome for result in judge(items, reading, OPEN)}
    for item in items:
        (alone,) = judge([item], reading, OPEN)
        assert alone.outcome is among_all[item.check.id], item.check.id
    assert among_all["models.list.object"] is Outcome.FAILED
    assert among_all["body.enum"] is Outcome.PASSED


def test_every_check_says_what_it_needs_to() -> None:
    for known in checks().values():
        assert known.title
        assert known.clause
        assert len(known.why) > 20
        assert known.id == known.id.lower()
        assert " " not in known.id


def test_a_check_needs_a_reason_and_an_id_of_its_own() -> None:
    def silent(reading: Reading) -> Iterator[Deviation]:
        return iter(())

    with pytest.raises(ValueError, match="no docstring"):
        check("test.silent", title="t", clause="c")(silent)
    silent.__doc__ = "It matters."
    taken = next(iter(checks()))
    with pytest.raises(ValueError, match="defined twice"):
        check(taken, title="t", clause="c")(silent)
    assert "test.silent" not in REGISTRY
