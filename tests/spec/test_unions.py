"""Unions as OpenAPI says them: they let the same values pass, and generators of types see the branches."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from slashv1.spec import export, operations
from slashv1.spec.example import examples
from slashv1.spec.unions import as_any_of

WANTED = ("chat.completions.create", "responses.create", "embeddings.create", "conversations.items.list")
A = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["a"]}, "x": {"type": "integer"}},
}
B = {"type": "object", "properties": {"type": {"enum": ["b"]}, "y": {"type": "string"}}}
KNOWN = {"f.A": A, "f.B": B}


def pointing(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/f.{name}"}


def when(then: Any, value: str) -> dict[str, Any]:
    return {"if": {"properties": {"type": {"const": value}}, "required": ["type"]}, "then": then}


def tagged(*branches: tuple[Any, str], **more: Any) -> dict[str, Any]:
    values = [value for _, value in branches]
    return {
        "type": "object",
        "properties": {"type": {"enum": values, "x-discriminator": True}},
        "allOf": [when(then, value) for then, value in branches],
        **more,
    }


def test_branches_that_say_their_own_value_stand_bare_with_a_discriminator() -> None:
    other = {**A, "properties": {"type": {"const": "c"}}}
    said = as_any_of(
        tagged((pointing("A"), "a"), (pointing("C"), "c"), required=["type"], **{"x-since": "2025-01-01"}),
        {**KNOWN, "f.C": other},
    )
    assert said == {
        "anyOf": [pointing("A"), pointing("C")],
        "discriminator": {
            "propertyName": "type",
            "mapping": {"a": "#/components/schemas/f.A", "c": "#/components/schemas/f.C"},
        },
        "x-since": "2025-01-01",
    }


def test_a_branch_that_does_not_ask_for_its_value_keeps_what_chose_it() -> None:
    said = as_any_of(tagged((pointing("A"), "a"), (pointing("B"), "b"), required=["type"]), KNOWN)
    assert "discriminator" not in said
    assert said["anyOf"][1] == {
        "type": "object",
        "allOf": [{"properties": {"type": {"const": "b"}}, "required": ["type"]}, pointing("B")],
    }


@pytest.mark.parametrize(
    "node",
    [
        tagged((pointing("A"), "a"), (pointing("B"), "b")),  # without the key: neither, and legal
        {**tagged((pointing("A"), "a"), required=["type"]), "minProperties": 2},
        tagged((pointing("A"), "a"), required=["type"], properties={"type": {"enum": ["a", "b"]}}),
    ],
)
def test_what_would_let_other_values_pass_is_left_as_it_is(node: dict[str, Any]) -> None:
    assert as_any_of(node, KNOWN) == node


def test_a_union_of_types_names_the_type_where_the_branch_does_not() -> None:
    node = {
        "type": ["object", "array", "null"],
        "allOf": [
            {"if": {"type": "object"}, "then": pointing("A")},
            {"if": {"type": "array"}, "then": {"items": pointing("B")}},
        ],
    }
    assert as_any_of(node, KNOWN) == {
        "anyOf": [pointing("A"), {"type": "array", "items": pointing("B")}, {"type": "null"}]
    }
    alone = {"type": ["object"], "allOf": [{"if": {"type": "object"}, "then": pointing("A")}]}
    assert as_any_of(alone, KNOWN) == pointing("A")


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*way, key)
        yield from places(one, (*way, key))


def broken(value: Any) -> Iterator[Any]:
    """The value, and the value with one thing changed at every third place."""
    yield value
    for way in list(places(value))[::3]:
        for new in (None, "message", {"bogus": 1}, 7):
            other = copy.deepcopy(value)
            inner = other
            for key in way[:-1]:
                inner = inner[key]
            inner[way[-1]] = new
            yield other


def test_the_exported_document_lets_the_same_values_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [one for name, one in operations().items() if name in WANTED]
    said = export.openapi(chosen, "0")["components"]
    monkeypatch.setattr(export, "as_any_of", lambda node, known: node)
    meant = export.openapi(chosen, "0")["components"]
    assert str(said).count("'if'") < str(meant).count("'if'") / 10
    refused = 0
    for reference in [ref for one in chosen for ref in (one.request, one.response, one.event) if ref]:
        at = {"$ref": f"#/components/schemas/{reference.replace('#/$defs/', '.')}"}
        ours = jsonschema_rs.Draft202012Validator({**at, "components": said})
        theirs = jsonschema_rs.Draft202012Validator({**at, "components": meant})
        for value in examples(reference, everywhere=True)[:12]:
            for one in broken(value):
                assert ours.is_valid(one) == theirs.is_valid(one), one
                refused += not theirs.is_valid(one)
    assert refused > 1000
