"""`slashv1 report`: what a user types, and one line for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from tests.reports import sample


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(sample.deviating().to_json()))
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["report", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_both_reports_are_written(record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html, junit = tmp_path / "r.html", tmp_path / "r.xml"
    assert run(record, "--html", html, "--junit", junit) == 0
    assert html.read_text().startswith("<!doctype html>")
    assert junit.read_text().startswith("<?xml")
    assert capsys.readouterr().out == f"wrote {html}\nwrote {junit}\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON at line 1, column 2"),
        ('{"schema_version": 9}', "schema_version 9, this release reads 1"),
        ('{"openapi": "3.1"}', "not a run record"),
    ],
)
def test_a_bad_record_is_one_line_and_2(
    content: str, said: str, record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record.write_text(content)
    assert run(record, "--html", tmp_path / "r.html") == 2
    error = capsys.readouterr().err
    assert error.startswith(f"slashv1: {record}: ")
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "r.html").exists()


def test_a_truncated_record_is_one_line_and_2(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record.write_text(record.read_text()[:5_000])
    assert run(record, "--html", record.with_suffix(".html")) == 2
    assert "not JSON at line 1" in capsys.readouterr().err


def test_a_missing_record_is_one_line_and_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.json", "--html", tmp_path / "r.html") == 2
    assert (
        capsys.readouterr().err == f"slashv1: cannot read {tmp_path}/none.json: No such file or directory\n"
    )


def test_a_path_that_cannot_be_written_is_one_line_and_2(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(record, "--html", tmp_path / "none" / "r.html") == 2
    assert capsys.readouterr().err.startswith(f"slashv1: cannot write {tmp_path}/none/r.html: ")


def test_nothing_asked_for_is_one_line_and_2(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(record) == 2
    assert "--html FILE, --junit FILE" in capsys.readouterr().err


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(sample.conforming().to_json()))
    return path


def test_several_records_are_one_comparison(
    record: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {form: tmp_path / f"c.{form}" for form in ("html", "markdown", "json")}
    options = [part for form, path in paths.items() for part in (f"--{form}", path)]
    assert run(record, other, *options) == 0
    assert paths["html"].read_text().startswith("<!doctype html>")
    assert paths["markdown"].read_text().startswith("## slashv1: conforming: 1")
    assert json.loads(paths["json"].read_text())["schema_version"] == 1
    said = capsys.readouterr()
    assert said.out.startswith("target ")
    assert said.err == "".join(f"wrote {path}\n" for path in paths.values())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--junit", "j.xml"), "--junit j.xml: is of one record, and here are 2"),
        (("--badge", "b.svg"), "--badge b.svg: is of one record"),
        (("--html", "none/c.html"), "cannot write none/c.html"),
    ],
)
def test_what_is_of_one_record_is_refused_of_several(
    options: tuple[str, ...], said: str, record: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(record, other, *options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_record_given_twice_and_json_of_one_are_refused(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(record, record, "--html", "c.html") == 2
    assert "is given twice" in capsys.readouterr().err
    assert run(record, "--json", "c.json") == 2
    assert "is JSON already" in capsys.readouterr().err


def test_the_comparison_beside_the_records_of_a_fleet_is_left_out(
    record: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = tmp_path / "comparison.json"
    assert run(record, other, "--json", comparison) == 0
    capsys.readouterr()
    assert run(comparison, record, other) == 0
    said = capsys.readouterr()
    assert said.err == f"left out {comparison}: a comparison of runs, no run record\n"
    assert said.out.splitlines()[-1] == "conforming: 1", "two runs of one target"
    assert run(comparison, "--html", tmp_path / "r.html") == 2
    assert capsys.readouterr().err == f"slashv1: {comparison}: a comparison of runs, no run record\n"
    again = tmp_path / "again.json"
    again.write_bytes(comparison.read_bytes())
    assert run(comparison, again) == 2
    assert "give run records" in capsys.readouterr().err
