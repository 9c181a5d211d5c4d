"""What the model said, the same from chat and Responses, plain and streamed: for checks of what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.look import dig, integer, joined, kind, mapping, objects, pointer
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.reading import Event, Reading

WHOLE = ("stop", "tool_calls", "function_call")
"""How an answer ends that says all it had to."""


@dataclass(slots=True)
class Call:
    """A call of a function."""

    name: str = ""
    pieces: list[str] = field(default_factory=list)
    """Of the arguments, in order."""
    pointer: str = ""
    frame: int | None = None

    @property
    def arguments(self) -> str:
        """The pieces, joined."""
        return "".join(self.pieces)


@dataclass(slots=True)
class Turn:
    """One choice of chat, or a Response's output."""

    at: int = 0
    texts: list[str] = field(default_factory=list)
    """Of a whole answer, in order."""
    deltas: list[tuple[Event, int]] = field(default_factory=list)
    """Of a stream, the chunks that bring text, and the place in their `choices`."""
    calls: dict[int, Call] = field(default_factory=dict)
    end: str | None = None
    """In chat's words: `stop`, `length`, `tool_calls`, `content_filter`."""
    refused: bool = False
    logprobs: list[Any] = field(default_factory=list)
    """Entries per token."""
    pointer: str = ""
    """To the text."""
    frame: int | None = None
    """The last frame that brought text, or the end."""
    _text: str | None = field(default=None, init=False, repr=False)

    def deviation(self, message: str, expected: str, actual: str, where: str | None = None) -> Deviation:
        """A deviation at the text, or at `where`."""
        place = self.pointer if where is None else where
        return Deviation(message, expected, actual, place, self.frame)

    @property
    def text(self) -> str:
        """All that was said."""
        if self._text is None:
            self._text = joined(self.pieces())
        return self._text

    def pieces(self) -> Iterator[str]:
        """All that was said, as it came: for who can do without the whole of it."""
        yield from self.texts
        for event, at in self.deltas:
            yield event.object["choices"][at]["delta"]["content"]

    @property
    def spoken(self) -> bool:
        """There was a text, if only an empty one."""
        return bool(self.texts or self.deltas)

    @property
    def cut(self) -> bool:
        """Not known to be whole: ended by a limit, a filter, a refusal, or in no word of the contract."""
        return self.refused or self.end not in WHOLE


@dataclass(frozen=True, slots=True)
class Answer:
    """All turns, and the tokens they cost."""

    turns: tuple[Turn, ...] = ()
    tokens: int | None = None
    """Generated, reasoning included; None where the answer does not say."""


def answer(reading: Reading) -> Answer:
    """What was said; empty where the answer cannot be read."""
    return reading.once(_answer)


def _answer(reading: Reading) -> Answer:
    if reading.case.operation.startswith("responses."):
        return _response(reading)
    return _chat_stream(reading) if reading.case.stream else _chat(reading)


def _chat(reading: Reading) -> Answer:
    turns = []
    for at, choice in objects(reading.object.get("choices")):
        message = mapping(choice.get("message"))
        turn = Turn(at, pointer=pointer("choices", at, "message", "content"))
        if isinstance(message.get("content"), str):
            turn.texts.append(message["content"])
        turn.refused = bool(message.get("refusal"))
        _ended(turn, choice)
        for i, call in objects(message.get("tool_calls")):
            place = pointer("choices", at, "message", "tool_calls", i)
            turn.calls[i] = Call(pointer=place)
            _called(turn.calls[i], call)
        turns.append(turn)
    return Answer(tuple(turns), integer(dig(reading.object, "usage", "completion_tokens")))


def _chat_stream(reading: Reading) -> Answer:
    turns: dict[int, Turn] = {}
    tokens = None
    for event in reading.events:
        if event.object.get("usage"):
            tokens = integer(dig(event.object, "usage", "completion_tokens")) or tokens
        for place, choice in objects(event.object.get("choices")):
            at = integer(choice.get("index"))
            turn = turns.setdefault(place if at is None else at, Turn(place if at is None else at))
            delta = mapping(choice.get("delta"))
            if delta.get("content") or turn.frame is None:
                turn.frame, turn.pointer = event.number, pointer("choices", place, "delta", "content")
            if isinstance(delta.get("content"), str):
                turn.deltas.append((event, place))
            turn.refused = turn.refused or bool(delta.get("refusal"))
            _ended(turn, choice)
            for i, call in objects(delta.get("tool_calls")):
                index = integer(call.get("index"))
                where = pointer("choices", place, "delta", "tool_calls", i)
                begun = Call(pointer=where, frame=event.number)
                _called(turn.calls.setdefault(i if index is None else index, begun), call)
    return Answer(tuple(turn for _, turn in sorted(turns.items())), tokens)


def _ended(turn: Turn, choice: dict[str, Any]) -> None:
    if isinstance(choice.get("finish_reason"), str):
        turn.end = choice["finish_reason"]
    if choice.get("logprobs"):
        turn.logprobs += [entry for _, entry in objects(dig(choice, "logprobs", "content"))]


def _called(call: Call, raw: dict[str, Any]) -> None:
    function = mapping(raw.get("function"))
    if isinstance(function.get("name"), str):
        call.name += function["name"]
    if isinstance(function.get("arguments"), str):
        call.pieces.append(function["arguments"])


ENDS = {"completed": "stop", "incomplete": "length", "failed": "failed", "cancelled": "cancelled"}


def _response(reading: Reading) -> Answer:
    seen = snapshot(reading)
    if not seen.items and seen.status is None:
        return Answer()
    turn = Turn(end=ENDS.get(seen.status or ""), frame=seen.frame, pointer=seen.base + "/output")
    if dig(seen.value, "incomplete_details", "reason") == "content_filter":
        turn.end = "content_filter"
    for i, j, part in seen.parts():
        turn.refused = turn.refused or kind(part) == "refusal"
        if isinstance(part.get("text"), str):
            turn.texts.append(part["text"])
            turn.pointer = seen.base + pointer("output", i, "content", j, "text")
        turn.logprobs += [entry for _, entry in objects(part.get("logprobs"))]
    for i, item in seen.items:
        if kind(item).endswith("_call"):
            name, arguments = item.get("name"), item.get("arguments")
            turn.calls[i] = Call(
                name if isinstance(name, str) else "",
                [arguments] if isinstance(arguments, str) else [],
                seen.base + pointer("output", i),
                seen.frame,
            )
    return Answer((turn,), integer(dig(seen.value, "usage", "output_tokens")))
