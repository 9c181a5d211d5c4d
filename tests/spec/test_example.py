"""Examples: every definition has one, it keeps its own schema, and it is the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import slashv1.spec
from slashv1.spec import objections, operations
from slashv1.spec.contract import definitions
from slashv1.spec.example import Maker, example, examples
from slashv1.spec.pattern import matching

FAMILIES = sorted(path.stem for path in (Path(slashv1.spec.__file__).parent / "schemas").glob("*.json"))


def made(definition: dict[str, Any], everywhere: bool = False) -> list[Any]:
    return list(Maker({"It": definition}).rounds("It", everywhere=everywhere))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_definition_has_an_example_that_the_contract_takes(family: str) -> None:
    refused = {
        name: [str(one) for one in objections(f"{family}#/$defs/{name}", value)]
        for name in definitions(family)
        for value in examples(f"{family}#/$defs/{name}")
        if objections(f"{family}#/$defs/{name}", value)
    }
    assert refused == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_definition_has_an_example_that_plain_json_schema_takes(family: str) -> None:
    known = dict(definitions(family))
    validator = jsonschema.Draft202012Validator(
        {"$defs": known, "properties": {name: {"$ref": f"#/$defs/{name}"} for name in known}}
    )
    whole = {name: example(f"{family}#/$defs/{name}") for name in known}
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(whole)] == []


@pytest.mark.parametrize("name", ["chat.completions.create", "responses.create", "embeddings.create"])
@pytest.mark.parametrize("part", ["request", "response", "event"])
def test_every_branch_of_every_union_within_is_taken_and_valid(name: str, part: str) -> None:
    reference = getattr(operations()[name], part)
    if reference is None:
        assert (name, part) == ("embeddings.create", "event")
        return
    values = examples(reference, everywhere=True)
    refused = [value for value in values if objections(reference, value)]
    assert refused == []
    assert examples(reference, everywhere=True) == values


def test_of_events_there_is_one_of_each_type() -> None:
    reference = "responses#/$defs/ResponseStreamEvent"
    kinds = [value["type"] for value in examples(reference)]
    known = definitions("responses")["ResponseStreamEvent"]["properties"]["type"]["enum"]
    assert sorted(kinds) == sorted(known)


def test_the_items_of_a_request_are_all_met_somewhere() -> None:
    values = examples("responses-request#/$defs/CreateResponse", everywhere=True)
    kinds = {tool["type"] for value in values for tool in value["tools"]}
    known = definitions("responses-request")["Tool"]["properties"]["type"]["enum"]
    assert len(kinds) >= len(known) - 2, set(known) - kinds  # two pairs of types share a definition
    assert {type(value["input"]) for value in values} == {str, list}


def test_a_chat_example_is_what_people_would_send() -> None:
    value = example("chat-request#/$defs/CreateChatCompletionRequest")
    assert value == {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}


def test_ids_begin_as_those_of_their_kind_do() -> None:
    assert example("chat#/$defs/CreateChatCompletionResponse")["id"].startswith("chatcmpl-")
    response = example("responses#/$defs/Response")
    assert response["id"].startswith("resp_")
    assert response["output"][0]["id"].startswith("msg_")


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "string", "minLength": 6}, "xxxxxx"),
        ({"type": "string", "pattern": "^[0-9]{3}$"}, "000"),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [0, 1]),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 0}, []),
        ({"enum": [None, "b"]}, "b"),
        ({"const": 7}, 7),
        ({"allOf": [{"type": "integer", "minimum": 2}, {"maximum": 2}]}, 2),
        ({"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}}, {"key": 0}),
        ({}, "text"),
    ],
)
def test_bounds_are_kept(definition: dict[str, Any], expected: Any) -> None:
    (value,) = made(definition)
    assert value == expected
    jsonschema.Draft202012Validator(definition).validate(value)


def test_each_branch_of_a_choice_by_tag_is_taken_once() -> None:
    tagged = {
        "type": "object",
        "properties": {"type": {"enum": ["a", "b", None], "x-discriminator": True}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": tag}}, "required": ["type"]},
                "then": {"properties": {"type": {}, tag: {"type": "integer"}}, "required": ["type", tag]},
            }
            for tag in ("a", "b")
        ]
        + [{"if": {"not": {"required": ["type"]}}, "then": {"required": ["c"]}}],
    }
    assert made(tagged) == [{"type": "a", "a": 0}, {"type": "b", "b": 0}, {"c": "text"}]


def test_recursion_ends() -> None:
    tree = {
        "type": "object",
        "properties": {"below": {"anyOf": [{"$ref": "#/$defs/It"}, {"type": "string"}]}},
        "required": ["below"],
    }
    values = made(tree, everywhere=True)
    assert {"below": {"below": "text"}} in values
    assert {"below": "text"} in values


def test_a_definition_that_holds_itself_without_end_is_told() -> None:
    with pytest.raises(ValueError, match="without end"):
        made({"type": "object", "properties": {"a": {"$ref": "#/$defs/It"}}, "required": ["a"]})


def test_bounds_that_exclude_everything_are_told() -> None:
    with pytest.raises(ValueError, match="between its bounds"):
        made({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2})


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-zA-Z0-9_-]+$",
        r"^tunnel_[a-z0-9]{32}$",
        r"^(?:user|org)-\d+\.[^a]\w?$",
        r"^sk-.{4}\S\D$",
        r"^x{2,}y*?$",
        "^#([A-Fa-f0-9]{6})$",
    ],
)
def test_a_pattern_is_given_a_text_that_matches(pattern: str) -> None:
    jsonschema.Draft202012Validator({"pattern": pattern}).validate(matching(pattern))


def test_a_pattern_is_stretched_to_the_length_that_is_asked_for() -> None:
    assert len(matching("^[a-z]+$", 20)) >= 20


@pytest.mark.parametrize("pattern", ["(", r"^a$b", r"(a)\1"])
def test_a_pattern_that_cannot_be_met_is_told(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        matching(pattern)


def test_examples_are_plain_json() -> None:
    value = example("responses#/$defs/Response")
    assert json.loads(json.dumps(value)) == value


def test_what_one_key_asks_of_another_is_given() -> None:
    asking = {
        "type": "object",
        "properties": {
            "n": {"type": "integer"},
            "on": {"type": ["boolean", "null"]},
            "m": {"type": ["integer", "null"]},
        },
        "allOf": [
            {"if": {"required": ["n"]}, "then": {"required": ["on"], "properties": {"on": {"const": True}}}},
            {"if": {"required": ["on"]}, "then": {"properties": {"m": {"type": "null"}}}},
        ],
    }
    assert made({**asking, "required": ["n"]}) == [{"n": 1, "on": True}]
    assert made(asking, everywhere=True) == [{"n": 1, "on": True, "m": None}]


def test_an_array_holds_what_it_must_contain() -> None:
    node = {
        "type": "array",
        "items": {"enum": ["audio", "text"]},
        "contains": {"const": "text"},
        "minItems": 1,
    }
    assert made(node) == [["text"]]
