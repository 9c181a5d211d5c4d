"""What is drawn: valid requests keep the contract and their bounds, broken ones have one mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from slashv1.harness.fuzz.bounds import bounds
from slashv1.harness.fuzz.plan import Half, plan_fuzz
from slashv1.harness.fuzz.requests import plain_mistakes
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.fuzz.search import Spent, nowhere, search
from slashv1.spec import find_operation, objections, operation
from tests.harness.fuzz.target import PROFILE
from tests.spec.evidence import exchanges

MODELS = {"model": "gpt-4o-mini", "embedding_model": "text-embedding-3-small"}
HALVES = plan_fuzz(1, 1, phase=1, profile=PROFILE).halves
WITH_BODY = [half for half in HALVES if half.model]
CAPPED = {
    "chat.completions.create": ("max_tokens", "max_completion_tokens"),
    "responses.create": ("max_output_tokens",),
}


def drawn(half: Half, count: int = 40, seed: int = 1) -> list[Sample]:
    """What a search asks that finds nothing wrong."""
    asked: list[Sample] = []

    def ask(sample: Sample) -> list[str]:
        if len(asked) == count:
            raise Spent
        asked.append(sample)
        return []

    with nowhere():
        search(half, MODELS, seed, ask)
    return asked


def of_kind(kind: str) -> list[Half]:
    return [half for half in WITH_BODY if half.kind == kind]


def values(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value within, with the key that it stands under."""
    yield key, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from values(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from values(inner, key)


@pytest.mark.parametrize("half", of_kind("valid"), ids=lambda half: half.id)
def test_valid_requests_keep_the_contract_and_cost_little(half: Half) -> None:
    bound = bounds()[half.operation]
    samples = drawn(half)
    assert len({sample.body for sample in samples}) > 25
    for sample in samples:
        assert sample.body is not None
        assert len(sample.body) <= bound.limit
        assert json.loads(sample.body) == sample.asked
        assert objections(str(operation(half.operation).request), sample.asked) == []
        assert sample.asked["model"] in MODELS.values()
        assert not set(sample.asked) & bound.never
        assert sample.asked.get("n") in (None, 1, 2)
        for name in CAPPED.get(half.operation, ()):
            assert sample.asked.get(name) in (None, *bound.values[name])
        if half.operation in CAPPED:
            assert sample.asked["store"] is False
            assert any(sample.asked.get(name) for name in CAPPED[half.operation])


@pytest.mark.parametrize("half", of_kind("valid"), ids=lambda half: half.id)
def test_no_request_names_what_reaches_outside(half: Half) -> None:
    outside = ("http", "image", "audio", "file", "search", "mcp", "shell", "interpreter", "computer", "patch")
    for sample in drawn(half):
        said = [value for key, value in values(sample.asked) if key == "type" and isinstance(value, str)]
        assert [one for one in said if any(word in one for word in outside)] == []


@pytest.mark.parametrize("half", of_kind("broken"), ids=lambda half: half.id)
def test_broken_requests_break_the_contract_and_cost_no_more(half: Half) -> None:
    bound = bounds()[half.operation]
    samples = [*drawn(half, 30), *plain_mistakes(half.operation, MODELS, 1)]
    assert len({sample.kind for sample in samples}) >= 4
    for sample in samples:
        assert sample.mistake
        if sample.asked is None:
            assert not isinstance(parsed(sample.body), dict)
            continue
        assert objections(str(operation(half.operation).request), sample.asked)
        assert not set(sample.asked) & bound.never
        for group in bound.always:
            if group[0] in bound.guarded:
                assert any(sample.asked.get(name) in bound.values[name] for name in group)


def parsed(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except ValueError:
        return None


def test_the_plainest_mistakes_are_made_kind_by_kind() -> None:
    made = plain_mistakes("chat.completions.create", MODELS, 1)
    kinds = list(dict.fromkeys(sample.kind for sample in made))
    assert [sample.kind for sample in made[: len(kinds)]] == kinds
    assert {
        "an unknown key",
        "a missing key",
        "a value of a wrong type",
        "a number out of range",
        "a value that is none of the enumeration",
        "an empty list",
        "an unknown variant",
        "a body that is no JSON object",
    } <= set(kinds)
    assert {sample.body for sample in made} == {
        sample.body for sample in plain_mistakes("chat.completions.create", MODELS, 2)
    }


def test_every_mistake_of_the_plainest_request_is_in_one_place() -> None:
    plainest = {"model", "messages", "max_tokens", "store"}
    for sample in plain_mistakes("chat.completions.create", MODELS, 1):
        if sample.asked is not None:
            assert len(set(sample.asked) ^ plainest) <= 1, sample.mistake


@pytest.mark.parametrize("half", [h for h in HALVES if not h.model], ids=lambda half: half.id)
def test_where_there_is_no_body_an_id_names_nothing(half: Half) -> None:
    samples = drawn(half, 20)
    template = operation(half.operation).path
    start = template.partition("{")[0] + str(bounds()[half.operation].id)
    assert len({sample.path for sample in samples}) == 20
    for sample in samples:
        assert sample.path.startswith(start)
        assert sample.path.isascii()
        assert sample.path.count("/") == template.count("/")
        assert sample.body is None


def test_the_same_seed_draws_the_same_and_another_one_draws_others() -> None:
    half = of_kind("valid")[0]
    assert drawn(half) == drawn(half)
    assert drawn(half) != drawn(half, seed=2)


def test_the_first_request_is_the_plainest() -> None:
    assert drawn(of_kind("valid")[0], 1)[0].asked == {
        "model": "gpt-4o-mini",
        "messages": [{"content": "", "role": "user"}],
        "max_tokens": 1,
        "store": False,
    }


def test_nothing_is_left_where_the_user_is(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawn(of_kind("valid")[0], 30)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.evidence
def test_no_request_that_was_answered_has_what_counts_as_a_mistake() -> None:
    """What the schemas object to is a mistake for certain only as long as genuine OpenAI took none of it."""
    answered, wrong = 0, []
    for one in exchanges():
        request, status = one["request"], one["response"]["status"]
        found = find_operation(request["method"], request["path"])
        if status != 200 or found is None or found.name not in bounds() or found.request is None:
            continue
        if isinstance(request.get("json"), dict):
            answered += 1
            wrong += [(one["id"], objection) for objection in objections(found.request, request["json"])]
    assert answered >= 3946
    assert wrong == []
