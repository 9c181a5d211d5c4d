"""Audio: sound of the format asked for, transcripts in the shape asked for, streams that add up."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import kind, objects, pointer, short
from slashv1.harness.judge.signatures import format_of
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

SPEECH, TRANSCRIBE, TRANSLATE = (
    "audio.speech.create",
    "audio.transcriptions.create",
    "audio.translations.create",
)
SPOKEN = on(SPEECH, stream=False)
WRITTEN = on(TRANSCRIBE, TRANSLATE, stream=False)
MEDIA = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_SRT = re.compile(r"\A\s*\d+\r?\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\r?\n")
_VTT = re.compile(r"\AWEBVTT\b.*?(?:\d\d:)?\d\d:\d\d\.\d{3} --> ", re.DOTALL)


def _asked_format(reading: Reading) -> str:
    asked = asked_of(reading).get("response_format")
    return asked if isinstance(asked, str) else "mp3"


@check(
    "audio.speech.format",
    title="Speech is sound of the format asked for",
    clause="AU-1",
    when=SPOKEN,
    needs=[Facet.REQUEST, Facet.BYTES],
)
def _format(reading: Reading) -> Iterator[Deviation]:
    """Players open the file by its name: MP3 called WAV is noise on a telephone line, or silence."""
    body = reading.exchange.body
    wanted, found = _asked_format(reading), format_of(body)
    if not body:
        yield Deviation("the answer holds no sound", wanted, "nothing")
    elif wanted == "pcm" and (found is not None or len(body) % 2):
        yield Deviation("no bare samples of 16 bits", wanted, found or f"{len(body)} bytes")
    elif wanted in MEDIA and wanted != "pcm" and found != wanted:
        yield Deviation(f"the sound is no {wanted}", wanted, found or short(body[:8].hex(" ")))


@check(
    "audio.speech.media-type",
    level=Level.SHOULD,
    title="Speech says of which format it is",
    clause="AU-2",
    when=SPOKEN,
    needs=[Facet.REQUEST, Facet.HEADERS],
)
def _media_type(reading: Reading) -> Iterator[Deviation]:
    """Browsers play by this type alone, and save under the ending that belongs to it."""
    wanted, given = MEDIA.get(_asked_format(reading)), reading.exchange.content_type
    if wanted is not None and given != wanted:
        yield Deviation(
            f"content-type is {given or 'absent'}", wanted, given or "absent", header="content-type"
        )


@check(
    "audio.speech.stream",
    title="The pieces of a streamed speech are base64 and make up a sound",
    clause="AU-3",
    when=on(SPEECH, stream=True),
    needs=[Facet.VALUES],
)
def _stream(reading: Reading) -> Iterator[Deviation]:
    """Callers hear it piece by piece: one that cannot be decoded ends the call."""
    heard = 0
    for event in reading.events:
        if kind(event.object) != "speech.audio.delta":
            continue
        try:
            heard += len(base64.b64decode(event.object.get("audio") or "", validate=True))
        except (binascii.Error, ValueError, TypeError):
            given = short(event.object.get("audio"), 40)
            yield Deviation("audio is no base64", "base64", given, "/audio", event.number)
            return
    if reading.events and not heard:
        yield Deviation("no piece holds a sound", "sound", "nothing")


@check(
    "audio.transcript.format",
    title="A transcript has the format asked for",
    clause="AU-4",
    when=WRITTEN,
    needs=[Facet.REQUEST, Facet.BYTES],
)
def _transcript_format(reading: Reading) -> Iterator[Deviation]:
    """Players read subtitles line by line: of JSON in their place, or a point for a comma, they show none."""
    asked = asked_of(reading).get("response_format") or "json"
    text = reading.exchange.body.decode("utf-8", "replace")
    if asked.endswith("json"):
        if not reading.object:
            yield Deviation("the transcript is no JSON object", asked, short(text[:60]))
    elif reading.object:
        yield Deviation(f"the transcript is JSON where {asked} was asked for", asked, "json")
    elif text.strip() and asked in _SHAPES and not _SHAPES[asked].match(text):
        yield Deviation(f"the transcript is no {asked}", asked, short(text[:60]))


_SHAPES = {"srt": _SRT, "vtt": _VTT}


@check(
    "audio.transcript.times",
    level=Level.SHOULD,
    title="Segments and words of a transcript run forward",
    clause="AU-5",
    when=WRITTEN,
)
def _times(reading: Reading) -> Iterator[Deviation]:
    """Subtitles and search jump by these times: one that ends before it begins is never shown."""
    for key in ("segments", "words"):
        for i, part in objects(reading.object.get(key)):
            start, end = part.get("start"), part.get("end")
            if isinstance(start, int | float) and isinstance(end, int | float) and end < start:
                message = f"{key}[{i}] ends before it begins"
                yield Deviation(message, f"from {start} on", short(end), pointer(key, i, "end"))


def _asks_words(case: Case) -> bool:
    fields = case.request.form or case.asked
    return any(key.startswith("timestamp_granularities") and "word" in value for key, value in fields.items())


@check(
    "audio.transcript.words",
    title="Words are told where they are asked for",
    clause="AU-6",
    when=WRITTEN.where(_asks_words),
)
def _words(reading: Reading) -> Iterator[Deviation]:
    """Karaoke and dubbing need the time of each word, and asked for nothing else."""
    if not reading.object.get("text"):
        raise Inconclusive("nothing was heard")
    if reading.object and not isinstance(reading.object.get("words"), list):
        yield Deviation("words were asked for", "an array", short(reading.object.get("words")), "/words")


@check(
    "audio.transcript.stream",
    title="The pieces of a streamed transcript make up its text",
    clause="AU-7",
    when=on(TRANSCRIBE, stream=True),
)
def _transcript_stream(reading: Reading) -> Iterator[Deviation]:
    """What is shown while it comes is what stays in the record."""
    pieces: list[str] = []
    for event in reading.events:
        one = event.object
        if kind(one) == "transcript.text.delta" and isinstance(one.get("delta"), str):
            pieces.append(one["delta"])
        elif kind(one) == "transcript.text.segment" and isinstance(one.get("text"), str):
            pieces.append(one["text"])
        joined = "".join(pieces)
        whole = one.get("text") if kind(one) == "transcript.text.done" else None
        if pieces and isinstance(whole, str) and joined.strip() != whole.strip():
            message = "the pieces joined are not the text"
            yield Deviation(message, short(whole), short(joined), "/text", event.number)
