"""Many runs side by side: who is one target, what only one fails, and the forms that are read."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
from rich.cells import cell_len

from slashv1.record import Outcome, Result, Run, Suite, Target
from slashv1.reports.labels import labels
from slashv1.reports.overview import Entry, Overview, make_overview
from slashv1.reports.overview_html import render_overview
from slashv1.reports.overview_text import overview_json, overview_markdown, overview_table
from slashv1.reports.trend import make_trend
from tests.reports import sample

SCHEMA = json.loads(files("slashv1").joinpath("overview.schema.json").read_text("utf-8"))


def named(name: str | None, *results: Result, when: str = "2026-03-04T09:15:00Z", **more: object) -> Run:
    """A run of a target of that name, with a MUST that passed."""
    target = Target(f"https://{name}.example/v1", "m", name=name)
    passed = sample.result("models.list", "plain", "http.status")
    return sample.run(passed, *results, target=target, started_at=when, **more)  # type: ignore[arg-type]


def one(outcome: Outcome, case: str = "plain") -> Result:
    bad = (sample.finding("chat.object", message="object is wrong"),) if outcome is Outcome.FAILED else ()
    return replace(sample.result(sample.CHAT, case, "chat.object", *bad), outcome=outcome)


def overview(*runs: Run) -> Overview:
    return make_overview([Entry(run) for run in runs])


def test_what_only_one_fails_is_what_another_passes() -> None:
    made = overview(
        named("a", one(Outcome.FAILED), one(Outcome.FAILED, "both"), one(Outcome.FAILED, "unasked")),
        named("b", one(Outcome.PASSED), one(Outcome.FAILED, "both"), one(Outcome.SKIPPED, "unasked")),
        named("c", one(Outcome.SKIPPED), one(Outcome.PASSED, "both")),
    )
    (items,) = made.only(0).values()
    assert [item.case for item in items] == ["plain"]
    assert made.only(1) == made.only(2) == {}


def test_a_target_that_was_not_asked_is_an_empty_cell() -> None:
    made = overview(named("a", one(Outcome.FAILED)), named("b"))
    cells = {line.name: line.cells for line in made.operations}
    assert cells[sample.CHAT][1] is None
    failed = cells[sample.CHAT][0]
    assert failed is not None
    assert failed.label == f"a, {sample.CHAT}: 1 failed"


def test_runs_of_one_target_are_one_column_the_newest_shown() -> None:
    old = named("a", one(Outcome.FAILED), when="2026-01-01T00:00:00Z")
    made = overview(named("a", one(Outcome.PASSED)), old)
    (shown,) = made.targets
    assert shown.run is not old
    assert shown.history[0] is old
    trend = make_trend(shown.label, shown.history)
    assert [change.title for change in trend.steps[1].changes] == ["fixed"]
    assert trend.steps[0].changes == ()
    assert trend.told == "a, 2 runs, the oldest first: failed 1, 0; warned 0, 0"


@pytest.mark.parametrize("field", ["profile", "model", "base_url"])
def test_another_profile_model_or_url_is_another_target(field: str) -> None:
    run = named("a")
    other = (
        replace(run, profile="pragmatic")
        if field == "profile"
        else replace(run, target=replace(run.target, **{field: "https://x.example/v1"}))
    )
    first, second = overview(run, other).targets
    assert first.label != second.label


def test_the_built_in_gateway_is_one_target_on_any_port() -> None:
    runs = [
        replace(named("embedded"), target=Target(f"http://127.0.0.1:{port}/v1", "m", name="embedded"))
        for port in (1, 2)
    ]
    (shown,) = overview(*runs).targets
    assert make_trend(shown.label, shown.history).steps[1].remarks == ()


def test_another_suite_is_the_same_target_and_is_told() -> None:
    newer = Suite("0.2.0", "sha256:b", rules="sha256:c")
    (shown,) = overview(named("a"), named("a", suite=newer, when="2026-04-01T00:00:00Z")).targets
    trend = make_trend(shown.label, shown.history)
    assert "another suite" in trend.steps[1].remarks[0]
    assert trend.suites == (120,)
    (remark,) = overview(named("a"), named("b", suite=newer)).remarks
    assert remark.startswith("judged by 2 suites")


def test_the_worst_exit_code_counts_and_that_of_the_command_before_that_of_the_run() -> None:
    bad = named("a", one(Outcome.FAILED))
    assert overview(named("b")).exit_code == 0
    assert overview(bad, named("b")).exit_code == 1
    assert make_overview([Entry(bad, exit_code=0)]).exit_code == 0
    assert make_overview([Entry(bad), Entry(None, "c", "c is not up")]).exit_code == 2


@pytest.mark.parametrize(
    ("parts", "made"),
    [
        ([("a", "x"), ("b", "x")], ["a", "b"]),
        ([("a", "x", "m"), ("a", "x", "n")], ["a, m", "a, n"]),
        ([("a", "x"), ("a", "x"), ("a (2)", "x")], ["a", "a (3)", "a (2)"]),
        ([(None, "x"), (None, "y")], ["x", "y"]),
        ([("a\x1b", "x")], ["a\\x1b"]),
    ],
)
def test_labels_say_no_more_than_tells_targets_apart(
    parts: list[tuple[str | None, ...]], made: list[str]
) -> None:
    assert labels(parts) == made


def everything() -> Overview:
    return make_overview(
        [
            Entry(sample.deviating(), page="a.html"),
            Entry(replace(sample.deviating(), started_at="2026-04-01T00:00:00Z")),
            Entry(named("b", one(Outcome.PASSED))),
            Entry(sample.hostile()),
            Entry(None, sample.HOSTILE, "not up: " + sample.HOSTILE),
        ]
    )


def test_the_json_form_follows_its_schema() -> None:
    for made in (everything(), make_overview([])):
        said = json.loads(json.dumps(overview_json(made), allow_nan=False))
        jsonschema.Draft202012Validator(SCHEMA).validate(said)
    assert [row["error"] is None for row in overview_json(everything())["targets"]] == [True] * 3 + [False]


def test_a_strangers_text_stays_text_in_every_form() -> None:
    page, text = render_overview(everything()), overview_markdown(everything())
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert "<script" not in text
    assert "](" not in text
    for said in (page, text, overview_table(everything())):
        assert not {"\x1b", "\x00", "\x07", "\u202e", "\ufeff"} & set(said)
        said.encode()


def test_a_text_of_5_mb_is_cut() -> None:
    long = "x" * 5_000_000
    run = sample.run(
        sample.result("o", "c", "k", sample.finding("k", message=long)),
        target=Target("https://a.example/v1", long, server=long, name=long),
    )
    made = make_overview([Entry(run), Entry(None, long, long)])
    assert len(render_overview(made)) < 200_000
    assert len(overview_markdown(made)) < 10_000
    assert max(map(len, overview_table(made).splitlines())) <= 3_100


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_its_width(width: int) -> None:
    runs = [named("a-target-whose-name-is-long-enough-to-be-cut-" * 2), sample.deviating()]
    made = make_overview([*map(Entry, runs), Entry(None, "c", "https://c.example/v1: is it up? " * 20)])
    table = overview_table(made, width)
    assert max(map(len, table.splitlines())) <= width
    assert table.endswith("not judged: 1\n")
    assert f"only {sample.URL} fails: " not in table, "nobody else was asked"


def test_columns_stand_below_each_other_whatever_a_target_is_called() -> None:
    names = ("plain", "北京网关" * 20, "ok👩")
    table = overview_table(overview(*(named(name) for name in names)), 80).splitlines()
    assert {cell_len(line.partition("conforming")[0]) for line in table[1:4]} == {
        cell_len(table[0].partition("verdict")[0])
    }
    assert max(map(cell_len, table)) <= 80


def test_nothing_at_all_is_still_a_page() -> None:
    assert "No run holds a result." in render_overview(make_overview([Entry(None, "a", "not up")]))
