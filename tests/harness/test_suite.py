"""The suite's hash says which rules judged: the same for the same rules, another for others."""

from __future__ import annotations

from dataclasses import replace

from slashv1 import __version__
from slashv1.harness.suite import suite_of
from tests.harness.readings import a_case

ONE, TWO = a_case(name="one", tags=("b", "a")), a_case(name="two")


def test_the_hash_does_not_depend_on_the_order_of_cases_or_tags():
    assert suite_of((ONE, TWO)) == suite_of((TWO, replace(ONE, tags=frozenset(("a", "b")))))


def test_another_case_gives_another_hash():
    assert suite_of((ONE,)).hash != suite_of((ONE, TWO)).hash
    assert suite_of((ONE,)).hash != suite_of((replace(ONE, cooperative=True),)).hash


def test_the_version_is_that_of_the_package():
    assert suite_of(()).version == __version__
