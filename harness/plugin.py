"""The pytest plugin: the matrix as test items. Idle, it adds a few options and does nothing else."""

from __future__ import annotations

import argparse
from collections.abc import Generator

import pytest

OPTIONS: dict[str, tuple[str, str]] = {
    "model": ("ID", "chat model; else one the target lists"),
    "embedding-model": ("ID", "embedding model; else a listed id with 'embed'"),
    "api-key": ("KEY", "bearer key; better --slashv1-api-key-env, or the variable SLASHV1_API_KEY"),
    "api-key-env": ("NAME", "environment variable that holds the key"),
    "profile": ("NAME|FILE", "what counts (openai)"),
    "config": ("FILE", "instead of the nearest slashv1.toml or pyproject.toml"),
    "phase": ("N", "phases 1 to N (1)"),
    "tier": ("TIER", "quick, standard or full: how many cases (standard)"),
    "select": ("GLOB", "collect only these, as operation::case::check; repeatable"),
    "matrix": ("DIR", "a matrix folder of your own"),
    "fixtures": ("DIR", "compare with exchanges you recorded"),
    "cors": ("", "also ask what a browser asks for a web page"),
    "strict": ("", "a deviation from a SHOULD fails too"),
    "sdk": ("", "let the installed official Python client read each answer too (checks sdk.*)"),
    "as-of": ("DATE", "ask for the fields that OpenAI sent on that day"),
    "waivers": ("FILE", "known deviations (waivers.yaml, where it is there)"),
    "report-json": ("FILE", "write the run record"),
    "html": ("FILE", "write one self-contained page"),
    "save-exchanges": ("FILE", "keep what was sent and answered, for `slashv1 rejudge FILE`"),
    "max-requests": ("N", "send nothing if more would be needed"),
    "max-tokens": ("N", "send nothing if more might be used"),
    "header": ("'N: V'", "send this header too; repeatable"),
    "query": ("K=V", "send this query parameter too; repeatable"),
    "ca-bundle": ("FILE", "certificates to trust, PEM"),
    "insecure": ("", "do not verify the certificate"),
    "proxy": ("URL", "proxy; never used for loopback"),
    "concurrency": ("N", "requests at a time (8)"),
    "timeout": ("S", "seconds to the answer's head (60)"),
    "connect-timeout": ("S", "seconds to connect (10)"),
    "idle-timeout": ("S", "seconds between two reads (30)"),
    "total-timeout": ("S", "seconds for a whole answer (300)"),
    "max-body": ("SIZE", "of one answer (64M)"),
    "max-frame": ("SIZE", "of one SSE frame (8M)"),
    "max-frames": ("N", "of one stream (5000)"),
    "max-wait": ("S", "obey Retry-After so long (60)"),
}
"""Options of `slashv1 check`, here with the prefix `--slashv1-`: metavar (none: a flag) and help."""
REPEATABLE = ("select", "header", "query")

_OURS = pytest.StashKey[bool]()
_PARSER = pytest.StashKey[pytest.Parser]()


class Slashv1Warning(UserWarning):
    """A SHOULD deviates: the test passed, clients live with it, genuine OpenAI does not do it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--slashv1` and `--slashv1-…`; `--base-url` follows once it is known who else defines it."""
    group = parser.getgroup("slashv1", "slashv1: judge an OpenAI-compatible endpoint")
    group.addoption(
        "--slashv1",
        action="store_true",
        help="collect the matrix even where --base-url belongs to another plugin and lacks /v1",
    )
    for name, (metavar, text) in OPTIONS.items():
        option = f"--slashv1-{name}"
        if not metavar:
            group.addoption(option, action="store_true", help=text)
        else:
            action = "append" if name in REPEATABLE else "store"
            group.addoption(option, action=action, metavar=metavar, help=text)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Add `--base-url` where neither another plugin (pytest-base-url) nor a conftest defines it."""
    yield
    asked = ("--base-url", "--help", "-h", "@")
    if not any(argument.startswith(asked) for argument in args):
        return
    early_config.stash[_PARSER] = parser
    _, unknown = parser.parse_known_and_unknown_args(["--base-url=x"])
    if unknown:
        early_config.stash[_OURS] = True
        parser.getgroup("slashv1").addoption(
            "--base-url", metavar="URL", help="collect the matrix, to judge this endpoint; ends in /v1"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the matrix where `--base-url` stands on the command line and no path is given."""
    if config.getoption("help", False):
        return
    typed, arguments = _typed(config)
    if typed is None:
        _need_base_url(config)
        return
    from slashv1.harness.pytest_invocation import activate

    activate(config, typed, arguments, ours=_OURS in config.stash)


def _typed(config: pytest.Config) -> tuple[str | None, list[str]]:
    """`--base-url` and the paths as typed; what ini files or the environment say is left out."""
    if _PARSER not in config.stash:
        return None, []
    blank = argparse.Namespace(base_url=None)
    typed = config.stash[_PARSER].parse_known_args(config.invocation_params.args, namespace=blank)
    return typed.base_url, list(typed.file_or_dir)


def _need_base_url(config: pytest.Config) -> None:
    """A node id pasted without its target would be told as a missing file."""
    asked = [name for name in config.args if name.startswith("slashv1::")]
    if "--slashv1" in config.invocation_params.args:
        asked.append("--slashv1")
    if asked:
        raise pytest.UsageError(f"{asked[0]} needs --base-url URL on the command line")
