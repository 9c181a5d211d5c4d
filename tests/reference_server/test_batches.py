"""Batches: validated line by line, run through the gateway itself, cancelled and expired."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import BadRequestError, ConflictError, NotFoundError, OpenAI

from slashv1.harness.embedded import embedded_gateway
from slashv1.spec import objections
from tests.reference_server.conftest import KEY

MODEL = "gpt-4o-mini"
CHAT = "/v1/chat/completions"
BATCH = "batches#/$defs/Batch"


def line(number: int, **changed: Any) -> dict[str, Any]:
    body = {"model": MODEL, "messages": [{"role": "user", "content": f"Reply with exactly: pong{number}"}]}
    return {"custom_id": f"r{number}", "method": "POST", "url": CHAT, "body": body, **changed}


def upload(http: httpx.Client, lines: list[Any]) -> str:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    made = http.post("/files", data={"purpose": "batch"}, files={"file": ("in.jsonl", text or "\n")})
    return str(made.json()["id"])


def create(http: httpx.Client, lines: list[Any], **more: Any) -> dict[str, Any]:
    asked = {"input_file_id": upload(http, lines), "endpoint": CHAT, "completion_window": "24h", **more}
    made = http.post("/batches", json=asked)
    assert made.status_code == 200, made.text
    body: dict[str, Any] = made.json()
    assert objections(BATCH, body) == []
    assert body["status"] == "validating"
    return body


def ended(http: httpx.Client, batch_id: str) -> dict[str, Any]:
    """The batch once it has ended; a minute is far more than it ever needs."""
    for _ in range(600):
        body: dict[str, Any] = http.get(f"/batches/{batch_id}").json()
        assert objections(BATCH, body) == []
        if body["status"] in ("completed", "failed", "expired", "cancelled"):
            return body
        time.sleep(0.1)
    raise AssertionError(f"{batch_id} does not end: {body['status']}")


def outputs(http: httpx.Client, file_id: str | None) -> list[dict[str, Any]]:
    assert file_id is not None
    text = http.get(f"/files/{file_id}/content").text
    return [json.loads(one) for one in text.splitlines()]


def test_lines_are_run_and_their_answers_kept(http: httpx.Client) -> None:
    made = create(http, [line(1), line(2)], metadata={"a": "b"})
    body = ended(http, made["id"])
    assert body["status"] == "completed"
    assert body["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert (body["error_file_id"], body["metadata"]) == (None, {"a": "b"})
    stamps = [body[f"{name}_at"] for name in ("created", "in_progress", "finalizing", "completed")]
    assert stamps == sorted(stamps)
    said = outputs(http, body["output_file_id"])
    assert [one["custom_id"] for one in said] == ["r1", "r2"]
    texts = [one["response"]["body"]["choices"][0]["message"]["content"] for one in said]
    assert texts == ["pong1", "pong2"]
    file = http.get(f"/files/{body['output_file_id']}").json()
    assert (file["purpose"], file["filename"]) == ("batch_output", f"{made['id']}_output.jsonl")
    assert body["usage"]["total_tokens"] == sum(
        one["response"]["body"]["usage"]["total_tokens"] for one in said
    )


def test_a_line_that_is_refused_goes_to_the_error_file(http: httpx.Client) -> None:
    empty = line(2, body={"model": MODEL, "messages": []})
    streamed = line(3, body={**line(3)["body"], "stream": True})
    body = ended(http, create(http, [line(1), empty, streamed])["id"])
    assert body["request_counts"] == {"total": 3, "completed": 1, "failed": 2}
    failed = outputs(http, body["error_file_id"])
    assert [(one["custom_id"], one["response"]["status_code"]) for one in failed] == [
        ("r2", 400),
        ("r3", 400),
    ]
    assert [one["response"]["body"]["error"]["param"] for one in failed] == ["messages", "stream"]
    assert [one["custom_id"] for one in outputs(http, body["output_file_id"])] == ["r1"]


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/v1/responses", {"model": MODEL, "input": "hello"}),
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "hello"}),
    ],
)
def test_other_endpoints_are_run_too(http: httpx.Client, endpoint: str, body: dict[str, Any]) -> None:
    given = line(1, url=endpoint, body=body)
    done = ended(http, create(http, [given], endpoint=endpoint)["id"])
    assert done["request_counts"] == {"total": 1, "completed": 1, "failed": 0}


FAULTS = {
    "nothing": ([], "empty_file", None, None),
    "no JSON": ([line(1), "{"], "invalid_json_line", 2, None),
    "no object": (["[]"], "invalid_json_line", 1, None),
    "no custom_id": ([{**line(1), "custom_id": 7}], "invalid_type", 1, "custom_id"),
    "twice": ([line(1), line(1)], "duplicate_custom_id", 2, "custom_id"),
    "another endpoint": ([line(1, url="/v1/embeddings")], "invalid_url", 1, "url"),
    "another method": ([line(1, method="GET")], "invalid_method", 1, "method"),
    "no model": ([line(1, body={})], "missing_required_parameter", 1, "body.model"),
    "no such model": ([line(1, body={"model": "no"})], "model_not_found", 1, "body.model"),
    "two models": ([line(1), line(2, body={"model": "gpt-4o"})], "mismatched_model", 2, "body.model"),
    "no body": ([{k: v for k, v in line(1).items() if k != "body"}], "missing_required_parameter", 1, "body"),
}


@pytest.mark.parametrize(("lines", "code", "number", "param"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_fails_the_batch(
    http: httpx.Client, lines: list[Any], code: str, number: int | None, param: str | None
) -> None:
    body = ended(http, create(http, lines)["id"])
    assert (body["status"], body["output_file_id"], body["error_file_id"]) == ("failed", None, None)
    assert body["failed_at"] >= body["created_at"]
    (error,) = body["errors"]["data"]
    assert (error["code"], error["line"], error["param"]) == (code, number, param)


def test_a_batch_is_cancelled_with_what_it_has(http: httpx.Client, client: OpenAI) -> None:
    made = create(http, [line(number) for number in range(100)])
    cancelled = client.batches.cancel(made["id"])
    assert cancelled.status == "cancelling"
    assert cancelled.cancelling_at is not None
    body = ended(http, made["id"])
    assert body["status"] == "cancelled"
    assert body["request_counts"]["completed"] < 100
    with pytest.raises(ConflictError, match="Cannot cancel a batch with status 'cancelled'"):
        client.batches.cancel(made["id"])


def test_batches_are_listed_newest_first(http: httpx.Client, client: OpenAI) -> None:
    made = [create(http, [line(1)])["id"] for _ in range(3)]
    listed = client.batches.list(limit=2)
    assert [batch.id for batch in listed.data] == made[:0:-1]
    assert listed.has_more
    assert client.batches.list(after=made[1], limit=1).data[0].id == made[0]
    assert http.get("/batches?limit=101").json()["error"]["code"] == "integer_above_max_value"


def test_mistakes_are_refused(client: OpenAI, http: httpx.Client) -> None:
    for call in (client.batches.retrieve, client.batches.cancel):
        with pytest.raises(NotFoundError):
            call("batch_none")
    usual = {"input_file_id": "file-none", "endpoint": CHAT, "completion_window": "24h"}
    for changed, param in (
        ({}, "input_file_id"),
        ({"endpoint": "/v1/x"}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
    ):
        answer = http.post("/batches", json={**usual, **changed})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    file = client.files.create(file=("f", b"{}"), purpose="evals")
    with pytest.raises(BadRequestError, match="purpose"):
        client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database with a batch under way whose window has passed."""
    path = tmp_path / "db"
    with embedded_gateway(db=str(path)) as url, _client(url) as http:
        create(http, [line(number) for number in range(30)])
    connection = sqlite3.connect(path)
    ((text,),) = connection.execute("SELECT body FROM batches").fetchall()
    connection.execute("UPDATE batches SET body = ?", (json.dumps({**json.loads(text), "expires_at": 1}),))
    connection.commit()
    connection.close()
    return path


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"authorization": f"Bearer {KEY}"}, timeout=60)


def test_a_batch_expires_with_what_it_has(old: Path) -> None:
    with embedded_gateway(db=str(old)) as url, _client(url) as http:
        (batch,) = http.get("/batches").json()["data"]
        body = ended(http, batch["id"])
        assert body["status"] == "expired"
        counts = body["request_counts"]
        late = [one for one in outputs(http, body["error_file_id"]) if one["error"]]
        assert counts["completed"] + len(late) == counts["total"] == 30
        assert {one["error"]["code"] for one in late} == {"batch_expired"}
