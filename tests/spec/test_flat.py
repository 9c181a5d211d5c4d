"""Nodes as examples and lint see them: what both of two ask for, and what a part of `allOf` is for."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.spec.flat import holds, merged, parts

TAG = {"properties": {"type": {"enum": ["a"], "x-discriminator": True}}}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string"}, {"type": ["string"]}),
        ({"type": "integer"}, {"type": "number"}, {"type": ["integer"]}),
        ({"type": "number"}, {"type": "integer"}, {"type": ["integer"]}),
        ({"enum": [1, 2]}, {"enum": [2, 3]}, {"enum": [2]}),
        ({"minimum": 1}, {"minimum": 2}, {"minimum": 2}),
        ({"maxItems": 1}, {"maxItems": 2}, {"maxItems": 1}),
        ({"required": ["b"]}, {"required": ["a"]}, {"required": ["a", "b"]}),
        ({"additionalProperties": False}, {"additionalProperties": True}, {"additionalProperties": False}),
        ({"items": {}}, {"items": {"type": "string"}}, {"items": {"type": "string"}}),
        (
            {"properties": {"a": {"type": "string"}, "b": {}}},
            {"properties": {"a": {"minLength": 1}}},
            {"properties": {"a": {"allOf": [{"type": "string"}, {"minLength": 1}]}, "b": {}}},
        ),
    ],
)
def test_two_nodes_become_one_that_asks_for_both(one: Any, other: Any, expected: Any) -> None:
    assert merged(one, other) == expected


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"type": "object"}, "free"),
        ({"if": {"type": "object"}, "then": {}}, "by_type"),
        ({"if": {"properties": {"type": {"const": "a"}}, "required": ["type"]}, "then": {}}, "by_tag"),
        ({"if": {"not": {"required": ["type"]}}, "then": {}}, "by_tag"),
        ({"if": {"required": ["n"], "properties": {"n": {"type": "integer"}}}, "then": {}}, "dependent"),
    ],
)
def test_a_part_is_told_by_its_condition(part: Any, where: str) -> None:
    assert getattr(parts({**TAG, "allOf": [part]}), where) == [part]


@pytest.mark.parametrize(
    ("guard", "value", "met"),
    [
        ({"required": ["n"]}, {"n": None}, True),
        ({"required": ["n"]}, {}, False),
        ({"required": ["n"], "properties": {"n": {"type": "integer"}}}, {"n": None}, False),
        ({"properties": {"n": {"type": "integer"}}}, {"n": True}, False),
        ({"properties": {"n": {"type": "boolean"}}}, {"n": True}, True),
        ({"properties": {"n": {"const": True}}}, {"n": False}, False),
        ({"properties": {"n": {"enum": [1, 2]}}}, {"n": 2}, True),
        ({"not": {"required": ["n"]}}, {"n": 2}, False),
    ],
)
def test_a_condition_is_met_or_not(guard: Any, value: Any, met: bool) -> None:
    assert holds(guard, value) is met
