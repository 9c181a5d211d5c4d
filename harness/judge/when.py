"""Where a check applies, said of a case alone."""

from __future__ import annotations

from collections.abc import Callable

from slashv1.matrix import Case

When = Callable[[Case], bool]


def on(*operations: str, stream: bool | None = None, error: bool | None = False) -> When:
    """Cases of these operations (none: of all), streaming or not, refused or not; None: either."""

    def applies(case: Case) -> bool:
        return (
            (not operations or case.operation in operations)
            and (stream is None or case.stream is stream)
            and (error is None or case.error is error)
        )

    return applies


def tagged(tag: str, inner: When) -> When:
    """`inner`, narrowed to the cases that carry a tag."""
    return lambda case: tag in case.tags and inner(case)
