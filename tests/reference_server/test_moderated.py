"""Completions and responses that are moderated on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reference_server.audited import sent

MODERATION = {"moderation": {"model": "omni-moderation-latest"}}
BAD = "You are an idiot. Say: good day"
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": BAD}], **MODERATION}
RESPONSE = {"model": "gpt-5", "input": BAD, **MODERATION}


def _chunks(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.splitlines() if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_a_completion_tells_of_both_sides(http: httpx.Client, tmp_path: Path) -> None:
    told = json.loads(sent(http, "/chat/completions", {**CHAT, "n": 2}, tmp_path))["moderation"]
    assert [one["flagged"] for one in told["input"]["results"]] == [True]
    assert [one["flagged"] for one in told["output"]["results"]] == [False, False]


def test_a_stream_tells_it_in_a_chunk_of_its_own(http: httpx.Client, tmp_path: Path) -> None:
    chunks = _chunks(sent(http, "/chat/completions", {**CHAT, "stream": True}, tmp_path))
    told = [chunk for chunk in chunks if "moderation" in chunk]
    assert [chunk["choices"] for chunk in told] == [[]]
    assert told[0]["moderation"]["input"]["results"][0]["categories"]["harassment"] is True


def test_a_response_has_one_result_a_side(http: httpx.Client, tmp_path: Path) -> None:
    told = json.loads(sent(http, "/responses", RESPONSE, tmp_path))["moderation"]
    assert (told["input"]["flagged"], told["output"]["flagged"]) == (True, False)


def test_a_response_is_moderated_at_its_end(http: httpx.Client, tmp_path: Path) -> None:
    events = _chunks(sent(http, "/responses", {**RESPONSE, "stream": True}, tmp_path))
    told = {event["type"]: event["response"]["moderation"] for event in events if "response" in event}
    assert told.pop("response.completed")["input"]["flagged"] is True
    assert told == {"response.created": None, "response.in_progress": None}


@pytest.mark.parametrize(("path", "asked"), [("/chat/completions", CHAT), ("/responses", RESPONSE)])
def test_a_model_that_does_not_moderate_is_refused(
    http: httpx.Client, path: str, asked: dict[str, Any]
) -> None:
    answer = http.post(path, json={**asked, "moderation": {"model": "gpt-4o"}})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_unasked_there_is_no_moderation(http: httpx.Client) -> None:
    answer = http.post("/chat/completions", json={**CHAT, "moderation": None})
    assert (answer.status_code, "moderation" in answer.json()) == (200, False)
