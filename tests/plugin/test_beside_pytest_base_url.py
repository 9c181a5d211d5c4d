"""Beside pytest-base-url, which defines the same option: really installed, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import KEY, Target

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Of the environment; and what tells pip where its index is."""


def execute(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with a clean environment and a key."""
    kept = {n: v for n, v in os.environ.items() if n in KEPT or n.startswith(("PIP_", "HTTP", "http"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, "SLASHV1_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the project as users install it, pytest-base-url and xdist."""
    folder = tmp_path_factory.mktemp("environment")
    source = folder / "source"
    tracked = execute("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=ROOT).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    made = execute(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    assert made.returncode == 0, made.stderr
    interpreter = folder / "venv" / "bin" / "python"
    installed = execute(
        interpreter, "-m", "pip", "install", "-q", source, "pytest-base-url", "pytest-xdist", cwd=folder
    )
    assert installed.returncode == 0, installed.stderr
    return interpreter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of browser tests."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_page.py").write_text(
        "def test_page(base_url):\n    assert base_url.startswith('http://')\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    return tmp_path


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """What pytest summed up, its time left out."""
    assert "INTERNALERROR" not in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout.strip().splitlines()[-1].split(" in ")[0]


def test_a_browser_test_project_is_not_flooded(python: Path, project: Path, gateway: Target) -> None:
    site = gateway.base_url.removesuffix("/v1")
    for arguments in (
        ("--base-url", site),
        ("--base-url", site, "-n", "2"),
        ("--base-url", gateway.base_url, "tests"),
        ("-o", f"base_url={gateway.base_url}"),
    ):
        result = execute(python, "-m", "pytest", "-q", *arguments, cwd=project)
        assert last_line(result) == "1 passed", arguments
    assert gateway.requests == []


def test_a_url_that_ends_in_v1_or_the_switch_asks_for_the_matrix(
    python: Path, project: Path, gateway: Target
) -> None:
    start = (python, "-m", "pytest", "-q", "--slashv1-select", "models.list")
    by_url = execute(*start, "--base-url", gateway.base_url, cwd=project)
    by_switch = execute(*start, "--slashv1", "--base-url", gateway.base_url.removesuffix("/v1"), cwd=project)
    spread = execute(*start, "-n", "2", "--base-url", gateway.base_url, cwd=project)
    assert last_line(by_url) == last_line(by_switch) == last_line(spread)
    assert int(last_line(by_url).split()[0]) > 10
    assert gateway.requests == ["GET /v1/models"] * 6


def test_either_plugin_may_be_blocked(python: Path, project: Path, gateway: Target) -> None:
    start = (python, "-m", "pytest", "-q", "--base-url")
    select = ("--slashv1-select", "models.list")
    alone = execute(*start, gateway.base_url, "-p", "no:base_url", *select, cwd=project)
    assert int(last_line(alone).split()[0]) > 10
    without = execute(*start, gateway.base_url, "-p", "no:slashv1", cwd=project)
    assert last_line(without) == "1 passed"
