"""`slashv1 explain`: a check in words, all ids, and a hint for a misspelt one."""

from __future__ import annotations

import pytest

from slashv1.harness.cli import main
from slashv1.harness.judge.engine import checks
from slashv1.spec.clause import clauses


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["explain", *arguments])
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


def test_a_check_is_told_with_level_title_reason_clause_and_cases(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "responses.stream.sequence")
    known = checks()["responses.stream.sequence"]
    assert (code, err) == (0, "")
    assert out.startswith("responses.stream.sequence  (MUST)\n")
    assert known.title in out
    assert " ".join(known.why.split()) in " ".join(out.split())
    clause = clauses()[known.clause]
    assert f"clause:     {clause.id}: {clause.text.split()[0]}" in out
    assert " ".join(f"source: {' '.join(clause.sources)}".split()) in " ".join(out.split())
    assert "responses.create" in out


def test_what_a_check_needs_and_how_it_is_judged_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs:      values" in run(capsys, "responses.id-prefix")[1]
    assert "whatever the status" in run(capsys, "http.status")[1]
    assert "narrower check" in run(capsys, "replay.shape")[1]


def test_without_a_check_all_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(checks())


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("respones.stream.sequence", "responses.stream.sequence"),
        ("ids-unique", "ids-unique"),
        ("", "lists them all"),
        ("CH-1000", "CH-10"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest_names(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, word)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert hint in err


@pytest.mark.parametrize("word", ["CS-6", "cs-6"])
def test_a_clause_is_told_with_level_text_source_and_checks(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, word)
    assert (code, err) == (0, "")
    known = clauses()["CS-6"]
    assert out.startswith(f"CS-6  ({known.level})\n{known.text}\n")
    assert "checks:     chat.stream.unnamed" in out
    assert "source:     contract: Chat completions" in out


def test_a_clause_without_a_check_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    name = next(one.id for one in clauses().values() if one.excluded)
    out = run(capsys, name)[1]
    assert " ".join(f"excluded: {clauses()[name].excluded}".split()) in " ".join(out.split())


def test_every_clause_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for name, clause in clauses().items():
        assert clause.text in " ".join(run(capsys, name)[1].split())


def test_all_clauses_are_listed_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--clauses")
    assert code == 0
    first = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line[2] != " "]
    assert first == list(clauses())


@pytest.mark.parametrize("arguments", [["--markdown", "CS-1"], ["--clauses", "CS-1"]])
def test_options_that_say_nothing_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
