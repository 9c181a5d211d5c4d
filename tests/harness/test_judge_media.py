"""Moderations, images and audio, right and wrong."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.signatures import format_of
from slashv1.harness.reading import Reading
from slashv1.reference_server.media import image, speech
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import objecting

PNG = base64.b64encode(image("png", "16x16")).decode()
WEBP = base64.b64encode(image("webp", "1x1")).decode()
CALM = {"violence": False, "hate": False}
SPEECH, HEARD = "audio.speech.create", "audio.transcriptions.create"
SRT = "1\n00:00:00,000 --> 00:00:02,000\nHello\n\n\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n\n"


def moderated(asked: Any, *results: dict[str, Any]) -> Reading:
    body = {"id": "modr-1", "model": "omni-moderation-latest", "results": list(results)}
    return a_reading(a_case("moderations.create", input=asked), body)


def result(*, flagged: bool = False, **over: Any) -> dict[str, Any]:
    scores = dict.fromkeys(CALM, 0.1)
    return {"flagged": flagged, "categories": CALM, "category_scores": scores, **over}


def drawn(*images: dict[str, Any], form: str | None = "png", **asked: Any) -> Reading:
    told = {"output_format": form} if form else {}
    body = {"created": 1, "data": list(images), **told}
    return a_reading(a_case("images.generate", prompt="A square", **asked), body)


def drawing(*events: dict[str, Any], **asked: Any) -> Reading:
    case = a_case("images.generate", prompt="A square", stream=True, **asked)
    return a_reading(case, sse(*events, event=True))


def partial(number: int, text: str = PNG) -> dict[str, Any]:
    kind = "image_generation.partial_image"
    return {"type": kind, "b64_json": text, "output_format": "png", "partial_image_index": number}


WHOLE = {"type": "image_generation.completed", "b64_json": PNG, "output_format": "png"}


def spoken(sound: bytes, media: str = "audio/mpeg", **asked: Any) -> Reading:
    return a_reading(a_case(SPEECH, input="Hi.", **asked), sound, content_type=media)


def speaking(*events: dict[str, Any]) -> Reading:
    return a_reading(a_case(SPEECH, input="Hi.", stream_format="sse"), sse(*events))


def piece(audio: Any = "AAAA") -> dict[str, Any]:
    return {"type": "speech.audio.delta", "audio": audio}


def heard(body: Any, **asked: Any) -> Reading:
    media = "text/plain" if isinstance(body, str) else "application/json"
    return a_reading(a_case(HEARD, **asked), body, content_type=media)


def hearing(*said: str, text: str = "Hello, world.") -> Reading:
    deltas = [{"type": "transcript.text.delta", "delta": one} for one in said]
    return a_reading(
        a_case(HEARD, stream="true"), sse(*deltas, {"type": "transcript.text.done", "text": text})
    )


def segment(start: float, end: float) -> dict[str, Any]:
    return {"text": "Hello", "segments": [{"start": start, "end": end}]}


LEGAL = {
    "one text": moderated("Hi.", result()),
    "two texts": moderated(["Hi.", "Ho."], result(), result()),
    "parts": moderated([{"type": "text", "text": "Hi."}, {"type": "image_url"}], result()),
    "found": moderated("Kill!", result(flagged=True, categories={**CALM, "hate": True})),
    "one image": drawn({"b64_json": PNG}),
    "two images, one by its URL": drawn({"url": "https://a.example/a.png"}, {"b64_json": PNG}, n=2),
    "a number in a form": drawn({"b64_json": PNG}, {"b64_json": PNG}, n="2"),
    "webp": drawn({"b64_json": WEBP}, form="webp"),
    "no format told": drawn({"b64_json": WEBP}, form=None),
    "streamed": drawing(partial(0), partial(1), WHOLE, partial_images=2),
    "fewer steps than asked for": drawing(WHOLE, partial_images=2),
    "broken off with an error": drawing(partial(0), {"type": "error"}, partial_images=1),
    "mp3": spoken(speech("mp3")),
    "mp3 with a tag": spoken(b"ID3" + speech("mp3")),
    "wav": spoken(speech("wav"), "audio/wav", response_format="wav"),
    "pcm": spoken(speech("pcm"), "audio/pcm", response_format="pcm"),
    "aac": spoken(speech("aac"), "audio/aac", response_format="aac"),
    "opus": spoken(speech("opus"), "audio/opus", response_format="opus"),
    "speech in pieces": speaking(piece(), piece(), {"type": "speech.audio.done"}),
    "json": heard({"text": "Hello"}),
    "verbose": heard(segment(0, 2), response_format="verbose_json"),
    "text": heard("Hello\n", response_format="text"),
    "srt": heard(SRT, response_format="srt"),
    "srt, CRLF": heard(SRT.replace("\n", "\r\n"), response_format="srt"),
    "vtt without hours": heard(VTT, response_format="vtt"),
    "nothing said": heard("", response_format="srt"),
    "words": heard({"text": "Hi", "words": []}, timestamp_granularities=["word"]),
    "token by token": hearing("Hello", ", world."),
    "whole at once": hearing(),
}


def told(reading: Reading) -> set[str]:
    return {name for prefix in ("moderations.", "images.", "audio.") for name in objecting(reading, prefix)}


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_raises_nothing(name: str) -> None:
    assert told(LEGAL[name]) == set()


WRONG = [
    ("moderations.count", moderated(["Hi.", "Ho."], result())),
    ("moderations.count", moderated([{"type": "text"}, {"type": "text"}], result(), result())),
    ("moderations.keys", moderated("Hi.", result(category_scores={"hate": 0.1}))),
    ("moderations.keys", moderated("Hi.", result(category_applied_input_types={}))),
    ("moderations.flagged", moderated("Hi.", result(flagged=True))),
    ("moderations.flagged", moderated("Hi.", result(categories={**CALM, "hate": True}))),
    ("moderations.scores", moderated("Hi.", result(category_scores={"violence": 12, "hate": 0.1}))),
    ("images.count", drawn({"b64_json": PNG}, n=2)),
    ("images.count", drawn({"b64_json": PNG}, {"b64_json": PNG})),
    ("images.data", drawn({"revised_prompt": "A square"})),
    ("images.format", drawn({"b64_json": WEBP})),
    ("images.format", drawn({"b64_json": f"data:image/png;base64,{PNG}"})),
    ("images.format", drawn({"b64_json": "AAAA"}, form=None)),
    ("images.format", drawing(partial(0, WEBP), WHOLE, partial_images=1)),
    ("images.stream.partial", drawing(partial(1), WHOLE, partial_images=1)),
    ("images.stream.partial", drawing(partial(0), WHOLE)),
    ("images.stream.whole", drawing(partial(0), partial_images=1)),
    ("images.stream.whole", drawing(WHOLE, WHOLE)),
    ("audio.speech.format", spoken(b"")),
    ("audio.speech.format", spoken(speech("wav"))),
    ("audio.speech.format", spoken(speech("wav"), "audio/pcm", response_format="pcm")),
    ("audio.speech.format", spoken(b"{}", "audio/wav", response_format="wav")),
    ("audio.speech.media-type", spoken(speech("mp3"), "application/octet-stream")),
    ("audio.speech.stream", speaking(piece("data:audio/pcm;base64,AAAA"))),
    ("audio.speech.stream", speaking(piece(7))),
    ("audio.speech.stream", speaking(piece(""), {"type": "speech.audio.done"})),
    ("audio.transcript.format", heard({"text": "Hello"}, response_format="srt")),
    ("audio.transcript.format", heard("Hello\n")),
    ("audio.transcript.format", heard(SRT, response_format="vtt")),
    ("audio.transcript.format", heard(SRT.replace(",", "."), response_format="srt")),
    ("audio.transcript.times", heard(segment(2, 0), response_format="verbose_json")),
    ("audio.transcript.words", heard({"text": "Hi"}, timestamp_granularities=["word"])),
    ("audio.transcript.stream", hearing("Hello")),
]


@pytest.mark.parametrize(("found", "reading"), WRONG)
def test_what_is_wrong_is_told(found: str, reading: Reading) -> None:
    assert told(reading) == {found}


def test_silence_has_no_words() -> None:
    with pytest.raises(Inconclusive):
        deviations("audio.transcript.words", heard({"text": ""}, timestamp_granularities=["word"]))


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_a_format_is_told_by_the_first_bytes(form: str) -> None:
    assert format_of(speech(form)) == form
    assert format_of(speech(form)[:1]) is None


@pytest.mark.parametrize(("data", "form"), [(b"<svg ", "svg"), (b"GIF89a", "gif"), (b"text", None)])
def test_pictures_are_told_too(data: bytes, form: str | None) -> None:
    assert format_of(data) == form
