"""The census: which keys genuine objects carry, by place, without a look at what the contract demands."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.spec.census import Census, Count, walk

CALL = {
    "type": "function_call",
    "id": "f",
    "call_id": "c",
    "name": "f",
    "arguments": "{}",
    "status": "completed",
}
TEXT = {"type": "output_text", "text": "a", "annotations": []}


def answer(*output: dict[str, Any]) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "metadata": {"mine": "x"}, "output": list(output)}


def places(value: Any) -> list[str]:
    return sorted(place for place, _, _ in walk("responses", "Response", value))


def test_objects_are_found_below_arrays_options_and_tagged_unions() -> None:
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [TEXT]}
    found = places(answer(CALL, message))
    assert "Response" in found
    assert "FunctionToolCall" in found
    assert "OutputMessage" in found
    assert "OutputTextContent" in found
    assert not any(name.startswith("Metadata") for name in found)


def test_a_message_that_no_branch_takes_is_counted_no_deeper() -> None:
    assert places(answer({"type": "of no kind"})) == ["Response"]
    assert places("text") == []


def test_keys_are_counted_by_object_and_lacks_by_exchange() -> None:
    census = Census("responses")
    census.add("responses#/$defs/Response", answer(CALL, CALL), "responses.create", "a", "2025-01-01")
    bare = {key: value for key, value in CALL.items() if key != "id"}
    census.add("responses#/$defs/Response", answer(CALL, bare), "responses.retrieve", "b", "2025-01-02")
    found = census.places["FunctionToolCall"]
    assert (found.objects, found.keys["id"], found.keys["name"]) == (4, 3, 4)
    assert found.lacking["id"] == {"b"}
    assert found.operations == {"responses.create", "responses.retrieve"}


def counted(rows: list[tuple[str, bool]]) -> Count:
    count = Count()
    for place, (day, there) in enumerate(rows):
        count.add({"x": 1} if there else {}, ["x"], str(place), day)
    return count


BEFORE = [("2025-01-01", False), ("2025-02-01", False)]
SINCE = [("2025-03-01", True), ("2025-04-01", True)]


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        ([*BEFORE, *SINCE], "2025-03-01"),
        ([*SINCE, *BEFORE], "2025-03-01"),
        ([*BEFORE, *SINCE, ("", False)], "2025-03-01"),
        ([*BEFORE, *SINCE, ("2025-05-01", False)], None),
        ([*BEFORE, *SINCE, ("2025-02-01", True)], None),
        (BEFORE, None),
        (SINCE, None),
        ([*BEFORE, SINCE[0], SINCE[0]], None),
        ([*BEFORE, SINCE[0]], None),
    ],
)
def test_a_key_began_where_it_never_stood_before_and_always_since(
    rows: list[tuple[str, bool]], day: str | None
) -> None:
    assert counted(rows).began("x", 2) == day


def test_an_exchange_with_and_without_the_key_dates_nothing() -> None:
    count = counted([*BEFORE, *SINCE])
    count.add({"x": 1}, ["x"], "0", "2025-01-01")
    assert count.began("x", 2) is None
