"""Looking for a request that fails, and for the least that does: Hypothesis, without side effects."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import HypothesisException

from slashv1.harness.fuzz.plan import Half
from slashv1.harness.fuzz.requests import broken, plain_mistakes, valid
from slashv1.harness.fuzz.sample import Sample

_MOST_EXAMPLES = 10_000
"""Always the same, as what is drawn depends on it; the budget of requests ends a search."""

Ask = Callable[[Sample], Sequence[str]]
"""Sends a request; the kinds of its faults. Raises `Spent` where it may send no more."""


class Spent(BaseException):
    """Ends a search: no further request may be sent. No `Exception`, which would be taken for a fault."""


class Fault(Exception):  # noqa: N818 - what a search looks for, no error
    """A request failed; each kind is a class of its own, and shrunk on its own."""


def search(half: Half, models: Mapping[str, str], number: int, ask: Ask, *, plain: int = 0) -> None:
    """Draw requests and ask, until nothing new is drawn or `ask` raises `Spent`; shrink what fails.

    The same half, models and seed ask the same, as long as the answers are the same.
    `plain`: so many plain mistakes come first, each in the least request that can have it.
    """
    strategy = (valid if half.kind == "valid" else broken)(half.operation, models)

    @settings(
        database=None,
        deadline=None,
        derandomize=False,
        max_examples=_MOST_EXAMPLES,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=True,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        backend="hypothesis",
    )
    @seed(f"{number} {half.id}")
    @given(strategy)
    def attempt(sample: Sample) -> None:
        kinds = ask(sample)
        if kinds:
            raise _fault(kinds[0])

    with suppress(Spent, Fault, ExceptionGroup, HypothesisException):
        if half.kind == "broken":
            for sample in plain_mistakes(half.operation, models, number)[:plain]:
                ask(sample)
        attempt()


@cache
def _fault(kind: str) -> type[Fault]:
    made: type[Fault] = type("Fault", (Fault,), {"__doc__": kind})
    return made


@contextmanager
def nowhere() -> Iterator[None]:
    """While it lasts Hypothesis keeps its files in a folder that goes, not where the user is."""
    before: Any = None
    with tempfile.TemporaryDirectory(prefix="slashv1-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(before)
