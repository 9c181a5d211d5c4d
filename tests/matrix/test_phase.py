"""Every operation has a phase, and its cases keep it."""

from __future__ import annotations

from collections import Counter

import pytest

from slashv1.harness.judge.when import APART
from slashv1.matrix import load_matrix, phase_of, phases
from slashv1.spec import operations


def test_every_operation_of_the_contract_has_a_phase() -> None:
    assert phases().keys() == operations().keys()
    assert set(phases().values()) == {1, 2, 3, 4}
    assert Counter(phases().values())[1] == 9


@pytest.mark.parametrize(
    ("operation", "phase"),
    [
        ("responses.create", 1),
        ("models.retrieve", 1),
        ("conversations.items.create", 2),
        ("files.content", 2),
        ("batches.cancel", 2),
        ("audio.transcriptions.create", 3),
        ("chat.completions.messages.list", 3),
        ("responses.compact", 3),
        ("models.delete", 4),
        ("vector_stores.files.create", 4),
        ("beta.responses.create", 4),
    ],
)
def test_the_phases_are_those_of_the_contract(operation: str, phase: int) -> None:
    assert phase_of(operation) == phase


def test_a_case_stands_in_the_phase_of_its_operation_or_of_a_later_one_that_goes_on_from_it() -> None:
    known = [case for case in load_matrix() if case.operation in operations()]
    assert all(case.phase >= phase_of(case.operation) for case in known)
    later = {case.id for case in known if case.phase > phase_of(case.operation)}
    assert later >= {"chat.completions.create/kept", "responses.create/compacted"}
    assert {case.operation for case in load_matrix()} - operations().keys() == APART


def test_an_unknown_operation_has_no_phase() -> None:
    with pytest.raises(KeyError):
        phase_of("chat.completion")
