"""`slashv1 spec export`: what is chosen, and where it goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.commands.spec import command
from slashv1.spec import operations


def run(*arguments: Any) -> str:
    done = CliRunner().invoke(command, ["export", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_phase_1_is_what_the_matrix_tries_in_phase_1() -> None:
    document = json.loads(run("--format", "openapi", "--phase", 1))
    assert set(document["paths"]) == {
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/responses",
        "/v1/responses/input_tokens",
        "/v1/responses/{response_id}",
        "/v1/responses/{response_id}/cancel",
    }


def test_the_last_phase_is_everything() -> None:
    document = json.loads(run("--format", "openapi", "--phase", 4))
    exported = {one["x-operation"] for methods in document["paths"].values() for one in methods.values()}
    assert exported | set(document.get("x-left-out", ())) == set(operations())


def test_a_glob_chooses_operations_and_the_server_is_named_without_v1(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "openapi.json"
    where = ("--out", out, "--server", "http://127.0.0.1:8080/v1")
    assert run("--format", "openapi", "--operation", "models.*", *where) == ""
    document = json.loads(out.read_text("utf-8"))
    assert set(document["paths"]) == {"/v1/models", "/v1/models/{model}"}
    assert document["servers"] == [{"url": "http://127.0.0.1:8080"}]


def test_plain_schemas_are_a_file_a_part_that_stands_on_its_own(tmp_path: Path) -> None:
    run("--format", "jsonschema", "--operation", "chat.completions.create", "--out", tmp_path)
    found = {path.name: json.loads(path.read_text("utf-8")) for path in tmp_path.iterdir()}
    assert set(found) == {f"chat.completions.create.{part}.json" for part in ("request", "response", "event")}
    for name, schema in found.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == "urn:slashv1:" + name.removesuffix(".json").replace("create.", "create:")


def test_plain_schemas_without_a_folder_are_one_object() -> None:
    found = json.loads(run("--format", "jsonschema", "--operation", "models.list"))
    assert set(found) == {"models.list.response.json"}


def test_a_glob_that_matches_nothing_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"no operation matches chat\.nothing"):
        run("--format", "openapi", "--operation", "chat.nothing")


def test_a_target_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        run("--format", "openapi", "--operation", "models.*", "--out", tmp_path / "file" / "x.json")
