"""What `${…}` refers to."""

from __future__ import annotations

import pytest

from slashv1.matrix.reference import Reference, references


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("${model}", [Reference("model")]),
        ("a ${model} and ${embedding_model}", [Reference("model"), Reference("embedding_model")]),
        ({"a": ["${o.p/c#/x/0}"]}, [Reference("o.p/c#/x/0", "o.p/c", "/x/0")]),
        ("${o/c#}", [Reference("o/c#", "o/c", "")]),
        ("$model {model} $ {model}", []),
        ({"${model}": 1}, []),
        (None, []),
        (5, []),
    ],
)
def test_references_are_found_in_every_value(value: object, found: list[Reference]) -> None:
    assert list(references(value)) == found
    assert all(reference.ok for reference in found)


@pytest.mark.parametrize(
    "text", ["${}", "${modl}", "${o/c}", "${o#/x}", "${o/c/d#/x}", "${o/c#x}", "${ model }"]
)
def test_what_has_no_known_form_is_not_ok(text: str) -> None:
    assert [reference.ok for reference in references(text)] == [False]
