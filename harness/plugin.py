"""The pytest plugin: the matrix as test items. Idle, it adds a few options and does nothing else."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Any

import pytest

REPEATED: dict[str, Any] = {"action": "append", "default": []}


def _number(text: str, kind: type[float], low: float, high: float) -> float:
    value = kind(text)
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
    return value


def seconds(text: str) -> float:
    """A time, in seconds."""
    return _number(text, float, 0.001, 86_400)


def count(text: str) -> float:
    """A whole number from 0 on."""
    return _number(text, int, 0, 10**15)


def at_once(text: str) -> float:
    """Requests in flight."""
    return _number(text, int, 1, 256)


def phase(text: str) -> float:
    """A phase of the contract."""
    return _number(text, int, 1, 4)


OPTIONS: dict[str, dict[str, Any]] = {
    "model": {"metavar": "ID", "help": "model to ask (default: picked from GET /v1/models)"},
    "embedding-model": {"metavar": "ID", "help": "model for embeddings (default: an id with 'embed' in it)"},
    "api-key": {"metavar": "KEY", "help": "key to send; in CI prefer the variable SLASHV1_API_KEY"},
    "api-key-env": {"metavar": "NAME", "help": "environment variable that holds the key"},
    "profile": {"metavar": "NAME|FILE", "default": "openai", "help": "what counts (default: openai)"},
    "phase": {"metavar": "N", "type": phase, "default": 1, "help": "phases 1 to N (1)"},
    "tier": {"metavar": "TIER", "default": "standard", "help": "quick, standard (default) or full"},
    "select": {**REPEATED, "metavar": "GLOB", "help": "collect only these, as operation::case::check"},
    "matrix": {"metavar": "DIR", "help": "a matrix folder of your own"},
    "fixtures": {"metavar": "DIR", "help": "compare with exchanges you recorded"},
    "strict": {"action": "store_true", "help": "a deviation from a SHOULD fails too"},
    "report-json": {"metavar": "FILE", "help": "write the run record"},
    "html": {"metavar": "FILE", "help": "write the HTML report"},
    "max-requests": {"metavar": "N", "type": count, "help": "send nothing if more would be needed"},
    "max-tokens": {"metavar": "N", "type": count, "help": "send nothing if more might be used"},
    "header": {**REPEATED, "metavar": "'N: V'", "help": "send this header too"},
    "query": {**REPEATED, "metavar": "K=V", "help": "send this query parameter too"},
    "ca-bundle": {"metavar": "FILE", "help": "certificates to trust, PEM"},
    "insecure": {"action": "store_true", "help": "do not verify the certificate"},
    "proxy": {"metavar": "URL", "help": "proxy; never used for loopback"},
    "concurrency": {
        "metavar": "N",
        "type": int,
        "choices": range(1, 257),
        "default": 8,
        "help": "at a time (8)",
    },
    "timeout": {"metavar": "S", "type": seconds, "default": 60.0, "help": "to the answer's head (60)"},
    "connect-timeout": {"metavar": "S", "type": seconds, "default": 10.0, "help": "to connect (10)"},
    "idle-timeout": {"metavar": "S", "type": seconds, "default": 30.0, "help": "between two reads (30)"},
    "total-timeout": {"metavar": "S", "type": seconds, "default": 300.0, "help": "a whole answer (300)"},
    "max-body": {"metavar": "SIZE", "default": "64M", "help": "of one answer (64M)"},
    "max-frame": {"metavar": "SIZE", "default": "8M", "help": "of one SSE frame (8M)"},
    "max-wait": {"metavar": "S", "type": seconds, "default": 60.0, "help": "obey Retry-After so long (60)"},
}
"""By name without the prefix `--slashv1-`: what argparse is told."""

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
    for name, keywords in OPTIONS.items():
        group.addoption(f"--slashv1-{name}", **keywords)


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
        if "--slashv1" in config.invocation_params.args:
            raise pytest.UsageError("--slashv1 needs --base-url URL on the command line")
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
