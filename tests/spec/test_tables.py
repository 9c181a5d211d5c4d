"""The tables beside the schemas hold together, among themselves and with the schemas."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from slashv1.spec import (
    definition,
    error_row,
    error_table,
    header_grammar,
    operation,
    operations,
    request_header_grammar,
    stream_machine,
)
from slashv1.spec.tables import PATH
from tests.spec.evidence import exchanges


def test_a_cause_is_answered_by_operation() -> None:
    assert (error_row("unknown-model", "chat.completions.create").status, 404) == (404, 404)
    responses = error_row("unknown-model", "responses.create")
    assert (responses.status, responses.code, responses.param) == (400, "model_not_found", "model")
    assert error_row("wrong-type", "chat.completions.create").param == PATH
    with pytest.raises(KeyError):
        error_row("unknown-response", "embeddings.create")


def test_every_error_is_a_client_or_server_error_with_a_type() -> None:
    assert error_table()
    for row in error_table():
        assert 400 <= row.status < 600
        assert row.type
        assert row.seen >= 0


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("x-request-id", ["req_" + "0a" * 16, "0a" * 16], ["", "req_", "x y"]),
        (
            "x-ratelimit-reset-tokens",
            ["72ms", "4h43m36.314s", "6s", "0s", "2m0s", "1d2h"],
            ["", "6", "1.5h", "s"],
        ),
        ("x-ratelimit-limit-requests", ["10000"], ["", "-1", "1.5"]),
        ("openai-version", ["2020-10-01"], ["v1"]),
        ("retry-after", ["20", "Wed, 21 Oct 2026 07:28:00 GMT"], ["soon", "-1"]),
        ("agent-qos-target-met", ["true", "false"], ["yes"]),
        ("agent-trace-id", ["trc_1"], ["1"]),
        ("agent-hints-honored", ["qos,reuse", "qos"], ["", "qos;reuse"]),
    ],
)
def test_the_header_grammar_tells_good_from_bad(name: str, good: list[str], bad: list[str]) -> None:
    pattern = header_grammar()[name].pattern
    assert all(re.fullmatch(pattern, value) for value in good)
    assert not any(re.fullmatch(pattern, value) for value in bad)


def test_header_rules_name_known_operations() -> None:
    for rule in [*header_grammar().values(), *request_header_grammar().values()]:
        globs = [glob.removesuffix("*") for glob in rule.operations]
        assert all(any(name.startswith(glob) for name in operations()) for glob in globs)


def events() -> set[str]:
    found = definition(operation("responses.create").event or "")
    return set(found["properties"]["type"]["enum"])


def mentioned(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.startswith("response.") else set()
    inside = [*value.keys(), *value.values()] if hasattr(value, "keys") else value
    return set().union(*map(mentioned, inside)) if isinstance(inside, list) else set()


def test_the_machine_names_only_events_that_have_a_schema() -> None:
    named = mentioned(dict(stream_machine("responses")))
    assert named - events() == set()


def test_every_family_ends_in_the_field_its_done_event_has() -> None:
    for family in stream_machine("responses")["families"]:
        branch = next(
            one["then"]["$ref"]
            for one in definition(operation("responses.create").event or "")["allOf"]
            if one["if"]["properties"]["type"].get("const") == family["done"]
        )
        done = definition(f"responses{branch}")
        assert {family["done_field"], *family["keys"]} <= set(done["properties"])


def test_chat_ends_with_done_and_responses_do_not() -> None:
    assert stream_machine("chat")["terminator"] == "[DONE]"
    assert stream_machine("responses")["terminator"] is None
    with pytest.raises(KeyError):
        stream_machine("audio")


def follow(machine: Any, types: list[dict[str, Any]]) -> list[str]:
    """The steps of one stream that the machine does not allow."""
    wrong, kinds, last = [], {}, {}
    previous = None
    for event in types:
        kind = event["type"]
        if kind in machine["anywhere"]:
            continue
        index = event.get("output_index")
        if kind == "response.output_item.added":
            kinds[index] = event["item"]["type"]
        inside = machine["inside"].get(kinds.get(index), {}) if index is not None else {}
        if index is not None and index in last:
            allowed = inside.get(last[index], [])
        elif previous is None:
            allowed = [*machine["first"], "response.in_progress"]
        elif kind in machine["terminal"]:
            allowed = machine["terminal"] if previous in machine["ends"]["after"] else []
        else:
            allowed = machine["next"].get(previous, [])
        simple = index in last and not inside and kind == "response.output_item.done"
        if kind not in allowed and not simple:
            wrong.append(f"{last.get(index, previous)} -> {kind}")
        if index is not None:
            last[index] = kind
        previous = kind
    return wrong


@pytest.mark.evidence
def test_every_genuine_stream_is_a_walk_through_the_machine() -> None:
    machine, streams = stream_machine("responses"), 0
    for exchange in exchanges():
        text = exchange["response"].get("sse")
        if not text or not exchange["request"]["path"].startswith("/v1/responses"):
            continue
        found = [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]
        assert follow(machine, found) == [], exchange["id"]
        streams += 1
    assert streams > 300
