"""`slashv1 spec compile`: the contract from upstream's document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.commands.spec import command
from slashv1.spec import operations
from tests.spec.evidence import evidence


def run(*arguments: Any) -> tuple[Any, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "neither JSON nor YAML"),
        ("- a", "not an OpenAPI document"),
        ('{"a": 1}', "not an OpenAPI document"),
    ],
)
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        run("compile", "--openapi", path, "--out", tmp_path)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        run("compile", "--openapi", tmp_path / "none.json")


@pytest.mark.evidence
def test_compiling_elsewhere_writes_every_file_and_again_none(tmp_path: Path) -> None:
    source = evidence("upstream-openapi.json.gz")
    code, out = run("compile", "--openapi", source, "--out", tmp_path)
    assert code == 0
    assert json.loads((tmp_path / "operations.json").read_text("utf-8")).keys() == operations().keys()
    assert out.splitlines()[-1] == f"{len(list(tmp_path.rglob('*.json')))} files changed"
    code, out = run("compile", "--openapi", source, "--out", tmp_path, "--check")
    assert (code, out) == (0, "0 files would change\n")
    (tmp_path / "operations.json").write_text("{}")
    code, out = run("compile", "--openapi", source, "--out", tmp_path, "--check")
    assert code == 1
    assert "would change" in out
