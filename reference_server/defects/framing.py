"""Defects of the bytes of a stream: framing, encoding, media type."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server.defects import coding, pacing
from slashv1.reference_server.defects.adapters import on_answer, on_bytes
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call

Writes = tuple[bytes, ...]
STREAMS = ("chat.completions.create", "responses.create", "responses.retrieve")
_ALL = ("framing.*", "chat.stream.*", "responses.stream.*", "body.*", "replay.*", "usage.*", "ignored.*")


def _no_blank_lines(writes: Writes) -> Writes:
    return tuple(data.removesuffix(b"\n") for data in writes)


def _stray(writes: Writes) -> Writes:
    return (*writes[:1], b"INFO: still working\n\n", *writes[1:])


def _bad_utf8(writes: Writes) -> Writes:
    """Bytes that no UTF-8 has, inside the first text."""
    return tuple(data.replace(b'"obfuscation":"', b'"obfuscation":"\xff\xff\xff\xff', 1) for data in writes)


def _python(writes: Writes) -> Writes:
    """Single quotes, as `print` shows a dictionary."""
    return tuple(data if b"[DONE]" in data else data.replace(b'"', b"'") for data in writes)


def _array(writes: Writes) -> Writes:
    return tuple(
        data.replace(b"data: {", b"data: [{", 1).replace(b"}\n\n", b"}]\n\n") if b"data: {" in data else data
        for data in writes
    )


def _last_blank_line(writes: Writes) -> Writes:
    return (*writes[:-1], writes[-1].removesuffix(b"\n\n"))


def _lines(writes: Writes) -> Writes:
    """Newline-delimited JSON instead of events."""
    return tuple(line[6:] + b"\n" for data in writes for line in data.split(b"\n") if line[:6] == b"data: ")


def _empty(writes: Writes) -> Writes:
    return ()


def _json_type(call: Call, answer: Answer) -> Answer:
    if answer.events is None:
        return answer
    return answer.with_header("content-type", "application/json")


def _plain_type(call: Call, answer: Answer) -> Answer:
    if answer.events is None:
        return answer
    return answer.with_header("content-type", "text/plain; charset=utf-8")


def _half_frame(writes: Writes) -> Writes:
    """The end of the last event but one is missing, and all behind it."""
    last = max(at for at, data in enumerate(writes) if b"[DONE]" not in data)
    return (*writes[:last], writes[last][: len(writes[last]) // 2])


def _short_body(call: Call, answer: Answer) -> Answer:
    if answer.events is not None:
        return answer
    whole = b"".join(answer.encoded())
    answer = answer.with_header("content-length", str(len(whole)))
    return replace(answer, writes=(whole[: len(whole) // 2],), cut=True)


def _length(call: Call, answer: Answer) -> Answer:
    if answer.events is None:
        return answer
    writes = answer.encoded()
    size = sum(map(len, writes))
    return replace(answer.with_header("content-length", str(size)), writes=writes)


DEFECTS = (
    Twist(
        "framing-no-blank-line",
        "No blank line stands between events",
        on_bytes(_no_blank_lines),
        STREAMS,
        "framing.terminated",
        (),
    ),
    Twist(
        "framing-unterminated",
        "The last event has no blank line",
        on_bytes(_last_blank_line),
        STREAMS,
        "framing.terminated",
        (),
    ),
    Twist(
        "framing-stray-text",
        "A log line stands in the stream",
        on_bytes(_stray),
        STREAMS,
        "framing.stray-text",
        (),
    ),
    Twist(
        "framing-bad-utf8",
        "A stream holds a byte that is no UTF-8",
        on_bytes(_bad_utf8),
        STREAMS,
        "framing.utf8",
        (),
    ),
    Twist(
        "framing-not-json",
        "Events are Python's print, not JSON",
        on_bytes(_python),
        STREAMS,
        "framing.json",
        (),
    ),
    Twist(
        "framing-array",
        "Every event is an array of one",
        on_bytes(_array),
        STREAMS,
        "framing.json-object",
        (),
    ),
    Twist(
        "framing-lines",
        "A stream is JSON lines, not events",
        on_bytes(_lines),
        STREAMS,
        "framing.stray-text",
        ("framing.nonempty",),
    ),
    Twist(
        "framing-empty",
        "A stream has no events at all",
        on_bytes(_empty),
        STREAMS,
        "framing.nonempty",
        (),
    ),
    Twist(
        "framing-json-type",
        "A stream comes as application/json",
        on_answer(_json_type),
        STREAMS,
        "framing.content-type",
        (),
    ),
    Twist(
        "framing-text-type",
        "A stream comes as text/plain",
        on_answer(_plain_type),
        STREAMS,
        "framing.content-type",
        (),
    ),
    Twist(
        "framing-length",
        "A stream has a Content-Length",
        on_answer(_length),
        STREAMS,
        "framing.content-length",
    ),
    Twist(
        "framing-half-frame",
        "A stream ends cleanly in the middle of an event",
        on_bytes(_half_frame),
        STREAMS,
        "framing.terminated",
        _ALL,
    ),
    Twist(
        "body-short",
        "A plain body ends before its Content-Length",
        on_answer(_short_body),
        (),
        "http.answered",
        ("error.envelope",),
    ),
    Twist(
        "stream-buffered",
        "A slow model's stream is held back until its end",
        on_answer(pacing.buffered),
        STREAMS,
        "framing.buffered",
        (),
        cases=pacing.LONG,
    ),
    Twist(
        "gzip-unasked",
        "Every body is compressed, asked for or not",
        on_answer(coding.unasked),
        (),
        "http.encoding",
        (),
    ),
    Twist(
        "gzip-false",
        "What is said to be gzip is plain text",
        on_answer(coding.false),
        (),
        "http.answered",
        (),
        cases=("*::gzip*",),
    ),
    Twist(
        "gzip-unfinished",
        "A compressed body ends before its last block",
        on_answer(coding.unfinished),
        (),
        "http.answered",
        (),
        cases=("*::gzip*",),
    ),
)
