"""A whole run: preflight, verdicts, the record, and what is left when it is cut short."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from dataclasses import replace

import pytest

from slashv1.errors import TargetError
from slashv1.fixtures.exchange import Exchange, Request
from slashv1.harness import judging
from slashv1.harness import run as run_module
from slashv1.harness.capture import Captured
from slashv1.harness.connection import Connection, Limits
from slashv1.harness.embedded import embedded_gateway
from slashv1.harness.judging import judge_plan, read_plan
from slashv1.harness.plan import make_plan
from slashv1.harness.preflight import choose_embedding_model, choose_model
from slashv1.harness.run import execute, gather, preflight
from slashv1.matrix import Profile, RequestTemplate, load_matrix, load_profile
from slashv1.record import Outcome
from tests.harness.raw_server import MODELS, raw_server, reply, with_models
from tests.harness.readings import a_case, sse

PROFILE = Profile("test")
PLAIN = a_case(name="plain", model="${model}", messages=[{"role": "user", "content": "hi"}])
EMBED = a_case("embeddings.create", name="plain", model="${embedding_model}", input="x")
LIST = a_case("models.list", name="plain")
CREATE = a_case("responses.create", name="stored", input="x", model="${model}")
GET = replace(
    a_case("responses.retrieve", name="get", after=(CREATE.id,)),
    request=RequestTemplate("GET", "/v1/responses/${responses.create/stored#/id}"),
)


def look(answer, **options):
    with raw_server(answer) as server:
        return asyncio.run(preflight(Connection(server.base_url, **options))), server


def refused(answer, **options):
    with pytest.raises(TargetError) as error:
        look(answer, **options)
    line = str(error.value)
    assert line.isprintable()
    return line


def by_path(models, other):
    return lambda got, *_: models if got.path == "/v1/models" else other


def test_models_are_picked_from_the_list_and_the_run_says_which():
    found, server = look(lambda *_: reply(MODELS))
    assert (found.model, found.embedding_model) == ("tiny-chat", "tiny-embed")
    assert "model tiny-chat, picked from the 3 the target lists" in found.notes[0]
    assert "embedding model tiny-embed" in found.notes[1]
    assert [got.path for got in server.got] == ["/v1/models"]


def test_a_named_model_is_taken_and_a_note_says_where_it_is_not_listed():
    found, _ = look(lambda *_: reply(MODELS), model="mine", embedding_model="mine-too")
    assert (found.model, found.embedding_model) == ("mine", "mine-too")
    assert found.notes == ("model mine is not among the 3 the target lists",)


@pytest.mark.parametrize(
    ("models", "chat", "embedding"),
    [
        (
            ["text-embedding-3-large", "dall-e-3", "gpt-4.1", "gpt-4o-mini"],
            "gpt-4o-mini",
            "text-embedding-3-large",
        ),
        (["whisper-1", "tts-1", "Omni-Moderation", "llama-3-instruct"], "llama-3-instruct", None),
        (["nomic-EMBED-text"], None, "nomic-EMBED-text"),
        ([], None, None),
    ],
)
def test_the_rule_of_choice(models, chat, embedding):
    assert choose_model(models) == chat
    assert choose_embedding_model(models) == embedding


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_ends_the_run_in_one_line(status):
    error = {"error": {"message": "No such\nkey", "type": "x", "param": None, "code": "y"}}
    line = refused(lambda *_: reply(error, status), api_key="sk-abcdefgh")
    assert (
        f"answered {status} to GET /v1/models (No such\\nkey): the key was refused, check --api-key" in line
    )


def test_a_missing_key_ends_the_run_in_one_line_that_names_the_options():
    line = refused(lambda *_: reply({}, 401))
    assert "it wants a key, give one with --api-key, --api-key-env or SLASHV1_API_KEY" in line


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({}, 404), "status 404"),
        (reply(b"", 308, "text/plain", "Location: https://x/v1"), "a redirect to https://x/v1, which is not"),
        (reply({"object": "list", "data": []}), "an empty list"),
        (reply(b"<html>", 200, "text/html"), "status 200, but no list with model ids"),
        (reply([1]), "status 200, but no list with model ids"),
    ],
)
def test_no_model_list_and_no_model_named_ends_the_run_in_one_line(answer, said):
    line = refused(lambda *_: answer)
    assert "lists no models" in line
    assert said in line
    assert "name one with --model" in line


def test_a_list_without_a_chat_model_ends_the_run_in_one_line():
    line = refused(lambda *_: reply({"data": [{"id": "my-embed"}]}))
    assert "none of the 1 models listed looks like a chat model: name one with --model" in line


def test_without_a_list_a_plain_chat_completion_shows_whether_the_key_is_good():
    chat = reply({"choices": []})
    found, server = look(by_path(reply({}, 404), chat), model="mine")
    assert found.model == "mine"
    assert [got.path for got in server.got] == ["/v1/models", "/v1/chat/completions"]
    line = refused(by_path(reply({}, 404), reply({}, 401)), model="mine", api_key="sk-abcdefgh")
    assert "answered 401 to a plain chat completion: the key was refused" in line


def test_what_else_the_plain_chat_completion_answers_is_for_the_cases_to_judge():
    found, _ = look(by_path(reply({}, 404), reply({}, 500)), model="mine")
    assert found.model == "mine"


def test_a_run_that_needs_no_chat_model_asks_for_none():
    with raw_server(lambda *_: reply({}, 404)) as server:
        run = execute(make_plan((LIST,), PROFILE), Connection(server.base_url), PROFILE)
    assert run.target.model is None
    assert any(result.outcome is Outcome.FAILED for result in run.results)


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("http://127.0.0.1:1/v1", "connection refused: is it up, and is the port right?"),
        ("http://target.invalid/v1", "does not resolve"),
    ],
)
def test_an_unreachable_target_ends_the_run_in_one_line(base_url, said):
    with pytest.raises(TargetError) as error:
        asyncio.run(preflight(Connection(base_url)))
    assert said in str(error.value)
    assert base_url in str(error.value)
    assert "\n" not in str(error.value)


def reached(server, **options):
    return asyncio.run(preflight(Connection(server.base_url, **options)))


def test_tls_where_there_is_none_ends_the_run_in_one_line():
    with raw_server(lambda *_: reply({}, 400)) as server:
        server.base_url = server.base_url.replace("http:", "https:")
        with pytest.raises(TargetError) as error:
            reached(server)
    assert "TLS failed" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture
def certificate(tmp_path):
    """A fresh certificate of 127.0.0.1 that nobody trusts, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes a certificate with openssl, which is not installed")
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=here"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run([openssl, *asked.split(), *named], check=True, capture_output=True)
    return made, key


def test_a_certificate_nobody_trusts_ends_the_run_in_one_line_that_names_the_options(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with raw_server(lambda *_: reply(MODELS), tls) as server:
        with pytest.raises(TargetError) as error:
            reached(server)
        assert reached(server, insecure=True).model == "tiny-chat"
        assert reached(server, ca_bundle=str(certificate[0])).model == "tiny-chat"
    assert "the certificate is not trusted: self-signed certificate" in str(error.value)
    assert "give the CA with --ca-bundle, or --insecure" in str(error.value)


def test_a_silent_target_ends_the_run_in_one_line():
    line = refused(lambda got, sock, server: server.stopping.wait() and None, limits=Limits(first_byte=0.1))
    assert "no answer head within 0.1 s (--timeout): is it up, and is --timeout long enough?" in line


def test_results_come_in_the_order_of_the_plan_whatever_answers_first():
    def slow_first(got, sock, server):
        if got.path.endswith("completions"):
            server.stopping.wait(0.1)
        return reply({})

    cases = (PLAIN, CREATE, LIST)
    with raw_server(with_models(slow_first)) as server:
        plan = make_plan(cases, PROFILE)
        run = execute(plan, Connection(server.base_url), PROFILE)
    assert [result.id for result in run.results] == [item.id for item in plan.items]
    assert [wire.case for wire in run.wires] == [case.name for case in plan.cases]


def test_a_target_that_takes_any_key_fails_the_case_and_not_the_run():
    no_key = replace(
        PLAIN,
        name="no-key",
        request=replace(PLAIN.request, headers={"authorization": None}),
        expect=replace(PLAIN.expect, status=(401,)),
    )
    with raw_server(with_models(lambda *_: reply({}))) as server:
        run = execute(make_plan((no_key, LIST), PROFILE), Connection(server.base_url, "sk-any"), PROFILE)
    failed = [result.check for result in run.results if result.outcome is Outcome.FAILED]
    assert "http.status" in failed
    assert run.exit_code == 1


def test_embeddings_are_skipped_with_the_option_named_where_no_model_is_known():
    with raw_server(lambda *_: reply({"data": [{"id": "chat"}]})) as server:
        run = execute(make_plan((EMBED, PLAIN), PROFILE), Connection(server.base_url), PROFILE)
        assert server.asked("/v1/embeddings") == []
    skipped = [result for result in run.results if result.operation == "embeddings.create"]
    assert {result.outcome for result in skipped} == {Outcome.SKIPPED}
    assert "--embedding-model" in skipped[0].cause


def test_what_follows_a_failed_step_is_skipped_and_the_step_named():
    with raw_server(with_models(lambda *_: reply({}, 500))) as server:
        run = execute(make_plan((CREATE, GET), PROFILE), Connection(server.base_url), PROFILE)
    skipped = [result for result in run.results if result.case == "get"]
    assert {result.outcome for result in skipped} == {Outcome.SKIPPED}
    assert skipped[0].cause.startswith("step responses.create/stored failed")


def test_the_record_says_what_was_run_and_how():
    with raw_server(with_models(lambda *_: reply({}))) as server:
        plan = make_plan((PLAIN,), PROFILE)
        connection = Connection(server.base_url, "sk-secret-key", notes=("a note",))
        run = execute(plan, connection, PROFILE, strict=True)
        assert run.request_count == len(server.got) == 2
    assert run.plan_hash == plan.hash
    assert run.profile == "test"
    assert run.target.base_url == server.base_url
    assert run.notes[0] == "a note"
    assert run.strict
    assert not run.interrupted
    assert set(run.titles) == {item.check.id for item in plan.items}
    assert all(run.titles[name]["why"] for name in run.titles)
    assert run.started_at.endswith("Z")
    assert "sk-secret-key" not in repr(run)


def test_a_note_says_what_was_sent_again():
    busy = [reply({}, 429, "application/json", "Retry-After: 0")]
    with raw_server(with_models(lambda *_: busy.pop() if busy else reply({}))) as server:
        run = execute(make_plan((PLAIN,), PROFILE), Connection(server.base_url), PROFILE)
    assert run.notes[-1].endswith(": chat.completions.create/plain 2 times")
    assert run.wires[0].attempts == 2
    assert run.request_count == 3


def test_judging_the_same_answers_twice_says_the_same():
    with raw_server(with_models(lambda *_: reply({}))) as server:
        plan = make_plan((PLAIN, CREATE), PROFILE)
        _, captured = gather(plan, Connection(server.base_url))
    assert judge_plan(plan, captured, PROFILE) == judge_plan(plan, captured, PROFILE)


def an_exchange(case):
    return Exchange(Request("POST", case.request.path), 200, (), (), 0.0)


def test_a_reading_is_linked_to_its_steps_and_to_what_stands_beside():
    one = a_case(name="one", beside=("chat.completions.create/two",))
    two = a_case(name="two", beside=(one.id,))
    plan = make_plan((one, two, CREATE, GET), PROFILE)
    captured = Captured({case.id: an_exchange(case) for case in plan.cases})
    readings = read_plan(plan, captured)
    assert readings[one.id].others[two.id] is readings[two.id]
    assert readings[two.id].others[one.id] is readings[one.id]
    assert readings[GET.id].others == {CREATE.id: readings[CREATE.id]}


def test_ctrl_c_while_sending_leaves_a_partial_record(monkeypatch):
    sent = run_module.send_plan

    async def interrupted(plan, sender, into, **options):
        await sent(replace(plan, scenarios=plan.scenarios[:1]), sender, into, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "send_plan", interrupted)
    with raw_server(with_models(lambda *_: reply({}))) as server:
        plan = make_plan((LIST, PLAIN), PROFILE)
        run = execute(plan, Connection(server.base_url), PROFILE)
    assert run.interrupted
    assert run.target.model == "tiny-chat"
    assert run.exit_code == 2
    assert len(run.results) == len(plan.items)
    assert run.request_count == 2
    cut = [result for result in run.results if result.operation != "models.list"]
    assert {result.cause for result in cut} == {"interrupted before it was answered"}
    assert any(result.outcome is not Outcome.SKIPPED for result in run.results)


def test_ctrl_c_while_judging_leaves_a_partial_record(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judging, "judge", interrupted)
    with raw_server(with_models(lambda *_: reply({}))) as server:
        run = execute(make_plan((LIST,), PROFILE), Connection(server.base_url), PROFILE)
    assert run.interrupted
    assert {result.outcome for result in run.results} == {Outcome.SKIPPED}


def test_a_crash_of_the_harness_on_one_case_is_an_error_of_that_case_alone(monkeypatch):
    send = run_module.Sender.send

    async def crash(self, prepared, **options):
        if prepared.path.endswith("completions"):
            raise RuntimeError("a bug of ours")
        return await send(self, prepared, **options)

    monkeypatch.setattr(run_module.Sender, "send", crash)
    with raw_server(with_models(lambda *_: reply({}))) as server:
        run = execute(make_plan((LIST, PLAIN), PROFILE), Connection(server.base_url), PROFILE)
    broken = [result for result in run.results if result.operation != "models.list"]
    assert {result.outcome for result in broken} == {Outcome.ERROR}
    assert "RuntimeError: a bug of ours" in broken[0].cause
    assert any(result.outcome is Outcome.PASSED for result in run.results)


@pytest.mark.parametrize("model", ["o4-mini", "gpt-4"])
def test_a_genuine_model_that_lacks_something_sets_off_no_alarm(model):
    profile = load_profile("openai")
    select = ("chat.completions.create", "responses.create::max*", "responses.create::plain")
    plan = make_plan(load_matrix(), profile, select=select)
    with embedded_gateway() as base_url:
        run = execute(plan, Connection(base_url, "sk-good", model=model), profile)
    outcomes = {result.outcome for result in run.results}
    assert Outcome.INCONCLUSIVE in outcomes
    assert outcomes <= {Outcome.PASSED, Outcome.NOTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED}
    assert any("max_tokens was sent as max_completion_tokens" in note for note in run.notes) is (
        model[0] == "o"
    )


def test_a_key_that_comes_in_pieces_is_not_put_together_in_a_finding():
    key = "sk-abcdefghijklmnop"

    def pieces(got, sock, server):
        deltas = [
            {"role": "assistant", "content": ""},
            *({"content": key[i : i + 3]} for i in range(0, 19, 3)),
        ]
        choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
        frames = [{"object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
        return reply(sse(*frames, done=True).encode(), 200, "text/event-stream")

    case = a_case(name="stream", model="m", stream=True, stop=[key[3:6]])
    with raw_server(with_models(pieces)) as server:
        run = execute(make_plan((case,), PROFILE), Connection(server.base_url, key), PROFILE)
    said = [str(finding) for result in run.results for finding in result.findings]
    assert any("[redacted]" in text for text in said)
    assert not any(key in text for text in said)
