"""Chat answers that are spoken: silence with its transcript, plain and as deltas, and what sound costs.

Source: genuine answers of gpt-4o-mini-audio-preview (2025-08) and gpt-audio-1.5 (2026-06).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.media import speech
from slashv1.reference_server.mind import Turn
from slashv1.reference_server.tokens import AUDIO_TOKENS, parts_of

Asked = dict[str, Any]
Audio = dict[str, Any]
_KEPT_SECONDS = 3600
"""How long a client may name the sound in a later turn."""
_PIECE = 1 << 10
"""Characters of base64 in a delta."""


def speaks(asked: Asked) -> bool:
    """Whether the answer is to be spoken."""
    return "audio" in (asked.get("modalities") or ())


def spoken(asked: Asked, turn: Turn) -> Audio | None:
    """`audio` of a message; None where the turn is not spoken, or says nothing."""
    if not speaks(asked) or turn.text is None:
        return None
    form = str((asked.get("audio") or {}).get("format") or "wav")
    return {
        "id": ids.audio_id(),
        "data": base64.b64encode(speech(form.removesuffix("16"))).decode(),
        "expires_at": int(time.time()) + _KEPT_SECONDS,
        "transcript": turn.text,
    }


def deltas(audio: Audio, turn: Turn) -> Iterator[dict[str, Any]]:
    """The same in pieces: the transcript, then the sound, then until when it is kept."""
    yield {"role": "assistant", "refusal": None}
    opening: dict[str, Any] = {"id": audio["id"]}
    for token in turn.tokens:
        yield {"content": None, "audio": {**opening, "transcript": token}}
        opening = {}
    data = audio["data"]
    for start in range(0, len(data), _PIECE):
        yield {"audio": {**opening, "data": data[start : start + _PIECE]}}
        opening = {}
    yield {"audio": {"expires_at": audio["expires_at"]}}


def priced(usage: dict[str, Any], asked: Asked, turns: list[Turn]) -> dict[str, Any]:
    """The usage of a model that hears and speaks: sound, text and images apart, on both sides."""
    heard = AUDIO_TOKENS * parts_of(asked["messages"], "input_audio")
    said = sum(AUDIO_TOKENS * len(turn.tokens) for turn in turns if turn.text is not None) * speaks(asked)
    completion, prompt = usage["completion_tokens"] + said, usage["prompt_tokens"]
    return {
        **usage,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {
            **usage["prompt_tokens_details"],
            "audio_tokens": heard,
            "text_tokens": prompt - heard,
            "image_tokens": 0,
        },
        "completion_tokens_details": {
            **usage["completion_tokens_details"],
            "audio_tokens": said,
            "text_tokens": completion - said,
        },
    }
