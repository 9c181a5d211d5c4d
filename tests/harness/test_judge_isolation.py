"""Streams at the same time: whose words are in whose stream."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.isolation import told
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, load_matrix
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse

MINE, THEIRS = "harbor velvet copper meadow", "walnut glacier trumpet cactus"


def a_stream(name: str, words: str, operation: str = "chat.completions.create") -> Case:
    said = f"Reply with exactly: {words}"
    chat = operation == "chat.completions.create"
    asked = {"messages": [{"role": "user", "content": said}]} if chat else {"input": said}
    case = a_case(operation, name=name, beside=("chat.completions.create/x",), stream=True, **asked)
    return replace(case, together="g")


def saying(case: Case, *deltas: str) -> Reading:
    if case.operation == "responses.create":
        events = [{"type": "response.output_text.delta", "delta": delta} for delta in deltas]
        done = {"type": "response.output_text.done", "text": "".join(deltas)}
        content = [{"type": "output_text", "text": "".join(deltas), "annotations": []}]
        item = {"type": "message", "role": "assistant", "content": content}
        whole = {"type": "response.completed", "response": {"status": "completed", "output": [item]}}
        return a_reading(case, sse(*events, done, whole, event=True))
    chunks = [{"choices": [{"index": 0, "delta": {"content": delta}}]} for delta in deltas]
    return a_reading(case, sse(*chunks, done=True))


def judged(*deltas: str, other: Case | None = None, case: Case | None = None) -> list[Deviation]:
    mine = case or a_stream("mine", MINE)
    theirs = saying(other or a_stream("theirs", THEIRS), THEIRS)
    reading = saying(mine, *deltas)
    return deviations("isolation.text", replace(reading, others={theirs.case.id: theirs}))


@pytest.mark.parametrize(
    "deltas",
    [
        ("harbor", " velvet", " trumpet", " meadow"),
        ("walnut glacier trumpet cactus",),
        ("Hello. ", "walnut", " and glacier"),
        (MINE, " ", "CACTUS"),
    ],
)
def test_words_of_another_stream_are_told_whatever_the_model_says(deltas: tuple[str, ...]) -> None:
    (found,) = judged(*deltas)
    assert "chat.completions.create/theirs" in found.message
    assert found.frame is not None


def test_the_frame_is_the_one_that_brought_the_word() -> None:
    (found,) = judged("harbor", " velvet", " trumpet", " meadow")
    assert found.frame == 2


def test_a_responses_stream_is_read_too() -> None:
    case = a_stream("mine", MINE, "responses.create")
    assert judged("harbor velvet ", "cactus meadow", case=case) != []
    assert judged("harbor velvet ", "copper meadow", case=case) == []


def test_its_own_words_pass_in_any_spelling() -> None:
    assert judged("Harbor, velvet, ", "copper, meadow.") == []


@pytest.mark.parametrize("said", ["Hello.", "I cannot do that.", "harbor velvet", "My cactus is green."])
def test_a_model_that_does_not_play_along_is_no_failure(said: str) -> None:
    with pytest.raises(Inconclusive, match="did not repeat"):
        judged(said)


def test_a_word_that_both_were_told_says_nothing() -> None:
    assert judged(MINE, other=a_stream("theirs", f"{MINE} walnut")) == []


def test_streams_that_were_never_under_way_at_once_show_nothing() -> None:
    mine, theirs = saying(a_stream("mine", MINE), MINE), saying(a_stream("theirs", THEIRS), THEIRS)
    later = replace(theirs, exchange=replace(theirs.exchange, sent_at=mine.exchange.sent_at + 60))
    with pytest.raises(Inconclusive, match="same time"):
        deviations("isolation.text", replace(mine, others={later.case.id: later}))


def test_every_stream_of_the_matrix_has_words_that_no_other_has() -> None:
    groups = [case for case in load_matrix() if case.together == "eight-streams"]
    words = [told(case) for case in groups]
    assert [len(one) for one in words] == [6] * 8
    assert len(frozenset().union(*words)) == 48


def test_no_check_of_the_topic_is_left_untested() -> None:
    assert ids_of("isolation") == {"isolation.text"}
