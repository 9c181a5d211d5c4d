"""What capture keeps, sends, waits for and leaves alone, against targets that write raw bytes."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
import zlib
from dataclasses import replace

import pytest

from slashv1.errors import UsageError
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.capture import Captured
from slashv1.harness.connection import Connection, Limits
from slashv1.harness.plan import make_plan
from slashv1.harness.run import Preflight, capture_plan
from slashv1.harness.sender import Sender
from slashv1.matrix import Case, ExpectedError, Profile, RequestTemplate
from tests.harness.raw_server import head, raw_server, reply
from tests.harness.readings import a_case

KEY = "sk-abcdefghijkl"
FOUND = Preflight(("tiny-chat",), "tiny-chat", "tiny-embed")
HELLO = a_case(name="hello", model="${model}", messages=[{"role": "user", "content": "hi"}])


def capture(base_url, *cases, found=FOUND, on_event=None, **options) -> Captured:
    plan = make_plan(cases, Profile("test"))
    return asyncio.run(capture_plan(plan, Connection(base_url, KEY, **options), found, on_event))


def exchange_of(answer, case=HELLO, **options):
    with raw_server(answer) as server:
        return capture(server.base_url, case, **options).exchanges[case.id], server


def test_bytes_headers_and_times_are_kept_as_they_came():
    top = ("HTTP/1.1 200 OK", "X-ODD-case: One", "content-type: application/json", "x-odd-CASE: two")

    def answer(got, sock, server):
        sock.sendall(head(*top, "Content-Length: 4"))
        time.sleep(0.02)
        sock.sendall(b"{ ")
        time.sleep(0.02)
        return b"}\n"

    exchange, _ = exchange_of(answer)
    assert exchange.status == 200
    assert exchange.headers[:3] == tuple(tuple(line.split(": ")) for line in top[1:])
    assert [read.data for read in exchange.reads] == [b"{ ", b"}\n"]
    assert 0 < exchange.first_byte < exchange.reads[0].at < exchange.reads[1].at <= exchange.seconds
    assert exchange.failure is None


def test_the_request_is_sent_as_the_sdks_send_it():
    case = a_case("chat.completions.create", name="x", model="${model}", messages=["ü"], query={"a": "b c"})
    exchange, server = exchange_of(lambda *_: reply({}), case, headers=(("X-Team", "team-secret"),))
    got = server.got[0]
    assert got.path == "/v1/chat/completions?a=b%20c"
    assert got.body == '{"model":"tiny-chat","messages":["ü"]}'.encode()
    assert got.headers["authorization"] == f"Bearer {KEY}"
    assert got.headers["accept-encoding"] == "identity"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-team"] == "team-secret"
    assert exchange.request.body == got.body
    assert exchange.request.query == "a=b%20c"


def test_secrets_are_redacted_in_what_is_kept():
    answer = reply({"you sent": KEY}, 200, "application/json", f"X-Echo: {KEY}")
    exchange, server = exchange_of(lambda *_: answer, headers=(("X-Team", "red"), ("X-Token", "team-secret")))
    assert server.got[0].headers["x-token"] == "team-secret"
    kept = repr(exchange)
    assert KEY not in kept
    assert "team-secret" not in kept
    assert ("X-Team", "[redacted]") in exchange.request.headers
    assert b"[redacted]" in exchange.body


def test_a_case_can_take_the_key_away_or_send_another():
    none = replace(HELLO, name="none", request=replace(HELLO.request, headers={"authorization": None}))
    bad = replace(HELLO, name="bad", request=replace(HELLO.request, headers={"authorization": "Bearer no"}))
    with raw_server(lambda *_: reply({})) as server:
        capture(server.base_url, none, bad, concurrency=1, headers=(("Authorization", "Bearer mine-is-it"),))
    assert sorted(got.headers.get("authorization", "-") for got in server.got) == ["-", "Bearer no"]


def test_raw_bodies_go_out_as_they_are():
    case = replace(HELLO, request=replace(HELLO.request, json=None, body='{"model": '))
    _, server = exchange_of(lambda *_: reply({}), case)
    assert server.got[0].body == b'{"model": '


def test_cookies_are_not_carried_from_case_to_case():
    other = replace(HELLO, name="other")
    with raw_server(lambda *_: reply({}, 200, "application/json", "Set-Cookie: a=b; Path=/")) as server:
        capture(server.base_url, HELLO, other, concurrency=1)
    assert all("cookie" not in got.headers for got in server.got)


CREATE = a_case("responses.create", name="stored", input="x", model="${model}")
GET = replace(
    a_case("responses.retrieve", name="get", after=(CREATE.id,)),
    request=RequestTemplate("GET", "/v1/responses/${responses.create/stored#/id}"),
)


def test_later_steps_are_filled_from_earlier_answers():
    follow = a_case(
        "responses.create",
        name="follow",
        after=(CREATE.id,),
        previous_response_id="${responses.create/stored#/id}",
        input="${responses.create/stored#/output}",
        note="id is ${responses.create/stored#/id}",
    )
    body = {"id": "resp 1/2", "output": [{"type": "message"}]}
    with raw_server(lambda *_: reply(body)) as server:
        captured = capture(server.base_url, CREATE, GET, follow)
    assert server.asked("/v1/responses/resp%201/2")
    sent = captured.asked[follow.id]
    assert sent["input"] == [{"type": "message"}]
    assert sent["note"] == "id is resp 1/2"
    assert [json.loads(got.body) for got in server.asked("/v1/responses")][-1] == sent


def test_of_an_array_a_step_gives_all_items_the_last_and_their_number():
    items = [{"type": "reasoning"}, {"type": "function_call", "call_id": "call_1"}]
    follow = a_case(
        "responses.create",
        name="follow",
        after=(CREATE.id,),
        input=["before", "${responses.create/stored#/output/*}"],
        last="${responses.create/stored#/output/-1/call_id}",
        count="${responses.create/stored#/output/length}",
    )
    with raw_server(lambda *_: reply({"output": items})) as server:
        sent = capture(server.base_url, CREATE, follow).asked[follow.id]
    assert (sent["input"], sent["last"], sent["count"]) == (["before", *items], "call_1", 2)


def test_an_array_without_items_gives_none_of_them():
    follow = a_case(
        "responses.create", name="follow", after=(CREATE.id,), input="${responses.create/stored#/output/-1}"
    )
    with raw_server(lambda *_: reply({"output": []})) as server:
        captured = capture(server.base_url, CREATE, follow)
    assert captured.left_out[follow.id] == "the answer of step responses.create/stored has no /output/-1"


def test_later_steps_are_filled_from_the_response_of_a_stream():
    create = replace(CREATE, request=replace(CREATE.request, json={"stream": True}))
    stream = b'event: response.created\ndata: {"response":{"id":"resp_7"}}\n\n'
    with raw_server(lambda *_: reply(stream, 200, "text/event-stream")) as server:
        capture(server.base_url, create, GET)
    assert server.asked("/v1/responses/resp_7")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({}), "the answer of step responses.create/stored has no /id"),
        (reply({"id": None}), "the answer of step responses.create/stored has nothing at /id"),
        (reply({"id": "x"}, 500), "step responses.create/stored failed: it was answered with status 500"),
        (b"", "step responses.create/stored failed: the connection closed without an answer"),
    ],
)
def test_a_step_that_failed_leaves_its_followers_out_and_is_named(answer, said):
    last = replace(GET, name="last", after=(GET.id,))
    with raw_server(lambda *_: answer) as server:
        captured = capture(server.base_url, CREATE, GET, last)
    assert [got.path for got in server.got if got.path != "/v1/models"] == ["/v1/responses"]
    assert captured.left_out[GET.id] == said
    assert captured.left_out[last.id] == f"step {GET.id} was left out: {said}"


def test_an_unknown_model_leaves_the_cases_out_that_need_it():
    embed = a_case("embeddings.create", name="plain", model="${embedding_model}", input="x")
    with raw_server(lambda *_: reply({})) as server:
        captured = capture(server.base_url, HELLO, embed, found=Preflight(model="m"))
    assert captured.left_out == {embed.id: "no embedding model is known: name one with --embedding-model"}
    assert len(server.got) == 1


def _slashed(name: str) -> Case:
    case = a_case("models.retrieve", name=name.replace("_", "-"))
    return replace(case, request=replace(case.request, path=f"/v1/models/${{{name}}}"))


def test_a_slash_in_a_models_id_goes_out_as_it_is_or_encoded():
    plain, encoded = _slashed("slashed_model"), _slashed("slashed_model_encoded")
    with raw_server(lambda *_: reply({})) as server:
        capture(server.base_url, plain, encoded, found=Preflight(("tiny", "org/tiny:1", "b/c"), model="tiny"))
    sent = sorted(got.path for got in server.got)
    assert sent == ["/v1/models/org%2Ftiny:1", "/v1/models/org/tiny:1"]


def test_without_a_slash_in_any_id_none_is_retrieved():
    plain = _slashed("slashed_model")
    with raw_server(lambda *_: reply({})) as server:
        captured = capture(server.base_url, HELLO, plain, found=Preflight(("tiny", "odd/"), model="tiny"))
    assert captured.left_out == {plain.id: "the target lists no model with a slash in its id"}


def test_scenarios_run_in_parallel_up_to_the_bound_and_steps_in_order():
    open_now, most, lock = [0], [0], threading.Lock()

    def answer(got, sock, server):
        with lock:
            open_now[0] += 1
            most[0] = max(most[0], open_now[0])
        time.sleep(0.05)
        with lock:
            open_now[0] -= 1
        return reply({"id": "x"})

    cases = [replace(HELLO, name=f"c{number}") for number in range(9)]
    with raw_server(answer) as server:
        captured = capture(server.base_url, *cases, CREATE, GET, concurrency=3)
    assert most[0] == 3
    assert len(captured.exchanges) == 11
    paths = [got.path for got in server.got]
    assert paths.index("/v1/responses") < paths.index("/v1/responses/x")


@pytest.mark.parametrize("bound", [8, 2])
def test_cases_of_a_group_are_sent_at_the_same_time_and_within_the_bound(bound):
    met, most, open_now = threading.Barrier(min(bound, 4)), [0], [0]
    lock = threading.Lock()

    def answer(got, sock, server):
        if b'"grouped"' not in got.body:
            return reply({})
        with lock:
            open_now[0] += 1
            most[0] = max(most[0], open_now[0])
        met.wait(10)  # broken, and the connection with it, where they come one after the other
        with lock:
            open_now[0] -= 1
        return reply({})

    grouped = [replace(a_case(model="grouped"), name=f"g{n}", together="four") for n in range(4)]
    with raw_server(answer) as server:
        captured = capture(server.base_url, HELLO, *grouped, CREATE, concurrency=bound)
    assert all(exchange.status == 200 for exchange in captured.exchanges.values())
    assert len(captured.exchanges) == 6
    assert most[0] == min(bound, 4)


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(b"{}" * 999, mtime=0)),
        ("gzip", gzip.compress(b"{}" * 500, mtime=0) + gzip.compress(b"{}" * 499, mtime=0)),
        ("x-gzip", gzip.compress(b"{}" * 999, mtime=0)),
        ("deflate", zlib.compress(b"{}" * 999)),
        ("deflate", zlib.compress(b"{}" * 999, wbits=-15)),
    ],
)
def test_a_coding_that_was_not_asked_for_is_undone(coding, data):
    exchange, _ = exchange_of(lambda *_: reply(data, 200, "application/json", f"Content-Encoding: {coding}"))
    assert exchange.body == b"{}" * 999
    assert exchange.failure is None


def test_a_long_body_is_undone_whole():
    data = zlib.compress(b"x" * 1_000_001)
    exchange, _ = exchange_of(lambda *_: reply(data, 200, "text/plain", "Content-Encoding: deflate"))
    assert exchange.body == b"x" * 1_000_001
    assert exchange.failure is None


@pytest.mark.parametrize(
    ("coding", "data", "kind"),
    [
        ("br", b"\x0b\x02", FailureKind.ENCODING),
        ("gzip", b"no gzip at all", FailureKind.ENCODING),
        ("deflate", b"\xff\xfe no deflate", FailureKind.ENCODING),
        ("gzip", gzip.compress(b"{}" * 99_999, mtime=0)[:-20], FailureKind.TRUNCATED),
    ],
)
def test_a_coding_that_cannot_be_undone_is_a_failure(coding, data, kind):
    exchange, _ = exchange_of(lambda *_: reply(data, 200, "application/json", f"Content-Encoding: {coding}"))
    assert exchange.failure.kind is kind


def test_retry_after_is_obeyed_and_the_attempts_are_counted():
    busy = [reply({}, status, "application/json", "Retry-After: 0") for status in (429, 503)]
    exchange, server = exchange_of(lambda *_: busy.pop() if busy else reply({}))
    assert exchange.status == 200
    assert exchange.attempts == 3 == len(server.got)


@pytest.mark.parametrize(
    ("extra", "options"),
    [
        ((), {}),
        (("Retry-After: soon",), {}),
        (("Retry-After: 61",), {}),
        (("Retry-After: 1",), {"max_wait": 0.5}),
        (("Retry-After: Fri, 31 Dec 2100 23:59:59 GMT",), {}),
        (("Retry-After: 99999999999999999999",), {}),
        (("Retry-After: 0",), {"max_requests": 1}),
    ],
)
def test_nothing_is_repeated_without_a_wait_that_is_said_and_allowed(extra, options):
    exchange, server = exchange_of(lambda *_: reply({}, 429, "application/json", *extra), **options)
    assert exchange.status == 429
    assert exchange.attempts == 1 == len(server.got)


def test_a_wait_is_never_obeyed_in_a_case_that_expects_the_429():
    case = replace(HELLO, expect=replace(HELLO.expect, status=(429,)))
    exchange, server = exchange_of(lambda *_: reply({}, 429, "application/json", "Retry-After: 0"), case)
    assert exchange.attempts == 1 == len(server.got)


def test_a_target_that_is_always_busy_is_given_up():
    exchange, server = exchange_of(lambda *_: reply({}, 429, "application/json", "Retry-After: 0"))
    assert exchange.attempts == 5 == len(server.got)


def test_other_refusals_are_not_repeated():
    _, server = exchange_of(lambda *_: reply({}, 500, "application/json", "Retry-After: 0"))
    assert len(server.got) == 1


def test_a_kept_alive_connection_that_was_closed_meanwhile_is_no_failure():
    """Two answers promise to keep the connection; it closes as the next request comes in."""

    def answer(got, sock, server):
        if len(server.got) == 2:
            return b""
        sock.sendall(reply({}).replace(b"Connection: close\r\n", b""))
        if len(server.got) == 1:
            sock.recv(65_536)
            server.got.append(got)
        return None

    other = replace(HELLO, name="other")
    with raw_server(answer) as server:
        captured = capture(server.base_url, HELLO, other, concurrency=1)
    assert captured.exchanges[other.id].failure is None
    assert captured.exchanges[other.id].attempts == 2


def test_bytes_left_over_by_one_answer_are_not_blamed_on_the_next():
    """The first answer is longer than it says, and promises to keep the connection."""

    def answer(got, sock, server):
        if len(server.got) > 1:
            return reply({})
        sock.sendall(reply({}).replace(b"Connection: close\r\n", b"") + b"left over\r\n\r\n")
        server.stopping.wait(0.2)
        return None

    other = replace(HELLO, name="other")
    with raw_server(answer) as server:
        captured = capture(server.base_url, HELLO, other, concurrency=1)
    assert captured.exchanges[other.id].status == 200
    assert captured.exchanges[other.id].failure is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Caf\xc3\xa9: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"\x00\xff" * 999,
    ],
)
def test_odd_http_gives_an_exchange_and_never_an_exception(answer):
    exchange, _ = exchange_of(lambda *_: answer)
    assert exchange.failure is not None or exchange.status is not None


def test_a_redirect_is_kept_and_not_followed():
    with raw_server(lambda *_: reply({})) as elsewhere:
        where = f"Location: {elsewhere.base_url}/chat/completions"
        exchange, _ = exchange_of(lambda *_: reply(b"", 307, "text/plain", where))
        assert exchange.status == 307
        assert elsewhere.got == []


def test_events_say_how_far_it_is():
    seen = []
    with raw_server(lambda *_: reply({})) as server:
        capture(server.base_url, HELLO, replace(HELLO, name="b"), on_event=seen.append, concurrency=1)
    answered = [event for event in seen if event.kind == "answered"]
    assert [(event.done, event.total) for event in answered] == [(1, 2), (2, 2)]
    assert {event.case for event in answered} == {HELLO.id, "chat.completions.create/b"}


def test_loopback_is_reached_without_the_proxies_of_the_environment(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    exchange, _ = exchange_of(lambda *_: reply({}), proxy="http://127.0.0.1:9")
    assert exchange.status == 200


def test_a_proxy_is_used_for_other_hosts():
    with raw_server(lambda *_: reply({})) as proxy:
        address = proxy.base_url.removesuffix("/v1")
        captured = capture("http://target.invalid/v1", HELLO, proxy=address)
        assert captured.exchanges[HELLO.id].status == 200
        assert proxy.got[0].path == "http://target.invalid/v1/chat/completions"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ca_bundle": "/no/such.pem"}, "--ca-bundle /no/such.pem: no such file"),
        ({"ca_bundle": __file__}, "no certificates in PEM form"),
    ],
)
def test_a_wrong_certificate_file_is_told(options, said):
    with pytest.raises(UsageError, match=said):
        Sender(Connection("https://target.invalid/v1", **options))


def test_a_host_that_does_not_resolve_is_an_error_not_a_failure_of_the_target():
    captured = capture("http://target.invalid/v1", HELLO, limits=Limits(connect=5))
    assert captured.exchanges[HELLO.id].failure.kind is FailureKind.DNS
    assert "does not resolve" in captured.errors[HELLO.id]


def test_a_long_scenario_does_not_queue_behind_the_others():
    """Three steps and six single cases, two at a time: in one queue the last step would come last."""
    order = []

    def answer(got, sock, server):
        order.append(got.path)
        time.sleep(0.03)
        return reply({"id": "x"})

    last = replace(GET, name="last", after=(GET.id,))
    singles = [replace(HELLO, name=f"c{number}") for number in range(6)]
    with raw_server(answer) as server:
        capture(server.base_url, *singles, CREATE, GET, last, concurrency=2)
    assert [index for index, path in enumerate(order) if "responses" in path][-1] < 8


REFUSED_CAP = {
    "message": "Unsupported parameter: 'max_tokens' is not supported with this model.",
    "type": "invalid_request_error",
    "param": "max_tokens",
    "code": "unsupported_parameter",
}


def reasoning(got, sock, server):
    """A target whose model takes max_completion_tokens alone."""
    if "max_tokens" in json.loads(got.body):
        return reply({"error": REFUSED_CAP}, 400)
    return reply({"ok": True})


def capped(name, **given):
    return a_case(name=name, model="${model}", max_tokens=9, **given)


def test_a_mere_bound_is_sent_by_its_newer_name_once_the_model_refused_the_older():
    cases = [capped("one"), capped("two"), capped("three")]
    with raw_server(reasoning) as server:
        captured = capture(server.base_url, *cases, concurrency=1)
        sent = [json.loads(got.body) for got in server.got]
    assert [set(body) & {"max_tokens", "max_completion_tokens"} for body in sent] == [
        {"max_tokens"},
        *[{"max_completion_tokens"}] * 3,
    ]
    assert {exchange.status for exchange in captured.exchanges.values()} == {200}
    assert [exchange.attempts for exchange in captured.exchanges.values()] == [2, 1, 1]
    assert captured.request_count == 4
    assert captured.respelt == {"max_tokens": "max_completion_tokens"}
    assert captured.asked[cases[0].id]["max_completion_tokens"] == 9


@pytest.mark.parametrize(
    "case",
    [
        capped("about-it", tags=["max_tokens"]),
        capped("wrong", status=400, error=ExpectedError(param=("max_tokens",))),
    ],
)
def test_a_case_about_max_tokens_is_sent_as_it_stands(case):
    with raw_server(reasoning) as server:
        captured = capture(server.base_url, case)
        assert len(server.got) == 1
    assert captured.exchanges[case.id].status == 400
    assert captured.respelt == {}


def test_a_refusal_of_something_else_is_not_sent_again():
    other = {"error": {**REFUSED_CAP, "param": "temperature"}}
    exchange, server = exchange_of(lambda *_: reply(other, 400), capped("other"))
    assert (exchange.attempts, len(server.got)) == (1, 1)


@pytest.mark.parametrize(("found_at", "status", "sent"), [(1, 200, 1), (3, 200, 3), (9, 404, 4)])
def test_what_was_just_stored_is_asked_for_until_it_is_found(monkeypatch, found_at, status, sent):
    monkeypatch.setattr("slashv1.harness.capture._PAUSE", 0.001)
    asked = iter(range(1, 9))
    case = replace(a_case(name="stored"), eventually=True, tries=4)
    exchange, server = exchange_of(lambda *_: reply({}, 200 if next(asked) >= found_at else 404), case)
    assert (exchange.status, exchange.attempts, len(server.got)) == (status, sent, sent)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n8\r\ndata: {}\r\n",
    ],
    ids=["shorter than its length", "no last chunk", "a chunk cut", "a stream without its last chunk"],
)
def test_a_body_that_ends_before_its_framing_says_so_is_a_failure_with_the_bytes_kept(answer):
    exchange, _ = exchange_of(lambda *_: answer)
    assert exchange.status == 200
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TRUNCATED
    assert exchange.body.endswith(b"{}")
