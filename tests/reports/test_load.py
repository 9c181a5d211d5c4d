"""Reading a record from a file: every fault is one line that says what and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.reports import parse_run, read_run
from tests.reports import sample


def text(**changes: Any) -> str:
    return json.dumps({**json.loads(json.dumps(sample.deviating().to_json())), **changes})


def test_a_whole_record_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(text())
    assert read_run(path) == sample.deviating()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text()[:900], "not JSON at line 1, column"),
        ("", "not JSON at line 1, column 1"),
        ("<html>", "not JSON at line 1, column 1"),
        ("[]", "no schema_version"),
        ('{"swagger": "2.0"}', "no schema_version"),
        (text(schema_version=7), "schema_version 7, this release reads 1"),
        (text(results="none"), "at /results: "),
        (text(strict=None), "at /strict: "),
        (text(extra=1), "extra"),
        (text(titles=[]), "at /titles: "),
        ("[" * 100_000, "not JSON"),
        ('{"schema_version": ' + "1" * 5_000 + "}", "not JSON"),
    ],
)
def test_a_bad_record_says_what_is_wrong(content: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_run(content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        parse_run(b"\xff\xfe\x00\x80\xff")


def test_the_place_of_a_wrong_value_is_a_pointer() -> None:
    told = json.loads(text())
    told["results"][3]["level"] = "HARD"
    with pytest.raises(ValueError, match="at /results/3/level"):
        parse_run(json.dumps(told))


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*none\.json: No such file"):
        read_run(tmp_path / "none.json")


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"):
        read_run(tmp_path)
