"""What a shell is offered, asked as the completion script asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from slashv1.harness.cli import group
from slashv1.harness.commands.completion import SHELLS, VARIABLE
from slashv1.harness.judge.engine import checks
from slashv1.matrix import load_matrix, profiles
from slashv1.reference_server import DEFECTS, VARIANTS
from slashv1.reference_server.app import PROFILES
from slashv1.spec import operations
from slashv1.spec.clause import clauses

OPERATIONS = {case.operation for case in load_matrix()}
PROFILE = {*profiles(), ""}
"""A path may stand there too: click says so with a value that is empty as what is typed is."""


def asked(*words: str, shell: str = "bash") -> list[CompletionItem]:
    """What the words bring, the last of them being typed."""
    kind = get_completion_class(shell)
    assert kind is not None
    completion: ShellComplete = kind(group, {}, "slashv1", VARIABLE)
    return completion.get_completions(list(words[:-1]), words[-1])


def offered(*words: str, shell: str = "bash") -> set[str]:
    return {item.value for item in asked(*words, shell=shell)}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("check", "--profile"), PROFILE),
        (("checklist", "--profile"), PROFILE),
        (("matrix", "--profile"), PROFILE),
        (("audit", "--profile"), PROFILE),
        (("rejudge", "--profile"), PROFILE),
        (("replay", "--profile"), PROFILE),
        (("spec", "mutate", "--profile"), PROFILE),
        (("profile", "show"), PROFILE),
        (("profile", "init", "--extends"), {*profiles()}),
        (("serve", "--profile"), {*PROFILES}),
        (("serve", "--defect"), {*DEFECTS}),
        (("replay", "--defect"), {*DEFECTS}),
        (("serve", "--variant"), {*VARIANTS}),
        (("selftest",), {*DEFECTS, *VARIANTS}),
        (("matrix",), {*operations()}),
        (("spec", "show"), {*operations()}),
        (("spec", "export", "--operation"), {*operations()}),
        (("explain",), {*checks()}),
        (("audit", "--check"), {*checks()}),
        (("check", "--select"), OPERATIONS),
        (("rejudge", "--select"), OPERATIONS),
        (("check", "--tier"), {"quick", "standard", "full"}),
        (("replay",), {f"{case.operation}::{case.name}" for case in load_matrix()}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_name_that_may_stand_there_is_offered(
    words: tuple[str, ...], wanted: set[str], shell: str
) -> None:
    assert offered(*words, "", shell=shell) == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("explain", "cors.exp"), {"cors.expose-headers", "cors.expose-signals"}),
        (("explain", "AG-3"), {name for name in clauses() if name.startswith("AG-3")}),
        (("explain", "no-such"), set()),
        (("check", "--tier", "f"), {"full"}),
        (("check", "--select", "models.list::p"), {"models.list::plain"}),
        (("serve", "--defect", "profile-header-s"), {"profile-header-software", "profile-header-stream"}),
        (("selftest", "profile-header-refused", "signals-exp"), {"signals-exposed-by-a-star"}),
    ],
)
def test_names_are_offered_that_begin_with_what_is_typed(words: tuple[str, ...], wanted: set[str]) -> None:
    assert offered(*words) == wanted


def test_a_name_comes_with_what_it_says() -> None:
    (item,) = asked("serve", "--defect", "profile-header-refused", shell="zsh")
    assert item.help == DEFECTS["profile-header-refused"].title
    (item,) = asked("matrix", "embeddings.create", shell="zsh")
    assert item.help == "POST /v1/embeddings"


TOML = '[targets.live]\nbase-url = "https://a.example/v1"\n[targets.lab]\nbase-url = "https://b.example/v1"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize("command", ["check", "replay"])
def test_targets_are_those_of_the_file(folder: Path, command: str) -> None:
    (folder / "slashv1.toml").write_text(TOML)
    assert offered(command, "--target", "") == {"live", "lab", "embedded"}
    assert offered(command, "--target", "l") == {"live", "lab"}


def test_targets_of_a_fleet_are_names_or_a_file(folder: Path) -> None:
    (folder / "slashv1.toml").write_text(TOML)
    items = asked("fleet", "live", "la")
    assert [(item.value, item.type) for item in items] == [("lab", "plain"), ("la", "file")]


def test_targets_are_those_of_the_file_that_is_named(folder: Path) -> None:
    (folder / "slashv1.toml").write_text(TOML)
    (folder / "other.toml").write_text('[targets.mine]\nbase-url = "https://c.example/v1"\n')
    assert offered("check", "--config", "other.toml", "--target", "") == {"mine", "embedded"}
    assert offered("check", "--config", "", "--target", "") == {"embedded"}


@pytest.mark.parametrize("text", ["not toml", "[targets]\nlive = 3\n", '[targets.live]\nmodell = "x"\n'])
def test_a_broken_file_offers_nothing_and_says_nothing(
    folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "slashv1.toml").write_text(text)
    assert offered("check", "--target", "") == set()
    assert capsys.readouterr() == ("", "")


def test_without_a_file_the_built_in_gateway_is_offered(folder: Path) -> None:
    assert offered("check", "--target", "") == {"embedded"}


def test_checks_are_offered_without_loading_one() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LOADED, "explain", "chat."], capture_output=True, text=True, check=True
    )
    names, loaded = said.stdout.splitlines()
    assert "chat.stream.role-first" in names.split()
    assert loaded == "none"


LOADED = f"""
import sys
from click.shell_completion import BashComplete
from slashv1.harness.cli import group
found = BashComplete(group, {{}}, "slashv1", {VARIABLE!r}).get_completions(sys.argv[1:-1], sys.argv[-1])
print(*[item.value for item in found])
heavy = [name for name in ("httpx", "starlette", "jsonschema", "rich") if name in sys.modules]
print(*heavy or ["none"], *[n for n in sys.modules if n.startswith("slashv1.harness.judge.")])
"""


def every_parameter(command: click.Command, name: str = "") -> list[tuple[str, click.Parameter]]:
    """Of all commands, those within groups too."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        inner = [(f"{name} {one}".strip(), command.get_command(context, one)) for one in names]
        return [pair for one, found in inner if found for pair in every_parameter(found, one)]
    return [(name, param) for param in command.params]


NAMED = {"profile", "defect", "variant", "select", "tier", "target", "extends"}


def test_every_option_that_takes_a_name_offers_some() -> None:
    """None of those that carry such a name is left without."""
    lacking = [
        f"{command} --{option}"
        for command, param in every_parameter(group)
        if isinstance(param, click.Option) and not param.is_flag
        for option in [max(param.opts, key=len).lstrip("-")]
        if option in NAMED and not offered(*command.split(), f"--{option}", "") - {""}
    ]
    assert lacking == []
