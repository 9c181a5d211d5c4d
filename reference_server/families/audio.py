"""Audio: speech, transcriptions and translations."""

from __future__ import annotations

from slashv1.reference_server.audio_rules import check_sound, check_speech
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.forms import form
from slashv1.reference_server.speech import spoken, spoken_events
from slashv1.reference_server.transcripts import Heard, events, written
from slashv1.reference_server.wire import Answer, Call

SPEAK, TRANSCRIBE, TRANSLATE = (
    "audio.speech.create",
    "audio.transcriptions.create",
    "audio.translations.create",
)
ROUTES = (
    Route(SPEAK, "POST", "/v1/audio/speech"),
    Route(TRANSCRIBE, "POST", "/v1/audio/transcriptions"),
    Route(TRANSLATE, "POST", "/v1/audio/translations"),
)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {SPEAK: _speak, TRANSCRIBE: _transcribe, TRANSLATE: _translate}


async def _speak(call: Call) -> Answer:
    asked = json_object(call)
    model = check_speech(asked)
    if asked.get("stream_format") == "sse" and not model.id.startswith("tts-"):
        return Answer(SPEAK, events=spoken_events(asked))
    sound, media = spoken(asked)
    return Answer(SPEAK, content=sound, media=media)


async def _transcribe(call: Call) -> Answer:
    given = await form(call)
    heard = check_sound(given, "transcribe")
    if given.text("stream") == "true" and not heard.whisper:
        return Answer(TRANSCRIBE, events=events(heard))
    return _whole(TRANSCRIBE, heard)


async def _translate(call: Call) -> Answer:
    return _whole(TRANSLATE, check_sound(await form(call), "translate"))


def _whole(operation: str, heard: Heard) -> Answer:
    given = written(heard)
    if isinstance(given, str):
        return Answer(operation, content=given.encode(), media="text/plain; charset=utf-8")
    return Answer(operation, body=given)
