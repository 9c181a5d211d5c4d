"""Operators on the tool calls of a chat stream, which come in pieces."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from slashv1.harness.mutants.chat_calls import is_object
from slashv1.harness.mutants.chat_stream import CHAT, REASON, chunks, finishes
from slashv1.harness.mutants.edit import Cut, Path, dig, put, without
from slashv1.harness.mutants.frames import at, rebuilt
from slashv1.harness.mutants.model import STREAM, Baseline, Site, operator

CALL: Path = ("choices", 0, "delta", "tool_calls", 0)
TOOLS = ("chat.stream.tools.*",)


def pieces(base: Baseline) -> Iterator[tuple[int, Cut]]:
    """Chunks with a piece of a function call."""
    asked = base.asked.get("tools")
    return ((n, f) for n, f in chunks(base) if asked and dig(f.value, *CALL, "function") is not None)


def firsts(base: Baseline) -> Iterator[tuple[int, Cut]]:
    """Chunks that begin a call."""
    return ((n, f) for n, f in pieces(base) if dig(f.value, *CALL, "id"))


def laters(base: Baseline) -> Iterator[tuple[int, Cut]]:
    """Chunks that go on with one."""
    return ((n, f) for n, f in pieces(base) if not dig(f.value, *CALL, "id"))


def _piece(
    name: str,
    pick: Callable[[Baseline], Iterable[tuple[int, Cut]]],
    make: Callable[[Any], Any],
    does: str,
    *fits: str,
) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for number, frame in pick(base):
            yield Site(
                f"frame {number}",
                rebuilt(base, at(base, number, frame.holding(make(frame.value)))),
                shape="any",
            )

    find.__doc__ = does
    operator(name, *fits, on=CHAT, kinds=STREAM)(find)


_piece(
    "piece-index-removed",
    pieces,
    lambda v: without(v, (*CALL, "index")),
    "takes the index of a piece away",
    "chat.stream.tools.index*",
    "body.missing-field",
)
_piece("piece-index-gap", firsts, lambda v: put(v, (*CALL, "index"), 9), "begins a call with index 9", *TOOLS)
_piece(
    "piece-id-removed",
    firsts,
    lambda v: without(v, (*CALL, "id")),
    "begins a call without its id",
    "chat.stream.tools.id-first",
)
_piece(
    "piece-id-empty",
    firsts,
    lambda v: put(v, (*CALL, "id"), ""),
    "begins a call with an empty id",
    "chat.stream.tools.id-first",
)
_piece(
    "piece-type-removed",
    firsts,
    lambda v: without(v, (*CALL, "type")),
    "begins a call without its type",
    "chat.stream.tools.type-first",
)
_piece(
    "piece-name-removed",
    firsts,
    lambda v: without(v, (*CALL, "function", "name")),
    "begins a call without a name",
    "chat.stream.tools.name-first",
)
_piece(
    "piece-name-foreign",
    firsts,
    lambda v: put(v, (*CALL, "function", "name"), "no_such_tool"),
    "calls a tool that was not offered",
    "chat.stream.tools.name-offered",
)
_piece(
    "piece-arguments-object",
    laters,
    lambda v: put(v, (*CALL, "function", "arguments"), {"a": 1}),
    "gives a piece of arguments as an object",
    "chat.stream.tools.arguments-text",
    "body.type",
)
_piece(
    "piece-id-other",
    laters,
    lambda v: put(v, (*CALL, "id"), "call_other"),
    "gives a later piece another id",
    "chat.stream.tools.id-stable",
)
_piece(
    "piece-name-again",
    laters,
    lambda v: put(v, (*CALL, "function", "name"), "again"),
    "gives the name once more",
    "chat.stream.tools.name-once",
)
_piece(
    "calls-as-object",
    firsts,
    lambda v: put(v, CALL[:-1], dig(v, *CALL)),
    "gives the call bare, not in an array",
    "body.type",
    *TOOLS,
)


def _joined(base: Baseline, frames: Iterable[Cut]) -> dict[tuple[Any, Any], str]:
    """The arguments that the pieces of each call join to."""
    texts: dict[tuple[Any, Any], str] = {}
    for frame in frames:
        for choice in frame.object.get("choices") or ():
            for call in dig(choice, "delta", "tool_calls") or ():
                key = (dig(choice, "index"), dig(call, "index"))
                texts[key] = texts.get(key, "") + (dig(call, "function", "arguments") or "")
    return texts


def _arguments(base: Baseline, frames: list[Cut], place: str) -> Iterator[Site]:
    whole = all(dig(f.value, *REASON) in ("stop", "tool_calls") for _, f in finishes(base))
    if whole and finishes(base):
        same = all(is_object(text) for text in _joined(base, frames).values())
        yield Site(place, rebuilt(base, frames), "still-json" if same else None, "any")


@operator("piece-lost", "chat.stream.tools.arguments-json", *TOOLS, on=CHAT, kinds=STREAM)
def _lost(base: Baseline) -> Iterable[Site]:
    """drops a piece of the arguments"""
    for number, _ in laters(base):
        yield from _arguments(base, at(base, number), f"frame {number}")


@operator("piece-twice", "chat.stream.tools.arguments-json", *TOOLS, on=CHAT, kinds=STREAM)
def _twice(base: Baseline) -> Iterable[Site]:
    """sends a piece of the arguments twice"""
    for number, frame in laters(base):
        yield from _arguments(base, at(base, number, frame, frame), f"frame {number}")


@operator("pieces-swapped", "chat.stream.tools.*", on=CHAT, kinds=STREAM)
def _swapped(base: Baseline) -> Iterable[Site]:
    """sends two pieces of the arguments in the other order"""
    numbers = [number for number, _ in laters(base)]
    for number in numbers:
        if number + 1 in numbers:
            one, two = base.frames[number], base.frames[number + 1]
            frames = [*base.frames[:number], two, one, *base.frames[number + 2 :]]
            yield from _arguments(base, frames, f"frames {number} and {number + 1}")


@operator("calls-one-index", *TOOLS, on=CHAT, kinds=STREAM)
def _one_index(base: Baseline) -> Iterable[Site]:
    """gives parallel calls one index"""
    if sum(1 for _ in firsts(base)) < 2:
        return
    numbers = {number for number, _ in pieces(base)}
    frames = [
        frame.holding(put(frame.value, (*CALL, "index"), 0)) if number in numbers else frame
        for number, frame in enumerate(base.frames)
    ]
    yield Site("every piece", rebuilt(base, frames))


@operator("calls-whole-at-once", "body.*", *TOOLS, on=CHAT, kinds=STREAM)
def _legacy(base: Baseline) -> Iterable[Site]:
    """begins a call with the function's arguments parsed"""
    for number, frame in firsts(base):
        path: Path = (*CALL, "function", "arguments")
        made = frame.holding(put(frame.value, path, json.loads("{}")))
        yield Site(f"frame {number}", rebuilt(base, at(base, number, made)), shape="any")
