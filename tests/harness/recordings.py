"""The same exchange in every format that is read, to write files of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slashv1.harness.recorded import Broken, Recorded
from slashv1.harness.recorded_files import read_recordings

ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Is it?"}]}
BODY: dict[str, Any] = {
    "id": "chatcmpl-" + "a" * 29,
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Grüße.", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    "service_tier": "default",
    "system_fingerprint": None,
}
HEADERS = {
    "content-type": "application/json",
    "date": "Sun, 15 Jun 2025 15:06:40 GMT",
    "x-request-id": "req_" + "0" * 32,
    "openai-version": "2020-10-01",
    "openai-processing-ms": "200",
    "openai-organization": "acme",
}
URL = "https://api.openai.com/v1/chat/completions"


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def har_entry(body: Any = BODY, *, url: str = URL, **content: Any) -> dict[str, Any]:
    """An entry of a HAR; `content` replaces keys of the answer's content."""
    text = text_of(body)
    return {
        "startedDateTime": "2025-06-15T15:06:40.000Z",
        "time": 200,
        "request": {
            "method": "POST",
            "url": url,
            "headers": [
                {"name": ":authority", "value": "x"},
                {"name": "content-type", "value": "application/json"},
            ],
            "postData": {"mimeType": "application/json", "text": text_of(ASKED)},
            "bodySize": 80,
        },
        "response": {
            "status": 200,
            "headers": [{"name": name, "value": value} for name, value in HEADERS.items()],
            "content": {"mimeType": "application/json", "size": len(text), "text": text, **content},
        },
    }


def har(*entries: Any) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": list(entries)}}


def interaction(
    body: Any = None, *, url: str = URL, headers: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """An interaction as vcrpy writes it; `body` replaces the whole body of the answer."""
    return {
        "request": {
            "body": text_of(ASKED),
            "headers": {"content-type": ["application/json"]},
            "method": "POST",
            "uri": url,
        },
        "response": {
            "body": {"string": text_of(BODY)} if body is None else body,
            "headers": headers or {name: [value] for name, value in HEADERS.items()},
            "status": {"code": 200, "message": "OK"},
        },
        **more,
    }


def read(path: Path, format_name: str | None = None) -> tuple[list[Recorded], list[Broken]]:
    """What could be read of a file, and what could not."""
    found = list(read_recordings(path, format_name))
    good = [one for one in found if isinstance(one, Recorded)]
    return good, [one for one in found if isinstance(one, Broken)]
