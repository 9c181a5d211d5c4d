"""Which operations are tried how: phases, cases and profiles as YAML, and their loader."""

from __future__ import annotations

from pathlib import Path

from slashv1.matrix.model import (
    OF_A_PROFILE,
    ON_REQUEST,
    Case,
    Expect,
    ExpectedError,
    Known,
    Poll,
    Profile,
    Provocation,
    Reference,
    RequestTemplate,
)
from slashv1.matrix.phase import phase_of, phases

__all__ = [
    "OF_A_PROFILE",
    "ON_REQUEST",
    "Case",
    "Expect",
    "ExpectedError",
    "Known",
    "Poll",
    "Profile",
    "Provocation",
    "Reference",
    "RequestTemplate",
    "load_matrix",
    "load_profile",
    "phase_of",
    "phases",
    "profiles",
]


def load_matrix(folder: str | Path | None = None) -> tuple[Case, ...]:
    """Every case of a folder of phase files, or of the built-in one.

    Raises:
        UsageError: no such folder, or a mistake in a file: its name, line and a hint.
    """
    from slashv1.matrix import loader  # YAML is read only when cases are asked for

    return loader.load_matrix(folder)


def load_profile(name_or_path: str | Path) -> Profile:
    """A built-in profile by name, or a user's own by the path of its YAML file.

    Raises:
        UsageError: no such profile, or a mistake in its file.
    """
    from slashv1.matrix import loader

    return loader.load_profile(name_or_path)


def profiles() -> tuple[str, ...]:
    """Names of the built-in profiles."""
    from slashv1.matrix import loader

    return loader.profiles()
