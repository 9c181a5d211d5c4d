"""The one word on top of a report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slashv1.record import Outcome, Run
from slashv1.reports.words import SIGNS, verdict
from tests.reports import sample


@pytest.mark.parametrize(
    ("run", "word", "part"),
    [
        (sample.conforming(), "Conforming", "No deviation in 28 checks on 2 cases."),
        (sample.deviating(), "Deviates", "5 MUST deviations and 4 SHOULD deviations in "),
        (sample.interrupted(), "Interrupted", "Stopped before the plan was done."),
        (sample.hostile(), "Not judged", "1 MUST deviation in 3 checks on 1 case."),
        (sample.run(), "Nothing learnt", "No MUST check passed."),
        (
            replace(sample.deviating(), results=sample.deviating().results[-1:]),
            "Conforming",
            "in 1 check on 1 case.",
        ),
    ],
)
def test_the_verdict_follows_the_exit_code(run: Run, word: str, part: str) -> None:
    said = verdict(run)
    assert said.word == word
    assert part in said.sentence


def test_every_outcome_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Outcome)
    assert len(set(SIGNS.values())) == len(Outcome)
