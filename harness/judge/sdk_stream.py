"""The official Python client reads streams: chunk by chunk, to `[DONE]`, and summed up by its own helpers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from slashv1.harness.judge.chat_fold import CallDelta, Part, calls, chat_stream, content
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.look import dig, kind, sequence, short
from slashv1.harness.judge.sdk import KNOWN, sdk_check
from slashv1.harness.judge.sdk_client import client, replayed, silent
from slashv1.harness.judge.sdk_paths import CHUNK, EVENTS, misread
from slashv1.harness.judge.sdk_reading import ARGUMENTS, awaited, is_told_error, seen, stops_at_done
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Event, Reading

CHAT = "chat.completions.create"
STREAMS = tuple(name for name in KNOWN if name in (CHAT, "responses.create", "responses.retrieve"))
LONGEST = 2**20
"""Bytes of a stream that the helpers are given: their work grows with the square of it."""
HEAVIEST = 50_000
"""Events times the choices, calls or output items that the helpers build anew at each event."""


@sdk_check(
    "sdk.stream.iterates",
    title="The official client yields every event once, and reaches the end",
    clause="SD-9",
    when=on(*STREAMS, stream=True),
)
def _iterates(reading: Reading) -> Iterator[Deviation]:
    """A `for chunk in stream` that raises midway loses the answer; a chunk that is dropped is lost unseen.

    The client's decoder is stricter than the standard: a block with an `id:` or a `retry:` and no data, a
    comment behind an event with an id, go to its JSON parser, which raises.
    """
    made, wanted = seen(reading), awaited(reading)
    if made.raised is not None:
        if not is_told_error(made.raised):
            got = f"{type(made.raised).__name__}: {made.raised}"
            read = f"after {len(made.chunks)} of {len(wanted)} events"
            message = f"openai-python raises {short(got, 200)} {read}"
            frame = _next_frame(reading, len(made.chunks))
            yield Deviation(message, f"{len(wanted)} events", short(got), frame=frame)
    elif len(made.chunks) != len(wanted):
        lost = _first_lost(made.chunks, wanted)
        message = f"openai-python yields {len(made.chunks)} events of {len(wanted)}"
        yield Deviation(message, str(len(wanted)), str(len(made.chunks)), frame=lost)
    elif not wanted:
        yield Deviation("openai-python yields nothing: the loop over the stream is never entered")


def _next_frame(reading: Reading, yielded: int) -> int | None:
    """The frame behind the last one yielded: in it, or in a comment before it, the client stumbles."""
    behind = awaited(reading)[yielded - 1].number + 1 if 0 < yielded <= len(awaited(reading)) else 0
    return min(behind, len(reading.frames) - 1) if reading.frames else None


def _first_lost(chunks: Iterable[Any], wanted: tuple[Event, ...]) -> int:
    """The frame of the first event that was not yielded."""
    for chunk, event in zip(chunks, wanted, strict=False):
        if not hasattr(chunk, "to_dict") or chunk.to_dict(mode="python") != event.value:
            return event.number
    return wanted[-1].number if wanted else 0


@sdk_check(
    "sdk.stream.fields",
    title="The fields of a chunk that everyone reads have their types in the official client",
    clause="SD-10",
    when=on(*STREAMS, stream=True),
)
def _fields(reading: Reading) -> Iterator[Deviation]:
    """`chunk.choices[0].delta.content` and `event.delta` stand in every example: None has no `.content`."""
    made, wanted = seen(reading), awaited(reading)
    if made.raised is None and len(made.chunks) != len(wanted):
        raise Inconclusive("the client does not yield each event (sdk.stream.iterates)")
    chat, told = reading.case.operation == CHAT, set()
    for chunk, event in zip(made.chunks, wanted, strict=False):
        for one in misread(chunk, CHUNK if chat else EVENTS.get(kind(event.object), {"type": "text"})):
            if (one.pointer, kind(event.object)) in told:
                continue  # as the checks of the schema do: what comes again is told once
            told.add((one.pointer, kind(event.object)))
            message = (
                f"openai-python's `.{one.attribute}` of event {event.number} is {one.actual}, "
                f"where its type says {one.expected}"
            )
            yield Deviation(message, one.expected, one.actual, one.pointer, event.number)


@sdk_check(
    "sdk.stream.done",
    title="The official client stops at [DONE]",
    clause="SD-11",
    when=on(CHAT, stream=True),
)
def _done(reading: Reading) -> Iterator[Deviation]:
    """Without it the loop ends only with the connection: behind a proxy that keeps it open, never."""
    made = seen(reading)
    if not stops_at_done():
        raise Inconclusive("this version of the client reads on behind [DONE], whatever the server does")
    if made.raised is None and made.waited:
        last = len(reading.frames) - 1 if reading.frames else None
        message = "openai-python found no [DONE] and read on to the end of the connection"
        yield Deviation(message, "stops at [DONE]", "reads to the end of the connection", frame=last)


@sdk_check(
    "sdk.stream.accumulates",
    title="The client's stream helper sums a stream up to what was said",
    clause="SD-12",
    when=on(CHAT, "responses.create", stream=True),
)
def _accumulates(reading: Reading) -> Iterator[Deviation]:
    """`client.chat.completions.stream()` and `client.responses.stream()` join what the chunks say.

    They join every text that comes again, and take choices and output items for lists that grow in order: a
    role or an id given twice is doubled, a stream that begins with choice 1 raises IndexError.
    """
    made = seen(reading)
    if made.raised is not None or len(made.chunks) != len(awaited(reading)) or not made.chunks:
        raise Inconclusive("the client does not read the stream (sdk.stream.iterates)")
    if reading.case.operation == CHAT and not all(map(_has_choices, awaited(reading))):
        raise Inconclusive("a chunk has no `choices`: the helper cannot read it, of genuine streams either")
    _bounded(reading)
    summed = _summed(reading)
    if summed.raised is not None:
        got = f"{type(summed.raised).__name__}: {summed.raised}"
        message = f"openai-python's stream helper raises {short(got, 200)} on event {summed.frame}"
        yield Deviation(message, "a summed-up answer", short(got), frame=summed.frame)
    elif reading.case.operation == CHAT:
        yield from _compared(reading, summed.final)
    elif summed.final is not None:
        seen_text = _text_of(reading)
        got_text = summed.final.output_text
        if got_text != seen_text:
            message = (
                f"openai-python's final response says {short(got_text)}, the last event {short(seen_text)}"
            )
            frame = snapshot(reading).frame
            yield Deviation(message, short(seen_text), short(got_text), "/response/output", frame)


def _bounded(reading: Reading) -> None:
    """Let no hostile stream keep the helpers busy for minutes.

    Raises:
        Inconclusive: there is too much of it.
    """
    size, events = reading.exchange.size, awaited(reading)
    if size > LONGEST:
        raise Inconclusive(f"a stream of {size:,} bytes is not given to the helper, whose work is its square")
    if reading.case.operation == CHAT:
        parts = sum(1 + len(calls(given)) for given in chat_stream(reading).choices.values())
    else:
        added = sum(kind(event.object) == "response.output_item.added" for event in events)
        parts = (
            1 + added + max((len(sequence(dig(e.value, "response", "output"))) for e in events), default=0)
        )
    if len(events) * parts > HEAVIEST:
        raise Inconclusive(f"{len(events):,} events of {parts:,} parts are more than the helper is given")


def _has_choices(event: Event) -> bool:
    return isinstance(event.object.get("choices"), list)


@dataclass(frozen=True, slots=True)
class _Sum:
    final: Any = None
    raised: Exception | None = None
    frame: int | None = None
    """Where it raised."""


def _summed(reading: Reading) -> _Sum:
    chat = reading.case.operation == CHAT
    helper = _helper(reading.case.operation)
    replayed(reading.exchange)
    read, final = 0, None
    try:
        with silent(), helper(**ARGUMENTS[reading.case.operation]) as stream:
            for event in stream:
                read += event.type == "chunk" if chat else 1
                final = event.response if event.type == "response.completed" else final
            return _Sum(stream.current_completion_snapshot if chat else final)
    except Exception as error:  # whatever a user of the client would get
        events = awaited(reading)
        return _Sum(None, error, events[min(read, len(events) - 1)].number)


def _helper(operation: str) -> Any:
    """The method that streams and sums up.

    Raises:
        Inconclusive: this version of the client has none.
    """
    at = operation.replace(".create", ".stream")
    try:
        return attrgetter(at)(client())
    except AttributeError:
        raise Inconclusive(f"the installed client has no {at}") from None


def _text_of(reading: Reading) -> str:
    parts = [part for _, _, part in snapshot(reading).parts() if part.get("type") == "output_text"]
    return "".join(str(part.get("text")) for part in parts)


def _compared(reading: Reading, final: Any) -> Iterator[Deviation]:
    """Each choice as the helper gives it, against its deltas."""
    for event in awaited(reading):
        if event.object.get("object") != "chat.completion.chunk":
            was = short(event.object.get("object"))
            message = f"openai-python's stream helper passes over event {event.number}, whose object is {was}"
            yield Deviation(message, "chat.completion.chunk", was, "/object", event.number)
            return
    made = {choice.index: choice for choice in final.choices}
    for index, parts in chat_stream(reading).choices.items():
        choice = made.get(index)
        if choice is None:
            message = f"openai-python's summed-up completion has no choice {index}"
            yield Deviation(message, f"choice {index}", "none", parts[0].at(), parts[0].frame)
            continue
        said = choice.message
        yield from _differs(parts, "role", said.role, _once(parts, "role"))
        yield from _differs(parts, "content", said.content or "", content(parts))
        for at, pieces in calls(parts).items():
            got = (said.tool_calls or [])[at] if at < len(said.tool_calls or []) else None
            yield from _call_differs(pieces, got)


def _once(parts: Iterable[Part], name: str) -> Any:
    return next((part.delta[name] for part in parts if part.delta.get(name) is not None), None)


def _differs(parts: tuple[Part, ...], name: str, got: Any, wanted: Any) -> Iterator[Deviation]:
    if got == wanted:
        return
    given = [part for part in parts if part.delta.get(name) is not None]
    where = given[1] if len(given) > 1 else parts[-1]
    message = f"openai-python sums choice {where.index} up to the {name} {short(got)}; it is {short(wanted)}"
    yield Deviation(message, short(wanted), short(got), where.at("delta", name), where.frame)


def _call_differs(pieces: tuple[CallDelta, ...], got: Any) -> Iterator[Deviation]:
    """A call's id, name and arguments, against its pieces."""
    if pieces[0].kind != "function":
        return
    function = getattr(got, "function", None)
    wanted: Mapping[str, tuple[Any, Any]] = {
        "id": (getattr(got, "id", None), _given(p.value.get("id") for p in pieces)),
        "name": (getattr(function, "name", None), _given(p.called.get("name") for p in pieces)),
        "arguments": (
            getattr(function, "arguments", None),
            "".join(str(p.called.get("arguments") or "") for p in pieces),
        ),
    }
    for name, (have, want) in wanted.items():
        if have != want:
            steps = (name,) if name == "id" else ("function", name)
            holder = [p for p in pieces if (p.value if name == "id" else p.called).get(name) is not None]
            where = holder[1] if len(holder) > 1 else pieces[-1]
            message = f"openai-python sums a tool call up to the {name} {short(have)}; it is {short(want)}"
            yield Deviation(message, short(want), short(have), where.at(*steps), where.part.frame)


def _given(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
