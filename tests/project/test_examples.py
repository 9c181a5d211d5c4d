"""The pipelines of docs/examples: they parse; each command of slashv1 is one and writes what is kept."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import click
import pytest
import yaml

from tests.project.documents import ROOT
from tests.project.test_doc_commands import parse

EXAMPLES = ROOT / "docs" / "examples"
JENKINS = (EXAMPLES / "Jenkinsfile").read_text("utf-8")
GITLAB: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text("utf-8"))
WRITES = ("--report-json", "--html", "--junit", "--markdown", "--badge", "--out")
_GROOVY_TEXT = re.compile(r"'''(.*?)'''|'([^'\n]*)'|\"([^\"\n]*)\"", re.DOTALL)


def of_slashv1(script: str) -> Iterator[list[str]]:
    """The words behind `slashv1` of each of its commands, wherever it is installed."""
    for command in re.split(r"&&|;|\n", script.replace("\\\n", " ")):
        words = shlex.split(command)
        if words and words[0].rpartition("/")[2] == "slashv1":
            yield words[1:]


def written(words: list[str]) -> set[str]:
    return {value for name, value in pairwise(words) if name in WRITES}


def jobs() -> Iterator[dict[str, Any]]:
    for name, job in GITLAB.items():
        if not name.startswith("."):
            base: dict[str, Any] = GITLAB[job["extends"]]
            yield base | job


def test_every_command_of_gitlab_is_one_and_writes_what_is_kept() -> None:
    seen = 0
    for job in jobs():
        commands = list(of_slashv1("\n".join([*job["before_script"], *job["script"]])))
        for words in commands:
            parse(words)
        seen += len(commands)
        kept = {*job["artifacts"]["paths"], *job["artifacts"].get("reports", {}).values()}
        assert kept == {file for words in commands for file in written(words)}
        assert job["artifacts"]["when"] == "always", "a report of a failure is the one that is read"
    assert seen == 2


def texts() -> list[str]:
    return [next(filter(None, found), "") for found in _GROOVY_TEXT.findall(JENKINS)]


def test_every_command_of_jenkins_is_one_and_writes_what_is_kept() -> None:
    commands = [words for text in texts() for words in of_slashv1(text)]
    assert len(commands) == 1
    parse(commands[0])
    (results,) = re.findall(r"junit testResults: '([^']+)'", JENKINS)
    (archived,) = re.findall(r"archiveArtifacts artifacts: '([^']+)'", JENKINS)
    assert {results, *archived.split(", ")} == written(commands[0])


def test_the_key_of_jenkins_is_that_of_its_command() -> None:
    (variable,) = re.findall(r"variable: '(\w+)'", JENKINS)
    assert f"--api-key-env {variable}" in JENKINS


def unbalanced(text: str) -> str:
    """What is open, or closes nothing, once texts and comments are out of the way."""
    bare = re.sub(r"//[^\n]*", "", _GROOVY_TEXT.sub("", text))
    opened: list[str] = []
    for sign in bare:
        if sign in "([{":
            opened.append(")]}"["([{".index(sign)])
        elif sign in ")]}" and (not opened or opened.pop() != sign):
            return sign
    return "".join(opened)


def test_the_pipeline_of_jenkins_is_balanced() -> None:
    assert unbalanced(JENKINS) == ""
    assert unbalanced(JENKINS.replace("}", "", 1)) == "}"
    assert unbalanced(JENKINS.replace("([", "(", 1)) == "]"


@pytest.mark.parametrize("words", ["check --htlm report.html", "chek", "fleet --job 3"])
def test_a_command_that_is_none_would_be_found(words: str) -> None:
    with pytest.raises(click.UsageError):
        parse(next(of_slashv1(f"venv/bin/slashv1 {words}")))


def test_the_page_shows_the_pipeline_of_jenkins_as_it_is() -> None:
    assert JENKINS.rstrip() in (ROOT / "docs" / "ci.md").read_text("utf-8")
