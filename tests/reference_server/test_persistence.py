"""A server that is killed has lost nothing it acknowledged; another on the same file goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.reference_server.conftest import KEY
from tests.reference_server.test_batches import create, ended, line, outputs

ASK = {"model": "gpt-4o-mini", "input": "Reply with exactly: pong"}


@contextmanager
def served(db: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "slashv1", "serve", "--port", "0", "--db", str(db)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        headers = {"authorization": f"Bearer {KEY}"}
        transport = httpx.HTTPTransport(retries=5)  # the line is written before the socket is served
        with httpx.Client(base_url=url, headers=headers, timeout=60, transport=transport) as http:
            yield http, process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.slow
def test_a_killed_server_has_lost_nothing_and_its_batch_goes_on(tmp_path: Path) -> None:
    db = tmp_path / "db"
    with served(db) as (http, process):
        file = http.post("/files", data={"purpose": "evals"}, files={"file": ("f", b"\x00\xff")}).json()
        talk = http.post("/conversations", json={"metadata": {"a": "b"}}).json()
        answer = http.post("/responses", json={**ASK, "conversation": talk["id"]}).json()
        behind = http.post("/responses", json={**ASK, "background": True}).json()
        batch = create(http, [line(number) for number in range(16)])
        while http.get(f"/batches/{batch['id']}").json()["request_counts"]["completed"] < 2:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with served(db) as (http, _):
        assert http.get(f"/files/{file['id']}").json() == file
        assert http.get(f"/files/{file['id']}/content").content == b"\x00\xff"
        assert http.get(f"/conversations/{talk['id']}").json() == talk
        assert len(http.get(f"/conversations/{talk['id']}/items").json()["data"]) == 2
        assert http.get(f"/responses/{answer['id']}").json() == answer
        assert http.get(f"/responses/{behind['id']}").json()["id"] == behind["id"]
        body = ended(http, batch["id"])
        assert body["status"] == "completed"
        assert body["request_counts"] == {"total": 16, "completed": 16, "failed": 0}
        assert [one["custom_id"] for one in outputs(http, body["output_file_id"])] == [
            f"r{number}" for number in range(16)
        ]


def test_a_newer_database_ends_serve_with_one_line(tmp_path: Path) -> None:
    db = tmp_path / "db"
    connection = sqlite3.connect(db)
    connection.execute("PRAGMA user_version = 9999")
    connection.commit()
    connection.close()
    command = [sys.executable, "-m", "slashv1", "serve", "--port", "0", "--db", str(db)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "was written by a newer slashv1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
