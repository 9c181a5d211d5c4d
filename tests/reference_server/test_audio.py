"""Audio through the official client and raw."""

from __future__ import annotations

import base64
import json
import struct

import openai
import pytest

from slashv1.reference_server.media import kind, seconds, speech

WAV = ("hello.wav", speech("wav"), "audio/wav")
TEXT = "Hello, world. This is a test."


def speak(client, **options):
    return client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hi.", **options)


@pytest.mark.parametrize(
    ("form", "media", "mark"),
    [
        ("mp3", "audio/mpeg", b"\xff\xf3"),
        ("opus", "audio/opus", b"OggS"),
        ("aac", "audio/aac", b"\xff\xf1"),
        ("flac", "audio/flac", b"fLaC"),
        ("wav", "audio/wav", b"RIFF"),
        ("pcm", "audio/pcm", b"\0\0"),
    ],
)
def test_speech_is_what_it_says_it_is(client, form, media, mark):
    given = speak(client, response_format=form)
    assert given.response.headers["content-type"] == media
    assert given.content.startswith(mark)


def test_a_wav_s_header_tells_of_all_its_bytes():
    sound = speech("wav")
    assert struct.unpack_from("<I", sound, 4)[0] == len(sound) - 8
    assert struct.unpack_from("<I", sound, 40)[0] == len(sound) - 44
    assert seconds(sound) == seconds(speech("flac")) == 0.1


def test_speech_in_pieces_is_the_whole(http):
    asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hi.", "stream_format": "sse"}
    with http.stream("POST", "/audio/speech", json={**asked, "response_format": "pcm"}) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line]
    sound = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert sound == speech("pcm")
    assert events[-1]["type"] == "speech.audio.done"


def test_a_transcript_in_every_format(client):
    def heard(form, model="whisper-1", **more):
        return client.audio.transcriptions.create(file=WAV, model=model, response_format=form, **more)

    assert heard("json").text == TEXT
    assert heard("text") == f"{TEXT}\n"
    assert heard("srt").startswith("1\n00:00:00,000 --> 00:00:00,100\n")
    assert heard("vtt").startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert heard("verbose_json").segments[0].end == heard("verbose_json").duration == 0.1
    words = heard("verbose_json", timestamp_granularities=["word"]).words
    assert [word.word for word in words] == ["Hello", "world", "This", "is", "a", "test"]
    assert heard("diarized_json", "gpt-4o-transcribe-diarize").segments[0].speaker == "A"


def test_a_transcript_comes_token_by_token(client):
    asked = {"file": WAV, "model": "gpt-4o-transcribe", "include": ["logprobs"]}
    events = list(client.audio.transcriptions.create(**asked, stream=True))
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == TEXT
    assert len(events[-1].logprobs) == len(events) - 1


def test_streams_of_transcripts_end_their_lines_in_crlf(http):
    form = {"model": "gpt-4o-transcribe", "stream": "true"}
    text = http.post("/audio/transcriptions", files={"file": WAV}, data=form).text
    assert text.endswith("data: [DONE]\r\n\r\n")


def test_a_translation_tells_no_usage(http):
    answer = http.post("/audio/translations", files={"file": WAV}, data={"model": "whisper-1"})
    assert answer.json() == {"text": TEXT}


def test_an_older_model_does_not_stream(http):
    form = {"model": "whisper-1", "stream": "true"}
    answer = http.post("/audio/transcriptions", files={"file": WAV}, data=form)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "asked",
    [{"voice": "nobody"}, {"response_format": "midi"}, {"speed": 5}, {"input": 7}, {"input": "a" * 4097}],
)
def test_faults_of_fields_are_told_in_the_message_alone(http, asked):
    body = {"model": "tts-1", "voice": "alloy", "input": "Hi.", **asked}
    answer = http.post("/audio/speech", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, None, None)
    assert f"'loc': ('body', '{next(iter(asked))}')" in error["message"]


@pytest.mark.parametrize(
    ("form", "file", "code"),
    [
        ({"model": "gpt-4o-transcribe", "response_format": "srt"}, WAV, "unsupported_value"),
        ({"model": "whisper-1", "response_format": "midi"}, WAV, None),
        ({"model": "whisper-1"}, ("notes.txt", b"no sound"), None),
        ({"model": "whisper-1", "temperature": "hot"}, WAV, None),
        ({}, WAV, None),
    ],
)
def test_transcription_refuses(http, form, file, code):
    answer = http.post("/audio/transcriptions", files={"file": file}, data=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.audio.transcriptions.create(file=WAV, model="no-such-model")


def test_formats_are_told_by_their_first_bytes():
    assert [kind(speech(form)) for form in ("wav", "flac", "mp3", "opus")] == ["wav", "flac", "mp3", "ogg"]
    assert kind(b"") is None
