"""Uploads that are too long to be held: spooled, kept and read piece by piece."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import uploads
from slashv1.harness.embedded import embedded_gateway
from slashv1.reference_server.file_store import FileStore
from slashv1.reference_server.migrations import STEPS, migrate
from slashv1.reference_server.store import Store
from tests.reference_server.conftest import KEY
from tests.reference_server.test_bad_input import envelope, raw, request
from tests.reference_server.test_batches import create, ended, line

MIB = 1024 * 1024
BLOCK = secrets.token_bytes(MIB)
LARGE = BLOCK * 3 + b"the end"
HEADERS = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def http(db: Path) -> Iterator[httpx.Client]:
    with embedded_gateway(db=str(db)) as url, httpx.Client(base_url=url, headers=HEADERS) as client:
        yield client


def upload(http: httpx.Client, data: bytes = LARGE, **headers: str) -> httpx.Response:
    form: dict[str, Any] = {"data": {"purpose": "fine-tune"}, "files": {"file": ("large.bin", data)}}
    return http.post("/files", headers=headers, **form)


def pieces(db: Path) -> int:
    connection = sqlite3.connect(db)
    count: int = connection.execute("SELECT count(*) FROM file_pieces").fetchone()[0]
    connection.close()
    return count


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 2 * MIB, len(LARGE)])
def test_a_file_comes_back_to_the_byte(http: httpx.Client, size: int) -> None:
    made = upload(http, LARGE[:size]).json()
    assert made["bytes"] == size
    content = http.get(f"/files/{made['id']}/content")
    assert content.content == LARGE[:size]
    assert content.headers["content-length"] == str(size)
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"] == 'attachment; filename="large.bin"'


def test_a_connection_goes_on_after_a_large_file(http: httpx.Client) -> None:
    made = upload(http).json()
    connection = HTTPConnection(http.base_url.host, http.base_url.port)
    for path in (f"/v1/files/{made['id']}/content", "/v1/models"):
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:1]) == (200, LARGE[:1] if "content" in path else b"{")
        connection.auto_open = 0
    connection.close()


def test_a_deleted_file_leaves_nothing_behind(http: httpx.Client, db: Path) -> None:
    made = upload(http).json()
    assert pieces(db) == 4
    assert http.delete(f"/files/{made['id']}").json()["deleted"] is True
    assert pieces(db) == 0


def test_a_file_that_is_deleted_while_it_is_sent_is_cut_off(http: httpx.Client, db: Path) -> None:
    made = upload(http).json()
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("DELETE FROM file_pieces WHERE number = 2")
    connection.close()
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"/files/{made['id']}/content")
    assert http.get(f"/files/{made['id']}").status_code == 200


def test_a_file_above_the_limit_is_refused(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slashv1.reference_server.families.files.MAX_FILE", 2 * MIB)
    said = upload(http)
    assert (said.status_code, list(said.json()["error"])) == (413, ["message", "type", "param", "code"])
    monkeypatch.setattr("slashv1.reference_server.intake.MAX_UPLOAD", MIB)
    assert upload(http).status_code == 413
    assert http.get("/files").json()["data"] == []


FORM = "content-type: multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("path", "media", "length"),
    [
        ("/v1/files", FORM, 513 * MIB + 1),
        ("/v1/images/edits", FORM, 51 * MIB),
        ("/v1/files", "content-type: application/json", 51 * MIB),
    ],
)
def test_half_a_gigabyte_is_for_files_alone(http: httpx.Client, path: str, media: str, length: int) -> None:
    assert raw(str(http.base_url), request(f"POST {path}", media, length=length))[0] == 413


def test_a_stated_gigabyte_is_refused_for_files_too(http: httpx.Client) -> None:
    status, headers, body = raw(str(http.base_url), request("POST /v1/files", FORM, length=1_000_000_000))
    assert "537919488" in str(envelope(status, headers, body)["message"])


def test_a_form_that_is_cut_off_is_refused_however_long(http: httpx.Client, db: Path) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={uploads.BOUNDARY}"}
    said = http.post("/files", content=uploads.HEAD + LARGE, headers=headers)
    assert said.status_code == 400
    assert "multipart" in said.json()["error"]["message"]
    assert pieces(db) == 0


def test_a_disk_that_is_full_is_a_fault_of_the_gateway(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("slashv1.reference_server.intake.TemporaryFile", full)
    said = upload(http)
    assert (said.status_code, said.json()["error"]["type"]) == (500, "server_error")
    monkeypatch.undo()
    assert upload(http).status_code == 200


def test_what_was_not_kept_whole_is_let_go_when_the_gateway_starts(http: httpx.Client, db: Path) -> None:
    whole = upload(http).json()["id"]
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("INSERT INTO file_pieces VALUES ('file-half', 0, x'00')")
    connection.close()
    with embedded_gateway(db=str(db)) as url:
        assert pieces(db) == 4
        assert httpx.get(f"{url}/files/{whole}/content", headers=HEADERS).content == LARGE


def test_a_database_that_held_files_whole_keeps_them(db: Path) -> None:
    connection = sqlite3.connect(db, isolation_level=None)
    migrate(connection, str(db), STEPS[:-1])
    connection.execute(
        "INSERT INTO files (id, created_at, purpose, filename, size, content) "
        "VALUES ('file-1', 1, 'vision', 'a.png', 3, x'010203')"
    )
    connection.close()
    store = Store(str(db))
    kept = FileStore(store)
    file, content = asyncio.run(kept.load("file-1")), asyncio.run(kept.read("file-1"))
    store.close()
    assert (file and file.filename, content) == ("a.png", b"\x01\x02\x03")


def test_an_input_file_that_is_too_long_for_a_batch_is_not_read(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slashv1.reference_server.batch_run.MOST_BYTES", 10)
    body = ended(http, create(http, [line(1)])["id"])
    assert body["status"] == "failed"
    assert [error["code"] for error in body["errors"]["data"]] == ["file_too_large"]


def test_an_idempotency_key_tells_one_large_upload_from_another() -> None:
    sent = {"content-type": f"multipart/form-data; boundary={uploads.BOUNDARY}", **HEADERS}
    sent["Agent-Idempotency-Key"] = "once"
    with embedded_gateway(profile="zumik") as url:
        first, again, other = (
            httpx.post(f"{url}/files", headers=sent, content=uploads.HEAD + data + uploads.TAIL)
            for data in (LARGE, LARGE, LARGE[:-1])
        )
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["agent-idempotent-replay"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("options", [(), ("--db", "kept.db")], ids=["own", "file"])
def test_memory_is_flat_in_the_length_of_a_file(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = uploads.served(100, *options)
    assert told["same"] is True
    grown = max(told["peak_mib"].values()) - told["peak_mib"]["before"]
    assert grown < 50, json.dumps(told)
