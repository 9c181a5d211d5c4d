"""Streams that were under way at the same time: each carries its own text, and no other's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.answer import answer
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import dig, short
from slashv1.harness.reading import Reading
from slashv1.matrix import Case

_WORD = re.compile(r"[a-z]+")
_TOLD = re.compile(r"exactly: (?P<words>.+)", re.DOTALL)
CERTAIN = 2
"""Words of one other stream that no model says by chance, having been told none of them."""


def _together(case: Case) -> bool:
    return bool(case.together and case.beside)


def told(case: Case) -> frozenset[str]:
    """The words that a stream of the group is to repeat; empty where its prompt names none."""
    asked = case.asked.get("input") or dig(case.asked.get("messages"), -1, "content")
    found = _TOLD.search(asked) if isinstance(asked, str) else None
    return frozenset(_WORD.findall(found["words"].lower())) if found else frozenset()


def heard(reading: Reading) -> frozenset[str]:
    """Every word of the streamed text."""
    return frozenset(_WORD.findall(" ".join(turn.text for turn in answer(reading).turns).lower()))


@check(
    "isolation.text",
    title="A stream carries its own text, and no other stream's",
    clause="ES-18",
    when=_together,
    needs=[Facet.REQUEST, Facet.TIMES],
)
def _text(reading: Reading) -> Iterator[Deviation]:
    """One customer reads what another asked for: the worst that a gateway can do, and only load shows it.

    Each stream of a group was told words that no other was. A model cannot know them; that it did not
    repeat its own says nothing of the protocol.
    """
    own, said = told(reading.case), heard(reading)
    follows = 2 * len(own & said) >= len(own) > 0
    for name, other in _group(reading):
        foreign = sorted((told(other.case) - own) & said)
        if len(foreign) >= CERTAIN or (foreign and follows):
            place = _frame_with(reading, foreign[0])
            message = f"the stream carries words of {name}, which was under way at the same time"
            yield Deviation(message, short(sorted(own)), short(foreign), frame=place)
            return
    if not own <= said:
        raise Inconclusive("the model did not repeat the words it was told")
    if not any(_overlap(reading, other) for _, other in _group(reading)):
        raise Inconclusive("no other stream was under way at the same time (--concurrency)")


def _group(reading: Reading) -> Iterator[tuple[str, Reading]]:
    return ((name, o) for name, o in reading.others.items() if o.case.together == reading.case.together)


def _frame_with(reading: Reading, word: str) -> int | None:
    """The event that brought a word; one that brought it in pieces is not found."""
    return next((e.number for e in reading.events if word in (e.frame.data or "").lower()), None)


def _overlap(one: Reading, other: Reading) -> bool:
    """Whether both requests were under way at one moment."""
    first, second = sorted((one.exchange, other.exchange), key=lambda exchange: exchange.sent_at)
    return second.sent_at < first.sent_at + (first.seconds or 0.0)
