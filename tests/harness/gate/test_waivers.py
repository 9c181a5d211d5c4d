"""The file of waivers: what it says, and each mistake in it by file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.harness.gate.waivers import Waivers, read_waivers
from slashv1.matrix import load_matrix

GOOD = """\
waivers:
  # the proxy drops it
  - check: headers.request-id
    case: [chat.completions.create::plain, models.*]
    reason: >
      the proxy
      drops it
    owner: edge team
    expires: 2026-12-31
    link: https://tracker.example/17

  - {check: usage.*, reason: r, owner: o, expires: "2026-01-02"}
flaky:
  - check: chat.stream.*
    case: chat.completions.create
    repeat: 5
    at_least: 2
    reason: r
    owner: o
    expires: 2026-12-31
"""


def read(tmp_path: Path, text: str) -> Waivers:
    path = tmp_path / "waivers.yaml"
    path.write_text(text, "utf-8")
    return read_waivers(path, load_matrix())


def test_entries_know_their_lines_dates_and_patterns(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD)
    first, second = file.waivers
    assert (first.lines, second.lines, file.flaky[0].lines) == ((3, 10), (12, 12), (14, 20))
    assert first.expires == date(2026, 12, 31)
    assert first.reason == "the proxy drops it"
    assert first.link == "https://tracker.example/17"
    assert (file.flaky[0].repeat, file.flaky[0].at_least) == (5, 2)
    assert second.delete == "delete line 12"


@pytest.mark.parametrize(
    ("item", "covered"),
    [
        ("chat.completions.create::plain::headers.request-id", True),
        ("models.list::plain::headers.request-id", True),
        ("chat.completions.create::system::headers.request-id", False),
        ("chat.completions.create::plain::headers.no-leak", False),
    ],
)
def test_an_entry_covers_what_its_patterns_say(tmp_path: Path, item: str, covered: bool) -> None:
    assert read(tmp_path, GOOD).waivers[0].covers(item) is covered


def test_an_entry_without_cases_covers_all(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).waivers[1].covers("responses.create::x::usage.total")


ENTRY = """\
waivers:
  - check: {check}
    case: {case}
    reason: {reason}
    owner: o
    expires: {expires}
"""
GIVEN = {"check": "http.status", "case": "models.list::plain", "reason": "r", "expires": "2026-12-31"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (ENTRY.format(**{**GIVEN, "check": "http.statsu"}), 2, "did you mean 'http.status'?"),
        (ENTRY.format(**{**GIVEN, "case": "model.list::plain"}), 3, "did you mean 'models.list'?"),
        (ENTRY.format(**{**GIVEN, "case": "models.list::plian"}), 3, "names no case; did you mean 'plain'?"),
        (ENTRY.format(**{**GIVEN, "reason": "'TODO: why'"}), 4, "reason is still to be filled in"),
        (ENTRY.format(**{**GIVEN, "expires": "2026-13-01"}), 6, "expected the last day as YYYY-MM-DD"),
        (ENTRY.format(**{**GIVEN, "expires": "20261231"}), 6, "expected string"),
        (ENTRY.format(**GIVEN).replace("expires", "expiry"), 6, "did you mean 'expires'?"),
        (ENTRY.format(**GIVEN).replace("    owner: o\n", ""), 2, "lacks the key 'owner'"),
        ("waiver: []\n", 1, "did you mean 'waivers'?"),
        ("waivers: 3\n", 1, "expected array or null"),
        (GOOD.replace("at_least: 2", "at_least: 6"), 17, "more than the 5 times it is sent"),
    ],
)
def test_a_mistake_names_file_line_and_what_was_expected(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(UsageError) as wrong:
        read(tmp_path, text)
    assert str(wrong.value).startswith(f"{tmp_path / 'waivers.yaml'}:{line}: ")
    assert said in str(wrong.value)
