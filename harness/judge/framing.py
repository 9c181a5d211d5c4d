"""Server-sent events as they stand on the wire, whatever they carry.

Legal and not objected to: comments, CRLF, no space behind the colon, a byte-order mark, any chunking.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence

from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.http import is_html
from slashv1.harness.judge.look import short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.harness.sse import Frame
from slashv1.record import Level

STREAMED = on(stream=True)
_SSE = "text/event-stream"
_FIELDS = frozenset({"", "data", "event", "id", "retry"})
_DONE = re.compile(r"\W{0,4}done\W{0,4}", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


def is_stream(reading: Reading) -> bool:
    """Whether the answer is an event stream at all, by its media type or by what is in it."""
    if reading.exchange.content_type == _SSE:
        return True
    return not is_html(reading) and any(frame.data is not None for frame in reading.frames)


@check(
    "framing.content-type",
    title="A stream is text/event-stream",
    clause="ES-1",
    when=STREAMED,
    needs=[Facet.HEADERS],
)
def _content_type(reading: Reading) -> Iterator[Deviation]:
    """EventSource and fetch-event-source refuse any other type; with JSON, `stream: true` was ignored."""
    exchange = reading.exchange
    if exchange.status is not None and exchange.content_type != _SSE and not is_html(reading):
        actual = exchange.header("content-type") or "absent"
        plain = " (a plain answer: stream was ignored)" if not is_stream(reading) else ""
        message = f"content-type of the stream is {actual}{plain}"
        yield Deviation(message, _SSE, actual, header="content-type")


@check(
    "framing.content-length",
    level=Level.SHOULD,
    title="A stream has no Content-Length",
    clause="ES-2",
    when=STREAMED,
    # Recorders that keep no times store the body in one piece, and some write its length.
    needs=[Facet.HEADERS, Facet.BYTES, Facet.TIMES],
)
def _content_length(reading: Reading) -> Iterator[Deviation]:
    """A length known beforehand means that the whole stream was buffered: the user waits for the end."""
    length = reading.exchange.header("content-length")
    if length is not None and is_stream(reading):
        message = f"the stream has content-length {length[:20]}: it was buffered whole before it was sent"
        yield Deviation(message, "absent", length[:20], header="content-length")


@check(
    "framing.utf8",
    title="A stream is valid UTF-8, no character split",
    clause="ES-3",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _utf8(reading: Reading) -> Iterator[Deviation]:
    """Strict decoders raise amid the answer, others show U+FFFD: seen where servers cut text by bytes."""
    exchange = reading.exchange
    found = undecodable(exchange)
    if found is None or (found[1] == "unexpected end of data" and exchange.failure):
        return  # http.answered reports the cut
    place, reason = found
    wrong = exchange.part(place, place + 4).hex(" ")
    message = f"invalid UTF-8 at byte {place} ({wrong}): {reason}"
    yield Deviation(message, "UTF-8", wrong, frame=_frame_at(reading.frames, place))


def undecodable(exchange: Exchange) -> tuple[int, str] | None:
    """The first byte of a body that is no UTF-8, and why; decoded read by read, not as one text."""
    decoder, place = getincrementaldecoder("utf-8")(), 0
    try:
        for read in exchange.reads:
            decoder.decode(read.data)
            place += len(read.data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return place - len(decoder.getstate()[0]) + error.start, error.reason
    return None


def _frame_at(frames: Sequence[Frame], offset: int) -> int | None:
    return next((frame.number for frame in frames if frame.offset <= offset < frame.end), None)


@check(
    "framing.terminated",
    title="A blank line ends the last event",
    clause="ES-4",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _terminated(reading: Reading) -> Iterator[Deviation]:
    """Decoders by the book drop an event without its blank line: the finish or [DONE] never arrives."""
    if reading.exchange.failure or not reading.frames or not is_stream(reading):
        return
    last = reading.frames[-1]
    if not last.terminated and _is_event(last):
        message = f"the stream ends within event {last.number}: no blank line ends it, so clients drop it"
        yield Deviation(message, "a blank line", "end of the stream", frame=last.number)


def _is_event(frame: Frame) -> bool:
    return any(name in ("data", "event") for name, _ in frame.fields)


@check(
    "framing.json",
    title="Every event carries one JSON document",
    clause="ES-5",
    when=STREAMED,
)
def _json(reading: Reading) -> Iterator[Deviation]:
    """Every SDK calls its JSON parser on each event's data and raises where it is not one document."""
    for event in reading.events:
        if not event.document.problems or misspelt_done(reading, event.frame):
            continue  # chat.stream.done-exact tells of the latter
        problem = next((p for p in event.document.problems if p.fatal), None)
        if problem and event.frame.terminated:
            message = (
                f"the data of event {event.number} is not JSON ({problem.message}): {_start(event.frame)}"
            )
            yield Deviation(message, "one JSON document", _start(event.frame), frame=event.number)


def misspelt_done(reading: Reading, frame: Frame) -> bool:
    """Whether a frame of a chat stream means to be `[DONE]` and is spelt otherwise."""
    meant = reading.case.operation == "chat.completions.create" and _DONE.fullmatch(frame.data or "")
    return bool(meant) and frame.data != "[DONE]"


def _start(frame: Frame) -> str:
    return short((frame.data or "")[:60])


@check(
    "framing.json-object",
    title="The JSON of every event is an object",
    clause="ES-6",
    when=STREAMED,
)
def _json_object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients build an event from an object; a list or a string has no fields to read."""
    for event in reading.events:
        if (
            event.document.ok
            and not isinstance(event.value, dict)
            and not misspelt_done(reading, event.frame)
        ):
            message = f"the data of event {event.number} is not a JSON object: {_start(event.frame)}"
            yield Deviation(message, "an object", _start(event.frame), pointer="", frame=event.number)


@check(
    "framing.stray-text",
    title="No text stands in the stream outside of a field",
    clause="ES-7",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _stray_text(reading: Reading) -> Iterator[Deviation]:
    """A JSON line without `data:`, an `error: {…}`, a traceback: every decoder drops it, unseen."""
    if not is_stream(reading):
        return
    for frame in reading.frames:
        name = next((name for name, value in frame.fields if _is_stray(name, value)), None)
        if name is not None:
            message = (
                f"event {frame.number} has a line that is no SSE field, clients drop it: {short(name[:60])}"
            )
            yield Deviation(message, "data: …", short(name[:60]), frame=frame.number)


def _is_stray(name: str, value: str) -> bool:
    """Whether a line was meant to be read: text, JSON under a name of its own, or a name misspelt."""
    if name in _FIELDS:
        return False
    return not _NAME.fullmatch(name) or name.strip().lower() in _FIELDS or value.startswith(("{", "["))


@check(
    "framing.unknown-field",
    level=Level.SHOULD,
    title="No event has a field that SSE does not know",
    clause="ES-8",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _unknown_field(reading: Reading) -> Iterator[Deviation]:
    """Decoders ignore it, so what it says is lost; line-based parsers stumble over it."""
    unknown = (
        (frame, name)
        for frame in reading.frames
        for name, value in frame.fields
        if name not in _FIELDS and not _is_stray(name, value)
    )
    frame, name = next(unknown, (None, ""))
    if frame is not None and is_stream(reading):
        message = f"event {frame.number} has a field {short(name[:40])} that SSE does not know"
        yield Deviation(message, "data, event", short(name[:40]), frame=frame.number)


@check(
    "framing.dataless",
    level=Level.SHOULD,
    title="Every named event carries data",
    clause="ES-9",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _dataless(reading: Reading) -> Iterator[Deviation]:
    """An `event:` line without `data:` is never dispatched by a decoder by the book, and crashes others."""
    for frame in reading.frames:
        if frame.event is not None and frame.data is None and frame.terminated:
            message = (
                f"event {frame.number} ({short(frame.event[:40])}) has no data line: it is never dispatched"
            )
            yield Deviation(message, "data: …", "no data", frame=frame.number)


@check(
    "framing.nonempty",
    title="A stream has events",
    clause="ES-10",
    when=STREAMED,
)
def _nonempty(reading: Reading) -> Iterator[Deviation]:
    """A 200 with an empty stream reads as an answer without words: nobody is told that something broke."""
    exchange = reading.exchange
    if exchange.failure or exchange.content_type != _SSE:
        return
    if not any(frame.data is not None for frame in reading.frames):
        yield Deviation("the stream ended without a single event", "events", f"{exchange.size} bytes")


@check(
    "framing.multi-line-data",
    level=Level.MAY,
    title="The data of an event stands on one line",
    clause="ES-11",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _multi_line(reading: Reading) -> Iterator[Deviation]:
    """Legal, but the many clients that read line by line parse each line as a document and fail."""
    for frame in reading.frames:
        if sum(name == "data" for name, _ in frame.fields) > 1:
            message = (
                f"the data of event {frame.number} is spread over several lines: line-based clients fail"
            )
            yield Deviation(message, "one data line", "several", frame=frame.number)
            return


@check(
    "framing.cr-line-ends",
    level=Level.MAY,
    title="Lines end in LF or CRLF",
    clause="ES-12",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _cr_only(reading: Reading) -> Iterator[Deviation]:
    """Legal, but most clients split at LF alone and wait for ever."""
    place = 0
    for piece in reading.exchange.pieces():
        match = re.search(rb"\r(?!\n)", piece)
        if match:
            at = place + match.start()
            message = f"a line ends in CR alone at byte {at}: legal, but most clients split at LF"
            yield Deviation(message, "LF", "CR", frame=_frame_at(reading.frames, at))
            return
        place += len(piece)


@check(
    "framing.byte-order-mark",
    level=Level.MAY,
    title="A stream starts without a byte-order mark",
    clause="ES-13",
    when=STREAMED,
    needs=[Facet.BYTES],
)
def _byte_order_mark(reading: Reading) -> Iterator[Deviation]:
    """Legal, but clients that look for `data:` at the start of a line lose the first event."""
    if reading.exchange.part(0, 3) == b"\xef\xbb\xbf":
        yield Deviation("the stream starts with a byte-order mark", "data: …", "EF BB BF", frame=0)
