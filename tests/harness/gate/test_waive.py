"""What a waiver makes of a run: waived while it holds, a failure once it has had its day."""

from __future__ import annotations

import json

import jsonschema
import pytest

from slashv1.harness.gate.waive import waive
from slashv1.record import load_run
from slashv1.reports import render_html, render_junit
from slashv1.reports.load import run_schema
from tests.harness.gate.runs import causes, entry, outcomes, run, waivers
from tests.reports import sample


def test_a_deviation_is_waived_through_the_last_day() -> None:
    made = waive(run(plain="failed", system="warned", n="noted"), waivers(entry()))
    assert outcomes(made) == {"plain": "waived", "system": "waived", "n": "noted"}
    assert causes(made)["plain"] == "waived until 2026-03-04 by edge: known (waivers.yaml:3)"
    assert made.results[1].findings
    assert made.exit_code == 0
    assert [(one.state, one.results) for one in made.waivers] == [("used", 2)]


def test_an_expired_one_is_a_failure_that_names_the_lines() -> None:
    made = waive(run(plain="failed", system="passed"), waivers(entry(expires="2026-03-03")))
    assert outcomes(made) == {"plain": "unwaived", "system": "passed"}
    said = causes(made)["plain"]
    assert said.startswith("waivers.yaml:3: expired on 2026-03-03 (owner edge: known)")
    assert "delete lines 3 to 6" in said
    assert made.exit_code == 1


def test_one_that_holds_covers_what_an_expired_one_does_not_any_more() -> None:
    old, new = entry(expires="2026-01-01"), entry(lines=(9, 12))
    assert outcomes(waive(run(plain="failed"), waivers(old, new))) == {"plain": "waived"}


@pytest.mark.parametrize("expires", ["2026-12-31", "2026-01-01"])
def test_one_that_nothing_needs_is_a_failure_once(expires: str) -> None:
    made = waive(run(plain="passed", system="noted"), waivers(entry(expires=expires)))
    assert outcomes(made) == {"plain": "unwaived", "system": "noted"}
    assert "waivers.yaml:3: no longer needed" in causes(made)["plain"]
    assert "delete lines 3 to 6" in causes(made)["plain"]
    assert made.exit_code == 1
    assert made.waivers[0].state == "unneeded"


@pytest.mark.parametrize("other", ["skipped", "inconclusive", "unsupported", "error"])
def test_nothing_is_said_of_an_entry_while_something_it_covers_was_not_judged(other: str) -> None:
    made = waive(run(plain="passed", system=other), waivers(entry()))
    assert outcomes(made)["plain"] == "passed"
    assert made.waivers[0].state == "idle"


def test_nothing_is_said_where_only_a_part_of_what_it_covers_was_run() -> None:
    planned = {f"{sample.CHAT}::{case}::headers.request-id" for case in ("plain", "system")}
    assert outcomes(waive(run(plain="passed"), waivers(entry()), planned=planned)) == {"plain": "passed"}
    narrow = waivers(entry("headers.request-id", f"{sample.CHAT}::plain"))
    assert outcomes(waive(run(plain="passed"), narrow, planned=planned)) == {"plain": "unwaived"}


def test_another_check_or_case_is_not_covered() -> None:
    file = waivers(entry("headers.no-leak"), entry("headers.request-id", f"{sample.CHAT}::system"))
    assert outcomes(waive(run(plain="failed"), file)) == {"plain": "failed"}


def test_the_record_with_waivers_keeps_its_schema_and_comes_back() -> None:
    made = waive(run(plain="failed", system="passed"), waivers(entry(), entry("models.*", lines=(8, 9))))
    raw = json.loads(json.dumps(made.to_json()))
    jsonschema.Draft202012Validator(run_schema()).validate(raw)
    assert load_run(raw) == made


def test_a_record_older_than_waivers_still_loads() -> None:
    raw = json.loads(json.dumps(run(plain="failed").to_json()))
    del raw["waivers"]
    jsonschema.Draft202012Validator(run_schema()).validate(raw)
    assert load_run(raw).waivers == ()


def test_reports_say_what_is_waived_and_until_when() -> None:
    made = waive(
        run(plain="failed", n="failed"),
        waivers(
            entry("headers.request-id", f"{sample.CHAT}::plain"),
            entry("headers.request-id", expires="2026-01-01"),
        ),
    )
    page = render_html(made)
    assert "waived until 2026-03-04 by edge: known" in page
    assert 'id="h-waivers"' in page
    junit = render_junit(made)
    assert "waived: waived until 2026-03-04" in junit
    assert 'message="waivers.yaml:3: expired on 2026-01-01' in junit
