"""What a check is: a named pure function over a reading, and where it applies."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slashv1.fixtures.exchange import Facet
from slashv1.record import Level

if TYPE_CHECKING:
    from slashv1.harness.reading import Reading
    from slashv1.matrix import Case


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a check yields where an answer deviates; the engine makes a `Finding` of it."""

    message: str
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    frame: int | None = None
    header: str | None = None


class Inconclusive(Exception):  # noqa: N818 - a verdict, not an error
    """Raised by a check that could not tell, with the cause: the model did not play along."""


class Uncooperative(Inconclusive):
    """The model did not play along; asked again, it may."""


Judge = Callable[["Reading"], Iterable[Deviation]]


@dataclass(frozen=True, slots=True)
class Check:
    """A named pure function over one exchange, or over it and those it stands `beside` or `after`."""

    id: str
    level: Level
    title: str
    why: str
    """Why it matters and which clients break: the docstring."""
    clause: str
    """Id of the clause that it holds, `CS-42`: its text and source stand in `spec/clauses`."""
    judge: Judge
    applies: Callable[[Case], bool]
    """Decided from the case alone, never from the answer."""
    needs: frozenset[Facet] = frozenset()
    broad: bool = False
    """Schema, shape and SDK checks: where a narrower check objects at the same place, they point to it."""
    always: bool = False
    """Judged also where the status is not the expected one (headers, error envelope, framing)."""
    within: str = ""
    """Applied only under a profile that says `with:` it."""
    extra: str = ""
    """Applied only where that is asked for (`sdk`: it needs what may not be installed); broadest of all."""


REGISTRY: dict[str, Check] = {}
"""Filled by the decorator when the topic modules are imported; read through `checks()`."""


def check(
    id: str,  # noqa: A002 - the word of the design
    *,
    level: Level = Level.MUST,
    title: str,
    clause: str,
    when: Callable[[Case], bool] = lambda case: True,
    needs: Iterable[Facet] = (),
    broad: bool = False,
    always: bool = False,
    within: str = "",
    extra: str = "",
) -> Callable[[Judge], Judge]:
    """Register a check; its docstring says why it matters and which clients break, its clause what must hold.

    Raises:
        ValueError: the id is taken, or the docstring is missing.
    """

    def register(function: Judge) -> Judge:
        why = inspect.getdoc(function)
        if not why:
            raise ValueError(f"check {id}: no docstring says why it matters")
        if id in REGISTRY:
            raise ValueError(f"check {id}: defined twice")
        REGISTRY[id] = Check(
            id,
            level,
            title,
            why,
            clause,
            function,
            when,
            frozenset(needs),
            broad or bool(extra),
            always,
            within,
            extra,
        )
        return function

    return register
