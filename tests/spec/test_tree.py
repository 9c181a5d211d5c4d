"""The tree that people read: types, required, null, since, values and bounds, within 80 columns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from slashv1.spec import operations
from slashv1.spec.contract import _family
from slashv1.spec.tree import tree

ALL = [
    reference
    for one in operations().values()
    for reference in (one.request, one.form, one.response, one.event)
    if reference
]


def shown(monkeypatch: pytest.MonkeyPatch, depth: int = 3, **known: Any) -> list[str]:
    """The tree of definition `It` among definitions of the test's own."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": known}
    monkeypatch.setattr("slashv1.spec.contract._family", lambda name: whole)
    monkeypatch.setattr("slashv1.spec.contract._named", lambda family, name: tuple(known))
    return tree("family#/$defs/It", depth)


def test_no_line_of_any_operation_is_wider_than_a_terminal_unless_one_word_is() -> None:
    wide = [
        line
        for reference in ALL
        for line in tree(reference, 4)
        if len(line) > 80 and len(line.strip().split()) > 3
    ]
    assert wide == []


def test_every_operation_shows_without_a_guess_at_what_a_node_is() -> None:
    assert len(ALL) > 10
    for reference in ALL:
        first, *rest = tree(reference, 2)
        assert first.startswith(reference.rsplit("/", 1)[-1])
        assert rest or "array" in first or " | " in first or "string" in first or first.endswith("object")


def test_a_key_says_type_bounds_null_and_since(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(
        monkeypatch,
        It={
            "type": "object",
            "required": ["b"],
            "x-always": ["c"],
            "properties": {
                "a": {"type": ["integer", "null"], "minimum": 0, "maximum": 20},
                "b": {"type": "string", "pattern": "^x$", "minLength": 2},
                "c": {"type": "array", "items": {"type": "number"}, "x-since": "2025-05-29", "maxItems": 4},
                "d": {},
                "e": {"type": "number", "exclusiveMinimum": 0},
            },
        },
    )
    assert lines == [
        "It: object",
        "  b*: string, ≥ 2 characters, like ^x$",
        "  c+: array of number, ≤ 4 items, since 2025-05-29",
        "  a: integer, 0 to 20, or null",
        "  d: any",
        "  e: number, > 0",
    ]


def test_a_union_is_told_by_its_discriminator(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = {"properties": {"type": {"const": "a"}}, "required": ["type"]}
    lines = shown(
        monkeypatch,
        It={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"enum": ["a"], "x-discriminator": True}},
                "allOf": [{"if": guard, "then": {"$ref": "#/$defs/A"}}],
            },
        },
        A={
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": ["a"]}, "n": {"type": "integer"}},
        },
    )
    assert lines == [
        "It: array of object, by type",
        "  type = a: object (A)",
        "    n: integer",
    ]


def test_a_reference_or_null_is_the_reference_with_null_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    either = {
        "type": ["object", "null"],
        "allOf": [{"if": {"type": "object"}, "then": {"$ref": "#/$defs/A"}}],
    }
    lines = shown(
        monkeypatch,
        It={"type": "object", "properties": {"x": either, "y": either}},
        A={"type": "object", "properties": {"n": {"type": "integer"}}},
    )
    assert lines == [
        "It: object",
        "  x: object (A), or null",
        "    n: integer",
        "  y: object (A), or null, above",
    ]


def test_what_lies_deeper_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    lines = shown(
        monkeypatch, depth=1, It={"type": "object", "properties": {"x": inner, "y": {"type": "string"}}}
    )
    assert lines == ["It: object", "  x: object …", "  y: string"]


def test_a_long_enum_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"v{number}" for number in range(30)]
    lines = shown(monkeypatch, It={"type": "object", "properties": {"x": {"type": "string", "enum": values}}})
    said = " ".join(" ".join(lines).split())
    assert said.endswith("| v11 | 18 more")


def test_recursion_is_named_and_not_followed() -> None:
    lines = tree("responses-request#/$defs/CreateResponse", 20)
    assert len(lines) < 5000
    assert any(re.search(r"\(\w+\).*, above$", line) for line in lines)


def test_the_tests_own_definitions_do_not_stay() -> None:
    assert "$id" in _family("chat")


def test_what_one_key_asks_of_another_is_a_line() -> None:
    lines = tree("chat-request#/$defs/CreateChatCompletionRequest", 1)
    assert [line for line in lines if line.startswith("  with ") and "logprobs* is true" in line]
