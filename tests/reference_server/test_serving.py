"""State, keys, logs, and the ways a server starts and stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import openai
import pytest
from openai import OpenAI

from slashv1.errors import UsageError
from slashv1.harness.embedded import embedded_gateway
from slashv1.reference_server import create_app


def client_of(url: str, key: str = "sk-x") -> OpenAI:
    return OpenAI(base_url=url, api_key=key, max_retries=0)


def test_stored_responses_survive_a_restart(tmp_path):
    file = str(tmp_path / "state.db")
    with embedded_gateway(db=file) as url, client_of(url) as client:
        kept = client.responses.create(model="gpt-4o", input="Hi")
        gone = client.responses.create(model="gpt-4o", input="Hi")
        client.responses.delete(gone.id)
    with embedded_gateway(db=file) as url, client_of(url) as client:
        assert client.responses.retrieve(kept.id) == kept
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(gone.id)


def test_only_the_named_keys_are_good():
    with embedded_gateway(api_keys=["house-key", "other-key"]) as url:
        for key in ("house-key", "other-key"):
            with client_of(url, key) as client:
                assert client.models.list().data
        with client_of(url, "sk-x") as client, pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_log_tells_requests_and_neither_keys_nor_bodies(tmp_path):
    seen: list[dict[str, object]] = []
    file = tmp_path / "log.jsonl"
    with (
        embedded_gateway(log=seen, request_log=str(file)) as url,
        client_of(url, "sk-secret") as client,
    ):
        client.responses.create(model="gpt-4o", input="my words")
    assert seen == [{"method": "POST", "path": "/v1/responses", "status": 200}]
    assert [json.loads(line) for line in file.read_text().splitlines()] == seen


def gateways() -> int:
    return sum(thread.name == "slashv1-gateway" for thread in threading.enumerate())


def test_gateway_stops_while_a_stream_is_open():
    before = gateways()
    with embedded_gateway() as url:
        body = {"model": "gpt-4o", "input": "Count from 1 to 5000", "stream": True}
        headers = {"authorization": "Bearer sk-x"}
        stream = httpx.stream("POST", f"{url}/responses", json=body, headers=headers)
        answer = stream.__enter__()
        assert answer.status_code == 200
    stream.__exit__(None, None, None)
    assert gateways() == before


def test_streams_side_by_side_do_not_mix(base_url):
    async def one(client: openai.AsyncOpenAI, number: int) -> str:
        text = f"Reply with exactly: caller {number}"
        stream = await client.responses.create(model="gpt-4o", input=text, stream=True)
        return "".join([e.delta async for e in stream if e.type == "response.output_text.delta"])

    async def many() -> list[str]:
        async with openai.AsyncOpenAI(base_url=base_url, api_key="sk-x", max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(40)))

    assert asyncio.run(many()) == [f"caller {number}" for number in range(40)]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"defect": "chat-id-mising"}, "did you mean 'chat-id-missing'"),
        ({"variant": "clrf"}, "did you mean 'crlf'"),
        ({"db": "/nowhere/state.db"}, "cannot use /nowhere/state.db as a database"),
        ({"request_log": "/nowhere/log"}, "cannot write the request log /nowhere/log"),
    ],
)
def test_wrong_option_is_one_line(options, line):
    with pytest.raises(UsageError, match=line) as caught:
        create_app(**options)
    assert "\n" not in str(caught.value)


def test_file_that_is_no_database_is_one_line(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to look at\n" * 50)
    with pytest.raises(UsageError, match=r"notes\.txt as a database: file is not a database"):
        create_app(db=str(file))


def run_serve(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "slashv1", "serve", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_serve_prints_its_url_answers_and_ends_with_an_interrupt():
    process = run_serve("--port", "0", "--defect", "chat-id-missing")
    assert process.stdout is not None
    url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
    headers = {"authorization": "Bearer sk-x"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    answer = httpx.post(f"{url}/chat/completions", json=body, headers=headers).json()
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert "id" not in answer
    assert (out, err) == ("", "")


def test_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        out, err = run_serve("--port", port).communicate(timeout=20)
    assert out == ""
    assert err == f"slashv1: port {port} of 127.0.0.1 is in use; name another with --port\n"


@pytest.mark.parametrize("arguments", [("--db", "/nowhere/x.db"), ("--profile", "opnai"), ("--defect", "x")])
def test_wrong_serve_option_ends_with_two(arguments):
    process = run_serve("--port", "0", *arguments)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("slashv1: ")
    assert err.count("\n") == 1
