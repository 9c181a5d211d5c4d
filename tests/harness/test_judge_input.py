"""Inputs of embeddings that are cut off."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import ExpectedError
from tests.harness.readings import a_case, a_reading, deviations

CHECK = "ignored.input"
LONG = "word " * 100


def embedded(text: Any, tokens: Any, status: int = 200) -> Reading:
    case = a_case("embeddings.create", status=(200, 400), error=ExpectedError(), input=text)
    return a_reading(case, {"usage": {"prompt_tokens": tokens}}, status=status)


@pytest.mark.parametrize("text", [LONG, [LONG[:250], LONG[:250]]])
def test_an_input_that_was_cut_off_is_told(text: Any) -> None:
    (found,) = deviations(CHECK, embedded(text, 64))
    assert found.pointer == "/usage/prompt_tokens"
    assert "64, but 100 words" in found.message


@pytest.mark.parametrize(
    "reading",
    [
        embedded(LONG, 100),
        embedded(LONG, 90),
        embedded(LONG, 150),
        embedded(LONG, 0),
        embedded(LONG, None),
        embedded(LONG, 1, status=400),
        embedded([1, [2], "word"], 1),
    ],
)
def test_a_whole_or_a_refused_one_raises_nothing(reading: Reading) -> None:
    assert deviations(CHECK, reading) == []


def test_it_is_asked_where_texts_may_be_taken() -> None:
    applies = checks()[CHECK].applies
    assert not applies(a_case("embeddings.create", status=400, error=ExpectedError(), input="x"))
    assert not applies(a_case("embeddings.create", input=[1, 2]))
