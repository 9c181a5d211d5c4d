"""Phase 3: completions, moderations, stored chat completions, compaction, images and audio."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from slashv1.harness.forms import asked_of, parts_of
from slashv1.harness.plan import make_plan
from slashv1.matrix import Case, load_matrix, load_profile
from slashv1.spec import find_operation, objections, operation, operations
from tests.matrix.test_phase1 import _filled
from tests.spec.evidence import CHECKOUT

CASES = [case for case in load_matrix() if case.phase == 3]
NAMED = (
    "audio.speech.create",
    "audio.transcriptions.create",
    "audio.translations.create",
    "chat.completions.delete",
    "chat.completions.list",
    "chat.completions.messages.list",
    "chat.completions.retrieve",
    "chat.completions.update",
    "completions.create",
    "images.create_variation",
    "images.edit",
    "images.generate",
    "moderations.create",
    "responses.compact",
    "responses.input_items.list",
)
COSTLY = ("images.generate", "images.edit", "images.create_variation", "audio.speech.create")


def test_every_operation_has_a_case_that_is_taken_and_one_that_is_refused() -> None:
    taken = {case.operation for case in CASES if not case.error}
    refused = {case.operation for case in CASES if case.error}
    assert set(NAMED) <= taken
    assert set(NAMED) <= refused


@pytest.mark.parametrize(("tier", "requests"), [("quick", 0), ("standard", 89), ("full", 127)])
def test_a_tier_sends_exactly_so_many_requests(tier: str, requests: int) -> None:
    plan = make_plan(load_matrix(), load_profile("openai"), phase=3, tier=tier)
    assert len([case for case in plan.cases if case.phase == 3]) == requests


def test_what_costs_most_is_asked_for_once_in_the_standard_tier() -> None:
    standard = Counter(
        c.operation for c in CASES if c.operation in COSTLY and c.tier != "full" and not c.error
    )
    assert standard["images.generate"] == 2
    assert standard["images.edit"] == 1
    assert all(c.asked.get("quality", "low") == "low" for c in CASES if not c.error)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_request_goes_to_its_operation(case: Case) -> None:
    found = find_operation(case.request.method, str(_filled(case.request.path)))
    assert found is not None
    assert found.name == case.operation


@pytest.mark.parametrize(
    "case", [c for c in CASES if not c.error and c.request.json], ids=lambda case: case.id
)
def test_a_request_that_must_be_taken_keeps_the_contract(case: Case) -> None:
    reference = operation(case.operation).request
    assert reference is not None
    assert objections(reference, _filled(case.request.json)) == []


@pytest.mark.parametrize("case", [c for c in CASES if c.request.form], ids=lambda case: case.id)
def test_a_form_has_the_fields_that_the_contract_knows(case: Case) -> None:
    reference = operations()[case.operation].form
    assert reference is not None
    family, _, name = reference.partition("#/$defs/")
    known = json.loads((CHECKOUT / "spec" / "schemas" / f"{family}.json").read_text("utf-8"))["$defs"][name][
        "properties"
    ]
    assert asked_of(parts_of(case.request.form or {})).keys() <= known.keys()


@pytest.mark.parametrize("case", [c for c in CASES if c.error], ids=lambda case: case.id)
def test_a_refused_case_expects_a_client_error(case: Case) -> None:
    assert case.expect.error is not None
    assert all(400 <= status < 500 for status in case.expect.status)
    assert "invalid_request_error" in case.expect.error.type


def test_a_case_that_names_a_model_of_upstreams_is_optional() -> None:
    """A target that lacks it refuses it honestly; only what asks for no model is held against it."""
    named = [c for c in CASES if (c.request.form or c.asked).get("model", "${model}") != "${model}"]
    must = {c.name for c in named if not c.optional}
    assert must == {"wrong-key", "unknown-model"}


def test_what_was_just_stored_is_waited_for() -> None:
    assert {case.id for case in CASES if case.eventually} == {
        "chat.completions.retrieve/plain",
        "chat.completions.retrieve/second",
    }
    assert {case.tries for case in CASES if case.eventually} == {6}
