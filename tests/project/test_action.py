"""The GitHub Action: its script, run as the runner runs it, and the options it passes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from slashv1.harness.commands.check import command

ACTION = Path(__file__).parents[2] / "action.yml"


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
    return found


def start(steps: list[dict[str, Any]], folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    step = next(step for step in steps if step.get("id") == "check")
    (folder / "slashv1").mkdir()
    (folder / "slashv1" / "bin").symlink_to(Path(sys.executable).parent)
    environ = dict.fromkeys(step["env"], "") | {
        "IN_FOLDER": "out",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "PATH": "/usr/bin:/bin",
        **inputs,
    }
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env=environ,
        text=True,
        capture_output=True,
        check=False,
    )


def test_a_good_endpoint_passes_and_every_report_is_there(
    steps: list[dict[str, Any]], tmp_path: Path
) -> None:
    options = "--select\nmodels.list::plain\n"
    done = start(steps, tmp_path, IN_TIER="quick", IN_OPTIONS=options, IN_API_KEY="sk-action-tests")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"run.json", "report.html", "junit.xml", "summary.md", "badge.svg"}
    assert "exit-code=0" in (tmp_path / "output").read_text()
    assert "slashv1: Conforming" in (tmp_path / "summary").read_text()
    assert "sk-action-tests" not in done.stdout + done.stderr


def test_a_mistake_fails_the_step_with_an_annotation(steps: list[dict[str, Any]], tmp_path: Path) -> None:
    done = start(steps, tmp_path, IN_PROFILE="opena1")
    assert done.returncode == 2
    assert "::error title=slashv1::nothing was learnt" in done.stdout
    assert "exit-code=2" in (tmp_path / "output").read_text()


def test_every_input_that_is_an_option_is_one_of_check(steps: list[dict[str, Any]]) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    own = {"--options", "--folder", "--upload"}
    inputs = yaml.safe_load(ACTION.read_text("utf-8"))["inputs"]
    assert {f"--{name}" for name in inputs} - own <= options


def test_no_input_is_put_into_a_script(steps: list[dict[str, Any]]) -> None:
    assert [step for step in steps if "${{" in step.get("run", "")] == []
