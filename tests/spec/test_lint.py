"""Lint: the committed contract has no flaw, and each kind of flaw is found where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.spec.lint import DIALECT, Flaw, lint, lint_folder

OPEN: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}


def contract(root: Any = None, *, table: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
    """The files of a contract of one operation, sound but for what a test puts in."""
    one = {"method": "GET", "path": "/v1/x", "upstream_id": "x", "response": "x#/$defs/Root"}
    defs = {"Root": OPEN if root is None else root, **known}
    schemas = {"$schema": DIALECT, "$id": "urn:slashv1:spec:x", "$defs": defs}
    return {"operations.json": {"x.get": one, **(table or {})}, "schemas/x.json": schemas}


def said(files: dict[str, Any]) -> list[str]:
    return [f"{flaw.pointer} {flaw.what}" for flaw in lint(files)]


def tagged(*branches: tuple[list[str], Any], values: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": values, "x-discriminator": True}},
        "allOf": [
            {"if": {"properties": {"type": {"enum": tags}}, "required": ["type"]}, "then": then}
            for tags, then in branches
        ],
    }


def test_the_contract_as_committed_has_no_flaw() -> None:
    assert [str(flaw) for flaw in lint_folder()] == []


def test_a_sound_contract_has_no_flaw() -> None:
    either = {
        "type": ["object", "null"],
        "allOf": [{"if": {"type": "object"}, "then": {"$ref": "#/$defs/A"}}],
    }
    one = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["a"]}}}
    root = {
        **OPEN,
        "properties": {
            "a": either,
            "b": tagged((["a"], one), (["b", "c"], {"properties": {"type": {}}}), values=["a", "b", "c"]),
            "c": {"anyOf": [{"required": ["x"]}, {"required": ["y"]}], "properties": {"x": {}, "y": {}}},
            "d": {"type": "integer", "x-since": "2025-01-01"},
        },
        "x-always": ["d"],
    }
    assert said(contract(root, A=OPEN)) == []


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ({"$ref": "#/$defs/No"}, "/$defs/Root/$ref #/$defs/No does not resolve"),
        ({"$ref": "other.json"}, "/$defs/Root/$ref other.json leads out of the file"),
        ({**OPEN, "required": ["b"]}, "/$defs/Root/required 'b' is no property"),
        (
            {**OPEN, "required": ["b"], "additionalProperties": False},
            "/$defs/Root/required 'b' is no property of a closed object: nothing is ever valid",
        ),
        ({**OPEN, "x-always": ["b"]}, "/$defs/Root/x-always 'b' is no property"),
        ({**OPEN, "x-always": ["a"], "required": ["a"]}, "/$defs/Root/x-always required already: a"),
        ({"type": "strng"}, "/$defs/Root/type 'strng' is no JSON type"),
        ({"type": ["object", "nil"]}, "/$defs/Root/type 'nil' is no JSON type"),
        ({"enum": []}, "/$defs/Root/enum no value: nothing is ever valid"),
        ({"enum": ["a", "a"]}, "/$defs/Root/enum/1 'a' twice"),
        ({"type": "string", "enum": ["a", 1]}, "/$defs/Root/enum/1 1 is no string"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "/$defs/Root/minimum 2 is more than maximum 1"),
        ({"type": "string", "pattern": "("}, "/$defs/Root/pattern no regular expression"),
        ({**OPEN, "x-since": "2025-01-01"}, "/$defs/Root/x-since stands at no field"),
        ({"properties": {"a": {"x-since": "soon"}}}, "/$defs/Root/properties/a/x-since 'soon' is no date"),
        (
            {"properties": {"a": {"x-since": "2025-01-01"}}, "required": ["a"]},
            "/$defs/Root/properties/a/x-since a required key is in every message",
        ),
        (
            {"type": "string", "nullable": True},
            "/$defs/Root/nullable a keyword that the contract does not use",
        ),
        ({"properties": {"a/b": 3}}, "/$defs/Root/properties/a~1b no schema"),
        ({"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}]}, "/$defs/Root/anyOf/1 shadowed"),
        ({"anyOf": [{}, {"type": "null"}]}, "/$defs/Root/anyOf/1 shadowed"),
        (
            {"type": "string", "allOf": [{"if": {"type": "object"}, "then": OPEN}]},
            "/$defs/Root/allOf/0 unreachable: the value is never object",
        ),
        (
            tagged((["a"], {}), (["a"], {}), values=["a"]),
            "/$defs/Root/allOf/1 type = 'a' is claimed by branch 0",
        ),
        (
            tagged((["a"], {}), (["b"], {}), values=["a"]),
            "/$defs/Root/allOf/1 unreachable: type may not be 'b'",
        ),
        (tagged((["a"], {}), values=["a", "b"]), "/$defs/Root/properties/type type = 'b' leads to no branch"),
        (
            tagged((["a"], {"properties": {"type": {"enum": ["z"]}}}), values=["a"]),
            "/$defs/Root/allOf/0 never accepts: chosen by type = 'a', but asks for 'z' itself",
        ),
    ],
)
def test_a_flaw_of_a_schema_is_found_where_it_is(root: Any, expected: str) -> None:
    found = said(contract(root))
    assert [one for one in found if one.startswith(expected)], found


def test_an_unused_definition_is_found() -> None:
    assert said(contract(Left=OPEN)) == ["/$defs/Left unused: no operation leads to it"]


def test_an_example_that_its_definition_refuses_is_found_once_and_not_again_around_it() -> None:
    impossible = {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}
    root = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"]}
    found = said(contract(root, A=impossible))
    assert found == ["/$defs/A no example: 'A': no integer lies between its bounds"] or (
        len(found) == 1 and found[0].startswith("/$defs/A no example")
    )
    refused = {"type": "object", "not": {"type": "object"}}
    assert said(contract(refused))[0].startswith("/$defs/Root its example is refused: /: not")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"y": {"method": "GET", "path": "/v1/y", "upstream_id": "y"}}, "/y no response"),
        (
            {"y": {"method": "GET", "path": "/v1/y", "upstream_id": "y", "response": "x#/$defs/No"}},
            "/y/response x#/$defs/No does not resolve",
        ),
        (
            {"y": {"method": "GET", "path": "/v1/x", "upstream_id": "y", "response": "x#/$defs/Root"}},
            "/y the same method and path as x.get",
        ),
        (
            {"y": {"method": "GET", "path": "/v1/y", "upstream_id": "x", "response": "x#/$defs/Root"}},
            "/y the same upstream_id as x.get",
        ),
    ],
)
def test_a_flaw_of_the_table_of_operations_is_found(table: dict[str, Any], expected: str) -> None:
    assert said(contract(table=table)) == [expected]


def test_bytes_for_an_answer_need_no_schema() -> None:
    one = {"method": "GET", "path": "/v1/y", "upstream_id": "y", "answer": "any"}
    assert said(contract(table={"y": one})) == []


def test_ids_are_bound_to_their_files_and_unique() -> None:
    files = contract()
    files["schemas/y.json"] = {**files["schemas/x.json"], "$defs": {}, "$schema": "draft-07"}
    assert said(files) == [
        "/$id urn:slashv1:spec:x is not urn:slashv1:spec:y",
        "/$id urn:slashv1:spec:x is the id of schemas/x.json as well",
        f"/$schema draft-07 is not {DIALECT}",
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"at": "Root", "open": True}, "/entries/0/evidence Root: no evidence"),
        ({"open": True, "evidence": "3 of 3"}, "/entries/0 does not say where"),
        ({"at": "Root", "evidence": "3 of 3"}, "/entries/0 Root: changes nothing"),
    ],
)
def test_a_flaw_of_an_overlay_is_found(entry: dict[str, Any], expected: str) -> None:
    (found,) = said({**contract(), "overlays/x.yaml": {"entries": [entry]}})
    assert found.startswith(expected)


def test_a_row_of_a_table_that_speaks_of_no_operation_is_found() -> None:
    files = {**contract(), "errors.json": {"rows": [{"operations": "x.*"}, {"operations": "z.*"}]}}
    assert said(files) == ["/rows/1/operations z.* matches no operation"]


def test_a_flaw_names_file_pointer_and_what() -> None:
    assert str(Flaw("schemas/x.json", "/$defs/A", "unused")) == "schemas/x.json#/$defs/A: unused"


def test_a_folder_is_linted_and_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    for name, value in contract().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(value))
    assert lint_folder(tmp_path) == []
    (tmp_path / "schemas" / "bad.json").write_text("{")
    (tmp_path / "overlays").mkdir()
    (tmp_path / "overlays" / "bad.yaml").write_text("a: [")
    assert [flaw.file for flaw in lint_folder(tmp_path)] == ["overlays/bad.yaml", "schemas/bad.json"]


def test_a_folder_without_a_contract_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no operations\.json"):
        lint_folder(tmp_path)


def test_tables_speak_of_operations_that_exist_and_in_patterns_that_are_some() -> None:
    tables = {
        "headers.json": {"response": [{"name": "x-a", "pattern": "(", "operations": ["x.*"]}]},
        "parameters.json": {"x.get": [], "y.get": []},
    }
    found = said({**contract(), **tables})
    assert [one.split(":")[0] for one in found] == [
        "/response/0/pattern no regular expression",
        "/y.get no such operation",
    ]
