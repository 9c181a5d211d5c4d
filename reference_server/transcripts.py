"""Transcripts: one sentence, whatever was said, in every format and as events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server import logprobs
from slashv1.reference_server.tokens import count, split
from slashv1.reference_server.wire import Event

TEXT = "Hello, world. This is a test."
Usage = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A valid request: what to write down, and how."""

    model: str
    duration: float
    """Seconds."""
    form: str = "json"
    """`json`, `text`, `srt`, `vtt`, `verbose_json` or `diarized_json`."""
    task: str = "transcribe"
    prompt: str = ""
    temperature: float = 0.0
    logprobs: bool = False
    words: bool = False
    segments: bool = True

    @property
    def whisper(self) -> bool:
        """Billed by the second."""
        return self.model.startswith("whisper")


def written(heard: Heard) -> dict[str, Any] | str:
    """The transcript: JSON, or text where the format is one of text."""
    texts = {"text": f"{TEXT}\n", "srt": _srt(heard), "vtt": _vtt(heard)}
    if heard.form in texts:
        return texts[heard.form]
    if heard.form == "verbose_json":
        return _verbose(heard)
    if heard.form == "diarized_json":
        return {"text": TEXT, "segments": [_spoken_segment(heard)], "usage": usage(heard)}
    body: dict[str, Any] = {"text": TEXT}
    if heard.logprobs:
        body["logprobs"] = _logprobs(split(TEXT))
    return body if heard.task == "translate" else {**body, "usage": usage(heard)}


def events(heard: Heard) -> tuple[Event, ...]:
    """The transcript token by token, or segment by segment, and whole: lines end in CRLF, as OpenAI's do."""
    tokens = split(TEXT)
    if heard.form == "diarized_json":
        steps = [_spoken_segment(heard)]
    else:
        steps = [
            {"type": "transcript.text.delta", "delta": token, **_probs(heard, [token])} for token in tokens
        ]
    done = {"type": "transcript.text.done", "text": TEXT, **_probs(heard, tokens), "usage": usage(heard)}
    return (*(Event(data, crlf=True) for data in (*steps, done)), Event("[DONE]", crlf=True))


def usage(heard: Heard) -> Usage:
    """Seconds of sound, or tokens of sound, prompt and text."""
    if heard.whisper:
        return {"type": "duration", "seconds": math.ceil(heard.duration)}
    sound, text, output = math.ceil(10 * heard.duration), count(heard.prompt), count(TEXT)
    return {
        "type": "tokens",
        "total_tokens": sound + text + output,
        "input_tokens": sound + text,
        "input_token_details": {"text_tokens": text, "audio_tokens": sound},
        "output_tokens": output,
    }


def _verbose(heard: Heard) -> dict[str, Any]:
    body: dict[str, Any] = {
        "task": heard.task,
        "language": "english",
        "duration": heard.duration,
        "text": TEXT,
    }
    if heard.words:
        body["words"] = _words(heard)
    if heard.segments:
        body["segments"] = [_segment(heard)]
    return body if heard.task == "translate" else {**body, "usage": usage(heard)}


def _words(heard: Heard) -> list[dict[str, Any]]:
    said = [word.strip(".,") for word in TEXT.split()]
    each = heard.duration / len(said)
    return [{"word": word, "start": at * each, "end": (at + 1) * each} for at, word in enumerate(said)]


def _segment(heard: Heard) -> dict[str, Any]:
    return {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": heard.duration,
        "text": f" {TEXT}",
        "tokens": [50364, *range(2425, 2425 + count(TEXT)), 50464],
        "temperature": heard.temperature,
        "avg_logprob": -0.25,
        "compression_ratio": 0.83,
        "no_speech_prob": 0.002,
    }


def _spoken_segment(heard: Heard) -> dict[str, Any]:
    return {
        "type": "transcript.text.segment",
        "text": f" {TEXT}",
        "speaker": "A",
        "start": 0.0,
        "end": heard.duration,
        "id": "seg_0",
    }


def _probs(heard: Heard, tokens: list[str]) -> dict[str, Any]:
    return {"logprobs": _logprobs(tokens)} if heard.logprobs else {}


def _logprobs(tokens: list[str]) -> list[dict[str, Any]]:
    return [
        {key: entry[key] for key in ("token", "logprob", "bytes")} for entry in logprobs.entries(tokens, 0)
    ]


def _srt(heard: Heard) -> str:
    return f"1\n{_clock(0, ',')} --> {_clock(heard.duration, ',')}\n{TEXT}\n\n\n"


def _vtt(heard: Heard) -> str:
    return f"WEBVTT\n\n{_clock(0, '.')} --> {_clock(heard.duration, '.')}\n{TEXT}\n\n"


def _clock(seconds: float, mark: str) -> str:
    whole, part = divmod(round(1000 * seconds), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{part:03}"
