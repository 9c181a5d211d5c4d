"""JSON text as a hostile server may write it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from slashv1.spec import jsontext, parse
from slashv1.spec.hostile import too_deep


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"<html>", "syntax"),
        (b'{"a": 1} x', "syntax"),
        (b"{'a': 1}", "syntax"),
        (b'"\xff"', "encoding"),
        (b"\xff\xfe{\x00}\x00", "encoding"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 100_000, "depth"),
        (b"[" + b"{}," * 1_000_001 + b"{}]", "size"),
        (b"9" * 5_000, "number"),
        (b"[-" + b"1" * 401 + b"]", "number"),
    ],
)
def test_what_cannot_be_read_is_one_fatal_problem(text: bytes, kind: str) -> None:
    document = parse(text)
    assert not document.ok
    assert document.value is None
    assert [problem.kind for problem in document.problems] == [kind]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('{"a": 1, "a": 2}', ["duplicate-key"]),
        ('[{"a": {"b": 1, "b": 1}}]', ["duplicate-key"]),
        ("[NaN, Infinity, -Infinity]", ["nan", "nan", "nan"]),
        (r'"\ud800"', ["surrogate"]),
        (r'{"\udc00": 1}', ["surrogate"]),
    ],
)
def test_what_parsers_let_pass_is_a_problem_beside_the_value(text: str, kinds: list[str]) -> None:
    document = parse(text)
    assert document.ok
    assert [problem.kind for problem in document.problems] == kinds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 1.0, null, true, "x"]}', {"a": [1, 1.0, None, True, "x"]}),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b" 1 ", 1),
        ('"ü"'.encode(), "ü"),
        (b"1" * 400, int("1" * 400)),
        (b"1e5", 1e5),
    ],
)
def test_plain_json_has_no_problem(text: bytes, value: Any) -> None:
    document = parse(text)
    assert document.problems == ()
    assert document.value == value
    assert type(document.value) is type(value)


def test_of_a_key_twice_the_last_value_stays_as_in_every_sdk() -> None:
    assert parse('{"a": 1, "a": 2}').value == {"a": 2}


def test_an_object_of_many_keys_and_a_text_of_many_faults_stay_cheap() -> None:
    keys = [f'"{number}": 1' for number in range(200_000)]
    (problem,) = parse("{" + ", ".join([*keys, *keys[:5]]) + "}").problems
    assert problem.message == "key '0', '1', '2' and 2 more twice in one object"
    assert len(parse("[" + ", ".join(['{"a": 1, "a": 1}'] * 1_000) + "]").problems) == 20
    assert len(parse("[" + ", ".join(["NaN"] * 1_000) + "]").problems) == 20
    long = "k" * 10_000
    assert len(parse(f'{{"{long}": 1, "{long}": 1}}').problems[0].message) < 100


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (r'{"a\\" : 1, "a\\" : 2}', ["duplicate-key"]),
        (r'{"a\\":1,"a\\":2,"b":"\":"}', ["duplicate-key"]),
        ('{"a"\t:1, "a"\n:2, "b": "::"}', ["duplicate-key"]),
        ('{"a":1,"a":2,"b":"\\":\\":"}', ["duplicate-key"]),
        ('{"a": "x :", "b": ": y"}', []),
        (r'{"a": "{\"b\": 1}", "c": "\\"}', []),
        ('{"url": "https://h:1/"}', []),
        (r'{"a": "\\ud800"}', []),
        ('{"a": 1}\n\n', []),
    ],
)
def test_colons_in_strings_neither_hide_nor_feign_a_key_twice(text: str, kinds: list[str]) -> None:
    document = parse(text)
    assert [problem.kind for problem in document.problems] == kinds
    assert document.value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('{"a": [1, 0.5]}', True),
        ('{"a": [1.0, -2.0, 0.5, 1e2], "b": 3}', True),
        ("[" * 199 + "1" + "]" * 199, True),
        ("[" * 200 + "1" + "]" * 200, False),
        ('{"a": 1, "a": 1.0}', False),
    ],
)
def test_a_plain_document_nests_no_deeper_than_is_judged(text: str, plain: bool) -> None:
    document = parse(text)
    assert document.plain is plain
    if plain:
        assert not too_deep(document.value)


@pytest.mark.parametrize("before", range(0, 40, 7))
def test_a_number_of_too_many_digits_is_found_wherever_it_stands(before: int) -> None:
    """Long texts are searched for it in steps."""
    lead = f'{{"{"x" * before}": '
    assert [one.kind for one in parse(lead + "7" * 401 + "}").problems] == ["number"]
    assert parse(lead + "7" * 400 + "}").value == {"x" * before: int("7" * 400)}


WHOLE = json.dumps(
    {"id": "a\u00e9\n", "n": [0, -1.5e-7, 10**30, True, None, {"x": {}, "y": "\U0001f600"}], "t": "\\u0041:{"}
).encode()


def test_the_quick_reader_says_what_the_careful_one_says_or_nothing() -> None:
    chance, read = random.Random(7), 0
    for _ in range(5_000):
        text = bytearray(WHOLE)
        for _ in range(chance.randint(0, 2)):
            at = chance.randrange(len(text))
            text[at : at + chance.randint(0, 2)] = chance.choice(PIECES)
        quick, careful = jsontext._quickly(bytes(text)), jsontext._carefully(bytes(text))
        if quick is not None:
            read += 1
            assert (json.dumps(quick.value), quick.problems) == (json.dumps(careful.value), careful.problems)
    assert 1_000 < read < 5_000


PIECES = (b"", b'"', b"\\", b"0", b"e9", b".", b",", b"[", b"}", b'"n":', b"NaN", b"\xe9", b"\\ud800", b" ")
