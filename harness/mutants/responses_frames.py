"""Operators on the order of a Responses stream: events dropped, doubled, swapped, with and without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slashv1.harness.mutants.edit import Cut, dig, renumbered, written
from slashv1.harness.mutants.frames import at, rebuilt
from slashv1.harness.mutants.model import STREAM, Baseline, Site, operator
from slashv1.harness.mutants.responses_stream import ON, RS, TERMINAL, numbered, of, resumed

ANY = (RS + "*", "responses.*")

QUIET = (
    "keepalive",
    "response.queued",
    "response.in_progress",
    "response.output_text.annotation.added",
)
"""Events that later ones do not depend on: state for people to see."""


def _quiet(kind: str) -> bool:
    """Whether nothing in the stream shows that an event is missing, doubled or elsewhere."""
    tool_state = kind.endswith(
        (".searching", ".in_progress", ".interpreting", ".generating", ".partial_image")
    )
    return kind in QUIET or tool_state or (kind.endswith((".completed", ".failed")) and kind not in TERMINAL)


@operator("event-lost", RS + "sequence", *ANY, on=ON, kinds=STREAM, times=2)
def _lost(base: Baseline) -> Iterable[Site]:
    """drops an event and leaves the gap in the sequence numbers"""
    if numbered(base):
        for number, frame in of(base):
            yield Site(f"frame {number}", rebuilt(base, at(base, number)), shape=frame.kind)


@operator("event-twice", RS + "sequence", *ANY, on=ON, kinds=STREAM, times=2)
def _twice(base: Baseline) -> Iterable[Site]:
    """sends an event twice as it stands"""
    if numbered(base):
        for number, frame in of(base):
            yield Site(f"frame {number}", rebuilt(base, at(base, number, frame, frame)), shape=frame.kind)


@operator("events-out-of-order", RS + "sequence", *ANY, on=ON, kinds=STREAM, times=2)
def _disordered(base: Baseline) -> Iterable[Site]:
    """sends two neighbouring events in the other order as they stand"""
    if numbered(base):
        for number in range(len(base.frames) - 1):
            made = rebuilt(base, _swapped(base, number))
            yield Site(f"frames {number} and {number + 1}", made, shape=base.frames[number].kind)


def _swapped(base: Baseline, number: int) -> list[Cut]:
    one, two = base.frames[number : number + 2]
    return [*base.frames[:number], two, one, *base.frames[number + 2 :]]


@operator("event-lost-renumbered", *ANY, on=ON, kinds=STREAM, times=4)
def _lost_quietly(base: Baseline) -> Iterable[Site]:
    """drops an event and numbers the others anew"""
    for number, frame in of(base):
        rule = "told-nowhere-else" if _quiet(frame.kind) else resumed(base) or _empty(frame)
        yield Site(f"frame {number}", rebuilt(base, renumbered(at(base, number))), rule, frame.kind)


def _empty(frame: Cut) -> str | None:
    return "same-bytes" if frame.kind.endswith(".delta") and not frame.object.get("delta") else None


@operator("event-twice-renumbered", *ANY, on=ON, kinds=STREAM, times=4)
def _twice_quietly(base: Baseline) -> Iterable[Site]:
    """sends an event twice and numbers all anew"""
    for number, frame in of(base):
        rule = "told-nowhere-else" if _quiet(frame.kind) else resumed(base) or _empty(frame)
        yield Site(
            f"frame {number}", rebuilt(base, renumbered(at(base, number, frame, frame))), rule, frame.kind
        )


@operator("events-swapped-renumbered", *ANY, on=ON, kinds=STREAM, times=4)
def _swapped_quietly(base: Baseline) -> Iterable[Site]:
    """sends two neighbouring events in the other order and numbers all anew"""
    for number in range(len(base.frames) - 1):
        one, two = base.frames[number : number + 2]
        if one.object and two.object:
            made = renumbered(_swapped(base, number))
            place = f"frames {number} and {number + 1}"
            yield Site(
                place, rebuilt(base, made), resumed(base) or _swap_rule(one, two), f"{one.kind} {two.kind}"
            )


def _swap_rule(one: Cut, two: Cut) -> str | None:
    if _quiet(one.kind) or _quiet(two.kind):
        return "told-nowhere-else"
    if _said(one) == _said(two):
        return "same-bytes"
    if _items(one) != _items(two) and None not in (_items(one), _items(two)):
        return "commutes"
    return "commutes" if _parts(one) != _parts(two) and None not in (_parts(one), _parts(two)) else None


def _said(frame: Cut) -> dict[str, Any]:
    return {k: v for k, v in frame.object.items() if k not in ("sequence_number", "obfuscation", "logprobs")}


def _items(frame: Cut) -> Any:
    return frame.object.get("output_index")


def _parts(frame: Cut) -> Any:
    found = dig(frame.value, "content_index")
    return dig(frame.value, "summary_index") if found is None else found


def _without(base: Baseline, kinds: Sequence[str]) -> Iterable[Site]:
    for number, frame in of(base, *kinds):
        yield Site(f"frame {number}", rebuilt(base, renumbered(at(base, number))), shape=frame.kind)


def _event_lost(name: str, kinds: tuple[str, ...], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        return _without(base, kinds)

    find.__doc__ = does
    operator(name, *fits, on="responses.create", kinds=STREAM)(find)


_event_lost("created-lost", ("response.created",), "drops response.created", RS + "created-first")
_event_lost("terminal-lost", TERMINAL, "drops the terminal event", RS + "terminal")
_event_lost(
    "item-added-lost",
    ("response.output_item.added",),
    "drops an output_item.added",
    RS + "item-added",
    RS + "item*",
    RS + "output-index",
)
_event_lost(
    "item-done-lost",
    ("response.output_item.done",),
    "drops an output_item.done",
    RS + "item-done",
    RS + "completed-equals-items",
)
_event_lost(
    "part-added-lost",
    ("response.content_part.added", "response.reasoning_summary_part.added"),
    "drops a part.added",
    RS + "part*",
)
_event_lost(
    "part-done-lost",
    ("response.content_part.done", "response.reasoning_summary_part.done"),
    "drops a part.done",
    RS + "part*",
)
_event_lost(
    "text-done-lost",
    (
        "response.output_text.done",
        "response.function_call_arguments.done",
        "response.refusal.done",
        "response.reasoning_summary_text.done",
    ),
    "drops the done event of a text",
    RS + "text-done",
    RS + "part*",
    RS + "*done*",
)


def _more(name: str, does: str, fits: tuple[str, ...], make: Any) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        ends = [n for n, _ in of(base, *TERMINAL)]
        if ends:
            yield Site("behind the end", rebuilt(base, make(base, ends[-1])))

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=STREAM)(find)


_more(
    "terminal-twice",
    "sends the terminal event twice, numbered on",
    (RS + "terminal",),
    lambda base, end: renumbered([*base.frames, base.frames[end]]),
)
_more(
    "event-after-end",
    "sends an event behind the terminal one",
    (RS + "nothing-after", RS + "*"),
    lambda base, end: renumbered([*base.frames, base.frames[0] if end == 0 else base.frames[end - 1]]),
)
_more(
    "done-added",
    "ends the stream with [DONE], as in chat",
    (RS + "no-done",),
    lambda base, _: [*base.frames, written(None, "[DONE]")],
)
_more(
    "all-but-end-lost",
    "sends the terminal event alone",
    (RS + "*",),
    lambda base, end: renumbered([base.frames[end]]),
)
