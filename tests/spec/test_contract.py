"""Operations and schemas as they are found and loaded."""

from __future__ import annotations

import subprocess
import sys

import jsonschema_rs
import pytest

from slashv1.spec import definition, find_operation, operation, operations, schema
from slashv1.spec.tree import tree

PHASE_1 = [
    "chat.completions.create",
    "responses.create",
    "responses.retrieve",
    "responses.delete",
    "responses.cancel",
    "responses.input_tokens.count",
    "embeddings.create",
    "models.list",
    "models.retrieve",
]


def test_the_operations_of_phase_1_are_known_by_the_sdks_names() -> None:
    assert list(operations())[: len(PHASE_1)] == PHASE_1
    assert len(operations()) == 288
    assert operation("responses.retrieve").path == "/v1/responses/{response_id}"
    with pytest.raises(KeyError):
        operation("chat.completion")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/chat/completions", "chat.completions.create"),
        ("post", "/v1/chat/completions?x=1", "chat.completions.create"),
        ("GET", "/v1/chat/completions", "chat.completions.list"),
        ("GET", "/v1/chat/completions/chatcmpl-1", "chat.completions.retrieve"),
        ("POST", "/v1/chat/completions/", None),
        ("POST", "/v1/responses", "responses.create"),
        ("GET", "/v1/responses/resp_1", "responses.retrieve"),
        ("DELETE", "/v1/responses/resp_1", "responses.delete"),
        ("POST", "/v1/responses/resp_1/cancel", "responses.cancel"),
        ("POST", "/v1/responses/input_tokens", "responses.input_tokens.count"),
        ("GET", "/v1/responses/input_tokens", None),
        ("DELETE", "/v1/responses/input_tokens", None),
        ("GET", "/v1/responses/resp_1/input_items", "responses.input_items.list"),
        ("GET", "/v1/responses/a/b", None),
        ("POST", "/v1/responses/compact", "responses.compact"),
        ("GET", "/v1/models", "models.list"),
        ("GET", "/v1/models/", None),
        ("GET", "/v1/models/gpt-4.1-mini", "models.retrieve"),
        ("GET", "/v1/models/openai/gpt-oss-20b", "models.retrieve"),
        ("GET", "/v1/models/ft:gpt-4.1-mini:org:name:1", "models.retrieve"),
        ("DELETE", "/v1/models/gpt-4.1-mini", "models.delete"),
        ("POST", "/v1/responses?beta=true", "beta.responses.create"),
        ("POST", "/v1/responses?a=1&beta=true", "beta.responses.create"),
        ("GET", "/v1/models?beta=true", "models.list"),
        (
            "GET",
            "/v1/organization/projects/proj_1/users/user_1",
            "admin.organization.projects.users.retrieve",
        ),
        ("POST", "/v1/embeddings", "embeddings.create"),
        ("POST", "/v1/engines/ada/embeddings", None),
        ("POST", "/chat/completions", None),
        ("POST", "", None),
    ],
)
def test_a_request_line_finds_its_operation_or_none(method: str, path: str, name: str | None) -> None:
    found = find_operation(method, path)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    "reference",
    [ref for one in operations().values() for ref in (one.request, one.form, one.response, one.event) if ref],
)
def test_every_schema_compiles_and_shows(reference: str) -> None:
    jsonschema_rs.meta.validate(schema(reference))
    assert jsonschema_rs.Draft202012Validator(schema(reference))
    lines = tree(reference, depth=3)
    assert lines[0].startswith(reference.rsplit("/", 1)[-1])
    assert len(lines) > 1


@pytest.mark.parametrize("reference", ["chat#/$defs/Nope", "nope#/$defs/X", "../operations#/$defs/X", ""])
def test_a_reference_to_nothing_is_a_key_error(reference: str) -> None:
    with pytest.raises(KeyError):
        schema(reference)
    with pytest.raises(KeyError):
        definition(reference)


def test_loading_the_contract_imports_no_validator_and_no_yaml() -> None:
    code = (
        "import sys; from slashv1 import spec; spec.operations(); spec.error_table();"
        "print([m for m in ('jsonschema', 'jsonschema_rs', 'yaml', 'openai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
