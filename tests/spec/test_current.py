"""What every genuine message carries by some day, though nothing requires it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from slashv1 import spec
from slashv1.spec import flawless, lacking, objections, operation, parse
from slashv1.spec.contract import definitions

SCHEMAS = Path(spec.__file__).parent / "schemas"

EVENT = operation("responses.create").event or ""
RESPONSE = operation("responses.create").response or ""
CHAT = operation("chat.completions.create").response or ""
TODAY = date(2026, 9, 1)
DELTA: dict[str, Any] = {
    "type": "response.refusal.delta",
    "item_id": "msg_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "x",
}
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
BODY: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-mini",
    "choices": [CHOICE],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def places(reference: str, value: Any, day: date = TODAY) -> list[str]:
    found = lacking(reference, value, day)
    assert {one.kind for one in found} <= {"missing"}
    return [one.pointer for one in found]


@pytest.mark.parametrize(
    ("day", "lacks"),
    [(date(2025, 5, 28), []), (date(2025, 5, 29), ["/sequence_number"]), (TODAY, ["/sequence_number"])],
)
def test_a_field_is_lacking_from_the_day_it_was_always_sent(day: date, lacks: list[str]) -> None:
    assert objections(EVENT, DELTA) == []
    assert places(EVENT, DELTA, day) == lacks
    assert places(EVENT, {**DELTA, "sequence_number": 1}, day) == []


@pytest.mark.parametrize("name", ["response", "event"])
def test_log_probabilities_are_older_than_their_refusals(name: str) -> None:
    message = {"role": "assistant", "content": "Yes.", "refusal": None}
    said = {"message": message} if name == "response" else {"delta": {"content": "Yes."}}
    choice = {**CHOICE, **said, "logprobs": {"content": []}}
    if name == "event":
        choice.pop("message")
    body = {**BODY, "choices": [choice], **({"object": "chat.completion.chunk"} if name == "event" else {})}
    reference = getattr(operation("chat.completions.create"), name)
    assert objections(reference, body) == []
    assert "/choices/0/logprobs/refusal" not in places(reference, body, date(2023, 12, 16))
    assert "/choices/0/logprobs/refusal" in places(reference, body)


def test_what_genuine_openai_sends_only_at_times_is_never_lacking() -> None:
    message = {"role": "assistant", "content": "Yes.", "refusal": None}
    assert places(CHAT, {**BODY, "choices": [{**CHOICE, "message": message}]}) == []


def test_a_key_that_is_required_outright_is_told_by_objections_alone() -> None:
    body = {key: value for key, value in BODY.items() if key != "model"}
    assert [one.pointer for one in objections(CHAT, body)] == ["/model"]
    assert places(CHAT, body) == ["/choices/0/message/refusal"]


@pytest.mark.parametrize("value", [None, [], "x", {"type": 1}, {"choices": [1]}, {"id": "\ud800"}])
def test_values_of_any_shape_are_taken(value: Any) -> None:
    for reference in (CHAT, EVENT, RESPONSE):
        assert all(pointer.startswith("/") for pointer in places(reference, value))


CONTRARY = frozenset({"if", "not", "contains", "oneOf", "maxContains"})
"""Keywords under which a stricter schema can make the whole take more."""


def contrary(family: str, node: Any, inside: bool, seen: set[tuple[str, bool]]) -> Iterator[dict[str, Any]]:
    """The nodes with `x-always` that lie under a contrary keyword, references followed."""
    if isinstance(node, dict):
        if inside and "x-always" in node:
            yield node
        reference = node.get("$ref")
        if isinstance(reference, str) and (reference, inside) not in seen:
            seen.add((reference, inside))
            name = reference.removeprefix("#/$defs/")
            yield from contrary(family, definitions(family)[name], inside, seen)
        for key, value in node.items():
            yield from contrary(family, value, inside or key in CONTRARY, seen)
    elif isinstance(node, list):
        for value in node:
            yield from contrary(family, value, inside, seen)


@pytest.mark.parametrize("family", sorted(path.stem for path in SCHEMAS.glob("*.json")))
def test_what_keeps_the_newer_schema_keeps_the_schema(family: str) -> None:
    seen: set[tuple[str, bool]] = set()
    for name in definitions(family):
        assert list(contrary(family, definitions(family)[name], False, seen)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"sequence_number": 1}', True),
        ('{"sequence_number": 1.0}', False),
        ('{"sequence_number": 1, "sequence_number": 1}', False),
        ("{}", False),
        ('{"sequence_number": 1, "x": 1}', False),
    ],
)
def test_a_flawless_document_has_no_objection_and_lacks_nothing(text: str, said: bool) -> None:
    document = parse(json.dumps(DELTA)[:-1] + (", " if len(text) > 2 else "") + text[1:])
    assert flawless(EVENT, TODAY)(document) is said
    if said:
        assert objections(EVENT, document.value) == lacking(EVENT, document.value, TODAY) == []
