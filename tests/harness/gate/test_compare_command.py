"""`slashv1 compare` and `check --baseline`: exit codes, files, and every mistake in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from tests.reports import sample

Call = Callable[..., tuple[int, str, str]]
SELECT = ("--select", "models.list::plain")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def write(path: Path, run: object) -> Path:
    path.write_text(json.dumps(run.to_json()))  # type: ignore[attr-defined]
    return path


def test_a_worse_run_is_1_and_both_files_are_written(call: Call, tmp_path: Path) -> None:
    good, bad = sample.conforming(), sample.conforming()
    failed = sample.result(*good.results[0].id.split("::"), sample.finding("http.status"))
    bad = replace(bad, results=(failed, *bad.results[1:]))
    old, new = write(tmp_path / "old.json", good), write(tmp_path / "new.json", bad)
    code, out, _ = call("compare", old, new, "--json", "c.json", "--markdown", "c.md", "--html", "c.html")
    assert code == 1
    assert "2 runs" in (tmp_path / "c.html").read_text()
    assert "new failures: 1 (a regression)" in out
    assert json.loads((tmp_path / "c.json").read_text())["exit_code"] == 1
    assert (tmp_path / "c.md").read_text().startswith("### slashv1: regressed")
    assert call("compare", new, old)[0] == 0


def test_a_partial_or_broken_baseline_is_refused_in_one_line(call: Call, tmp_path: Path) -> None:
    part = write(tmp_path / "part.json", sample.interrupted())
    for arguments in (
        ("compare", part, part),
        ("check", "--baseline", part),
        ("check", "--baseline", "no.json"),
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1


def test_a_baseline_decides_the_exit_code(call: Call, tmp_path: Path) -> None:
    call("check", *SELECT, "--report-json", "good.json")
    raw = json.loads((tmp_path / "good.json").read_text())
    code, out, _ = call("check", *SELECT, "--baseline", "good.json")
    assert code == 0
    assert "against good.json" in out
    assert out.splitlines()[-1].startswith("no regression: ")
    raw["results"].append({**raw["results"][0], "check": "http.status", "case": "plain-two"})
    (tmp_path / "more.json").write_text(json.dumps(raw))
    code, out, _ = call("check", *SELECT, "--baseline", "more.json")
    assert code == 0, "what was not selected is not missed"
    raw["results"][-1] |= {"case": "plain", "check": "models.of-old"}
    (tmp_path / "more.json").write_text(json.dumps(raw))
    code, out, _ = call("check", *SELECT, "--baseline", "more.json")
    assert code == 1
    assert "1 missing" in out.splitlines()[-1]
