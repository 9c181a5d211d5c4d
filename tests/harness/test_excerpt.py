"""JSON around a place, and exchanges without what differs from run to run."""

from __future__ import annotations

import pytest

from slashv1.harness.notes.focus import focus, steps_of
from slashv1.harness.notes.steady import Steady

BODY = {
    "id": "x",
    "object": "y",
    "choices": [{"index": 0}, {"index": 1, "text": "a", "end": None}],
    "usage": {},
}


@pytest.mark.parametrize(
    ("pointer", "shown"),
    [
        ("/id", '{"id": "x", "object": "y", …}'),
        ("/usage", '{…, "choices": […], "usage": {}}'),
        ("/choices/0/index", '{…, "object": "y", "choices": [{"index": 0}, …], "usage": {}}'),
        ("/choices/1/end", '{…, "object": "y", "choices": […, {…, "text": "a", "end": null}], "usage": {}}'),
        ("/choices/0/none", '{…, "object": "y", "choices": [{"index": 0}, …], "usage": {}}'),
        (
            "/choices/7",
            '{…, "object": "y", "choices": [{"index": 0}, {"index": 1, "text": "a", "end": null}], '
            '"usage": {}}',
        ),
        ("/none", '{"id": "x", "object": "y", "choices": […], "usage": {}}'),
    ],
)
def test_the_place_is_shown_between_its_neighbours(pointer: str, shown: str) -> None:
    assert focus(BODY, steps_of(pointer)) == shown


def test_long_values_are_cut() -> None:
    assert focus("a" * 500, ()) == '"' + "a" * 198 + "…"
    assert focus({"a": "b" * 90, "c": 1}, ["c"]).startswith('{"a": "' + "b" * 38 + "…")


def test_steps_of_a_pointer_are_unescaped() -> None:
    assert steps_of("/a~1b/m~0n/0") == ["a/b", "m~n", "0"]
    assert steps_of("") == []


def test_an_id_is_replaced_by_the_same_letter_wherever_it_comes() -> None:
    steady = Steady(1_795_000_000.0)
    first, second = "resp_" + "0f" * 25, "resp_" + "1e" * 25
    assert steady.text(f"{first} {second} {first}") == "resp_A resp_B resp_A"
    assert steady.text(second) == "resp_B"


def test_ids_of_other_forms_are_replaced_and_words_are_not() -> None:
    steady = Steady(0.0)
    assert steady.text("chatcmpl-C5dJ0kW2sQ9xYtEa7uHvBnMpLrZgT") == "chatcmpl-A"
    assert steady.text("5b2c8b7e-3f2a-4c1d-9e8f-0a1b2c3d4e5f") == "B"
    assert (
        steady.text("gpt-4o-mini-2024-07-18 call_1 fp_27bebe765c")
        == "gpt-4o-mini-2024-07-18 call_1 fp_27bebe765c"
    )


def test_times_of_the_day_become_one_and_their_distance_is_kept() -> None:
    steady = Steady(1_795_000_000.0)
    assert steady.text("1795000001, 1795000003, 1686935002") == "1750000000, 1750000002, 1686935002"
    assert steady.text('"completed_at": 1795000009') == '"completed_at": 1750000000'
    assert steady.text("1795000001000") == "1750000000000"


def test_filler_is_left_out() -> None:
    assert Steady(0.0).text('"obfuscation":"aZ3x"') == '"obfuscation":"…"'
