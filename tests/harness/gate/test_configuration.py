"""Options from a file, its targets, the environment and the command line: who wins, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.harness.cli import main
from slashv1.harness.commands.check import command
from slashv1.harness.configuration import find, line_of

Options = Callable[..., dict[str, Any]]
FILE = """\
target = "staging"
tier = "quick"
profile = "profiles/ours.yaml"
select = ["models.list::*", "models.retrieve::*"]
timeout = 7
strict = true

[targets.staging]
base-url = "https://${ZONE}.example/v1"
api-key-env = "STAGING_KEY"
header = ["x-api-key: ${STAGING_KEY}", "x-tenant: 7"]
model = "small"

[targets.live]
base-url = "https://live.example/v1"
tier = "full"
"""


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    """What `slashv1 check` would go by, with a file and an environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLASHV1_BASE_URL", "SLASHV1_TIER", "SLASHV1_TARGET", "SLASHV1_CONFIG", "SLASHV1_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZONE", "eu")
    monkeypatch.setenv("STAGING_KEY", "sk-staging")

    def read(*arguments: str, file: str = FILE, name: str = "slashv1.toml", **environ: str) -> dict[str, Any]:
        (tmp_path / name).write_text(file)
        for variable, value in environ.items():
            monkeypatch.setenv(variable, value)
        return command.make_context("slashv1", list(arguments)).params

    return read


def test_the_file_fills_in_what_the_command_line_leaves_open(options: Options) -> None:
    said = options("--timeout", "9")
    assert said["base_url"] == "https://eu.example/v1"
    assert said["headers"] == ("x-api-key: sk-staging", "x-tenant: 7")
    assert (said["tier"], said["timeout"], said["strict"]) == ("quick", 9.0, True)
    assert said["select"] == ("models.list::*", "models.retrieve::*")
    assert said["profile"] == "profiles/ours.yaml"
    assert said["origin"] == "target staging of slashv1.toml"


@pytest.mark.parametrize(
    ("arguments", "environ", "tier", "url"),
    [
        ((), {}, "quick", "https://eu.example/v1"),
        (("--target", "live"), {}, "full", "https://live.example/v1"),
        ((), {"SLASHV1_TARGET": "live"}, "full", "https://live.example/v1"),
        (("--target", "live"), {"SLASHV1_TIER": "standard"}, "standard", "https://live.example/v1"),
        (
            ("--target", "live", "--tier", "quick"),
            {"SLASHV1_TIER": "standard"},
            "quick",
            "https://live.example/v1",
        ),
        (
            ("--target", "live"),
            {"SLASHV1_BASE_URL": "https://env.example/v1"},
            "full",
            "https://live.example/v1",
        ),
        ((), {"SLASHV1_BASE_URL": "https://env.example/v1"}, "quick", "https://env.example/v1"),
        (("--base-url", "https://typed.example/v1"), {}, "quick", "https://typed.example/v1"),
        (("--config", ""), {}, None, None),
        (("--target", "embedded"), {}, "quick", None),
    ],
)
def test_the_later_wins(
    options: Options, arguments: tuple[str, ...], environ: dict[str, str], tier: str | None, url: str | None
) -> None:
    said = options(*arguments, **environ)
    assert (said["tier"], said["base_url"]) == (tier, url)


@pytest.mark.parametrize("arguments", [("--base-url", "https://typed.example/v1"), ("--target", "live")])
def test_what_belongs_to_a_target_goes_to_no_other_url(options: Options, arguments: tuple[str, ...]) -> None:
    said = options(*arguments)
    assert (said["api_key_env"], said["headers"], said["model"]) == (None, (), None)


def test_the_key_of_a_url_on_top_stays_with_that_url(options: Options) -> None:
    file = 'base-url = "https://top.example/v1"\napi-key-env = "STAGING_KEY"\n'
    assert options(file=file)["api_key_env"] == "STAGING_KEY"
    assert options(file=file)["origin"] == "of slashv1.toml"
    assert options("--base-url", "https://other.example/v1", file=file)["api_key_env"] is None


def test_a_project_file_does_as_well_and_paths_are_relative_to_it(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    said = options(name="pyproject.toml", file='[tool.slashv1]\nwaivers = "w.yaml"\nas-of = 2026-01-02\n')
    assert said["waivers"] == tmp_path / "w.yaml"
    assert said["as_of"].date().isoformat() == "2026-01-02"


def test_the_search_ends_at_the_root_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "slashv1.toml").write_text("")
    repository = tmp_path / "r"
    (repository / ".git").mkdir(parents=True)
    assert find(tmp_path / "r") is None
    assert find(tmp_path) == tmp_path / "slashv1.toml"


def test_two_files_in_one_folder_are_one_too_many(options: Options, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.slashv1]\n")
    with pytest.raises(UsageError, match="keep one"):
        options()


@pytest.mark.parametrize("other", ["tool = 3\n", "[tool.ruff]\n", "not TOML of ours ["])
def test_a_project_that_never_names_us_is_left_alone(options: Options, other: str) -> None:
    assert options(name="pyproject.toml", file=other)["base_url"] is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("[tool]\nslashv1 = 3\n", "pyproject.toml: tool.slashv1 is no table"),
        ("[tool.slashv1\n", "pyproject.toml:1: not TOML"),
    ],
)
def test_a_project_that_names_us_is_read(options: Options, other: str, said: str) -> None:
    with pytest.raises(UsageError) as wrong:
        options(name="pyproject.toml", file=other)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ('teir = "quick"\n', "slashv1.toml:1: unknown key 'teir'; did you mean 'tier'?"),
        (
            '\n[targets.a]\nbase_url = "x"\n',
            "slashv1.toml:3: unknown key 'base_url'; did you mean 'base-url'?",
        ),
        ('[targets.a]\napi-key = "sk-1"\n', "slashv1.toml:2: api-key: a key is a secret"),
        ('header = ["authorization: Bearer x"]\n', "slashv1.toml:1: header 'authorization' is a secret"),
        ('query = ["api-key=x"]\n', "slashv1.toml:1: query 'api-key' is a secret"),
        ('tier = "quick\n', "slashv1.toml:1: not TOML"),
        ("strict = 1\n", "slashv1.toml:1: strict is 1; expected true or false"),
        ("tier = true\n", "slashv1.toml:1: tier is True; expected a text or a number"),
        ("phase = 9\n", "slashv1.toml:1: phase: "),
        (
            'target = "stagin"\n[targets.staging]\n',
            "slashv1.toml:1: target is 'stagin', which no [targets.…]",
        ),
        ('target = "a"\n[targets.a]\ntier = "quick"\n', "slashv1.toml:2: target 'a' has no base-url"),
        ('[targets.a]\nbase-url = "x"\n', "choose one with --target NAME"),
        ('base-url = "https://${NO_SUCH_ZONE}/v1"\n', "names ${NO_SUCH_ZONE}, which is not set"),
        ("targets = 3\n", "slashv1.toml:1: targets is a table of tables"),
        ("[targets.embedded]\n", "slashv1.toml:1: 'embedded' is the name of the built-in gateway"),
        ("waivers-update = true\n", "slashv1.toml:1: waivers-update: is an option of the command line alone"),
    ],
)
def test_a_mistake_names_file_line_and_the_nearest_key(options: Options, file: str, said: str) -> None:
    with pytest.raises(UsageError) as wrong:
        options(file=file)
    assert said in str(wrong.value)
    assert "sk-1" not in str(wrong.value)
    assert "Bearer" not in str(wrong.value)


def test_a_mistake_in_a_variable_names_it(options: Options) -> None:
    with pytest.raises(UsageError, match=r"SLASHV1_PHASE: 'many' is not a valid integer"):
        options(SLASHV1_PHASE="many")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "stagign"), "did you mean 'staging'?"),
        (("--target", "live", "--base-url", "https://x.example/v1"), "give one of them"),
    ],
)
def test_a_target_that_is_not_there(options: Options, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as wrong:
        options(*arguments)
    assert said in str(wrong.value)


def test_the_line_of_a_key_is_that_of_its_table() -> None:
    assert line_of(FILE, "targets.live", "tier") == 16
    assert line_of(FILE, "", "tier") == 2
    assert line_of(FILE, "targets.live", "none") == 14


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return int(end.value.code or 0)


def test_init_writes_what_check_reads_commented_or_not(
    options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("init", "--base-url", "https://mine.example/v1") == 0
    starter = (tmp_path / "slashv1.toml").read_text()
    assert "GATEWAY_KEY" in (tmp_path / ".github/workflows/slashv1.yml").read_text()
    assert options(file=starter)["base_url"] == "https://mine.example/v1"
    assert call("init") == 2
    assert "--force overwrites" in capsys.readouterr().err
    monkeypatch.setenv("TENANT", "t")
    kept = [
        line for line in starter.splitlines() if not line.startswith("# ") or " = " in line or "[" in line
    ]
    whole = "\n".join(line.removeprefix("# ") for line in kept if not line.startswith("# Prec"))
    said = options("--target", "staging", file=whole)
    assert (said["tier"], said["max_requests"], said["api_key_env"]) == ("full", 400, "STAGING_KEY")
    assert options(file=whole)["headers"] == ("x-tenant: t",)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("completion", shell) == 0
    assert "_SLASHV1_COMPLETE" in capsys.readouterr().out


def test_the_shell_is_told_commands_and_targets(
    options: Options, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options()
    monkeypatch.setenv("_SLASHV1_COMPLETE", "bash_complete")
    for words, at, told in (("slashv1 com", "1", "compare"), ("slashv1 check --target l", "3", "live")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", at)
        call()
        assert told in capsys.readouterr().out
