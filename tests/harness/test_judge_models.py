"""Models: each deviation is found by its own check, legal answers by none."""

from __future__ import annotations

import time
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import ExpectedError
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import objecting


def model(name: str = "gpt-4o-mini", **over: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_721_172_741, "owned_by": "system", **over}


def listed(*models: dict[str, Any], **over: Any) -> Reading:
    return a_reading(a_case("models.list"), {"object": "list", "data": list(models), **over})


def one(body: Any, beside: Reading | None = None) -> Reading:
    others = {"models.list/plain": beside} if beside else {}
    return a_reading(a_case("models.retrieve", beside=tuple(others)), body, others=others)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in model().items() if name != key}


LEGAL = [
    listed(model(), model("team/llama-3.1"), model("old", created=0)),
    listed(model(permission=[])),
    one(model()),
    one(model(), listed(model("other"), model())),
]


@pytest.mark.parametrize("reading", LEGAL)
def test_a_legal_answer_raises_nothing(reading: Reading) -> None:
    assert objecting(reading, "models.") == set()


WRONG: list[tuple[str, str, Reading]] = [
    ("list.object", "/object", listed(model(), object="models")),
    ("list.non-empty", "/data", listed()),
    ("list.ids-unique", "/data/1/id", listed(model(), model())),
    ("fields", "/data/0/created", listed(without("created"))),
    ("fields", "/owned_by", one(without("owned_by"))),
    ("object", "/data/0/object", listed(model(object="engine"))),
    ("id", "/data/0/id", listed(model(""))),
    ("created-seconds", "/data/0/created", listed(model(created=int(time.time() * 1000)))),
    ("created-seconds", "/created", one(model(created=-1))),
    ("retrieve.id", "/id", one(model("gpt-4o-mini-2024-07-18"))),
    ("retrieve.agrees", "/owned_by", one(model(owned_by="me"), listed(model()))),
    ("retrieve.agrees", "/created", one(model(created=1), listed(model()))),
]


@pytest.mark.parametrize(("check", "pointer", "reading"), WRONG)
def test_each_deviation_is_found_by_its_own_check(check: str, pointer: str, reading: Reading) -> None:
    assert objecting(reading, "models.") == {f"models.{check}"}
    assert [d.pointer for d in deviations(f"models.{check}", reading)] == [pointer]


def test_a_model_that_is_not_listed_tells_nothing() -> None:
    with pytest.raises(Inconclusive):
        deviations("models.retrieve.agrees", one(model(), listed(model("other"))))


EITHER = a_case("models.list", status=(200, 404), error=ExpectedError())


def test_a_list_that_need_not_be_one_is_a_list_or_a_refusal() -> None:
    check = "models.list.object"
    assert checks()[check].applies(EITHER)
    assert not checks()[check].applies(a_case("models.list", status=404, error=ExpectedError()))
    assert deviations(check, a_reading(EITHER, {"object": "list", "data": []})) == []
    assert deviations(check, a_reading(EITHER, {"error": {"message": "no"}}, status=404)) == []
    (found,) = deviations(check, a_reading(EITHER, model()))
    assert found.pointer == "/object"
