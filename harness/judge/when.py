"""Where a check applies, said of a case alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from slashv1.matrix import Case
from slashv1.spec import operations

PREFLIGHT = "cors.preflight"
"""A browser's question, which is no operation of the API: only checks that name it are asked of it."""
USAGE = "gateway.usage"
"""What lies beside /v1, and is no operation of it either."""
APART = frozenset({PREFLIGHT, USAGE})
Test = Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class When:
    """Cases of these operations (none: of all), streaming or not, refused or not; None: either.

    As a value, so that the engine decides it once for all cases of an operation.
    """

    operations: tuple[str, ...] = ()
    stream: bool | None = None
    error: bool | None = False
    tests: tuple[Test, ...] = ()
    """What a case must pass besides; asked in order, and only where the rest holds."""

    def __call__(self, case: Case) -> bool:
        return self.within(case.operation, case.stream, case.error) and all(test(case) for test in self.tests)

    def within(self, operation: str, stream: bool, error: bool) -> bool:
        """Whether cases of this kind come into question."""
        return (
            (operation in self.operations if self.operations else operation not in APART)
            and (self.stream is None or self.stream is stream)
            and (self.error is None or self.error is error)
        )

    def where(self, test: Test) -> When:
        """The same, narrowed to the cases that pass a test."""
        return replace(self, tests=(*self.tests, test))


def on(*operations: str, stream: bool | None = None, error: bool | None = False) -> When:
    """Cases of these operations (none: of all), streaming or not, refused or not; None: either."""
    return When(operations, stream, error)


@cache
def tagged(tag: str, inner: When) -> When:
    """`inner`, narrowed to the cases that carry a tag."""
    return inner.where(lambda case: tag in case.tags)


def always_json(case: Case) -> bool:
    """Whether a success of the operation is JSON text; else it is JSON, other text or bytes."""
    known = operations().get(case.operation)
    return known is None or known.answer == "json"


def in_json(inner: When) -> When:
    """`inner`, narrowed to operations whose success is JSON text whatever the request asks for."""
    return inner.where(always_json)
