"""The characters a JSON Pointer points at."""

from __future__ import annotations

import pytest

from slashv1.reports.pointer import locate, marked

TEXT = '{ "a" : [1, {"b/c": null, "~": "x"}], "d": {"e": 1.0}, "d": {"e": 2.50} , "": [] }'


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/a", '[1, {"b/c": null, "~": "x"}]'),
        ("/a/0", "1"),
        ("/a/1/b~1c", "null"),
        ("/a/1/~0", '"x"'),
        ("/d/e", "2.50"),
        ("/", "[]"),
    ],
)
def test_the_very_characters_are_found(pointer: str, value: str) -> None:
    span = locate(TEXT, pointer)
    assert span is not None
    assert TEXT[slice(*span)] == value


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (TEXT, "/none"),
        (TEXT, "/a/2"),
        (TEXT, "/a/0/x"),
        (TEXT, "a"),
        ("", "/a"),
        ("[DONE]", "/a"),
        ('{"a": 1', "/b"),
        ('{"a"', "/a"),
        ('{"a": ' + "[" * 100_000, "/a"),
        ('{"a": ' + "9" * 5_000 + "}", "/a"),
        ("x" * 300_000, "/a"),
    ],
)
def test_what_is_not_there_is_not_found(text: str, pointer: str) -> None:
    assert locate(text, pointer) is None


def test_the_value_is_marked_and_nothing_is_lost() -> None:
    pieces = marked(TEXT, "/a/1/b~1c", 1_000)
    assert [text for text, differs in pieces if differs] == ["null"]
    assert "".join(text for text, _ in pieces) == TEXT


def test_a_long_text_is_cut_around_the_value() -> None:
    text = '{"pad": "' + "x" * 5_000 + '", "here": "value", "more": "' + "y" * 5_000 + '"}'
    shown = marked(text, "/here", 400)
    assert ('"value"', True) in shown
    assert shown[0] == ("… ", False)
    assert shown[-1][0].endswith("more characters)")
    assert sum(len(part) for part, _ in shown) < 500


def test_without_a_place_the_beginning_is_shown() -> None:
    assert marked("abcdef", None, 3) == (("abc", False), ("… (3 more characters)", False))
    assert marked("", "/a", 3) == ()
