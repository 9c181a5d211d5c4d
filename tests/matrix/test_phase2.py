"""Phase 2 of the built-in matrix: files, batches, conversations, and what belongs to them."""

from __future__ import annotations

import pytest

from slashv1.harness.plan import make_plan
from slashv1.matrix import load_matrix, load_profile, phase_of
from slashv1.spec import operations

CASES = [case for case in load_matrix() if case.phase == 2]
GENERATING = {"responses.create", "chat.completions.create"}
FIRST = [case for case in load_matrix() if case.phase == 1]


def test_every_operation_of_phase_2_has_a_case_and_a_refused_one() -> None:
    due = {name for name in operations() if phase_of(name) == 2}
    assert {case.operation for case in CASES if not case.error} == due | GENERATING
    assert {case.operation for case in CASES if case.error} == due | {"responses.create"}


def test_errors_are_a_good_part_of_it() -> None:
    assert len(CASES) >= 80
    assert sum(case.error for case in CASES) >= 35


@pytest.mark.parametrize(("tier", "requests"), [("quick", 3), ("standard", 100), ("full", 104)])
def test_phase_2_adds_exactly_so_many_requests(tier: str, requests: int) -> None:
    first = make_plan(FIRST, load_profile("openai"), tier=tier)
    both = make_plan([*FIRST, *CASES], load_profile("openai"), phase=2, tier=tier)
    assert both.requests - first.requests == requests


def test_what_is_polled_is_bounded_and_told() -> None:
    polled = [case for case in CASES if case.poll]
    ends = {"ended", "failed", "doubled", "refused"}
    assert {case.id for case in polled} == {f"batches.retrieve/{name}" for name in ends}
    plan = make_plan(CASES, load_profile("openai"), phase=2)
    assert plan.polls == sum(case.poll.requests - 1 for case in polled if case.poll) == 44
    assert round(plan.poll_seconds) == 211


def test_the_lines_of_a_batch_are_counted_among_the_tokens() -> None:
    plan = make_plan(CASES, load_profile("openai"), phase=2, select=["files.create::batch-input"])
    assert plan.max_output_tokens == 3 * 16


def test_every_case_says_what_it_tries() -> None:
    assert all(case.title and case.tags for case in CASES)


def test_every_lifecycle_is_a_scenario_that_ends_in_what_is_gone() -> None:
    plan = make_plan(CASES, load_profile("openai"), phase=2)
    for first, last in (
        ("files.create/short-lived", "files.retrieve/deleted"),
        ("conversations.create/short-lived", "conversations.retrieve/deleted"),
        ("conversations.create/to-trim", "conversations.items.list/trimmed"),
        ("files.create/batch-to-cancel", "batches.retrieve/cancelled"),
        ("files.create/batch-input", "files.content/batch-output"),
    ):
        names = next(names for names in map(_names, plan.scenarios) if first in names)
        assert names.index(first) < names.index(last)


def _names(scenario: tuple[object, ...]) -> list[str]:
    return [case.id for case in scenario]  # type: ignore[attr-defined]
