"""Many streams at the same time: each has its own text, and none breaks."""

from __future__ import annotations

import asyncio
import json

import httpx

from tests.reference_server.conftest import KEY

STREAMS = 200


async def _said(http: httpx.AsyncClient, number: int) -> str:
    asked = {
        "model": "gpt-4o-mini",
        "stream": True,
        "messages": [{"role": "user", "content": f"Reply with exactly: stream {number} of many"}],
    }
    text = ""
    async with http.stream("POST", "/chat/completions", json=asked) as answer:
        assert answer.status_code == 200
        lines = [data async for data in answer.aiter_lines() if data.startswith("data: ")]
    assert lines.pop() == "data: [DONE]"
    for data in lines:
        text += json.loads(data.removeprefix("data: "))["choices"][0]["delta"].get("content") or ""
    return text


async def _all(url: str) -> list[str]:
    limits = httpx.Limits(max_connections=STREAMS)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=120) as http:
        return await asyncio.gather(*(_said(http, number) for number in range(STREAMS)))


def test_two_hundred_streams_at_the_same_time_keep_apart(base_url: str) -> None:
    assert asyncio.run(_all(base_url)) == [f"stream {number} of many" for number in range(STREAMS)]
