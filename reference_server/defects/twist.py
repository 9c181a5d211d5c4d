"""What a defect or a variant is, and how it is found by name."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from slashv1.errors import UsageError
from slashv1.reference_server.wire import Answer, Call, Handler

Change = Callable[[Call, Handler, tuple[str, ...]], Awaitable[Answer]]
"""A changed gateway: the call, the correct gateway, and the operations to touch."""


@dataclass(frozen=True, slots=True)
class Twist:
    """A named change to the correct gateway."""

    name: str
    title: str
    change: Change
    operations: tuple[str, ...] = ()
    """Which operations it touches; none: all."""
    caught_by: str | None = None
    """Id of the check that must object; None for a legal variant."""
    also: tuple[str, ...] = ()
    """Globs of checks that may object beside it."""
    family: str = ""
    cases: tuple[str, ...] = ()
    """Globs of the cases to judge it by, of any tier; none: the standard ones of the operations."""
    profile: str = "openai"
    """The profile of the gateway that it changes, and of the run that judges it."""
    required: tuple[str, ...] = ()
    """Headers that the profile of that run requires, beside its own."""
    forbidden: tuple[str, ...] = ()
    """Likewise, those that it forbids."""
    drawn: bool = False
    """Shown by requests that nobody wrote down alone: a test draws them."""

    def around(self, handler: Handler) -> Handler:
        """The changed gateway, made from the correct one."""

        async def changed(call: Call) -> Answer:
            return await self.change(call, handler, self.operations)

        return changed


def find_in(kind: str, table: Mapping[str, Twist], name: str) -> Twist:
    """A defect or variant by name.

    Raises:
        UsageError: none of that name; names the nearest.
    """
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`slashv1 selftest --list` prints them all"
    raise UsageError(f"no {kind} named {name!r}; {hint}")
