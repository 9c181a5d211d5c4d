"""What the self-test makes of a run's results."""

from __future__ import annotations

import pytest

from slashv1.harness.selftest import score, verdict
from slashv1.record import Level, Outcome, Result


def result(check: str, outcome: Outcome) -> Result:
    return Result("models.list", "plain", check, Level.MUST, outcome)


def test_a_defect_is_found_when_its_check_fails() -> None:
    found = verdict("d", "models.object", (), [result("models.object", Outcome.FAILED)])
    assert found.good


def test_a_warning_of_its_check_counts_as_found() -> None:
    assert verdict("d", "models.object", (), [result("models.object", Outcome.WARNED)]).caught


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.NOTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED])
def test_a_defect_whose_check_did_not_object_is_missed(outcome: Outcome) -> None:
    assert not verdict("d", "models.object", (), [result("models.object", outcome)]).good


def test_a_check_outside_also_is_a_stray_alarm() -> None:
    results = [result("models.object", Outcome.FAILED), result("http.status", Outcome.FAILED)]
    assert verdict("d", "models.object", (), results).wrong == ("http.status",)
    assert verdict("d", "models.object", ("http.*",), results).good


def test_anything_that_fires_on_a_legal_variant_is_wrong() -> None:
    assert verdict("v", None, (), []).good
    assert not verdict("v", None, (), [result("http.status", Outcome.WARNED)]).good


def test_a_crashed_check_is_never_good() -> None:
    results = [result("models.object", Outcome.FAILED), result("models.ids", Outcome.ERROR)]
    assert not verdict("d", "models.object", (), results).good


def test_the_score_tells_missed_from_stray() -> None:
    verdicts = [
        verdict("a", "models.object", (), [result("models.object", Outcome.FAILED)]),
        verdict("b", "models.object", (), []),
        verdict("c", None, (), []),
    ]
    line = score(verdicts)
    assert line == "1 of 2 defects found, 0 with a stray alarm; 1 of 1 legal variants pass"
