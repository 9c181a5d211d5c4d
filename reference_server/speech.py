"""Speech: a tenth of a second of silence in the format asked for, as bytes or as events."""

from __future__ import annotations

import base64
from typing import Any

from slashv1.reference_server.media import speech
from slashv1.reference_server.tokens import count
from slashv1.reference_server.wire import Event

Asked = dict[str, Any]
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_PIECES = 3


def spoken(asked: Asked) -> tuple[bytes, str]:
    """The sound and its media type."""
    form = asked.get("response_format") or "mp3"
    return speech(form), MEDIA_TYPES[form]


def spoken_events(asked: Asked) -> tuple[Event, ...]:
    """The same in pieces, and what it cost."""
    sound, _ = spoken(asked)
    size = -(-len(sound) // _PIECES)
    pieces = [sound[start : start + size] for start in range(0, len(sound), size)]
    read = count(asked["input"]) + count(asked.get("instructions") or "")
    written = 2 * len(pieces)
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    deltas = [{"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in pieces]
    return tuple(Event(data) for data in (*deltas, {"type": "speech.audio.done", "usage": usage}))
