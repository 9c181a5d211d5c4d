"""Clearances of chat completions: ordinary tool calls, whole and streamed, and what else a stream repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.harness.judge.chat_parts import bad_arguments, tool_names
from slashv1.harness.judge.clear_text import well_framed
from slashv1.harness.judge.clearance import clears
from slashv1.harness.reading import Reading


@clears(
    "chat.tools.id",
    "chat.tools.type",
    "chat.tools.arguments",
    "chat.tools.name",
    "chat.tools.no-index",
)
def _calls(reading: Reading) -> bool:
    offered, count = tool_names(reading.asked), 0
    for choice in reading.object["choices"]:
        calls = choice["message"].get("tool_calls") or ()
        if len({call["id"] for call in calls}) != len(calls):
            return False
        for call in calls:
            count += 1
            if "index" in call or not _is_begun(call, offered):
                return False
            if bad_arguments(call["function"]["arguments"]):
                return False
    return count > 0


def _is_begun(call: dict[str, Any], offered: frozenset[str]) -> bool:
    """Whether a call has an id and calls a function that was offered."""
    given, name = call["id"], call["function"]["name"]
    ours = isinstance(given, str) and given != "" and call["type"] == "function"
    return ours and isinstance(name, str) and name in offered


@clears("chat.stream.tier-constant")
def _one_tier(reading: Reading) -> bool:
    given = [event.object["service_tier"] for event in reading.events if "service_tier" in event.object]
    return well_framed(reading) and given.count(given[0] if given else None) == len(given)


@clears("chat.stream.logprobs.unasked")
def _without_logprobs(reading: Reading) -> bool:
    return well_framed(reading) and all(choice.get("logprobs") is None for choice in _choices(reading))


def _choices(reading: Reading) -> Iterator[dict[str, Any]]:
    return (choice for event in reading.events for choice in event.object.get("choices", ()))


@clears(
    "chat.stream.tools.index",
    "chat.stream.tools.index-order",
    "chat.stream.tools.id-first",
    "chat.stream.tools.name-first",
    "chat.stream.tools.type-first",
    "chat.stream.tools.id-stable",
    "chat.stream.tools.id-once",
    "chat.stream.tools.name-once",
    "chat.stream.tools.ids-unique",
    "chat.stream.tools.name-offered",
    "chat.stream.tools.arguments-text",
    "chat.stream.tools.arguments-json",
)
def _streamed_calls(reading: Reading) -> bool:
    # All frames are events but the last, so that nothing stands behind [DONE].
    frames = reading.frames
    if not well_framed(reading) or len(frames) != len(reading.events) + 1 or frames[-1].data != "[DONE]":
        return False
    if any(event.object.get("error") for event in reading.events):
        return False
    offered, made = tool_names(reading.asked), dict[int, _Calls]()
    for choice in _choices(reading):
        pieces = choice["delta"].get("tool_calls")
        if pieces:
            calls = made.setdefault(choice["index"], _Calls(offered))
            if type(choice["index"]) is not int or not all(calls.go_on(piece) for piece in pieces):
                return False
    return bool(made) and all(calls.can_be_read for calls in made.values())


class _Calls:
    """How far the calls of one choice have come."""

    def __init__(self, offered: frozenset[str]) -> None:
        self._offered = offered
        self._arguments: list[list[str]] = []
        self._ids: set[str] = set()

    def go_on(self, piece: dict[str, Any]) -> bool:
        """Whether a piece begins the next call, or brings nothing but arguments of one before."""
        at, function = piece["index"], piece["function"]
        if type(at) is not int or not 0 <= at <= len(self._arguments) or "custom" in piece:
            return False
        if at == len(self._arguments):
            if not _is_begun(piece, self._offered) or piece["id"] in self._ids:
                return False
            self._ids.add(piece["id"])
            self._arguments.append([])
        elif piece.get("id") is not None or function.get("name") is not None:
            return False
        arguments = function.get("arguments")
        self._arguments[at].append("" if arguments is None else arguments)
        return True

    @property
    def can_be_read(self) -> bool:
        """Whether the arguments of every call are a JSON object."""
        return not any(bad_arguments("".join(pieces)) for pieces in self._arguments)
