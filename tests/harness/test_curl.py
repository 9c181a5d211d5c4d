"""The line for a shell: runnable, quoted, without the key."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from slashv1.fixtures import Request
from slashv1.harness.curl import curl_line
from tests.harness.raw_server import raw_server, reply

URL = "https://target.example/v1/chat/completions"
HEADERS = (
    ("Host", "target.example"),
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
    ("Authorization", "[redacted]"),
    ("Content-Length", "2"),
)


def test_the_key_is_a_variable_and_what_curl_sets_itself_is_left_out():
    line = curl_line(URL, Request("POST", "/v1/chat/completions", headers=HEADERS, body=b"{}"))
    assert line == (
        f"curl -sS -i {URL} -H 'Content-Type: application/json' "
        "-H \"Authorization: Bearer $SLASHV1_API_KEY\" --data-raw '{}'"
    )


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [("GET", None, False), ("POST", b"{}", False), ("POST", None, True), ("DELETE", None, True)],
)
def test_the_method_is_named_where_curl_would_choose_another(method, body, expected):
    assert (f"-X {method}" in curl_line(URL, Request(method, "/v1/x", body=body))) is expected


def test_a_stream_is_shown_as_it_comes():
    assert " -N " in curl_line(URL, Request("POST", "/", body=b"{}"), stream=True)


def test_other_redacted_headers_show_that_they_are():
    line = curl_line(URL, Request("GET", "/", headers=(("X-Team", "[redacted]"),)))
    assert "-H 'X-Team: [redacted]'" in line


def test_a_long_body_is_left_out_and_said_so():
    line = curl_line(URL, Request("POST", "/", body=b"x" * 20_000))
    assert line.endswith("--data-binary @body.json  # 20,000 bytes, left out here")


def test_a_body_with_quotes_and_commands_reaches_the_target_as_it_is():
    if shutil.which("curl") is None:
        pytest.skip("runs the line with curl, which is not installed")
    body = json.dumps({"q": 'it\'s "$HOME" `id` $(id)\n; é', "at": "@/etc/passwd"}, ensure_ascii=False)
    with raw_server(lambda *_: reply({})) as server:
        request = Request("POST", "/v1/x", headers=HEADERS, body=body.encode())
        line = curl_line(f"{server.base_url}/x?a=b&c=d", request)
        environ = {**os.environ, "SLASHV1_API_KEY": "sk-mine", "NO_PROXY": "127.0.0.1"}
        subprocess.run(["sh", "-c", line], check=True, capture_output=True, env=environ)
        got = server.got[0]
    assert got.body == body.encode()
    assert got.path == "/v1/x?a=b&c=d"
    assert got.headers["authorization"] == "Bearer sk-mine"
