"""Looking into JSON never raises, and what has the wrong type is not there."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from slashv1.harness.judge import look
from slashv1.harness.judge.look import (
    dig,
    equal,
    integer,
    kind,
    mapping,
    number,
    objects,
    pointer,
    sequence,
    short,
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a", 0, "b"), 1),
        (("a", -1, "b"), 1),
        (("a", 1), None),
        (("a", "b"), None),
        ((0,), None),
        (("x", "y"), None),
        ((), {"a": [{"b": 1}]}),
    ],
)
def test_a_way_that_ends_leads_to_none(path: tuple[str | int, ...], found: Any) -> None:
    assert dig({"a": [{"b": 1}]}, *path) == found


@pytest.mark.parametrize("odd", [None, 1, "x", True, 1.5])
def test_what_is_no_container_is_empty(odd: Any) -> None:
    assert (mapping(odd), sequence(odd), list(objects(odd)), kind(odd)) == ({}, [], [], "")


def test_objects_keep_their_places() -> None:
    assert list(objects([1, {"a": 1}, None, {}])) == [(1, {"a": 1}), (3, {})]


def test_a_type_that_is_no_string_is_none() -> None:
    assert (kind({"type": "message"}), kind({"type": []})) == ("message", "")


def test_booleans_are_no_numbers() -> None:
    assert [integer(x) for x in (3, True, 3.0, "3")] == [3, None, None, None]
    assert [number(x) for x in (3, False, 2.5, None)] == [3, None, 2.5, None]


def test_a_pointer_escapes_what_rfc_6901_escapes() -> None:
    assert pointer("a/b", 0, "m~n") == "/a~1b/0/m~0n"
    assert pointer() == ""


def test_short_is_one_bounded_line_whatever_the_value() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert short({"a": "ü\n"}) == '{"a": "\\u00fc\\n"}'
    assert len(short("x" * 500)) <= 120
    assert short(deep) == "list"
    assert short({1, 2}) == "set"


def test_absurdly_deep_values_count_as_different() -> None:
    def deep() -> Any:
        value: Any = []
        for _ in range(100_000):
            value = [value]
        return value

    assert equal({"a": [1]}, {"a": [1.0]})
    assert not equal(deep(), deep())


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 65_536])
def test_words_are_counted_as_split_does_however_long_a_text_is(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "_PIECE", piece)
    chosen = random.Random(3)
    for _ in range(300):
        text = "".join(chosen.choices("ab \n\t\u00a0\u2003é", k=chosen.randrange(20)))
        assert look.word_count(text) == len(text.split()), repr(text)
        cuts = sorted(chosen.choices(range(len(text) + 1), k=3))
        pieces = [text[start:end] for start, end in pairwise((0, *cuts, len(text)))]
        assert look.words_in(pieces) == len(text.split()), pieces
