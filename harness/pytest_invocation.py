"""Whether a pytest command line asks for the matrix, and for which part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = "slashv1"
"""The first part of every node id."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the command line asks of the plugin."""

    base_url: str
    targets: tuple[tuple[str, ...], ...]
    """Node ids given, cut at `::`, without the root; empty: all."""
    paths: tuple[str, ...]
    """What else was given, for pytest's own collection."""


def activate(config: pytest.Config, base_url: str, arguments: list[str], *, ours: bool) -> None:
    """Register what collects the matrix, where the command line asks for it.

    Raises:
        pytest.UsageError: a wrong option value or an unknown node id.
    """
    here = config.invocation_params.dir
    invocation = read(base_url, arguments, here=here, ours=ours, forced=config.getoption("slashv1"))
    if invocation is None:
        return
    from slashv1.harness.pytest_session import MatrixSession

    config.args = list(invocation.paths)
    config.args_source = pytest.Config.ArgsSource.ARGS
    deselected = config.getoption("deselect", None) or []
    deselected[:] = [_as_collected(prefix) for prefix in deselected]
    config.pluginmanager.register(MatrixSession.start(config, invocation), "slashv1-session")


def read(base_url: str, arguments: list[str], *, here: Path, ours: bool, forced: bool) -> Invocation | None:
    """The matrix is wanted where node ids of it are given, or no path at all.

    Where `--base-url` belongs to another plugin, no path is not enough: the URL must end in `/v1`,
    or `--slashv1` must be given, so that a project of browser tests is left alone.
    """
    own = [argument for argument in arguments if is_node_id(argument, here)]
    paths = [argument for argument in arguments if argument not in own]
    versioned = base_url.rstrip("/").endswith("/v1")
    if not own and (paths or not (ours or versioned or forced)):
        return None
    if forced and not versioned and "/v1/" not in base_url:
        base_url = base_url.rstrip("/") + "/v1"
    ids = [tuple(_as_collected(argument).split("::")[1:]) for argument in own]
    return Invocation(base_url, () if () in ids else tuple(ids), tuple(paths))


def is_node_id(argument: str, here: Path) -> bool:
    """`slashv1::…` or `slashv1`, also as pytest prints it below the root directory: `../slashv1::…`."""
    head, cut, _ = argument.partition("::")
    if re.split(r"[/\\]", head)[-1] != ROOT:
        return False
    return not (here / head).is_file() if cut else not (here / head).exists()


def _as_collected(node_id: str) -> str:
    """A node id as it is collected, whatever directory it was printed for."""
    head, cut, rest = node_id.partition("::")
    return f"{ROOT}::{rest}" if cut and re.split(r"[/\\]", head)[-1] == ROOT else node_id
