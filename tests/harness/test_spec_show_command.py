"""`slashv1 spec show`: a tree to read, a schema to use, an example to send."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.commands.spec import command
from slashv1.spec import operations, stream_machine
from slashv1.spec.contract import definitions

PARTS = ("request", "response", "events")


def run(*arguments: Any) -> str:
    done = CliRunner().invoke(command, ["show", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_every_operation_shows_its_three_parts_within_80_columns() -> None:
    for name, one in operations().items():
        shown = run(name, "--depth", 1)
        assert max(map(len, shown.splitlines())) <= 80 or len(one.path) > 70
        head, _, rest = shown.partition("\n* required")
        assert " ".join(head.split()).startswith(
            f"{name} {one.method} {one.path} upstream: {one.upstream_id};"
        )
        heads = [
            line.split(":")[0].split(" ")[0] for line in rest.splitlines()[1:] if line and line[0] != " "
        ]
        assert tuple(head for head in heads if head != "query") == PARTS


def test_the_query_of_an_operation_stands_above_its_bodies() -> None:
    shown = run("chat.completions.list")
    assert "\nquery:\n" in shown
    assert "\n  order: asc | desc\n" in shown
    assert "query:" not in run("chat.completions.list", "--response")


@pytest.mark.parametrize("name", ["createEmbedding", "POST /v1/embeddings", "post /v1/embeddings"])
def test_an_operation_is_found_by_upstreams_name_and_by_its_line_too(name: str) -> None:
    assert run(name) == run("embeddings.create")
    assert "1 genuine exchange," in run("admin.organization.usage.completions")


def test_the_head_tells_how_much_genuine_traffic_was_seen() -> None:
    assert "genuine exchanges, 20" in run("chat.completions.create", "--depth", 1)
    assert "no genuine exchange seen, as documented" in run("beta.chatkit.sessions.create", "--depth", 1)


def test_keys_that_not_every_genuine_message_carries_tell_how_many_did() -> None:
    shown = run("responses.create", "--response", "--depth", 1)
    assert "genuine messages" in shown
    lines = shown.replace("\n      ", " ").splitlines()
    assert [line for line in lines if line.startswith("  billing:") and "seen " in line]
    assert [line for line in lines if line.startswith("  id*:")] == ["  id*: string"]


def test_one_part_is_shown_alone_and_as_deep_as_asked() -> None:
    shallow = run("responses.create", "--events", "--depth", 1)
    deep = run("responses.create", "--events", "--depth", 3)
    assert "request:" not in shallow
    assert len(shallow.splitlines()) < len(deep.splitlines())
    assert "sequence_number+: integer, ≥ 0, since 2025-05-29" in deep


def test_a_multipart_request_and_an_answer_of_bytes_are_told() -> None:
    assert "request (multipart/form-data): CreateFileRequest" in run("files.create")
    assert "response: text or bytes, no JSON" in run("files.content")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("operation", ["chat.completions.create", "responses.create"])
def test_the_schema_of_a_part_stands_on_its_own_and_holds_no_more(operation: str, part: str) -> None:
    schema = json.loads(run(operation, f"--{part}", "--json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert all(f'"#/$defs/{name}"' in text for name in schema["$defs"])
    example = json.loads(run(operation, f"--{part}", "--example"))
    for value in example if part == "events" else [example]:
        jsonschema.Draft202012Validator(schema).validate(value)


def test_of_events_there_is_an_example_of_each_type() -> None:
    kinds = {event["type"] for event in json.loads(run("responses.create", "--events", "--example"))}
    assert {"response.output_text.delta", "response.completed", "error"} <= kinds
    assert set(stream_machine("responses")["terminal"]) <= kinds
    assert kinds == set(definitions("responses")["ResponseStreamEvent"]["properties"]["type"]["enum"])


def test_several_parts_are_one_object() -> None:
    found = json.loads(run("embeddings.create", "--example"))
    assert set(found) == {"request", "response"}
    assert set(json.loads(run("models.list", "--request", "--response", "--json"))) == {"response"}


def test_an_example_is_the_same_every_time() -> None:
    assert run("responses.create", "--example") == run("responses.create", "--example")


def test_a_part_that_is_not_there_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"models\.list has no request of JSON"):
        run("models.list", "--request", "--example")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chat.completion", "no operation 'chat.completion'; nearest: chat.completions.create"),
        ("responses.creat", "nearest: responses.create"),
        ("???", "takes names like responses.create"),
    ],
)
def test_an_unknown_operation_names_the_nearest(name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(name)
    assert said in str(caught.value)
