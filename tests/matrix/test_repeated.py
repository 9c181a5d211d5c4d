"""Texts of a case that are said in few words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.fixtures.folding import MOST, unfold
from slashv1.matrix import load_matrix

PHASE = """\
phase: 1
operations:
  embeddings.create:
    request: {method: POST, path: /v1/embeddings, json: {model: x}}
    cases:
      long: {title: Long, tags: [float], json: {input: GIVEN}}
"""


def test_a_text_is_written_out_wherever_it_stands() -> None:
    said = {"a": [{"$repeat": "ab ", "times": 3}, 1], "b": {"c": {"$repeat": "", "times": 2}}, "times": 4}
    assert unfold(said) == {"a": ["ab ab ab ", 1], "b": {"c": ""}, "times": 4}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{$repeat: 1, times: 2}", "is written {$repeat: TEXT, times: NUMBER}"),
        ("{$repeat: a}", "is written"),
        ("{$repeat: a, times: 2, more: 1}", "is written"),
        ("{$repeat: a, times: true}", "is written"),
        ("{$repeat: a, times: 0}", "is written"),
        (f"{{$repeat: a, times: {MOST + 1}}}", "makes a text of 2,000,001 characters, more than 2,000,000"),
    ],
)
def test_what_is_not_of_the_form_is_one_line_with_its_place(given: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(PHASE.replace("GIVEN", given), "utf-8")
    with pytest.raises(UsageError) as error:
        load_matrix(tmp_path)
    assert said in str(error.value)
    assert "one.yaml:6: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_case_has_the_text(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(PHASE.replace("GIVEN", '{$repeat: "a ", times: 3}'), "utf-8")
    asked: Any = load_matrix(tmp_path)[0].request.json
    assert asked == {"model": "x", "input": "a a a "}
