"""The gateway held against genuine requests: the same status, and for refusals the same code and param."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slashv1.reference_server.gateway import Gateway
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Call

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SLASHV1_EVIDENCE", ROOT.parent / "shared" / "evidence"))
FILE = FOLDER / "openai.jsonl.gz"
PATHS = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/moderations",
    "/v1/responses",
)
FLOORS = {
    ("/v1/chat/completions", True): 0.99,
    ("/v1/chat/completions", False): 0.98,
    ("/v1/embeddings", True): 0.99,
    ("/v1/embeddings", False): 0.99,
    ("/v1/responses", True): 0.98,
    ("/v1/completions", True): 0.98,
    ("/v1/completions", False): 1.0,
    ("/v1/moderations", True): 1.0,
    ("/v1/images/generations", True): 1.0,
    ("/v1/images/generations", False): 0.8,
}
"""By path and whether it was granted: the share of answers that must be equal."""

pytestmark = [
    pytest.mark.evidence,
    pytest.mark.skipif(not FILE.exists(), reason=f"no evidence at {FILE}; set SLASHV1_EVIDENCE"),
]


def genuine() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            exchange = json.loads(line)
            request, response = exchange["request"], exchange["response"]
            known = request["method"] == "POST" and request["path"] in PATHS and "json" in request
            if known and response["status"] != 401 and "request_truncated" not in exchange:
                yield request, response


def verdict(status: int, body: Any) -> tuple[Any, ...]:
    if status < 400:
        return (status,)
    error = body["error"]
    return (status, error["type"], error["code"], error["param"])


async def compare() -> tuple[Counter[Any], Counter[Any]]:
    gateway, seen, equal = Gateway(Store()), Counter(), Counter()
    for request, response in genuine():
        headers = {"authorization": "Bearer sk-x"}
        body = json.dumps(request["json"]).encode()
        answer = await gateway.answer(Call("POST", request["path"], {}, headers, body))
        key = (request["path"], response["status"] < 400)
        seen[key] += 1
        wanted = verdict(response["status"], response.get("json"))
        equal[key] += verdict(answer.status, answer.body) == wanted
    return seen, equal


def test_genuine_requests_are_answered_as_genuine():
    seen, equal = asyncio.run(compare())
    shares = {key: equal[key] / seen[key] for key in FLOORS}
    assert all(shares[key] >= floor for key, floor in FLOORS.items()), shares
