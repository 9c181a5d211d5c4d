"""Tokens, values by schema, and what the model says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from slashv1.reference_server.mind import Ask, Tool, answer
from slashv1.reference_server.synthesis import synthesize
from slashv1.reference_server.tokens import count, split

NODE = {"$ref": "#/$defs/node"}
NEXT = {"anyOf": [NODE, {"type": "null"}]}
CHILDREN = {"type": "array", "items": {"$ref": "#"}}
SCHEMAS = [
    {"type": "object", "properties": {"a": {"type": "integer", "minimum": 5}}, "required": ["a"]},
    {"type": "string", "minLength": 30},
    {"type": "string", "maxLength": 1},
    {"type": "string", "format": "date-time"},
    {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
    {"type": "array", "items": {"type": "number", "exclusiveMaximum": 0}, "minItems": 3},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "integer", "multipleOf": 7, "minimum": 50},
    {"type": ["null", "string"]},
    {"enum": [3, "x"]},
    {"const": {"a": 1}},
    {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"required": ["a"]}]},
    {"$defs": {"node": {"type": "object", "properties": {"next": NEXT}, "required": ["next"]}}, **NODE},
    {"type": "object", "properties": {"children": CHILDREN}, "required": ["children"]},
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_made_values_keep_their_schema(schema):
    jsonschema.validate(synthesize(schema), schema)


def test_schema_that_branches_without_end_is_cut_short():
    wide = {name: {"$ref": "#"} for name in "abcdefghij"}
    schema = {"type": "object", "properties": wide, "required": list(wide), "allOf": [{"$ref": "#"}]}
    assert len(json.dumps(synthesize(schema))) < 100_000


@pytest.mark.parametrize(
    "text", ["", "Hello, world!", "  two  spaces\n", "a" * 100, "你好 👋🏽", "x=1234567;"]
)
def test_tokens_join_to_the_text(text):
    assert "".join(split(text)) == text
    assert count(text) == len(split(text))


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("Reply with exactly: pong", "pong"),
        ("Reply with exactly SYNC STREAM.", "SYNC STREAM."),
        ('Say "hello there" and nothing else', "hello there"),
        ("Say two.", "two"),
        ("Count from 1 to 5", "1, 2, 3, 4, 5"),
        ("Count from 3 to 1, separated by spaces", "3 2 1"),
        ("What is the meaning of life?", "Hello! How can I help you today?"),
    ],
)
def test_model_says(user, said):
    assert answer(Ask(user=user)).text == said


def test_stop_wins_over_a_later_limit_and_loses_to_an_earlier_one():
    user = "Count from 1 to 9"
    assert answer(Ask(user=user, stop=("4",), limit=50)).finish == "stop"
    assert answer(Ask(user=user, stop=("4",), limit=2)).finish == "length"


def test_limit_cuts_arguments_too():
    tool = Tool("f", {"type": "object", "properties": {"name": {"type": "string"}}})
    turn = answer(Ask(tools=(tool,), choice="required", limit=3))
    assert turn.finish == "length"
    assert turn.billed <= 3
