"""Whatever a client sends over a real socket, it gets the envelope, and the gateway goes on."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from slashv1.harness.embedded import embedded_gateway
from slashv1.reference_server.auth import check_key
from slashv1.reference_server.problems import ApiError

CHAT = "/chat/completions"
GOOD = b'{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}'
JSON = "content-type: application/json"
HOSTILE_IDS = [
    "../models",
    "..%2f..%2fetc%2fpasswd",
    "x' OR '1'='1",
    "'; DROP TABLE responses; --",
    '"quoted"',
    "a\x00b",
    "a\r\nset-cookie: b=c",
    "%",
    "ü👋🏽",
    "a" * 20_000,
    "${jndi:ldap://x}",
    "<script>alert(1)</script>",
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with embedded_gateway() as own:
        yield own


def raw(url: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what a socket gets for these bytes."""
    place = urlsplit(url)
    got = b""
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(sent)
        while not _whole(got):
            data = connection.recv(65536)
            if not data:
                break
            got += data
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def _whole(got: bytes) -> bool:
    head, end, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(end and length and len(body) >= int(length[1]))


def request(line: str, *headers: str, body: bytes = b"", length: int | None = None) -> bytes:
    stated = len(body) if length is None else length
    lines = [
        f"{line} HTTP/1.1",
        "host: x",
        "authorization: Bearer sk-x",
        *headers,
        f"content-length: {stated}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def envelope(status: int, headers: dict[str, str], body: bytes) -> dict[str, object]:
    """The error, after a look at everything around it."""
    assert headers["content-type"].startswith("application/json"), (status, body)
    said: dict[str, object] = json.loads(body)["error"]
    assert list(said) == ["message", "type", "param", "code"]
    assert "Traceback" not in str(said)
    assert 400 <= status < 500
    assert headers["x-request-id"]
    return said


def post(url: str, body: bytes, *headers: str, path: str = CHAT) -> tuple[int, dict[str, str], bytes]:
    return raw(url, request(f"POST /v1{path}", *(headers or (JSON,)), body=body))


BODIES = {
    "duplicate keys": b'{"model":"gpt-4o","model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}',
    "duplicate keys inside": b'{"model":"gpt-4o","messages":[{"role":"user","role":"user","content":"Hi"}]}',
    "NaN": GOOD[:-1] + b',"temperature":NaN}',
    "Infinity": GOOD[:-1] + b',"temperature":-Infinity}',
    "a number above every double": GOOD[:-1] + b',"metadata":{"a":1e999}}',
    "5,000 digits": GOOD[:-1] + b',"n":' + b"9" * 5000 + b"}",
    "10,000 arrays deep": b'{"model":"gpt-4o","messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 objects deep": GOOD[:-1] + b',"metadata":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "900 deep where anything may stand": GOOD[:-1]
    + b',"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":'
    + b'{"items":' * 900
    + b"{}"
    + b"}" * 900
    + b"}}}",
    "not UTF-8": b'{"model":"\xff\xfe"}',
    "UTF-16": '{"model":"gpt-4o"}'.encode("utf-16"),
    "a lone surrogate": b'{"model":"\\ud800"}',
    "a NUL": b'{"model":"gpt-4o\x00"}',
    "two documents": GOOD + GOOD,
    "half a document": GOOD[:-10],
    "an array": b"[]",
    "millions of arrays": b'{"model":"gpt-4o","messages":[' + b"[]," * 3_000_000 + b"[]]}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", [CHAT, "/responses"])
def test_a_body_that_is_not_json_as_it_should_be(url, path, body):
    assert envelope(*post(url, body, path=path))["type"] == "invalid_request_error"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "x-own", "gzip, identity"])
def test_a_coded_body_is_refused_by_its_coding(url, coding):
    status, headers, body = post(url, gzip.compress(GOOD, mtime=0), JSON, f"content-encoding: {coding}")
    assert status == 415
    assert coding in str(envelope(status, headers, body)["message"])


def test_a_body_that_says_it_is_not_coded_is_taken(url):
    assert post(url, GOOD, JSON, "content-encoding: identity")[0] == 200


@pytest.mark.parametrize("media", ["text/plain", "multipart/form-data", "\xff\xfe", "application/json2", ","])
def test_another_media_type_is_refused(url, media):
    envelope(*post(url, GOOD, f"content-type: {media}"))


def test_a_gigabyte_is_refused_before_it_is_read(url):
    status, headers, body = raw(url, request(f"POST /v1{CHAT}", JSON, length=1_000_000_000))
    assert status == 413
    envelope(status, headers, body)


def test_a_gigabyte_is_refused_before_a_client_that_asks_sends_it(url):
    """With `expect: 100-continue` the answer comes in place of the leave to go on."""
    sent = request(f"POST /v1{CHAT}", JSON, "expect: 100-continue", length=1_000_000_000)
    assert raw(url, sent)[0] == 413


def test_an_endless_body_is_refused_when_it_is_too_large(url, monkeypatch):
    monkeypatch.setattr("slashv1.reference_server.intake.MAX_BODY", 1024 * 1024)
    place = urlsplit(url)
    head = f"POST /v1{CHAT} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(head + chunk * 32)  # 2 MiB of a body that has no end
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert httpx.get(f"{url}/models", headers={"authorization": "Bearer sk-x"}).status_code == 200


def test_a_body_that_stops_coming_is_refused(monkeypatch):
    monkeypatch.setattr("slashv1.reference_server.intake.BODY_SECONDS", 0.2)
    with embedded_gateway() as own:
        status, headers, body = raw(own, request(f"POST /v1{CHAT}", JSON, body=GOOD[:20], length=500))
    assert status == 408
    envelope(status, headers, body)


def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_nothing_behind(url):
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(request("POST /v1/responses", JSON, body=GOOD[:20], length=500))
    assert post(url, GOOD)[0] == 200


@pytest.mark.parametrize("path", ["/responses/{}", "/responses/{}/input_items", "/models/{}"])
@pytest.mark.parametrize("identifier", HOSTILE_IDS, ids=lambda value: ascii(value)[:30])
def test_hostile_ids_are_unknown_ids(url, path, identifier):
    target = "/v1" + path.format(quote(identifier, safe="%"))
    status, headers, body = raw(url, request(f"GET {target}"))
    assert status == 404
    assert "set-cookie" not in headers
    envelope(status, headers, body)


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/v1/../v1/models", "//v1/models", "/v1", "*", "http://e/v1"]
)
def test_other_targets_are_unknown_urls(url, path):
    status, headers, body = raw(url, request(f"GET {path}"))
    assert status == 404
    envelope(status, headers, body)


def test_state_is_untouched_by_ids_that_look_like_sql(url):
    stored = json.loads(post(url, b'{"model":"gpt-4o","input":"Hi"}', path="/responses")[2])
    for identifier in HOSTILE_IDS:
        for method in ("DELETE", "GET"):
            raw(url, request(f"{method} /v1/responses/{quote(identifier, safe='%')}"))
        raw(url, request(f"POST /v1/responses/{quote(identifier, safe='%')}/cancel", JSON))
    status, _, body = raw(url, request(f"GET /v1/responses/{stored['id']}"))
    assert (status, json.loads(body)) == (200, stored)


QUERIES = [
    "limit=%zz",
    "&&&=&a",
    "limit=%00",
    "limit=9" + "9" * 5000,
    "order=sideways",
    "after=%ff%fe",
    "a=b" * 9000,
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda value: value[:20])
def test_bad_query_strings_never_break_anything(url, query):
    stored = json.loads(post(url, b'{"model":"gpt-4o","input":"Hi"}', path="/responses")[2])
    status, headers, body = raw(url, request(f"GET /v1/responses/{stored['id']}/input_items?{query}"))
    assert status in (200, 400)
    assert status == 200 or envelope(status, headers, body)


def test_a_header_of_a_browser_is_echoed_without_becoming_another(url):
    asked = "access-control-request-headers: x-a, \xff\xfe"
    lines = ("origin: http://a", "access-control-request-method: GET", asked)
    status, headers, _ = raw(url, request("OPTIONS /v1/models", *lines))
    assert status == 200
    assert headers["access-control-allow-headers"] == "x-a, \xff\xfe"


@pytest.mark.parametrize("key", ["sk-\xff\xfe", "sk-" + "a" * 50_000, "\xff", "sk-invalid\xff", " "])
def test_strange_keys_are_judged_as_any(url, key):
    sent = f"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n".encode("latin-1")
    status, headers, body = raw(url, sent)
    assert status == (200 if key.startswith("sk-") and "invalid" not in key else 401)
    assert status == 200 or (envelope(status, headers, body)["code"] == "invalid_api_key")


def test_named_keys_are_compared_in_constant_time(monkeypatch):
    """Every good key is compared, whichever fits, by the function that is made for it."""
    seen: list[tuple[bytes, bytes]] = []

    def compared(one: bytes, other: bytes) -> bool:
        seen.append((one, other))
        return one == other

    monkeypatch.setattr("slashv1.reference_server.auth.hmac.compare_digest", compared)
    check_key("Bearer first", ("first", "second"))
    with pytest.raises(ApiError):
        check_key("Bearer f", ("first", "second"))
    assert [good for _, good in seen] == [b"first", b"second"] * 2


HTTP = {
    "no request line": b"GARBAGE\r\n\r\n",
    "HTTP/0.9": b"GET /v1/models\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
    "no host": b"GET /v1/models HTTP/1.1\r\n\r\n",
    "a control character in the target": b"GET /v1/\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
    "a header without a name": b"GET /v1/models HTTP/1.1\r\nhost: x\r\n: a\r\n\r\n",
    "two lengths": b"POST /v1/files HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    "a negative length": b"POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    "200 kB of a header": b"GET /v1/models HTTP/1.1\r\nhost: x\r\na: " + b"a" * 200_000,
}


@pytest.mark.parametrize("sent", HTTP.values(), ids=HTTP)
def test_what_is_no_http_is_refused_by_the_server_itself(url, sent):
    """Below the gateway: a plain 400, as docs/gateway-limits.md says, and the next connection is served."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(sent)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert httpx.get(f"{url}/models", headers={"authorization": "Bearer sk-x"}).status_code == 200


def test_an_answer_that_cannot_be_written_is_a_500_envelope():
    script = {"rules": [{"answer": {"body": {"a": "\ud800"}}}]}
    with embedded_gateway(script=script) as own:
        answer = httpx.get(f"{own}/models")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")


def test_serve_binds_to_loopback_unless_told_otherwise():
    process = subprocess.Popen(
        [sys.executable, "-m", "slashv1", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert "http://127.0.0.1:" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=20)
