"""Entries written for today's failures, and taken out when their day is over; the rest stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.harness.gate.edit import Filling, with_failures, without
from slashv1.harness.gate.waive import waive
from slashv1.harness.gate.waivers import read_waivers
from slashv1.matrix import load_matrix
from slashv1.record import Run
from tests.harness.gate.runs import entry, outcomes, run
from tests.reports import sample

WHOLE = Filling("edge: team", "2026-12-31", 'known, "really"')
FILE = """\
# ours
waivers:
  # one
  - check: usage.*
    reason: r
    owner: o
    expires: 2026-12-31
  # two
  - check: http.status
    reason: r
    owner: o
    expires: 2026-12-31
flaky: []
"""


def read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "waivers.yaml"
    path.write_text(text, "utf-8")
    return read_waivers(path, load_matrix())


@pytest.mark.parametrize("text", ["", "waivers: []\n", "waivers:\nflaky: []\n", "flaky: []\n", FILE])
def test_entries_for_todays_failures_waive_them(tmp_path: Path, text: str) -> None:
    failing = run(plain="failed", system="failed", n="passed", stop="warned")
    after, count = with_failures(text, failing, WHOLE, "waivers.yaml")
    assert count == 1
    file = read(tmp_path, after)
    assert outcomes(waive(failing, file))["plain"] == "waived"  # type: ignore[arg-type]
    assert outcomes(waive(failing, file))["stop"] == "warned"  # type: ignore[arg-type]
    kept = [line for line in text.splitlines() if line not in ("waivers: []", "waivers:")]
    assert [line for line in after.splitlines() if line in kept] == kept


def test_what_is_not_given_is_to_be_filled_in_and_refused_until_then(tmp_path: Path) -> None:
    after, _ = with_failures("", run(plain="failed"), Filling(owner="me"), "waivers.yaml")
    assert "TODO" in after
    with pytest.raises(UsageError, match="still to be filled in"):
        read(tmp_path, after)


def test_nothing_fails_nothing_is_written() -> None:
    assert with_failures(FILE, run(plain="passed", n="warned"), WHOLE, "w") == (FILE, 0)


def pruned(text: str, *lines: int) -> str:
    gone = [entry(lines=(line, line)) for line in lines]
    made: Run = waive(sample.run(), type("F", (), {"waivers": gone})())  # type: ignore[arg-type]
    return without(text, made.waivers, "waivers.yaml")[0]


def test_an_entry_goes_with_its_lines_alone() -> None:
    assert pruned(FILE, 4) == FILE.replace(
        "  - check: usage.*\n    reason: r\n    owner: o\n    expires: 2026-12-31\n", ""
    )


def test_a_list_that_ran_empty_stays_a_list(tmp_path: Path) -> None:
    after = pruned(FILE, 4, 9)
    assert "waivers: []\n" in after
    assert read(tmp_path, after).waivers == ()  # type: ignore[attr-defined]


def test_entries_that_share_a_line_are_left_to_their_author() -> None:
    shared = "waivers: [{check: a, owner: o}, {check: b, owner: o}]\n"
    with pytest.raises(UsageError, match="by hand"):
        pruned(shared, 1)
    with pytest.raises(UsageError, match="by hand"):
        with_failures(shared, run(plain="failed"), WHOLE, "waivers.yaml")
