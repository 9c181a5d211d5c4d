"""The chat stream: its chunks, and how each choice begins."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import CHAT
from slashv1.harness.judge.chat_fold import chat_stream
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import integer, mapping, objects, pointer, sequence, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

STREAM = on(CHAT, stream=True)


def spoken(case: Case) -> bool:
    """Whether a case asks for audio, whose streams end with neither a finish_reason nor the usage."""
    return "audio" in sequence(case.asked.get("modalities"))


written = STREAM.where(lambda case: not spoken(case))
"""Whether a case asks for a stream of text, with or without tool calls."""


@check(
    "chat.stream.object",
    title="Every chunk is a chat.completion.chunk",
    clause="CS-1",
    when=STREAM,
)
def _object(reading: Reading) -> Iterator[Deviation]:
    """Proxies and instrumentation drop objects they do not know, `chat.completion` in a stream among them."""
    for chunk in chat_stream(reading).chunks:
        given = chunk.object.get("object", "chat.completion.chunk")
        if isinstance(given, str) and given != "chat.completion.chunk":
            message = f"object is {short(given, 60)}; expected chat.completion.chunk"
            yield Deviation(message, "chat.completion.chunk", short(given, 60), "/object", chunk.number)
            return


def _changed(reading: Reading, key: str) -> Iterator[Deviation]:
    """The first chunk whose value differs from the first one given; absent ones are the schema's business."""
    chunks = [chunk for chunk in chat_stream(reading).chunks if key in chunk.object]
    for chunk in chunks:
        first, given = chunks[0].object[key], chunk.object[key]
        if given != first:
            message = f"{key} changes within the stream: {short(first, 50)}, then {short(given, 50)}"
            yield Deviation(message, short(first, 60), short(given, 60), pointer(key), chunk.number)
            return


@check(
    "chat.stream.id-constant",
    title="All chunks have one id",
    clause="CS-2",
    when=STREAM,
)
def _id(reading: Reading) -> Iterator[Deviation]:
    """Clients that serve several streams file chunks by id: a new id per chunk shreds the answer."""
    yield from _changed(reading, "id")


@check(
    "chat.stream.created-constant",
    level=Level.SHOULD,
    title="All chunks have one created",
    clause="CS-3",
    when=STREAM,
)
def _created(reading: Reading) -> Iterator[Deviation]:
    """A completion put together from chunks has one time; caches and tests compare it."""
    yield from _changed(reading, "created")


@check(
    "chat.stream.model-constant",
    level=Level.SHOULD,
    title="All chunks name one model",
    clause="CS-4",
    when=STREAM,
)
def _model(reading: Reading) -> Iterator[Deviation]:
    """Price look-ups take the first or the last chunk's model, and must come to the same."""
    yield from _changed(reading, "model")


@check(
    "chat.stream.fingerprint-constant",
    level=Level.SHOULD,
    title="All chunks have one system_fingerprint",
    clause="CS-5",
    when=STREAM,
)
def _fingerprint(reading: Reading) -> Iterator[Deviation]:
    """It names the backend configuration; one that changes midway says that two servers answered."""
    yield from _changed(reading, "system_fingerprint")


@check(
    "chat.stream.tier-constant",
    level=Level.SHOULD,
    title="All chunks have one service_tier",
    clause="VA-1",
    when=STREAM,
)
def _tier(reading: Reading) -> Iterator[Deviation]:
    """It decides the price of the whole answer: one that changes midway bills the same tokens twice over."""
    yield from _changed(reading, "service_tier")


@check(
    "chat.stream.unnamed",
    level=Level.SHOULD,
    title="Chat events have no name",
    clause="CS-6",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _unnamed(reading: Reading) -> Iterator[Deviation]:
    """EventSource clients read unnamed events in onmessage: a named one never arrives there."""
    for frame in reading.frames:
        if frame.event not in (None, "", "message") and frame.data is not None:
            given = short(frame.event, 60)
            yield Deviation(f"the event is named {given}", "no event line", given, frame=frame.number)
            return


@check(
    "chat.stream.choices",
    title="Every chunk has choices, and not all are empty",
    clause="CS-7",
    when=STREAM,
)
def _choices(reading: Reading) -> Iterator[Deviation]:
    """A stream that only opens and closes reads as an empty answer; `chunk.choices[0]` raises where none is.

    Only audio comes in chunks without `choices`.
    """
    stream = chat_stream(reading)
    bare = next((chunk for chunk in stream.chunks if "choices" not in chunk.object), None)
    if bare and written(reading.case) and Facet.REQUEST in reading.exchange.facets:
        yield Deviation("the chunk has no choices key", "an array", "absent", "/choices", bare.number)
        return
    if stream.whole and stream.chunks and not any(chunk.object.get("choices") for chunk in stream.chunks):
        yield Deviation("no chunk has a choice", "choices", "none", "/choices", stream.chunks[0].number)


@check(
    "chat.stream.index",
    title="Every choice has an index below n",
    clause="CS-8",
    when=STREAM,
    needs=[Facet.REQUEST],
)
def _index(reading: Reading) -> Iterator[Deviation]:
    """SDK accumulators file deltas by index; one that was not asked for raises or opens a second answer."""
    n = integer(mapping(reading.asked).get("n")) or 1
    for chunk in chat_stream(reading).chunks:
        for place, choice in objects(chunk.object.get("choices")):
            given = integer(choice.get("index"))
            if given is None or 0 <= given < n:
                continue
            message = f"choices[{place}].index is {given}; with n {n} expected 0 to {n - 1}"
            where = pointer("choices", place, "index")
            yield Deviation(message, f"0 to {n - 1}", str(given), where, chunk.number)
            return


@check(
    "chat.stream.role-first",
    title="The first delta of every choice has the role",
    clause="CS-9",
    when=STREAM,
)
def _role_first(reading: Reading) -> Iterator[Deviation]:
    """LangChain and others choose the message class by the first delta's role: without it they guess."""
    for index, parts in chat_stream(reading).choices.items():
        first = parts[0]
        given = first.delta.get("role")
        if given != "assistant":
            shown = short(given, 40) if "role" in first.delta else "absent"
            message = f"the first delta of choice {index} has role {shown}; expected assistant"
            yield Deviation(message, "assistant", shown, first.at("delta", "role"), first.frame)


@check(
    "chat.stream.role-once",
    level=Level.SHOULD,
    title="The role is given once",
    clause="CS-10",
    when=written,
)
def _role_once(reading: Reading) -> Iterator[Deviation]:
    """Accumulators that join strings make `assistantassistant` of it."""
    for index, parts in chat_stream(reading).choices.items():
        for part in parts[1:]:
            given = part.delta.get("role")
            if given is not None:
                message = f"choice {index} is given its role again"
                yield Deviation(message, "absent", short(given, 40), part.at("delta", "role"), part.frame)
                break
