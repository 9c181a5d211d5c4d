"""The kill table as a page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from slashv1.harness.judge.engine import checks
from slashv1.harness.kill_table import Row, page
from slashv1.harness.notes import without_defect
from slashv1.harness.selftest import Verdict
from slashv1.record import Suite
from slashv1.reference_server import DEFECTS, VARIANTS
from tests.spec.evidence import CHECKOUT

FRESH = "run: slashv1 selftest --write docs/selftest.md"
ROWS = [
    Row("One is wrong", "body", Verdict("one", "a.b", ("a.c",), ("a.b", "a.c"))),
    Row("Two | three", "body", Verdict("two", "a.b", (), ("a.d",))),
    Row("Four", "body", Verdict("four", "a.d", (), ("a.d",), "full")),
    Row("Legal", "variant", Verdict("fine", None, (), ())),
    Row("Legal too", "variant", Verdict("unfair", None, (), ("a.b",))),
]
PAGE = page(
    ROWS,
    {"a.b": "MUST", "a.d": "MAY", "a.e": "MUST"},
    {"a.e": "nobody can"},
    Suite("1.0", "f" * 64),
    date(2026, 1, 2),
)


def table(text: str, title: str) -> list[list[str]]:
    part = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in part.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_page_tells_day_suite_and_score() -> None:
    assert "on 2026-01-02, slashv1 1.0" in PAGE
    assert "`ffffffffffff`" in PAGE
    assert "> 2 of 3 defects found, 1 with a stray alarm; 1 of 2 legal variants pass" in PAGE
    assert "2 of 3 checks are the one" in PAGE


def test_every_defect_has_a_row_with_what_fired() -> None:
    assert table(PAGE, "Defects") == [
        ["`one`", "One is wrong", "`a.b`", "yes", "`a.c`"],
        ["`two`", r"Two \| three", "`a.b`", "**no**", "`a.d` **stray: `a.d`**"],
        ["`four`", "Four", "`a.d`", "in tier full"],
    ]


def test_every_variant_has_a_row_with_what_objected() -> None:
    assert table(PAGE, "Legal variants") == [["`fine`", "Legal", "none"], ["`unfair`", "Legal too", "`a.b`"]]


def test_checks_are_counted_by_their_defects_and_those_without_say_why() -> None:
    assert table(PAGE, "Checks by their defects")[0] == ["`a.b`", "MUST", "2", "`one`, `two`"]
    assert table(PAGE, "Checks without a defect") == [["`a.e`", "nobody can"]]


def test_the_page_of_the_documentation_names_what_the_catalogue_holds() -> None:
    text = (CHECKOUT / "docs" / "selftest.md").read_text("utf-8")
    assert [row[0].strip("`") for row in table(text, "Defects")] == list(DEFECTS), FRESH
    assert [row[2].strip("`") for row in table(text, "Defects")] == [t.caught_by for t in DEFECTS.values()], (
        FRESH
    )
    assert [row[0].strip("`") for row in table(text, "Legal variants")] == list(VARIANTS), FRESH
    named = {
        row[0].strip("`")
        for title in ("by their defects", "without a defect")
        for row in table(text, f"Checks {title}")
    }
    assert named == set(checks()), FRESH
    # What only drawn requests show has a defect, and no answer to show.
    undefected = set(without_defect()) - {twist.caught_by for twist in DEFECTS.values()}
    assert {row[0].strip("`") for row in table(text, "Checks without a defect")} == undefected, FRESH


def test_the_page_of_the_documentation_tells_of_no_miss() -> None:
    text = (CHECKOUT / "docs" / "selftest.md").read_text("utf-8")
    assert {row[3] for row in table(text, "Defects")} <= {"yes", "in tier full"}
    assert "stray:" not in text
    assert {row[2] for row in table(text, "Legal variants")} == {"none"}


@pytest.mark.parametrize("arguments", [["stream-no-role"], ["--list"]])
def test_the_table_of_some_is_not_written(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["selftest", "--write", str(tmp_path / "x.md"), *arguments])
    assert end.value.code == 2
    assert "whole table" in capsys.readouterr().err
    assert not (tmp_path / "x.md").exists()


def test_a_page_that_cannot_be_written_is_told_before_anything_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["selftest", "--write", str(tmp_path / "none" / "x.md")])
    assert end.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
