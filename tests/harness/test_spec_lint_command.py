"""`slashv1 spec lint`: a line per finding, and an exit code that says whether there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.commands.spec import command


def run(*arguments: Any) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["lint", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value), done.stdout


def test_the_contract_itself_is_clean() -> None:
    assert run() == (0, "0 findings\n")


def test_a_sound_contract_has_no_finding(tmp_path: Path) -> None:
    (tmp_path / "operations.json").write_text("{}")
    assert run(tmp_path) == (0, "0 findings\n")


def test_a_finding_is_a_line_with_file_pointer_and_what(tmp_path: Path) -> None:
    one = {"method": "GET", "path": "/v1/x", "upstream_id": "x", "response": "x#/$defs/X"}
    (tmp_path / "operations.json").write_text(json.dumps({"x.get": one}))
    assert run(tmp_path) == (
        1,
        "operations.json#/x.get/response: x#/$defs/X does not resolve\n1 finding\n",
    )


def test_a_folder_without_a_contract_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no contract: it holds no operations\.json"):
        run(tmp_path)
