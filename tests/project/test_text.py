"""The project speaks of itself alone, and its two commands stand in the README."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_two_one_line_commands_that_set_themselves_up() -> None:
    commands = re.findall(r"^python3 -m venv .+$", README, re.MULTILINE)
    assert len(commands) == 2
    assert "slashv1 check --html report.html" in commands[0]
    assert commands[1].endswith("-m pytest")


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    dead = [
        f"{path.name}: {target}"
        for path in documents
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert dead == []


def test_no_tracked_text_holds_an_absolute_path_of_a_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    machine = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/[A-Za-z]")
    found = [
        name
        for name in filter(None, listed)
        if (ROOT / name).suffix in {".md", ".py", ".yaml", ".yml", ".json", ".toml", ".html", ".js", ".css"}
        and (ROOT / name).exists()
        and name != "tests/project/test_text.py"
        and machine.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_test_packs_bytes_that_hold_the_time_of_day() -> None:
    """A parameter with such bytes names its test otherwise in each worker, and none of them is run."""
    dated = re.compile(r"gzip\.compress\((?!.*mtime=0)")
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [path.name for path in tests if dated.search(path.read_text(encoding="utf-8"))] == []
