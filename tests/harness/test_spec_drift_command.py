"""`slashv1 spec drift`: what it prints, writes and ends with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.commands import spec_drift
from slashv1.spec.drift import Change, Direction, Drift, Weight
from slashv1.spec.drift.render import markdown, text

EVIL = "field\x1b[2J|<b>"
BREAKING = Change(
    "chat.completions.create",
    "request",
    "X." + "very_long_" * 12,
    "field",
    Direction.REMOVED,
    Weight.BREAKING,
    EVIL,
)
ADDITIVE = Change(
    "getOther", "operation", "getOther", "operation", Direction.ADDED, Weight.ADDITIVE, "GET /v1/other"
)
FOUND = Drift(
    "newer.json (version 2)",
    (ADDITIVE, BREAKING),
    ((ADDITIVE, "on purpose"),),
    ("Old.place",),
    {"operations": 2},
)


def run(*arguments: Any) -> tuple[int, str]:
    done = CliRunner().invoke(spec_drift.command, [str(one) for one in arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout


@pytest.fixture
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec_drift, "_drifts", lambda openapi, sdk: [FOUND])


@pytest.mark.usefixtures("_found")
def test_breaking_drift_ends_one_and_is_readable_in_80_columns() -> None:
    code, out = run("--sdk")
    assert code == 1
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert out.startswith("newer.json (version 2): 1 breaking, 1 additive, 1 known (2 operations)\n")
    assert "additive + operation getOther: GET /v1/other" in out
    assert "breaking - field" in out
    assert "no longer needed in known.yaml: Old.place" in out


def test_without_breaking_drift_it_ends_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec_drift, "_drifts", lambda openapi, sdk: [Drift("x", (ADDITIVE,))])
    assert run()[0] == 0


@pytest.mark.usefixtures("_found")
def test_json_and_markdown_go_to_files_or_the_terminal(tmp_path: Path) -> None:
    code, out = run("--json", "-")
    said = json.loads(out)
    assert code == 1
    assert (said["against"][0]["breaking"], said["against"][0]["additive"]) == (1, 1)
    assert said["against"][0]["changes"][1]["detail"] == EVIL
    code, out = run("--json", tmp_path / "d.json", "--markdown", tmp_path / "d.md")
    assert json.loads((tmp_path / "d.json").read_text("utf-8")) == said
    table = (tmp_path / "d.md").read_text("utf-8")
    assert "| additive | operation added | getOther | GET /v1/other |" in table
    assert "1 breaking" in out


def test_markdown_escapes_what_others_wrote() -> None:
    row = next(line for line in markdown(FOUND) if line.startswith("| breaking"))
    assert "\\|&lt;b>" in row
    assert row.count(" | ") == 3


def test_operations_that_came_or_went_stand_together_before_all_else() -> None:
    came = Change("b.list", "operation", "b.list", "operation", Direction.ADDED, Weight.ADDITIVE, "GET /v1/b")
    went = Change("a.get", "operation", "a.get", "operation", Direction.REMOVED, Weight.BREAKING, "GET /v1/a")
    lines = list(text(Drift("x", (BREAKING, came, went))))
    at = lines.index("operations")
    assert lines[at + 1 : at + 3] == [
        "  breaking - operation a.get: GET /v1/a",
        "  additive + operation b.list: GET /v1/b",
    ]
    assert at < lines.index(f"{BREAKING.group}: {BREAKING.part}")


def test_breaking_changes_stand_first_in_their_group() -> None:
    soft = Change(BREAKING.group, "request", "X.a", "field", Direction.ADDED, Weight.ADDITIVE, "string")
    lines = list(text(Drift("x", (soft, BREAKING))))
    order = [line.split()[0] for line in lines if line.startswith(("  breaking", "  additive"))]
    assert order == ["breaking", "additive"]


@pytest.mark.usefixtures("_found")
def test_an_unwritable_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        run("--json", tmp_path / "no" / "d.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "not an OpenAPI document"),
        ("[1]", "not an OpenAPI document"),
        ("{", "neither JSON nor YAML"),
        ('{"paths": {"/x": {"get": 3}}, "components": {}}', "cannot be read"),
    ],
)
def test_a_bad_document_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=said):
        run("--openapi", path)


def test_a_document_alone_needs_no_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(UsageError, match="cannot read"):
        run("--openapi", tmp_path / "missing.json")
    with pytest.raises(UsageError, match="not installed"):
        run()
