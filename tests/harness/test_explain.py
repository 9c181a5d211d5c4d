"""`slashv1 explain`: a check in words, all ids, and a hint for a misspelt one."""

from __future__ import annotations

import pytest

from slashv1.harness.cli import main
from slashv1.harness.judge.engine import checks


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
    assert known.clause in out
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
    ],
)
def test_an_unknown_check_is_one_line_with_the_nearest_names(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, word)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert hint in err
