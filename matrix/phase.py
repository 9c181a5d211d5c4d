"""The phase of every operation the contract knows, whether cases try it or not."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType

from slashv1.spec import operations

_FILE = Path(__file__).parent / "operations.yaml"


def phase_of(operation: str) -> int:
    """1 to 4.

    Raises:
        KeyError: no such operation.
    """
    return phases()[operation]


@cache
def phases() -> Mapping[str, int]:
    """The phase of each operation by name, in the contract's order."""
    import yaml

    said: Mapping[int, list[str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    globs = [(glob, phase) for phase, listed in said.items() for glob in listed]
    return MappingProxyType(
        {name: next(p for glob, p in globs if fnmatchcase(name, glob)) for name in operations()}
    )
