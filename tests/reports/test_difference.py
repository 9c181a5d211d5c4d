"""Expected beside actual: the pieces that differ are marked, and nothing is lost."""

from __future__ import annotations

import pytest

from slashv1.reports.difference import Pieces, difference


def marked(pieces: Pieces) -> list[str]:
    return [text for text, differs in pieces if differs]


@pytest.mark.parametrize(
    ("expected", "actual", "left", "right"),
    [
        ("finish_reason is null", "finish_reason is empty", ["null"], ["empty"]),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', ["2"], ["3"]),
        ("one two three", "one three", ["two "], []),
        ("null", '""', ["null"], ['""']),
        ("same", "same", [], []),
        ("word " * 900 + "end", "word " * 900 + "fin", ["end"], ["fin"]),
    ],
)
def test_only_what_differs_is_marked(expected: str, actual: str, left: list[str], right: list[str]) -> None:
    one, other = difference(expected, actual)
    assert (marked(one), marked(other)) == (left, right)


@pytest.mark.parametrize("actual", ["", "abc", "x" * 3_000, "a b " * 1_000, "tail " + "a b " * 999])
def test_the_pieces_are_the_text(actual: str) -> None:
    expected = "a b " * 1_000
    one, other = difference(expected, actual)
    assert "".join(text for text, _ in one) == expected
    assert "".join(text for text, _ in other) == actual
