"""The figures of genuine traffic: committed, and what the evidence gives where it is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slashv1.spec import operations
from slashv1.spec.data import read
from slashv1.spec.evidence import Carried, Seen, carried, measured, seen
from tests.spec.evidence import exchanges


def one(
    path: str, status: int = 200, day: str | None = "2026-01-02T00:00:00Z", **more: Any
) -> dict[str, Any]:
    return {
        "recorded_at": day,
        "request": {"method": "GET", "path": path, "query": ""},
        "response": {"status": status, **more},
    }


def test_exchanges_are_counted_by_operation_and_dated() -> None:
    found = measured(
        [
            one("/v1/models"),
            one("/v1/models", 401, "2025-01-01"),
            one("/v1/responses/resp_1", sse="data: {}", day=None),
            one("/elsewhere"),
        ]
    )
    assert found["exchanges"] == 3
    assert (found["first"], found["last"]) == ("2025-01-01", "2026-01-02")
    assert Seen(**found["operations"]["models.list"]) == Seen(2, 1, 0, "2025-01-01", "2026-01-02")
    assert Seen(**found["operations"]["responses.retrieve"]) == Seen(1, 1, 1, "", "")


def test_the_keys_of_accepted_messages_are_counted() -> None:
    answer = {"object": "list", "data": []}
    found = measured(
        [one("/v1/models", json=answer), one("/v1/models", json={"object": "list"}), one("/v1/models", 401)]
    )
    assert found["keys"] == {"models.list": {"response": {"messages": 2, "keys": {"data": 1, "object": 2}}}}
    assert carried("no.such.operation", "response") == Carried(0, {})
    assert carried("models.list", "response").messages > 0


def test_an_operation_that_was_never_seen_counts_nothing() -> None:
    assert seen("no.such.operation") == Seen(0, 0, 0, "", "")


def test_the_committed_figures_speak_of_operations_there_are() -> None:
    committed = read("evidence.json")
    assert set(committed["operations"]) <= set(operations())
    assert committed["exchanges"] == sum(row["exchanges"] for row in committed["operations"].values())


@pytest.mark.evidence
def test_the_committed_figures_are_those_of_the_evidence() -> None:
    assert json.loads(json.dumps(measured(exchanges()))) == read("evidence.json")
