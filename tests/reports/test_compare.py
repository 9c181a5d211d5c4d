"""What became of one run in another: the kind of each difference, the exit code, and its three forms."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from slashv1.record import Level, Outcome, Result, Run, Suite, Target
from slashv1.reports import compare
from slashv1.reports.compare import Kind
from slashv1.reports.compare_text import remarks, render_markdown, render_text
from tests.reports import sample

CHECK = "chat.object"
SCHEMA = json.loads(files("slashv1").joinpath("comparison.schema.json").read_text("utf-8"))


def run(*outcomes: str | None, **more: object) -> Run:
    """A MUST that passed, then a result for each outcome given."""
    results = [_result(f"case-{n}", Outcome(said)) for n, said in enumerate(outcomes) if said]
    return sample.run(sample.result("models.list", "plain", "http.status"), *results, **more)  # type: ignore[arg-type]


def _result(case: str, outcome: Outcome) -> Result:
    bad = outcome in (Outcome.FAILED, Outcome.WARNED)
    level = Level.SHOULD if outcome is Outcome.WARNED else Level.MUST
    found = (sample.finding(CHECK, level, message="object is wrong"),) if bad else ()
    return Result(sample.CHAT, case, CHECK, level, outcome, found, None if bad else "because")


@pytest.mark.parametrize(
    ("before", "after", "kind", "code"),
    [
        ("passed", "failed", Kind.NEW_FAILURE, 1),
        ("inconclusive", "failed", Kind.NEW_FAILURE, 1),
        ("waived", "unwaived", Kind.NEW_FAILURE, 1),
        (None, "failed", Kind.NEW_FAILURE, 1),
        ("passed", None, Kind.MISSING, 1),
        ("failed", None, Kind.MISSING, 1),
        ("passed", "skipped", Kind.PASS_TO_SKIP, 1),
        ("noted", "unsupported", Kind.PASS_TO_SKIP, 1),
        ("passed", "warned", Kind.NEW_WARNING, 0),
        ("passed", "inconclusive", Kind.UNDECIDED, 0),
        ("failed", "skipped", Kind.UNDECIDED, 0),
        ("failed", "waived", Kind.NEWLY_WAIVED, 0),
        ("failed", "passed", Kind.FIXED, 0),
        ("failed", "warned", Kind.FIXED, 0),
        ("warned", "noted", Kind.FIXED, 0),
        ("waived", "passed", Kind.FIXED, 0),
        ("skipped", "passed", Kind.GAINED, 0),
        (None, "passed", Kind.GAINED, 0),
        ("passed", "noted", None, 0),
        ("failed", "failed", None, 0),
        ("failed", "unwaived", None, 0),
        ("skipped", "inconclusive", None, 0),
    ],
)
def test_each_change_has_its_kind(
    before: str | None, after: str | None, kind: Kind | None, code: int
) -> None:
    made = compare(run(before), run(after))
    assert [one.kind for one in made.differences] == ([kind] if kind else [])
    assert made.exit_code == code
    assert made.regressions == code


def test_a_new_warning_is_a_regression_where_the_new_run_is_strict() -> None:
    assert compare(run("passed"), run("warned", strict=True)).exit_code == 1


def test_an_error_or_an_interruption_is_2_whatever_regressed() -> None:
    assert compare(run("passed", "passed"), run("error", "failed")).exit_code == 2
    assert compare(run("passed"), run("failed", interrupted=True)).exit_code == 2


def test_runs_with_nothing_in_common_are_2() -> None:
    other = sample.run(sample.result("embeddings.create", "plain", "http.status"))
    assert compare(run("passed"), other).exit_code == 2
    assert "nothing in common" in render_text(compare(run("passed"), other))


def suite(rules: str | None) -> Suite:
    return Suite("0.1.0", f"hash-{rules}", None, rules)


def test_what_a_newer_suite_brought_is_no_regression_of_the_target() -> None:
    old, new = run(None, "passed", suite=suite("a")), run("failed", "failed", suite=suite("b"))
    made = compare(old, new)
    assert [one.kind for one in made.differences] == [Kind.NEW_FAILURE, Kind.NEW_RULE_FAILS]
    assert made.other_rules
    assert not made.other_target
    assert "another suite" in " ".join(remarks(made))


def test_another_selection_is_not_another_suite() -> None:
    old = run("passed", suite=Suite("0.1.0", "x", None, "same"), plan_hash="p")
    made = compare(old, run("passed", suite=Suite("0.1.0", "y", None, "same"), plan_hash="q"))
    assert (made.other_rules, made.other_plan) == (False, True)
    older = compare(run("passed", suite=Suite("0.1.0", "x")), run("passed", suite=Suite("0.1.0", "y")))
    assert older.other_rules


def test_another_target_is_told() -> None:
    made = compare(run("passed"), run("failed", target=Target("https://other.example/v1", "big")))
    assert made.other_target
    assert f"URL {sample.URL} → https://other.example/v1" in remarks(made)[0]


def timed(seconds: float | None, first: float | None = None) -> Run:
    return replace(
        run("passed"), wires=(sample.wire(sample.CHAT, "case-0", seconds=seconds, first_byte=first),)
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((1.0, 0.1), (2.5, 0.1), [("whole", 2.5)]),
        ((2.0, 0.2), (2.2, 1.4), [("first byte", 7.0)]),
        ((3.0, None), (1.0, None), [("whole", 0.333)]),
        ((0.01, None), (0.2, None), []),
        ((1.0, None), (1.9, None), []),
        ((None, None), (9.0, None), []),
    ],
)
def test_times_are_told_where_they_changed_a_lot(
    before: tuple[float | None, float | None],
    after: tuple[float | None, float | None],
    told: list[tuple[str, float]],
) -> None:
    made = compare(timed(*before), timed(*after))
    assert [(one.what, round(one.factor, 3)) for one in made.times] == told
    assert made.exit_code == 0


def test_the_json_is_as_its_schema_says() -> None:
    old = replace(run("passed", "passed", "failed"), wires=(sample.wire(sample.CHAT, "case-0", seconds=0.0),))
    made = compare(old, replace(timed(3.0), results=run("failed", None, "passed").results))
    raw = json.loads(json.dumps(made.to_json()))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(raw)
    assert raw["counts"]["new failure"] == 1
    assert raw["times"][0]["factor"] == 1e6
    assert [kind["kind"] for kind in raw["differences"]] == ["new failure", "missing", "fixed"]


def test_text_groups_by_check_and_fits_80_columns() -> None:
    made = compare(run(*["passed"] * 30), run(*["failed"] * 30))
    text = render_text(made)
    assert "new failures: 30 (a regression)" in text
    assert text.count("MUST chat.object: passed → failed") == 1
    assert "object is wrong" in text
    assert text.splitlines()[-1] == "regressed: 30 new failures, 1 unchanged"
    assert max(map(len, text.splitlines())) <= 80


def test_a_strangers_text_stays_text() -> None:
    bad = Result(
        sample.CHAT,
        "case-0",
        CHECK,
        Level.MUST,
        Outcome.FAILED,
        (sample.finding(CHECK, message=sample.HOSTILE),),
    )
    made = compare(run("passed"), sample.run(*run().results, bad))
    markdown = render_markdown(made)
    assert "<script" not in markdown
    assert "[" not in markdown.replace("[](", "")
    assert "\x1b" not in markdown + render_text(made)
    assert "\u202e" not in markdown + render_text(made)


def test_markdown_shows_regressions_and_folds_the_rest() -> None:
    markdown = render_markdown(compare(run("passed", "failed"), run("failed", "passed")))
    assert markdown.startswith("### slashv1: regressed: 1 new failure, 1 fixed")
    assert "**new failures: 1 (a regression)**" in markdown
    assert "<details><summary>fixed: 1</summary>" in markdown
