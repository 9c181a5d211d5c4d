"""The gateway held against genuine requests: what they were answered is what it answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.parity import GOAL, Parity, parity
from benchmarks.parity_source import read_genuine

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SLASHV1_EVIDENCE", ROOT.parent / "shared" / "evidence"))
FILE = FOLDER / "openai.jsonl.gz"

pytestmark = [
    pytest.mark.evidence,
    pytest.mark.skipif(not FILE.exists(), reason=f"no evidence at {FILE}; set SLASHV1_EVIDENCE"),
]


@pytest.fixture(scope="module")
def measured() -> Parity:
    return parity(list(read_genuine(FILE)))


@pytest.mark.parametrize("refused", [True, False])
def test_genuine_requests_are_answered_as_genuine(measured, refused):
    places = [place for place in measured.seen if (place[1] != "accepted") is refused]
    seen = sum(measured.seen[place] for place in places)
    equal = sum(measured.equal[place] for place in places)
    assert seen > 900
    assert equal / seen >= GOAL, measured.apart


@pytest.mark.parametrize(("part", "floor"), [("shape", 0.97), ("frames", 0.99), ("headers", 0.98)])
def test_answers_have_the_form_of_genuine_ones(measured, part, floor):
    held, alike = measured.held[part].total(), measured.alike[part].total()
    assert held > 700
    assert alike / held >= floor, measured.told[part].most_common(10)


def test_little_is_left_out(measured):
    assert measured.left.total() < 0.1 * measured.seen.total(), measured.left
