"""Shapes keep what the contract names and drop what an answer says."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.shape import MORE, MOST_KEYS, MOST_SHAPES, bounded, distinct, kind_of, runs_of, shape_of


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("text", "string"),
        (None, "null"),
        (True, "boolean"),
        (3, "number"),
        (3.5, "number"),
        ([], []),
        ([0.1, 0.2, 3], ["number"]),
        ({"id": "a", "n": {"x": 1}}, {"id": "string", "n": {"x": "number"}}),
        ({"object": "list", "role": "user"}, {"object": "list", "role": "user"}),
        ({"code": "x", "param": "y"}, {"code": "string", "param": "string"}),
        ({"error": {"code": "x", "param": None}}, {"error": {"code": "x", "param": "null"}}),
        ([{"a": 1}, {"a": 2}, {"b": 1}], [{"a": "number"}, {"b": "number"}]),
    ],
)
def test_the_shape_of_a_value(value: Any, shape: Any) -> None:
    assert shape_of(value) == shape


def test_ids_times_and_texts_do_not_matter() -> None:
    one = {"id": "resp_1", "created_at": 1, "output": [{"type": "message", "text": "a"}]}
    other = {"id": "resp_2", "created_at": 2, "output": [{"type": "message", "text": "b"}] * 2}
    assert shape_of(one) == shape_of(other)


def test_absurd_depth_is_cut() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert "…" in str(shape_of(deep))


def test_distinct_shapes_know_their_first_place() -> None:
    assert distinct([1, 2, "a", 3, None]) == [(0, "number"), (2, "string"), (4, "null")]


def chunk(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": list(choices)}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"type": "response.created"}, "response.created"),
        (chunk({"delta": {"role": "assistant", "content": ""}, "finish_reason": None}), "role"),
        (chunk({"delta": {"content": "a"}}), "content"),
        (chunk({"delta": {"tool_calls": []}}), "tool_calls"),
        (chunk({"delta": {}, "finish_reason": "stop"}), "finish_reason"),
        (chunk({"delta": {}}), "empty delta"),
        (chunk(), "usage"),
        ({"error": {}}, "error"),
        ("[DONE]", "[DONE]"),
        (5, "no object"),
        ({}, "no choices"),
        (chunk({"delta": 5}), "empty delta"),
    ],
)
def test_the_kind_of_a_frame(value: Any, kind: str) -> None:
    assert kind_of(None, value) == kind


def test_the_number_of_deltas_is_content() -> None:
    delta = chunk({"delta": {"content": "a"}})
    few = runs_of([(0, None, delta), (1, None, "[DONE]")])
    many = runs_of([(0, None, delta), (1, None, delta), (2, None, delta), (3, None, "[DONE]")])
    assert [run.kind for run in few] == [run.kind for run in many] == ["content", "[DONE]"]
    assert [run.frame for run in many] == [0, 3]


def test_of_very_many_distinct_shapes_the_first_are_told_apart() -> None:
    found = distinct([{f"k{place}": 1} for place in range(500)])
    assert len(found) == MOST_SHAPES + 1
    assert found[-1] == (MOST_SHAPES, MORE)


def test_the_order_of_keys_makes_no_shape() -> None:
    assert distinct([{"a": 1, "b": 2}, {"c": 1}, {"b": 1, "a": 2}]) == [
        (0, {"a": "number", "b": "number"}),
        (1, {"c": "number"}),
    ]


def test_of_very_many_keys_those_that_are_wanted_and_some_more_are_kept() -> None:
    shape = {**{f"k{place}": "number" for place in range(5_000)}, "id": "string"}
    kept = bounded({"in": [shape]}, {"in": [{"id": "string"}]})["in"][0]
    assert kept["id"] == "string"
    assert kept[MORE] == "4,800 keys"
    assert len(kept) == MOST_KEYS + 2


def test_an_object_of_few_keys_is_kept_whole() -> None:
    shape = {"a": {"b": "string"}, "c": [{"d": "null"}]}
    assert bounded(shape, {"a": "string"}) == shape
