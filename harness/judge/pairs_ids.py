"""Ids of tool calls and of output items: each answer makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import mapping, objects, pointer, short
from slashv1.harness.judge.pairs import CHAT, RESPONSES
from slashv1.harness.judge.signals_request import replays
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

Place = tuple[Any, str, int | None]
"""An id, the pointer to it, its frame."""


def _given(reading: Reading) -> list[Place]:
    """The ids of everything within an answer that the next request may name."""
    if reading.case.operation == RESPONSES:
        return list(_of_items(reading))
    if reading.case.stream:
        return [place for event in reading.events for place in _of_calls(event.object, "delta", event.number)]
    return list(_of_calls(reading.object, "message", None))


def _of_items(reading: Reading) -> Iterator[Place]:
    seen = snapshot(reading)
    for at, item in seen.items:
        for key in ("id", "call_id"):
            yield item.get(key), seen.base + pointer("output", at, key), seen.frame


def _of_calls(body: dict[str, Any], holder: str, frame: int | None) -> Iterator[Place]:
    for at, choice in objects(body.get("choices")):
        for number, call in objects(mapping(choice.get(holder)).get("tool_calls")):
            yield call.get("id"), pointer("choices", at, holder, "tool_calls", number, "id"), frame


def _neighbours(case: Case) -> bool:
    return any(name.startswith(case.operation + "/") for name in case.after + case.beside)


@check(
    "pairs.ids",
    level=Level.SHOULD,
    title="No two answers share the id of a tool call or an output item",
    clause="VA-7",
    when=on(CHAT, RESPONSES).where(_neighbours),
    needs=[Facet.VALUES],
)
def _ids(reading: Reading) -> Iterator[Deviation]:
    """Calls that are numbered anew in each answer meet in the history of one conversation.

    Clients that keep results by the id of the call (LangGraph, the Agents SDK) then hand the model the first
    one again; items of one id overwrite each other in a store.
    """
    taken = {
        given: name
        for name, other in reading.others.items()
        if other.case.operation == reading.case.operation and _another(reading, other)
        for given, _, _ in _given(other)
        if isinstance(given, str)
    }
    for given, where, frame in _given(reading):
        if isinstance(given, str) and given and given in taken:
            message = f"the id {short(given, 60)} is in the answer of {taken[given]} too"
            yield Deviation(message, "a new id", short(given, 60), where, frame)
            return


def _another(reading: Reading, other: Reading) -> bool:
    return other.exchange is not reading.exchange and not replays(reading.case, other.case)
