"""Targets that mean harm or are broken: the run ends, the case fails, the bytes so far are kept.

Each lists its models as it should, so that what it does to a case is its own failure.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
import zlib
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

import pytest

from slashv1.errors import TargetError
from slashv1.harness.commands.conclusion import record_text
from slashv1.harness.connection import Connection, Limits
from slashv1.harness.plan import make_plan
from slashv1.harness.run import execute
from slashv1.harness.terminal import show_run
from slashv1.matrix import Profile
from slashv1.record import Outcome, load_run
from slashv1.reports import render_html, render_junit
from tests.harness.raw_server import head, raw_server, reply, with_models
from tests.harness.readings import a_case

KEY = "sk-very/secret+key=="
SMALL = Limits(connect=5, first_byte=5, idle=5, total=20, max_body=200_000, max_frame=50_000)
HASTY = replace(SMALL, first_byte=1)
"""Long enough for the preflight on a busy machine."""
PLAIN = a_case(name="plain", model="${model}", messages=[{"role": "user", "content": "hi"}])
STREAM = a_case(name="stream", model="${model}", messages=[], stream=True)
LIST = a_case("models.list", name="plain")
PROFILE = Profile("test")
JSON_HEAD = head("HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked")
SSE_HEAD = head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close")
CHUNK = b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[]}\n\n'


def run_against(answer, case=PLAIN, limits=SMALL, key=KEY):
    with raw_server(with_models(answer)) as server:
        connection = Connection(server.base_url, key, limits=limits, max_wait=0)
        return execute(make_plan((case, LIST), PROFILE), connection, PROFILE)


def assert_failed(run, case=PLAIN):
    of_case = [
        result for result in run.results if result.case == case.name and result.operation != "models.list"
    ]
    assert any(result.outcome is Outcome.FAILED for result in of_case)
    assert not any(result.outcome is Outcome.ERROR for result in run.results)
    assert run.exit_code == 1
    return {result.check: result for result in of_case}


def wire_of(run, case=PLAIN):
    return next(wire for wire in run.wires if wire.case == case.name and wire.operation == case.operation)


def everything_said(run, capsys):
    """All that a run writes: record, page, JUnit, terminal."""
    show_run(run)
    record = record_text(run)
    assert load_run(json.loads(record)).results == run.results
    return [record, render_html(run), render_junit(run), capsys.readouterr().out]


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def endless(got, sock, server):
    sock.sendall(SSE_HEAD)
    while not server.stopping.is_set():
        sock.sendall(CHUNK)
        time.sleep(0.01)


def endless_and_fast(got, sock, server):
    sock.sendall(SSE_HEAD)
    while not server.stopping.is_set():
        sock.sendall(CHUNK * 1000)


def endless_frame(got, sock, server):
    sock.sendall(SSE_HEAD + b"data: ")
    while not server.stopping.is_set():
        sock.sendall(b"x" * 10_000)


def silent_midway(got, sock, server):
    sock.sendall(SSE_HEAD + CHUNK)
    server.stopping.wait()


def cut(got, sock, server):
    sock.sendall(JSON_HEAD + chunked(b'{"id": "chatcmpl-cut"')[:-2])


def cut_by_length(got, sock, server):
    sock.sendall(reply(b'{"id": "chatcmpl-cut"}').replace(b"Content-Length: 22", b"Content-Length: 99"))


def reset_midway(got, sock, server):
    sock.sendall(SSE_HEAD + CHUNK)
    time.sleep(0.05)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("answer", "limits", "failure"),
    [
        (endless, replace(SMALL, total=1), "no end of the answer within 1 s"),
        (endless_and_fast, SMALL, "the body goes on after 200,000 bytes"),
        (endless_frame, SMALL, "one SSE frame goes on after 50,000 bytes"),
        (silent_midway, replace(SMALL, idle=0.5), "no byte for 0.5 s within the body"),
        (reset_midway, SMALL, "the connection was reset"),
    ],
)
def test_a_stream_that_never_ends_well_fails_and_keeps_its_frames(answer, limits, failure):
    run = run_against(answer, STREAM, limits)
    assert_failed(run, STREAM)
    wire = wire_of(run, STREAM)
    assert failure in wire.failure
    assert wire.status == 200
    assert wire.frames
    assert len(wire.frames) <= 200


def test_a_stream_of_too_many_frames_is_stopped_at_the_limit():
    run = run_against(endless_and_fast, STREAM, replace(SMALL, max_frames=500))
    assert_failed(run, STREAM)
    assert wire_of(run, STREAM).failure == "the stream goes on after 500 frames"


def test_a_million_mistakes_make_no_million_findings():
    body = b'{"id": "chatcmpl-1", "choices": [' + b"{}, " * 20_000 + b"{}]}"
    run = run_against(lambda *_: reply(body))
    results = assert_failed(run)
    assert max(len(result.findings) for result in results.values()) == 100
    assert any("more than 100 deviations" in (result.cause or "") for result in results.values())


def test_a_body_of_millions_of_values_is_not_parsed():
    body = b'{"choices": [' + b"{}," * 1_000_001 + b"{}]}"
    run = run_against(lambda *_: reply(body), limits=replace(SMALL, max_body=10**7))
    results = assert_failed(run)
    said = [finding.message for result in results.values() for finding in result.findings]
    assert any("more than 1,000,000 objects and arrays" in message for message in said)


def test_a_text_of_a_target_is_cut_in_findings():
    run = run_against(lambda *_: reply({"object": "x" * 100_000, "y" * 100_000: 1}))
    results = assert_failed(run)
    texts = [t for r in results.values() for f in r.findings for t in (f.message, f.expected, f.actual) if t]
    assert max(map(len, texts)) < 5_000


@pytest.mark.parametrize("answer", [cut, cut_by_length])
def test_a_cut_body_fails_and_keeps_what_came(answer):
    run = run_against(answer)
    assert_failed(run)
    wire = wire_of(run)
    assert wire.failure == "the connection closed before the body was complete"
    assert wire.body.startswith('{"id": "chatcmpl-cut"')


def no_bytes(got, sock, server):
    server.stopping.wait()


def slow_head(got, sock, server):
    for byte in JSON_HEAD:
        sock.sendall(bytes([byte]))
        if server.stopping.wait(0.05):
            return


def endless_head(got, sock, server):
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while not server.stopping.is_set():
        sock.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def endless_continue(got, sock, server):
    while not server.stopping.is_set():
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.001)


def reset(got, sock, server):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (no_bytes, "no answer head within 1 s"),
        (slow_head, "no answer head within 1 s"),
        (endless_continue, "no answer head within 1 s"),
        (endless_head, "not HTTP"),
        (lambda *_: b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
        (lambda *_: b"", "the connection closed without an answer"),
        (reset, "the connection was reset"),
    ],
)
def test_no_answer_at_all_fails(answer, failure):
    run = run_against(answer, limits=HASTY)
    results = assert_failed(run)
    assert results["http.answered"].outcome is Outcome.FAILED
    assert failure in wire_of(run).failure
    assert wire_of(run).status is None


HUGE = b'{"object": "chat.completion", "created": ' + b"9" * 5000 + b"}"
DEEP = b'{"object": "chat.completion", "choices": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "\xff\xfe\x80"}',
        DEEP,
        b"[" * 10_000,
        HUGE,
        b'{"id": "\\ud800", "object": "chat.completion"}',
        b'{"created": NaN, "object": "chat.completion", "choices": [Infinity]}',
        b"<html><script>alert(1)</script></html>",
        b'{"id": "a", "id": "b"}',
        b'{"object": 1e999}',
        b"null",
        b'"\\u0000"',
        b"",
        b"\x00" * 1000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("case", [PLAIN, STREAM], ids=["plain", "stream"])
def test_a_body_that_is_no_sane_json_fails_and_is_written_everywhere(body, case, capsys):
    framed = b"data: " + body + b"\n\n" if case is STREAM else body
    kind = "text/event-stream" if case is STREAM else "application/json"
    run = run_against(lambda *_: reply(framed, 200, kind), case)
    assert_failed(run, case)
    for said in everything_said(run, capsys):
        said.encode("utf-8")


def test_html_of_a_proxy_fails_and_reaches_the_page_escaped(capsys):
    page = b"<html><script>alert(1)</script>"
    run = run_against(lambda *_: reply(page, 502, "text/html"))
    assert_failed(run)
    assert "<script>alert(1)" not in everything_said(run, capsys)[1]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed_with_the_key(status):
    with raw_server(lambda *_: reply({})) as elsewhere:
        where = f"Location: {elsewhere.base_url}/chat/completions"
        run = run_against(lambda *_: reply(b"", status, "text/plain", where))
        assert elsewhere.got == []
    assert_failed(run)


def test_a_gzip_bomb_is_stopped_at_the_limit():
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    run = run_against(lambda *_: reply(bomb, 200, "application/json", "Content-Encoding: gzip"))
    assert_failed(run)
    assert wire_of(run).failure.startswith("the body goes on after 200,000 bytes")


def test_a_deflate_bomb_in_an_event_stream_is_stopped_at_the_limit():
    bomb = zlib.compress(b"data: " + b"\0" * 50_000_000)
    run = run_against(lambda *_: reply(bomb, 200, "text/event-stream", "Content-Encoding: deflate"), STREAM)
    assert_failed(run, STREAM)
    assert "50,000 bytes" in wire_of(run, STREAM).failure


ENCODED = b64encode(f"user:{KEY}".encode()).decode()
ECHOES = {
    "clear": KEY,
    "url": quote(KEY, safe=""),
    "base64": b64encode(KEY.encode()).decode(),
    "basic": ENCODED,
    "json": json.dumps(KEY).replace("/", "\\/"),
}


@pytest.mark.parametrize("form", ECHOES)
@pytest.mark.parametrize("place", ["body", "header", "stream", "error"])
def test_a_key_echoed_by_the_target_is_found_nowhere(form, place, capsys):
    echo = ECHOES[form]
    case = STREAM if place == "stream" else PLAIN
    if place == "header":
        answer = reply({}, 200, "application/json", f"X-Echo: {echo}")
    elif place == "stream":
        answer = SSE_HEAD + b"data: " + json.dumps({"id": echo}).encode() + b"\n\n"
    else:
        text = f"Incorrect API key provided: {echo}"
        error = {"error": {"message": text, "type": echo, "param": None, "code": echo}}
        answer = reply(error, 400 if place == "error" else 200)
    run = run_against(lambda *_: answer, case)
    for said in everything_said(run, capsys):
        for secret in (KEY, quote(KEY, safe=""), ECHOES["base64"].rstrip("="), ENCODED[8:-3]):
            assert secret not in said


def test_a_key_that_two_reads_share_is_found_nowhere(capsys):
    def answer(got, sock, server):
        sock.sendall(SSE_HEAD + b'data: {"id":"' + KEY[:9].encode())
        time.sleep(0.05)
        sock.sendall(KEY[9:].encode() + b'"}\n\n')

    run = run_against(answer, STREAM)
    assert all(KEY not in said for said in everything_said(run, capsys))
    assert "[redacted]" in wire_of(run, STREAM).frames[0].data


def test_a_key_echoed_at_the_preflight_is_not_in_the_line():
    refusal = {
        "error": {"message": f"Incorrect API key provided: {KEY}", "type": "x", "param": None, "code": "y"}
    }
    with raw_server(lambda *_: reply(refusal, 401)) as server:
        plan = make_plan((PLAIN,), PROFILE)
        with pytest.raises(TargetError) as error:
            execute(plan, Connection(server.base_url, KEY), PROFILE)
    assert KEY not in str(error.value)
    assert "[redacted]" in str(error.value)


def test_terminal_escapes_and_markup_of_a_target_do_not_reach_the_terminal(capsys):
    evil = "\x1b[31m\x07[bold red]\u202e\u200b\r\n\x9b2J"
    body = {"id": evil, "object": evil, evil: 1, "choices": [{"finish_reason": evil}]}
    answer = reply(body, 200, "application/json", "Server: \x1b[31mevil", "X-Request-Id: \x1b]0;x\x07")
    show_run(run_against(lambda *_: answer))
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e", "\u200b", "\r", "\x9b"} & set(shown)


def test_model_ids_of_a_hostile_list_are_not_used():
    evil = {"object": "list", "data": [{"id": "\x1b[31m"}, {"id": "x" * 999}, {"id": 7}, 5, {"id": "fine"}]}
    with raw_server(lambda got, *_: reply(evil if got.method == "GET" else {})) as server:
        run = execute(make_plan((PLAIN,), PROFILE), Connection(server.base_url), PROFILE)
    assert run.target.model == "fine"


def test_all_bodies_of_a_run_together_are_bounded():
    limits = Limits(max_kept=100_000)
    cases = [a_case(name=f"c{number}", messages=[]) for number in range(3)]
    body = b'"' + b"x" * 90_000 + b'"'
    with raw_server(with_models(lambda *_: reply(body))) as server:
        connection = Connection(server.base_url, limits=limits, concurrency=1, model="m")
        run = execute(make_plan((*cases, LIST), PROFILE), connection, PROFILE)
    failures = [wire.failure for wire in run.wires if wire.operation != "models.list"]
    assert failures[0] is None
    assert "this run keeps in all" in failures[1]


def test_a_target_that_dies_makes_errors_and_not_verdicts():
    def answer(got, sock, server):
        server.stopping.set()
        return b""

    def models_until_then(got, sock, server):
        return b"" if server.stopping.is_set() else with_models(answer)(got, sock, server)

    with raw_server(models_until_then) as server:
        run = execute(make_plan((PLAIN,), PROFILE), Connection(server.base_url), PROFILE)
    assert {result.outcome for result in run.results} == {Outcome.ERROR}
    assert "the target is gone" in run.results[0].cause
    assert run.exit_code == 2
