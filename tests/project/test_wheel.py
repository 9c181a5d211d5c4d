"""What a user installs: the wheel holds the tree, and runs the main job from an empty directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROOMS = ["slashv1", "spec", "fixtures", "matrix", "harness", "reference_server", "reports"]
PACKED = {
    f"slashv1/{name}.zip"
    for name in (
        "fixtures/recorded",
        "matrix/phases",
        "matrix/profiles",
        "matrix/schema",
        "reference_server/data",
        "spec/clauses",
        "spec/overlays",
        "spec/schemas",
    )
}
"""Folders of many files, each one archive in the wheel."""
SHIPPED = {".py", ".json", ".yaml", ".html", ".css", ".js", ".typed"}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}
    }
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a clean copy of what git tracks, so that no stale build folder leaks in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    tracked = run("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=ROOT).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    built = run(sys.executable, "-m", "build", "--wheel", "-o", str(out), str(source), cwd=out)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("*.whl"))


def tree() -> set[str]:
    """The files of the rooms, as the import package names them."""
    names = set()
    for room in ROOMS:
        inside = "slashv1" if room == "slashv1" else f"slashv1/{room}"
        for path in (ROOT / room).rglob("*"):
            if path.suffix in SHIPPED or path.name == "py.typed":
                names.add(f"{inside}/{path.relative_to(ROOT / room).as_posix()}")
    return {name for name in names if "__pycache__" not in name}


def test_tree_and_wheel_hold_the_same_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
        packed = set[str]()
        for name in PACKED:
            with archive.open(name) as file, zipfile.ZipFile(file) as inner:
                packed |= {f"{name.removesuffix('.zip')}/{one}" for one in inner.namelist()}
    assert {name.rsplit("/", 1)[0] for name in packed} > {
        name.removesuffix(".zip") for name in PACKED if "recorded" not in name
    }
    assert shipped - PACKED | packed == tree()


def test_the_wheel_stays_under_500_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert len(archive.namelist()) < 500


def test_every_package_of_the_tree_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = {str(Path(name).parent).replace("/", ".") for name in tree() if name.endswith("/__init__.py")}
    assert packages == set(declared["packages"])


def test_an_installed_wheel_runs_the_main_job_from_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    venv, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    assert run(sys.executable, "-m", "venv", str(venv), cwd=tmp_path).returncode == 0
    installed = run(str(venv / "bin" / "pip"), "install", "-q", str(wheel), cwd=empty)
    assert installed.returncode == 0, installed.stderr
    slashv1 = str(venv / "bin" / "slashv1")
    checked = run(slashv1, "check", "--html", "report.html", "--report-json", "run.json", cwd=empty)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    record = json.loads((empty / "run.json").read_text(encoding="utf-8"))
    assert record["summary"]["failed"] == 0
    assert record["summary"]["passed"] >= 500
    assert (empty / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
