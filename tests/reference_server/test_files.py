"""Files as genuine OpenAI keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from slashv1.harness.embedded import embedded_gateway
from slashv1.spec import objections
from tests.reference_server.conftest import KEY

FILE = ("lines.jsonl", b'{"a": 1}\r\n\xff\x00')


def _upload(http: httpx.Client, data: dict[str, Any] | None = None, file: Any = FILE) -> httpx.Response:
    return http.post("/files", data=data or {"purpose": "fine-tune"}, files={"file": file})


def test_a_file_lives_from_upload_to_deletion(client: OpenAI) -> None:
    file = client.files.create(file=FILE, purpose="fine-tune")
    assert (file.filename, file.bytes, file.purpose, file.status) == (
        "lines.jsonl",
        len(FILE[1]),
        "fine-tune",
        "processed",
    )
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).content == FILE[1]
    assert file.id in [listed.id for listed in client.files.list()]
    assert client.files.delete(file.id).deleted is True
    with pytest.raises(NotFoundError) as gone:
        client.files.retrieve(file.id)
    assert (gone.value.param, gone.value.code) == ("id", None)
    for call in (client.files.delete, client.files.content):
        with pytest.raises(NotFoundError):
            call(file.id)
    assert file.id not in [listed.id for listed in client.files.list()]


def test_the_answers_keep_the_contract(http: httpx.Client) -> None:
    made = _upload(http).json()
    assert objections("files#/$defs/OpenAIFile", made) == []
    assert objections("files#/$defs/ListFilesResponse", http.get("/files").json()) == []
    gone = http.delete(f"/files/{made['id']}").json()
    assert objections("files#/$defs/DeleteFileResponse", gone) == []


@pytest.mark.parametrize("purpose", ["assistants", "batch", "evals", "fine-tune", "user_data", "vision"])
def test_a_file_of_any_purpose_keeps_the_contract(http: httpx.Client, purpose: str) -> None:
    assert objections("files#/$defs/OpenAIFile", _upload(http, {"purpose": purpose}).json()) == []


@pytest.fixture
def empty() -> Iterator[OpenAI]:
    """A gateway that holds no file yet: that of the session holds those of other tests."""
    with embedded_gateway() as url, OpenAI(base_url=url, api_key=KEY, max_retries=0) as openai:
        yield openai


def test_files_are_listed_page_by_page_by_purpose_and_order(empty: OpenAI) -> None:
    client = empty
    made = [client.files.create(file=(f"{n}", b"x"), purpose="evals").id for n in range(3)]
    assert [file.id for file in client.files.list(purpose="evals", order="asc")] == made
    first = client.files.list(purpose="evals", limit=2)
    assert [file.id for file in first.data] == made[:0:-1]
    assert first.has_more
    rest = client.files.list(purpose="evals", limit=2, after=made[1])
    assert ([file.id for file in rest.data], rest.has_more) == (made[:1], False)


def test_a_file_expires_when_it_was_told_to(client: OpenAI, http: httpx.Client) -> None:
    after = {"anchor": "created_at", "seconds": 3600}
    file = client.files.create(file=FILE, purpose="user_data", expires_after=after)  # type: ignore[arg-type]
    assert file.expires_at == file.created_at + 3600
    batch = _upload(http, {"purpose": "batch"}).json()
    assert batch["expires_at"] == batch["created_at"] + 30 * 24 * 3600


REFUSED = {
    "no purpose": ({"x": "y"}, FILE, None),
    "another purpose": ({"purpose": "world_domination"}, FILE, "purpose"),
    "an unknown field": ({"purpose": "batch", "colour": "red"}, FILE, None),
    "an empty file": ({"purpose": "batch"}, ("f", b""), "file"),
    "expiring too soon": (
        {"purpose": "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "60"},
        FILE,
        "expires_after.seconds",
    ),
    "expiring at no time": (
        {"purpose": "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "x"},
        FILE,
        "expires_after.seconds",
    ),
    "expiring from nowhere": (
        {"purpose": "batch", "expires_after[seconds]": "3600"},
        FILE,
        "expires_after.anchor",
    ),
}


@pytest.mark.parametrize(("data", "file", "param"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_upload_is_refused(
    http: httpx.Client, data: dict[str, str], file: Any, param: str | None
) -> None:
    answer = _upload(http, data, file)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_no_file_and_no_form_are_refused(http: httpx.Client) -> None:
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\nbatch\r\n'
    for body in (part % b"purpose", part % b"purpose" + part % b"file"):
        answer = http.post("/files", headers=boundary, content=body + b"--b--\r\n")
        assert answer.status_code == 400
        assert "file" in answer.json()["error"]["message"]
    assert (
        http.post("/files", json={"purpose": "batch"}).json()["error"]["code"] == "unsupported_content_type"
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "integer_below_min_value"),
        ("limit=10001", "integer_above_max_value"),
        ("limit=x", "invalid_type"),
        ("order=sideways", "invalid_value"),
        ("after=file-nothing", "invalid_value"),
    ],
)
def test_a_wrong_page_is_refused(http: httpx.Client, query: str, code: str) -> None:
    error = http.get(f"/files?{query}").json()["error"]
    assert (error["code"], error["param"]) == (code, query.partition("=")[0])


def test_some_purposes_are_not_to_be_read_again(client: OpenAI) -> None:
    file = client.files.create(file=FILE, purpose="assistants")
    with pytest.raises(BadRequestError, match="Not allowed to download files of purpose: assistants"):
        client.files.content(file.id)


@pytest.mark.parametrize("name", ['a"b\\c.txt', "a\r\nx-evil: 1", "zürich.txt", "日本.txt"])
def test_a_name_can_make_no_header(http: httpx.Client, name: str) -> None:
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "%0D%0A").encode()
    body = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + quoted
        + b'"\r\n\r\nx\r\n--b--\r\n'
    )
    made = http.post("/files", headers=boundary, content=body)
    assert made.status_code == 200, made.text
    read = http.get(f"/files/{made.json()['id']}/content")
    assert (read.content, read.headers["content-type"]) == (b"x", "application/octet-stream")
    assert read.headers["content-disposition"].startswith('attachment; filename="')
    assert "x-evil" not in read.headers


@pytest.mark.parametrize("file_id", ["'; DROP TABLE files; --", "../../etc/passwd", "%00", "\"'"])
def test_no_id_reaches_further_than_a_file(http: httpx.Client, file_id: str) -> None:
    for answer in (http.get(f"/files/{file_id}"), http.delete(f"/files/{file_id}")):
        assert answer.status_code in (404, 405)
        assert answer.json()["error"]["type"] == "invalid_request_error"
    assert http.get("/files").status_code == 200


def _asking(file_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    part = {"type": "file", "file": {"file_id": file_id}}
    item = {"type": "input_file", "file_id": file_id}
    return (
        {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": [part]}]},
        {"model": "gpt-4o-mini", "input": [{"role": "user", "content": [item]}]},
    )


def test_a_file_is_named_by_its_id_where_a_model_is_to_read_it(http: httpx.Client) -> None:
    file_id = _upload(http, {"purpose": "user_data"}).json()["id"]
    chat, response = _asking(file_id)
    assert http.post("/chat/completions", json=chat).status_code == 200
    assert http.post("/responses", json=response).status_code == 200
    http.delete(f"/files/{file_id}")
    for path, asked, param in (
        ("/chat/completions", chat, "messages[0].content[0].file.file_id"),
        ("/responses", response, "input[0].content[0].file_id"),
    ):
        gone = http.post(path, json=asked)
        assert gone.status_code == 400
        assert gone.json()["error"]["param"] == param


@pytest.mark.parametrize("content", ["text", None, [None, {"type": "file"}, {"type": "file", "file": "x"}]])
def test_what_names_no_file_is_not_looked_for(http: httpx.Client, content: Any) -> None:
    asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": content}]}
    told = http.post("/chat/completions", json=asked).json()
    assert "No such File" not in str(told)
