"""A stream that is held back: told only where nothing else explains when it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures import Read
from slashv1.fixtures.exchange import ALL_FACETS, Facet
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.engine import items_of, judge
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, load_matrix, load_profile
from slashv1.record import Outcome
from tests.harness.readings import a_case, a_reading, deviations, ids_of

NAMES = ("plain", "twin", "short", "short-stream")
LONG = a_case(
    name="long", tags=("long",), beside=tuple(f"chat.completions.create/{n}" for n in NAMES), stream=True
)
TWIN = a_case(name="twin", tags=("long",), stream=True)
PLAIN = a_case(name="plain", tags=("long",))
SHORT, SHORT_STREAM = a_case(name="short"), a_case(name="short-stream", stream=True)
ROLE = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}\n\n'
DELTA = b'data: {"choices": [{"index": 0, "delta": {"content": " 1"}}]}\n\n'
EVENT = b'data: {"type": "response.output_text.delta", "delta": " 1"}\n\n'
COMMENT = b": keep-alive\n\n"


def streaming(case: Case, reads: Sequence[tuple[bytes, float]]) -> Reading:
    exchange = a_reading(case, "").exchange
    made = tuple(Read(data, at) for data, at in reads)
    return Reading(case, replace(exchange, reads=made, seconds=made[-1].at))


def taking(case: Case, seconds: float, status: int = 200) -> Reading:
    reading = a_reading(case, {}, status=status)
    return replace(reading, exchange=replace(reading.exchange, seconds=seconds))


HELD = [(ROLE + DELTA * 200, 4.0)]
STEADY = [(ROLE, 0.1), *((DELTA, 0.1 + n * 0.02) for n in range(200))]


def judged(
    reads: Sequence[tuple[bytes, float]] = tuple(HELD),
    *,
    plain: float = 4.1,
    short: float = 0.3,
    twin: Sequence[tuple[bytes, float]] = tuple(HELD),
    left_out: str = "",
    status: int = 200,
) -> list[Deviation]:
    others = {
        "twin": streaming(TWIN, twin),
        "plain": taking(PLAIN, plain, status),
        "short": taking(SHORT, short),
        "short-stream": taking(SHORT_STREAM, 0.2),
    }
    others.pop(left_out, None)
    return deviations("framing.buffered", replace(streaming(LONG, reads), others=others))


@pytest.mark.parametrize(
    "reads",
    [
        HELD,
        [(ROLE, 0.1), (DELTA * 100, 4.0), (DELTA * 100, 4.1)],
        [(COMMENT, 1.0), (COMMENT, 2.0), (COMMENT, 3.0), (ROLE + DELTA * 64, 4.0)],
        [(EVENT * 100, 3.9)],
    ],
    ids=["one read", "the role comes early", "comments meanwhile", "Responses"],
)
def test_what_comes_at_once_after_the_time_it_took_is_told(reads: list[tuple[bytes, float]]) -> None:
    (found,) = judged(reads)
    assert "held back" in found.message
    assert found.frame == (1 if ROLE in reads[0][0] + reads[-1][0] else 0)


@pytest.mark.parametrize(
    "reads",
    [
        STEADY,
        [(ROLE + DELTA * 200, 0.9)],
        [(ROLE, 3.0), (DELTA * 100, 3.0), (DELTA * 100, 4.0)],
        [(b"data: {}\n\n", 9.0)],
    ],
    ids=["bit by bit", "fast", "late, then bit by bit", "no text"],
)
def test_what_was_not_held_back_passes(reads: list[tuple[bytes, float]]) -> None:
    assert judged(reads) == []


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"short": 3.9}, "the wait may be the start"),
        ({"plain": 1.2, "short": 0.3}, "the wait may be the start"),
        ({"reads": [(ROLE + DELTA * 20, 4.0)]}, "too few"),
        ({"reads": [(ROLE + DELTA * 200, 1.5)]}, "may be a copy"),
        ({"twin": STEADY}, "another long stream"),
        ({"left_out": "twin"}, "missing"),
        ({"left_out": "plain"}, "missing"),
        ({"status": 429}, "missing"),
    ],
)
def test_what_a_slow_start_or_luck_explains_is_not_told(given: dict[str, Any], cause: str) -> None:
    with pytest.raises(Inconclusive, match=cause):
        judged(**given)


def test_a_recording_without_times_is_not_judged() -> None:
    reading = streaming(LONG, HELD)
    untimed = replace(reading, exchange=replace(reading.exchange, facets=ALL_FACETS - {Facet.TIMES}))
    profile = load_profile("openai")
    results = judge(items_of(LONG, profile), untimed, profile)
    assert [r.outcome for r in results if r.check == "framing.buffered"] == [Outcome.SKIPPED]


def test_the_matrix_compares_with_the_same_prompt_alone() -> None:
    cases = {case.id: case for case in load_matrix()}
    judging = [case for case in cases.values() if "long" in case.tags and case.beside]
    assert len(judging) == 2
    for case in judging:
        prompts = {_prompt(cases[name]) for name in (case.id, *case.beside)}
        assert len(prompts) == 1


def _prompt(case: Case) -> Any:
    asked = case.asked.get("messages") or case.asked["input"]
    return asked if isinstance(asked, str) else asked[0]["content"]


def test_no_check_of_the_topic_is_left_untested() -> None:
    assert ids_of("buffering") == {"framing.buffered"}
