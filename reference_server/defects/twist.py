"""What a defect or a variant is, and the tables of them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from slashv1.errors import UsageError
from slashv1.reference_server.wire import Handler


@dataclass(frozen=True, slots=True)
class Twist:
    """A named change to the correct gateway."""

    name: str
    title: str
    around: Callable[[Handler], Handler]
    """The changed gateway, made from the correct one."""
    operations: tuple[str, ...] = ()
    """Which operations it touches; none: all."""
    caught_by: str | None = None
    """Id of the check that must object; None for a legal variant."""
    also: tuple[str, ...] = ()
    """Globs of checks that may object beside it."""
    family: str = ""


DEFECTS: dict[str, Twist] = {}
VARIANTS: dict[str, Twist] = {}


def find_twist(kind: str, name: str) -> Twist:
    """A defect or variant by name.

    Raises:
        UsageError: none of that name; names the nearest.
    """
    table = DEFECTS if kind == "defect" else VARIANTS
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`slashv1 selftest --list` prints them all"
    raise UsageError(f"no {kind} named {name!r}; {hint}")
