"""Rules: what would be no violation is counted and left out, and nothing else is."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from slashv1.harness.mutants.edit import cuts, with_cuts
from slashv1.harness.mutants.model import Baseline, operators
from slashv1.harness.mutants.run import judged, picked
from slashv1.harness.mutants.walk import spots
from tests.harness.mutants.baselines import fixture, openai, saying

PLAIN = "chat.completions.create/plain"
STREAM = "chat.completions.create/stream"


def rules(name: str, base: Baseline, place: str) -> set[str | None]:
    return {site.rule for site in operators()[name].sites(base) if site.place == place}


def test_an_optional_key_may_be_absent() -> None:
    assert rules("drop-required-key", fixture(PLAIN), "/choices/0/logprobs") <= {"optional-key"}
    assert rules("drop-required-key", fixture(PLAIN), "/choices") == {None}


def test_null_may_stand_where_the_contract_lets_it() -> None:
    body = {**fixture(PLAIN).object, "system_fingerprint": "fp_1"}
    base = saying(PLAIN, body)
    assert rules("null", base, "/system_fingerprint") == {"nullable"}
    assert rules("null", base, "/model") == {None}


def test_null_may_stand_beside_an_object_chosen_by_type() -> None:
    reasoning = {"effort": "low", "summary": None}
    base = saying(
        "responses.create/plain", {**fixture("responses.create/plain").object, "reasoning": reasoning}
    )
    assert rules("null", base, "/reasoning") == {"nullable"}


def test_another_type_may_stand_where_the_contract_lets_it() -> None:
    base = fixture("responses.create/instructions")
    assert rules("string-as-array", base, "/instructions") == {"type-allowed"}


def test_half_of_a_number_beyond_the_doubles_that_hold_halves_is_none() -> None:
    for created, found in ((1750000123, True), (4944116822809979520, False)):
        base = saying(PLAIN, {**fixture(PLAIN).object, "created": created})
        assert (rules("integer-as-fraction", base, "/created") == {None}) is found


def test_metadata_takes_any_key() -> None:
    body = {**fixture("responses.create/plain").object, "metadata": {"team": "a"}}
    base = saying("responses.create/plain", body)
    assert rules("rename-key", base, "/metadata/team") == {"open-map"}
    assert rules("unknown-key", base, "/metadata/x_vendor_note") == {"open-map"}
    assert rules("unknown-key", base, "//x_vendor_note") == {None}


def test_a_word_of_no_closed_set_may_be_any() -> None:
    assert rules("enum-invented", fixture(PLAIN), "/model") == {"open-set"}
    assert rules("enum-invented", fixture(PLAIN), "/choices/0/finish_reason") == {None}


def test_equal_frames_may_change_places() -> None:
    base = fixture(STREAM)
    text = next(n for n, f in enumerate(base.frames) if b'"content":"' in f.raw and n > 0)
    doubled = [*base.frames[:text], base.frames[text], *base.frames[text:]]
    exchange = with_cuts(base.exchange, doubled)
    again = Baseline(_with(base, exchange), base.operation, "fixture")
    assert rules("chunks-swapped", again, f"frames {text} and {text + 1}") == {"same-bytes"}


def _with(base: Baseline, exchange: Any) -> Any:
    from dataclasses import replace

    return replace(base.record, exchange=exchange)


def test_pieces_that_still_join_to_an_object_break_nothing() -> None:
    base = fixture("chat.completions.create/tools-required-stream")
    given = {site.rule for site in operators()["piece-lost"].sites(base)}
    assert given <= {None, "still-json"}


def test_a_stream_that_resumes_another_has_no_beginning_to_compare_with() -> None:
    base = fixture("responses.retrieve/stream-after")
    for name in ("event-lost-renumbered", "event-twice-renumbered", "item-id-other"):
        assert {site.rule for site in operators()[name].sites(base)} <= {"resumed", "told-nowhere-else"}


def test_sums_that_still_add_up_are_left_out() -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    base = saying(PLAIN, {**fixture(PLAIN).object, "usage": usage})
    assert {site.rule for site in operators()["total-zero"].sites(base)} == {"within-bounds"}


def test_what_is_left_out_is_counted_once_where_it_is_drawn() -> None:
    excluded: Counter[tuple[str, str]] = Counter()
    drawn = picked(operators()["enum-invented"], fixture(PLAIN), 0, excluded)
    assert [site.rule for site in drawn] == [None] * len(drawn)
    assert set(excluded) <= {("enum-invented", "open-set"), ("enum-invented", "free-form")}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sites_are_of_different_shapes(seed: int) -> None:
    sites = picked(operators()["drop-required-key"], fixture(PLAIN), seed, Counter())
    assert len({site.shape for site in sites}) == len(sites) == operators()["drop-required-key"].times


def test_frames_joined_are_the_body() -> None:
    for name in (STREAM, "responses.create/stream"):
        exchange = fixture(name).exchange
        assert with_cuts(exchange, cuts(exchange)).body == exchange.body


def test_the_walk_reaches_every_member_of_a_closed_object() -> None:
    paths = {spot.path for spot in spots(fixture(PLAIN))}
    assert {("choices", 0, "message", "content"), ("usage", "total_tokens"), ("id",)} <= paths


def test_an_untouched_exchange_has_no_objection() -> None:
    for name in (PLAIN, STREAM, "responses.create/stream"):
        assert judged(fixture(name), fixture(name).exchange, openai()).objections == []
