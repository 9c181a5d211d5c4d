"""`slashv1 matrix`: the table people read and the JSON programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from slashv1.harness.judge.engine import items_of
from slashv1.matrix import load_matrix, load_profile


def _said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["matrix", *arguments])
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.out, captured.err


def test_the_table_counts_cases_and_checks_of_every_operation(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _said([], capsys)
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    cases = load_matrix()
    results = [item for case in cases for item in items_of(case, load_profile("openai"))]
    assert code == 0
    for operation in {case.operation for case in cases if len(case.operation) < 24}:
        own = [case for case in cases if case.operation == operation]
        assert [int(number) for number in rows[operation][1:4]] == [
            sum(case.tier == tier for case in own) for tier in ("quick", "standard", "full")
        ]
        assert int(rows[operation][4]) == sum(case.error for case in own)
    assert int(rows["all"][-1]) == len(results)
    assert max(len(line) for line in out.splitlines()) <= 110


def test_one_operation_lists_its_cases(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _said(["models.retrieve"], capsys)
    assert code == 0
    assert "unknown" in out
    assert "A model that does not exist" in out


def test_json_names_every_case_with_its_checks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _said(["--json"], capsys)
    rows = json.loads(out)
    profile = load_profile("openai")
    assert code == 0
    assert [f"{row['operation']}/{row['case']}" for row in rows] == [case.id for case in load_matrix()]
    assert [row["checks"] for row in rows] == [
        [item.check.id for item in items_of(case, profile)] for case in load_matrix()
    ]


def test_a_profile_that_turns_checks_off_shows_fewer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text('levels: {"*": "off", http.status: MUST}\n')
    _, out, _ = _said(["--json", "--profile", str(path)], capsys)
    assert {check for row in json.loads(out) for check in row["checks"]} == {"http.status"}


def test_a_matrix_of_ones_own_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "phase: 2\noperations: {models.list: {request: {method: GET, path: /v1/models}, cases: {mine: {}}}}\n"
    )
    _, out, _ = _said(["--json", "--matrix", str(tmp_path)], capsys)
    assert [row["case"] for row in json.loads(out)] == ["mine"]
    code, _, error = _said(["--phase", "1", "--matrix", str(tmp_path)], capsys)
    assert (code, error.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chat.completion.create"], "did you mean 'chat.completions.create'?"),
        (["--profile", "opnai"], "unknown profile 'opnai'; did you mean 'openai'?"),
        (["--matrix", "/nowhere"], "/nowhere: no such folder"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = _said(arguments, capsys)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
