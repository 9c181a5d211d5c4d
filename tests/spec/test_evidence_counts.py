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


def test_the_keys_of_accepted_messages_are_counted_at_every_depth() -> None:
    model = {"id": "m", "object": "model", "created": 1, "owned_by": "x"}
    answer = {"object": "list", "data": [model, {**model, "root": None}]}
    found = measured([one("/v1/models", json=answer), one("/v1/models", 401)])
    assert found["parts"] == {
        "models.list": {
            "response": {
                "messages": 1,
                "places": {
                    "ListModelsResponse": [1],
                    "Model": [2, {"parent": 0, "permission": 0, "root": 1, "shutdown_date": 0}],
                },
            }
        }
    }


def test_the_events_of_a_stream_are_counted_each_and_an_error_amid_them_is_none() -> None:
    delta = json.dumps({"type": "keepalive", "sequence_number": 3})
    text = f"event: keepalive\ndata: {delta}\n\ndata: {json.dumps({'error': {}})}\n\ndata: [DONE]\n\n"
    found = measured([one("/v1/responses/resp_1", sse=text)])
    assert found["parts"]["responses.retrieve"] == {
        "events": {"messages": 1, "places": {"ResponseKeepAliveEvent": [1]}}
    }


def test_what_was_never_seen_was_carried_by_nothing() -> None:
    assert carried("no.such.operation", "response") == Carried(0, {})
    known = carried("chat.completions.create", "response")
    objects, partly = known.places["CreateChatCompletionResponse/properties/choices/items"]
    assert known.messages > 2_000
    assert objects >= known.messages > partly["logprobs"] > 0


def test_an_operation_that_was_never_seen_counts_nothing() -> None:
    assert seen("no.such.operation") == Seen(0, 0, 0, "", "")


def test_the_committed_figures_speak_of_operations_there_are() -> None:
    committed = read("evidence.json")
    assert set(committed["operations"]) <= set(operations())
    assert committed["exchanges"] == sum(row["exchanges"] for row in committed["operations"].values())


@pytest.mark.evidence
def test_the_committed_figures_are_those_of_the_evidence() -> None:
    assert json.loads(json.dumps(measured(exchanges()))) == read("evidence.json")
