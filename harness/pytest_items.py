"""The matrix as pytest nodes: operations, cases and checks. A check is an item."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from os import PathLike
from typing import Any

import pytest

from slashv1.harness.judge.engine import Item
from slashv1.harness.plugin import Slashv1Warning
from slashv1.harness.pytest_text import Verdict, explain, headline
from slashv1.record import Outcome

Judged = Callable[[str], Verdict]
"""From `operation::case::check` to what came of it."""

SKIPS = (Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED)
FAILS = (Outcome.FAILED, Outcome.UNWAIVED)


class Matrix(pytest.Collector):
    """The chosen items, by operation."""

    def __init__(self, *, items: Sequence[Item], judged: Judged, **rest: Any) -> None:
        super().__init__(**rest)
        self.items = items
        self.judged = judged

    def collect(self) -> Iterator[pytest.Collector]:
        for name, group in groupby(self.items, lambda item: item.case.operation):
            yield Operation.from_parent(self, name=name, items=list(group), judged=self.judged)


class Operation(pytest.Collector):
    """One operation, by case."""

    def __init__(self, *, items: Sequence[Item], judged: Judged, **rest: Any) -> None:
        super().__init__(**rest)
        self.items = items
        self.judged = judged

    def collect(self) -> Iterator[pytest.Collector]:
        for name, group in groupby(self.items, lambda item: item.case.name):
            yield Case.from_parent(self, name=name, items=list(group), judged=self.judged)


class Case(pytest.Collector):
    """One case: the checks that apply to it."""

    def __init__(self, *, items: Sequence[Item], judged: Judged, **rest: Any) -> None:
        super().__init__(**rest)
        self.items = items
        self.judged = judged

    def collect(self) -> Iterator[pytest.Item]:
        for item in self.items:
            yield Check.from_parent(self, name=item.check.id, item=item, judged=self.judged)


class Check(pytest.Item):
    """One check on one case. Its verdict is there before it runs; running it tells pytest."""

    def __init__(self, *, item: Item, judged: Judged, **rest: Any) -> None:
        super().__init__(**rest)
        self.item = item
        self.judged = judged
        for mark in marks(item):
            self.add_marker(mark)

    def setup(self) -> None:
        """What broke outside the target is pytest's `error`: it shows in the set-up."""
        if self.config.getoption("setuponly", False) or self.config.getoption("setupplan", False):
            return
        verdict = self.judged(self.item.id)
        outcome = verdict.result.outcome
        self.user_properties += [("level", str(self.item.level)), ("outcome", str(outcome))]
        if outcome is Outcome.ERROR:
            pytest.fail(explain(verdict), pytrace=False)

    def runtest(self) -> None:
        """Pass, warn, skip, xfail or fail, as the outcome says."""
        verdict = self.judged(self.item.id)
        outcome = verdict.result.outcome
        if outcome in SKIPS:
            raise pytest.skip.Exception(headline(verdict), _use_item_location=True)
        if outcome is Outcome.WAIVED:
            pytest.xfail(headline(verdict))  # returns under --runxfail, which wants the failure
        if outcome in (*FAILS, Outcome.WAIVED) or (outcome is Outcome.WARNED and verdict.strict):
            pytest.fail(explain(verdict), pytrace=False)
        if outcome is Outcome.WARNED:
            self._warn(headline(verdict))

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        """The title is no suffix of the node id: pytest would rewrite the dots in the id it prints."""
        case = self.item.case
        title = f"{case.operation} / {case.name} / {self.name}"
        return self.config.rootpath / "slashv1", 0, title

    def _warn(self, text: str) -> None:
        """A filter may silence the warning; none makes a failure of it: that is --slashv1-strict."""
        try:
            self.warn(Slashv1Warning(text))
        except Slashv1Warning:
            with warnings.catch_warnings():
                warnings.simplefilter("always", Slashv1Warning)
                self.warn(Slashv1Warning(text))


def marks(item: Item) -> list[str]:
    """The names that `-m` selects an item by."""
    found = [item.level.lower(), operation_mark(item.case.operation)]
    return [*found, "stream"] if item.case.stream else found


def operation_mark(operation: str) -> str:
    """`op_chat_completions_create` for `chat.completions.create`."""
    return "op_" + operation.replace(".", "_")
