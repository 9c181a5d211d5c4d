"""`slashv1 record`: what is written, what never is, and what stays as it was."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from slashv1.fixtures.store import load_fixture, read_fixture
from slashv1.harness.cli import main

KEY = "sk-planted/key+0123456789~abc"
TEAM = "team secret ÿ-98765"
CHAT = "chat.completions.create"


class Echo(BaseHTTPRequestHandler):
    """Gives every secret it is sent back, in every form and place it can think of."""

    protocol_version = "HTTP/1.1"
    log: list[str]

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": "gpt-4o-mini", "object": "model"}]})

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        asked = json.loads(self.rfile.read(length))
        if asked.get("max_tokens") == 8:
            self.close_connection = True  # no answer at all
            self.log.append("cut")
            return
        self._answer({"id": "x", "choices": [], "stream": asked.get("stream")}, stream=asked.get("stream"))

    def _answer(self, body: dict[str, object], *, stream: object = False) -> None:
        self.log.append(f"{self.command} {self.path}")
        key = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        team = self.headers.get("x-team-pass") or ""
        forms = [f(s) for s in (key, team, f"Bearer {key}") for f in FORMS]
        text = json.dumps(body | {"echo": forms}).replace("/", "\\/")
        data = f"data: {text}\n\ndata: [DONE]\n\n" if stream else text
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if stream else "application/json")
        self.send_header("x-echo", quote(key, safe=""))
        self.send_header("x-echo-64", base64.b64encode(key.encode()).decode())
        self.send_header("set-cookie", "session=1")
        raw = data.encode() + (b" \xff " + key.encode() if self.command == "POST" else b"")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        for place in range(0, len(raw), 7):  # so that secrets lie across reads
            self.wfile.write(raw[place : place + 7])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


FORMS = (
    str,
    lambda s: quote(s, safe=""),
    lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    lambda s: base64.b64encode(s.encode()).decode(),
    lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    lambda s: base64.b64encode(b"k=" + s.encode()).decode(),
    lambda s: base64.b64encode(b"k" + s.encode() + b"&").decode(),
    lambda s: s.encode().decode("latin-1"),
)


@pytest.fixture
def echo() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (Echo,), {"log": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1", handler.log
    server.shutdown()
    thread.join()
    server.server_close()


def _record(base_url: str, out: Path, *more: str) -> int:
    arguments = ["record", "--base-url", base_url, "--out", str(out), "--api-key", KEY, *more]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def _cases(*names: str) -> list[str]:
    return [word for name in names for word in ("--select", f"{CHAT}::{name}")]


def test_a_planted_key_is_found_nowhere(
    echo: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, log = echo
    code = _record(base_url, tmp_path, *_cases("plain", "stream"), "--header", f"X-Team-Pass: {KEY[::-1]}")
    assert code == 0
    assert len([line for line in log if line.startswith("POST")]) == 2
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(texts) == 2
    decoded = [str(load_fixture(tmp_path, f"{CHAT}/{name}")) for name in ("plain", "stream")]
    said = capsys.readouterr()
    everything = "\n".join([*texts, *decoded, said.out, said.err])
    assert "[redacted]" in everything
    for secret in (KEY, KEY[::-1]):
        for form in FORMS[:5]:
            assert form(secret) not in everything
        assert secret[4:-4] not in everything
        assert base64.b64encode(secret.encode()).decode()[8:-8] not in everything


def test_what_was_redacted_is_said_in_the_provenance(echo: tuple[str, list[str]], tmp_path: Path) -> None:
    base_url, _ = echo
    assert _record(base_url, tmp_path, *_cases("plain")) == 0
    exchange, provenance = read_fixture(tmp_path / CHAT / "plain.json")
    assert provenance.target == base_url
    assert set(provenance.redactions) >= {
        "request header authorization",
        "response header set-cookie",
        "response header x-echo",
        "response body",
    }
    assert exchange.header("set-cookie") == "[redacted]"


def test_nothing_is_overwritten_or_sent_without_force(
    echo: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, log = echo
    assert _record(base_url, tmp_path, *_cases("plain")) == 0
    before = (tmp_path / CHAT / "plain.json").read_bytes()
    log.clear()
    assert _record(base_url, tmp_path, *_cases("plain", "stream")) == 2
    assert "plain.json is there already: --force overwrites; nothing was sent" in capsys.readouterr().err
    assert log == []
    assert not (tmp_path / CHAT / "stream.json").exists()
    assert (tmp_path / CHAT / "plain.json").read_bytes() == before
    assert _record(base_url, tmp_path, *_cases("plain", "stream"), "--force") == 0
    assert (tmp_path / CHAT / "plain.json").read_bytes() != before


def test_a_case_that_was_not_answered_leaves_no_fixture(
    echo: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, _ = echo
    assert _record(base_url, tmp_path, *_cases("plain", "max-tokens")) == 1
    assert f"{CHAT}/max-tokens: no fixture, " in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / CHAT).iterdir()) == ["plain.json"]


def test_a_status_the_case_does_not_expect_is_written_and_said(
    echo: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, _ = echo
    assert _record(base_url, tmp_path, *_cases("empty-messages")) == 0
    said = capsys.readouterr()
    assert "empty-messages: was answered with status 200; the case expects 400" in said.err
    assert f"wrote 1 fixtures to {tmp_path}" in said.out


def test_cases_without_a_model_for_them_are_named(
    echo: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, _ = echo
    assert _record(base_url, tmp_path, "--select", "embeddings.create::plain") == 1
    assert "embeddings.create/plain: no fixture, no embedding model is known" in capsys.readouterr().err


def test_steps_on_the_way_are_sent_and_not_written(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["record", "--out", str(tmp_path), "--select", "responses.retrieve::stored"])
    assert ended.value.code == 0
    written = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")]
    assert written == ["responses.retrieve/stored.json"]
    exchange, provenance = read_fixture(tmp_path / written[0])
    assert exchange.status == 200
    assert provenance.target == "the reference gateway of slashv1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "{file}"], "--out {file}: is a file; name a folder"),
        (["--out", "{file}/x"], "--out {file}/x: cannot be made: "),
        (["--out", "{folder}", "--select", "chat*::plian"], "nothing is called 'plian', nearest: plain"),
        (["--out", "{folder}", "--base-url", "http://127.0.0.1:9"], "/v1"),
        (["--out", "{folder}", "--max-requests", "3"], "--max-requests allows 3"),
        ([], "Missing option '--out'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    names = {"file": str(tmp_path / "file"), "folder": str(tmp_path / "folder")}
    with pytest.raises(SystemExit) as ended:
        main(["record", *(argument.format(**names) for argument in arguments)])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said.format(**names) in error
    assert "Traceback" not in error
