"""What is charged beside the requests themselves: responses in the background, and the lines of a batch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from slashv1.harness.embedded import embedded_gateway
from slashv1.reference_server import background
from tests.reference_server.test_batches import create, ended, line, outputs

STATE = """
keys: {zk_live_house: {budget: 0.000001}, zk_live_open: {rate: {requests: 100}}}
aliases: {fast: {release: gpt-4o-mini-2024-07-18}}
"""
"""The budget is used up by whatever is charged first."""
SLOW = {"model": "fast", "input": "Reply with exactly: pong", "background": True}


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def http(tmp_path: Path, db: Path) -> Iterator[httpx.Client]:
    state = tmp_path / "state.yaml"
    state.write_text(STATE)
    with (
        embedded_gateway(profile="zumik", state=str(state), db=str(db)) as url,
        httpx.Client(base_url=url, headers={"authorization": "Bearer zk_live_house"}) as client,
    ):
        yield client


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Responses in the background run for an hour."""
    monkeypatch.setattr(background, "RUNNING_SECONDS", 3600.0)


def an_hour_later(db: Path) -> None:
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("UPDATE zumik_later SET due = due - 3601")
    connection.close()


def record(http: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    url = str(http.base_url).replace("/v1/", "/v2/usage/")
    found: dict[str, Any] = http.get(url + answer.headers["agent-trace-id"]).json()
    return found


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("stream", [False, True])
def test_a_response_in_the_background_is_charged_once_it_has_ended(
    http: httpx.Client, db: Path, stream: bool
) -> None:
    for _ in range(2):  # the second: while the first runs, nothing is spent
        with http.stream("POST", "/responses", json={**SLOW, "stream": stream}) as made:
            assert made.status_code == 200
    running = record(http, made)
    assert (running["charged_usd"], running["input_tokens"], running["output_tokens"]) == (0, 0, 0)
    an_hour_later(db)
    over = record(http, made)
    assert over["charged_usd"] > 0
    assert over["input_tokens"] > 0 < over["output_tokens"]
    assert http.post("/responses", json=SLOW).json()["error"]["code"] == "quota_exceeded"


@pytest.mark.usefixtures("slow")
def test_a_response_that_is_cancelled_costs_nothing(http: httpx.Client, db: Path) -> None:
    made = http.post("/responses", json=SLOW)
    assert http.post(f"/responses/{made.json()['id']}/cancel").json()["status"] == "cancelled"
    an_hour_later(db)
    assert record(http, made)["charged_usd"] == 0
    assert http.post("/responses", json=SLOW).status_code == 200


@pytest.mark.usefixtures("slow")
def test_a_stream_that_is_cancelled_ends_with_the_model_asked_for(http: httpx.Client) -> None:
    with http.stream("POST", "/responses", json={**SLOW, "stream": True}) as made:
        lines = made.iter_lines()
        first = json.loads(next(one for one in lines if one.startswith("data: "))[6:])
        http.post(f"/responses/{first['response']['id']}/cancel")
        last = json.loads([one for one in lines if one.startswith("data: ")][-1][6:])
    assert (last["type"], last["response"]["status"]) == ("response.failed", "cancelled")
    assert last["response"]["model"] == "fast"


def test_lines_of_a_batch_are_charged_to_the_key_that_made_it(http: httpx.Client) -> None:
    lines = [line(number) for number in (1, 2)]
    body = ended(http, create(http, lines)["id"])
    assert body["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    (done,), (refused,) = (outputs(http, body[f"{kind}_file_id"]) for kind in ("output", "error"))
    assert (done["custom_id"], refused["response"]["status_code"]) == ("r1", 429)
    assert refused["response"]["body"]["error"]["code"] == "quota_exceeded"
    listed = http.get(str(http.base_url).replace("/v1/", "/v2/usage")).json()["data"]
    charged = [one["output_tokens"] for one in listed if one["charged_usd"]]
    assert charged == [done["response"]["body"]["usage"]["completion_tokens"]]


def test_lines_know_aliases_and_tell_what_answers_tell(http: httpx.Client) -> None:
    lines = [line(number, body={**line(number)["body"], "model": "fast"}) for number in (1, 2)]
    http.headers["authorization"] = "Bearer zk_live_open"
    body = ended(http, create(http, lines)["id"])
    assert (body["status"], body["model"]) == ("completed", "gpt-4o-mini-2024-07-18")
    said = [one["response"]["body"] for one in outputs(http, body["output_file_id"])]
    assert {one["model"] for one in said} == {"fast"}
    assert all(one["id"].startswith("chatcmpl-rsp_") for one in said)
    assert "agent-" not in json.dumps(said).lower()


def test_the_account_of_a_batch_shows_in_no_body(http: httpx.Client) -> None:
    made = create(http, [line(1)])
    assert "account" not in made
    assert "account" not in ended(http, made["id"])
