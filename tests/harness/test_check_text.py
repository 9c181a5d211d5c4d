"""The checks as people read them: one in the terminal, all on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slashv1.harness import check_text
from slashv1.harness.cli import main
from slashv1.harness.judge.engine import checks
from slashv1.harness.notes import examples, without_defect
from tests.spec.evidence import CHECKOUT

FRESH = "run: slashv1 explain --markdown > docs/checks.md"


def told(name: str) -> str:
    return check_text.explained(checks()[name])


def test_a_check_is_told_with_both_examples_clients_and_threads() -> None:
    text, known = told("chat.stream.tools.index"), examples()["chat.stream.tools.index"]
    assert "breaks:     openai-python, Vercel AI SDK" in text
    assert "threads:    https://github.com/EricLBuehler/mistral.rs/pull/1507\n            https://" in text
    assert f"good:       {known.good[0]}" in text
    assert f"bad:        {known.bad[0]}" in text
    assert "says:       the index of a piece of a tool call is absent" in text
    assert "try it:     slashv1 serve --defect stream-call-no-index" in text


def test_what_is_not_known_is_said_so() -> None:
    text = told("chat.created-now")
    assert "breaks:     none known" in text
    assert "threads:    none known" in text


def test_a_check_without_an_example_says_why() -> None:
    flat = " ".join(told("request.names").split())
    assert f"example: none: {without_defect()['request.names']}" in flat


def test_no_line_is_wider_than_the_text() -> None:
    wide = [line for name in checks() for line in told(name).splitlines() if len(line) > check_text.WIDTH]
    assert [line for line in wide if "https://" not in line] == []


def test_the_page_is_the_one_that_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explain", "--markdown"])
    assert (CHECKOUT / "docs" / "checks.md").read_text("utf-8") == capsys.readouterr().out, FRESH


def test_the_page_has_every_check_once_under_the_topic_of_its_clause() -> None:
    page = check_text.page(checks().values())
    found = re.findall(r"^### `([^`]+)`$", page, re.MULTILINE)
    assert sorted(found) == sorted(checks())
    chat = page.split("\n## ")[1:]
    assert all(len(re.findall(r"^### ", part, re.MULTILINE)) for part in chat)
    assert f"{len(checks())} checks" in page


def test_every_fence_of_the_page_is_closed() -> None:
    page = check_text.page(checks().values())
    fences = [line for line in page.splitlines() if line.startswith("```")]
    assert len(fences) == 2 * len(set(examples()) & set(checks()))


@pytest.mark.parametrize("option", ["--markdown", "--clauses", "--examples=x.json"])
def test_an_option_for_all_beside_a_name_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["explain", "usage.total", option])
    assert end.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_examples_that_cannot_be_written_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slashv1.harness.commands.explain_examples.made", lambda known: iter(()))
    with pytest.raises(SystemExit) as end:
        main(["explain", "--examples", str(tmp_path / "none" / "examples.json")])
    assert end.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
