"""Chat answers that are spoken."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from slashv1.reference_server.media import kind
from tests.reference_server.audited import sent

ASKED = {
    "model": "gpt-4o-mini-audio-preview",
    "modalities": ["text", "audio"],
    "audio": {"voice": "alloy", "format": "wav"},
    "messages": [{"role": "user", "content": "Say: ping pong"}],
}
SPOKEN_FORMATS = {"wav": "wav", "mp3": "mp3", "flac": "flac", "opus": "ogg", "aac": None, "pcm16": None}
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(("form", "known"), SPOKEN_FORMATS.items())
def test_a_spoken_answer_has_sound_and_transcript(
    http: httpx.Client, tmp_path: Path, form: str, known: str | None
) -> None:
    asked = {**ASKED, "audio": {"voice": "alloy", "format": form}}
    body = json.loads(sent(http, "/chat/completions", asked, tmp_path))
    message = body["choices"][0]["message"]
    assert message["content"] is None
    assert message["audio"]["transcript"] == "ping pong"
    assert message["audio"]["expires_at"] == pytest.approx(body["created"] + 3600, abs=5)
    assert kind(base64.b64decode(message["audio"]["data"])) == known


def test_what_sound_costs_is_told_apart(http: httpx.Client, tmp_path: Path) -> None:
    usage = json.loads(sent(http, "/chat/completions", ASKED, tmp_path))["usage"]
    said, read = usage["completion_tokens_details"], usage["prompt_tokens_details"]
    assert said["audio_tokens"] > 0
    assert said["audio_tokens"] + said["text_tokens"] == usage["completion_tokens"]
    assert (read["audio_tokens"], read["text_tokens"]) == (0, usage["prompt_tokens"])


def test_a_sound_part_is_not_billed_as_its_letters(http: httpx.Client, tmp_path: Path) -> None:
    part = {"type": "input_audio", "input_audio": {"data": "A" * 4000, "format": "wav"}}
    asked = {"model": "gpt-4o-audio-preview", "messages": [{"role": "user", "content": [part]}]}
    body = json.loads(sent(http, "/chat/completions", asked, tmp_path))
    assert body["usage"]["prompt_tokens"] < 20
    assert body["usage"]["prompt_tokens_details"]["audio_tokens"] > 0
    assert "audio" not in body["choices"][0]["message"]


def test_a_spoken_stream_adds_up(http: httpx.Client, tmp_path: Path) -> None:
    options: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
    asked = {**ASKED, **options, "audio": {"voice": "alloy", "format": "pcm16"}}
    lines = sent(http, "/chat/completions", asked, tmp_path).split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    sounds = [c["delta"]["audio"] for chunk in chunks for c in chunk["choices"] if "audio" in c["delta"]]
    assert "".join(sound.get("transcript", "") for sound in sounds) == "ping pong"
    assert len({sound["id"] for sound in sounds if "id" in sound}) == 1
    whole = "".join(sound.get("data", "") for sound in sounds)
    assert set(base64.b64decode(whole)) == {0}
    assert "expires_at" in sounds[-1]


def test_a_call_is_not_spoken(http: httpx.Client, tmp_path: Path) -> None:
    asked = {**ASKED, "tools": [WEATHER], "tool_choice": "required"}
    message = json.loads(sent(http, "/chat/completions", asked, tmp_path))["choices"][0]["message"]
    assert "audio" not in message
    assert message["tool_calls"]
