"""The end of a chat stream: the usage chunk, `[DONE]`, or an error midway."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat_fold import chat_stream
from slashv1.harness.judge.chat_stream import STREAM, spoken
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.framing import misspelt_done
from slashv1.harness.judge.look import dig, mapping, more, short
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level


def _usage_asked(case: Case) -> bool:
    return dig(case.asked, "stream_options", "include_usage") is True


_asks_usage = STREAM.where(_usage_asked)
_asks_none = STREAM.where(lambda case: not _usage_asked(case))


@check(
    "chat.stream.usage",
    title="The usage chunk comes when it is asked for",
    clause="CS-37",
    when=_asks_usage,
)
def _usage(reading: Reading) -> Iterator[Deviation]:
    """Streamed answers are billed and budgeted by it alone; without it their cost is 0 or a guess."""
    stream = chat_stream(reading)
    if any("usage" in event.object for event in stream.late):
        return  # chat.stream.done-last
    if stream.whole and stream.chunks and not stream.usages:
        last = stream.chunks[-1].number
        message = "include_usage was asked for and no chunk has a usage"
        yield Deviation(message, "a chunk with usage", "none", "/usage", last)


@check(
    "chat.stream.usage-choices",
    title="The usage chunk has no choices",
    clause="CS-38",
    when=_asks_usage,
)
def _usage_choices(reading: Reading) -> Iterator[Deviation]:
    """Clients tell it by its empty `choices`: on the finish chunk it is skipped, or the finish is."""
    stream = chat_stream(reading)
    last = stream.usages[-1] if stream.usages else None
    if last and last.object.get("choices") != []:
        shown = short(last.object.get("choices"), 60)
        yield Deviation("the chunk with the usage has choices", "[]", shown, "/choices", last.number)


@check(
    "chat.stream.usage-last",
    title="The usage chunk is the last",
    clause="CS-39",
    when=_asks_usage.where(lambda case: not spoken(case)),
)
def _usage_last(reading: Reading) -> Iterator[Deviation]:
    """Clients close the stream at the usage: what follows is lost, or not counted."""
    stream = chat_stream(reading)
    if stream.usages and stream.chunks[-1].number != stream.usages[-1].number:
        after = stream.chunks[-1].number
        message = f"chunks follow the one with the usage (frame {stream.usages[-1].number})"
        yield Deviation(message, "[DONE]", "a chunk", "", after)


@check(
    "chat.stream.usage-null",
    level=Level.SHOULD,
    title="The chunks before the usage chunk have usage null",
    clause="CS-40",
    when=_asks_usage,
)
def _usage_null(reading: Reading) -> Iterator[Deviation]:
    """Clients that add up every usage they see count twice where each chunk has a running total."""
    stream = chat_stream(reading)
    if not stream.usages:
        return  # chat.stream.usage
    others = [chunk for chunk in stream.chunks if chunk.number != stream.usages[-1].number]
    wrong = [chunk for chunk in others if chunk.object.get("usage", "") is not None]
    if wrong:
        first = wrong[0]
        shown = short(first.object["usage"], 60) if "usage" in first.object else "absent"
        message = f"usage is {shown} and not null here{more(len(wrong) - 1, 'chunk')}; null until the last"
        yield Deviation(message, "null", shown, "/usage", first.number)


@check(
    "chat.stream.usage-unasked",
    title="No usage comes where none was asked for",
    clause="CS-41",
    when=_asks_none,
    needs=[Facet.REQUEST],
)
def _usage_unasked(reading: Reading) -> Iterator[Deviation]:
    """The usage chunk has no choices: `chunk.choices[0]`, in every quickstart, raises IndexError."""
    for chunk in chat_stream(reading).usages[:1]:
        shown = short(chunk.object["usage"], 60)
        message = "a chunk has a usage although include_usage was not asked for"
        yield Deviation(message, "absent", shown, "/usage", chunk.number)


@check(
    "chat.stream.done",
    title="[DONE] ends the stream",
    clause="CS-42",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _done(reading: Reading) -> Iterator[Deviation]:
    """Clients that read until [DONE] hang until the time-out, or report a stream that was cut."""
    stream = chat_stream(reading)
    if not stream.whole or stream.done or not stream.chunks:
        return
    if not any(misspelt_done(reading, frame) for frame in reading.frames):
        yield Deviation(
            "the stream ends without [DONE]", "data: [DONE]", "nothing", frame=len(reading.frames) - 1
        )


@check(
    "chat.stream.done-exact",
    title="[DONE] is spelt exactly so",
    clause="CS-43",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _done_exact(reading: Reading) -> Iterator[Deviation]:
    """Clients compare the text: anything else goes to their JSON parser, which raises."""
    chat_stream(reading)
    for frame in reading.frames:
        if misspelt_done(reading, frame):
            shown = short((frame.data or "")[:40])
            yield Deviation(f"the end of the stream is spelt {shown}", "[DONE]", shown, frame=frame.number)


@check(
    "chat.stream.done-once",
    title="[DONE] comes once",
    clause="CS-44",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _done_once(reading: Reading) -> Iterator[Deviation]:
    """Clients that go on reading pass the second one to their JSON parser, which raises."""
    for frame in chat_stream(reading).done[1:2]:
        yield Deviation("[DONE] comes a second time", "the end", "[DONE]", frame=frame.number)


@check(
    "chat.stream.done-last",
    title="Nothing follows [DONE]",
    clause="CS-45",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _done_last(reading: Reading) -> Iterator[Deviation]:
    """Every client stops reading at [DONE]: what follows is lost, the usage chunk for one."""
    done = chat_stream(reading).done
    if not done:
        return
    for event in reading.events:
        if event.number > done[0].number:
            shown = short((event.frame.data or "")[:60])
            yield Deviation(f"an event follows [DONE]: {shown}", "nothing", shown, frame=event.number)
            return


@check(
    "chat.stream.failed",
    title="A stream does not break off with an error",
    clause="CS-46",
    when=STREAM,
)
def _failed(reading: Reading) -> Iterator[Deviation]:
    """The SDKs raise APIError at the event with `error`: the user has half an answer."""
    for event in chat_stream(reading).errors:
        said = mapping(event.object["error"]).get("message")
        shown = short(said if isinstance(said, str) else event.object["error"])
        yield Deviation(
            f"the stream breaks off with an error: {shown}", "chunks", shown, "/error", event.number
        )
        return


@check(
    "chat.stream.error-envelope",
    level=Level.SHOULD,
    title="An error within a stream has the four keys",
    clause="CS-47",
    when=STREAM,
)
def _error_envelope(reading: Reading) -> Iterator[Deviation]:
    """The SDKs raise APIError with message, code and param from it: a bare string has none of them."""
    for event in chat_stream(reading).errors:
        error = event.object["error"]
        missing = [key for key in ("message", "type", "param", "code") if key not in mapping(error)]
        if missing:
            message = f"the error within the stream lacks {', '.join(missing)}"
            yield Deviation(message, "message, type, param, code", short(error, 60), "/error", event.number)


@check(
    "chat.stream.error-clean-end",
    level=Level.SHOULD,
    title="A stream that broke off does not end as if it were whole",
    clause="CS-48",
    when=STREAM,
)
def _error_clean_end(reading: Reading) -> Iterator[Deviation]:
    """Clients that skip what they do not know find a finish_reason and take the half for the whole."""
    stream = chat_stream(reading)
    first = min((event.number for event in stream.errors), default=None)
    late = [part for parts in stream.choices.values() for part in parts if part.ended]
    ends = [part.frame for part in late] + [frame.number for frame in stream.done]
    after = [number for number in ends if first is not None and number > first]
    if after:
        message = "after its error the stream ends as if it were whole"
        yield Deviation(message, "nothing after the error", "a clean end", frame=min(after))
