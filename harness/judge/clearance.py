"""Short cuts: what one look at an answer says of many checks at once.

A clearance may only say *certainly all of these pass*, and is held to it by a test: the checks themselves
stay the definition of right. It names the checks that it covers, so a new one is run until it is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from slashv1.harness.reading import Reading

Look = Callable[[Reading], bool]

MODULES = (
    "clear_answer",
    "clear_head",
    "clear_text",
    "clear_chat",
    "clear_chat_tools",
    "clear_responses",
    "clear_asked",
)


@dataclass(frozen=True, slots=True)
class Clearance:
    """One look, and the checks that pass for certain where it says True.

    They are asked only where a check would be judged at all: its facets kept, the status as it needs it.
    """

    covers: frozenset[str]
    look: Look

    def given(self, reading: Reading) -> bool:
        """Whether all that it covers pass; a look that stumbles over a strange answer clears nothing."""
        try:
            return self.look(reading)
        except Exception:
            return False


_CLEARANCES: list[Clearance] = []


def clears(*checks: str) -> Callable[[Look], Look]:
    """Register a look that covers these checks."""

    def register(look: Look) -> Look:
        _CLEARANCES.append(Clearance(frozenset(checks), look))
        return look

    return register


@cache
def clearances() -> tuple[Clearance, ...]:
    """All of them."""
    for module in MODULES:
        import_module(f"slashv1.harness.judge.{module}")
    return tuple(_CLEARANCES)
