"""Scripts: which requests they fit, what is answered, and that all else is answered as ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from slashv1.errors import UsageError
from slashv1.harness.commands.serve_script import load_script
from slashv1.harness.embedded import embedded_gateway
from slashv1.reference_server import create_app
from slashv1.reference_server.routes import operation_of
from slashv1.reference_server.script import read_script
from slashv1.reference_server.script_match import read_when
from slashv1.reference_server.wire import Call

MODEL = "gpt-4o"
TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@contextmanager
def scripted(*rules: dict[str, Any], **options: Any) -> Iterator[httpx.Client]:
    with (
        embedded_gateway(script={"rules": list(rules)}, **options) as url,
        httpx.Client(base_url=url, headers={"authorization": "Bearer sk-x"}, timeout=20) as client,
    ):
        yield client


def sdk(client: httpx.Client, retries: int = 0) -> OpenAI:
    return OpenAI(base_url=str(client.base_url), api_key="sk-x", max_retries=retries)


def ask(client: httpx.Client, text: str = "Hi", headers: dict[str, str] | None = None, **more: Any) -> str:
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}
    answer = client.post("/chat/completions", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def frames(client: httpx.Client, **more: Any) -> list[str]:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True, **more}
    return client.post("/chat/completions", json=body).text.split("\n\n")[:-1]


def test_text_is_said_in_every_shape():
    with scripted({"answer": {"text": "As told."}}) as client, sdk(client) as official:
        messages: Any = [{"role": "user", "content": "Hi"}]
        chat = official.chat.completions.create(model=MODEL, messages=messages)
        chunks = official.chat.completions.create(model=MODEL, messages=messages, stream=True)
        streamed = "".join(c.choices[0].delta.content or "" for c in chunks)
        response = official.responses.create(model=MODEL, input="Hi")
        with official.responses.stream(model=MODEL, input="Hi") as stream:
            final = stream.get_final_response()
        kept = official.responses.retrieve(response.id)
    assert chat.choices[0].message.content == streamed == "As told."
    assert (chat.usage and chat.usage.completion_tokens) == 3
    assert response.output_text == final.output_text == kept.output_text == "As told."


def test_tool_calls_are_made_whatever_is_offered():
    call = {"name": "get_weather", "arguments": {"city": "Paris"}, "id": "call_1"}
    rule = {
        "answer": {"text": "Let me see.", "tool_calls": [call, {"name": "odd", "arguments": "{not json"}]}
    }
    with scripted(rule) as client, sdk(client) as official:
        said: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "tools": [TOOL]}
        choice = official.chat.completions.create(**said).choices[0]
        with official.chat.completions.stream(**said) as stream:
            streamed = stream.get_final_completion().choices[0]
        output = official.responses.create(model=MODEL, input="Hi").output
    calls = [{"city": "Paris"}, "{not json"]
    for message in (choice.message, streamed.message):
        assert message.content == "Let me see."
        made: Any = message.tool_calls
        assert [json.loads(made[0].function.arguments), made[1].function.arguments] == calls
        assert made[0].id == "call_1"
    assert choice.finish_reason == streamed.finish_reason == "tool_calls"
    assert [item.type for item in output] == ["message", "function_call", "function_call"]


def test_finish_is_told_to_both_apis():
    with scripted({"answer": {"text": "No.", "finish": "content_filter"}}) as client, sdk(client) as official:
        chat = official.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
        response = official.responses.create(model=MODEL, input="Hi")
    assert chat.choices[0].finish_reason == "content_filter"
    assert response.status == "incomplete"
    assert response.incomplete_details
    assert response.incomplete_details.reason == "content_filter"


def test_what_the_gateway_refuses_it_refuses_under_a_text_too():
    with scripted({"answer": {"text": "As told."}}) as client:
        bad = client.post("/chat/completions", json={"model": MODEL, "messages": []})
        nobody = client.post("/chat/completions", json={}, headers={"authorization": ""})
        models = client.get("/models")
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "empty_array")
    assert nobody.status_code == 401
    assert models.json()["object"] == "list"


@pytest.mark.parametrize(
    ("answer", "status", "kind", "code"),
    [
        ({"status": 429}, 429, "requests", "rate_limit_exceeded"),
        ({"status": 500}, 500, "server_error", None),
        ({"status": 402, "error": {"type": "billing", "code": "no_credits"}}, 402, "billing", "no_credits"),
        ({"status": 400, "error": {"param": "messages"}}, 400, "invalid_request_error", None),
    ],
)  # fmt: skip
def test_errors_are_whole_envelopes(answer, status, kind, code):
    with scripted({"answer": answer}) as client:
        given = client.post("/chat/completions", json={})
    error = given.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert (given.status_code, error["type"], error["code"]) == (status, kind, code)
    assert given.headers["x-request-id"]


def test_a_sequence_ends_in_the_ordinary_answer_and_retries_see_it():
    rule = {
        "answers": [{"status": 500}, {"status": 429, "headers": {"retry-after": "0"}}, {"text": "Third."}]
    }
    with scripted(rule) as client, sdk(client, retries=2) as patient:
        first = patient.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
        then = ask(client)
    assert first.choices[0].message.content == "Third."
    assert then not in ("Third.", "")


@pytest.mark.parametrize(
    ("then", "said"), [("last", "A A B B B"), ("again", "A A B A A"), ("ordinary", "A A B - -")]
)
def test_what_comes_behind_a_sequence(then, said):
    answers = [{"text": "A", "times": 2}, {"text": "B"}]
    rules = [{"answers": answers, "then": then}, {"answer": {"text": "-"}}]
    with scripted(*rules) as client:
        assert " ".join(ask(client) for _ in range(5)) == said


WHEN: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"operation": "chat.*"}, True),
    ({"operation": "responses.create"}, False),
    ({"method": "POST", "path": "/v1/chat/*"}, True),
    ({"method": "GET"}, False),
    ({"path": "/v1/chat"}, False),
    ({"model": "gpt-4*"}, True),
    ({"model": "o3*"}, False),
    ({"headers": {"X-Tenant": "acme*"}}, True),
    ({"headers": {"x-tenant": "other"}}, False),
    ({"headers": {"x-none": "*"}}, False),
    ({"text": "Zürich"}, True),
    ({"text": "zürich"}, False),
    ({"json": {"/messages/-1/content": "Off to Zürich"}}, True),
    ({"json": {"/messages/0/content": "Off"}}, False),
    ({"json": {"/messages/9/content": "x"}}, False),
    ({"json": {"/n": 1}}, True),
    ({"json": {"/n": True}}, False),
    ({"json": {"/logprobs": False, "/stop": ["a"]}}, True),
    ({"json": {"/logprobs": 0}}, False),
    ({"absent": ["/tools"]}, True),
    ({"absent": ["/n"]}, False),
    ({"json": {"/metadata": {"a~/b": "c"}}}, True),
    ({"json": {"/metadata/a~0~1b": "c"}}, True),
]


@pytest.mark.parametrize(("when", "fits"), WHEN, ids=lambda value: json.dumps(value))
def test_conditions(when, fits):
    asked = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Off to Zürich"}],
        "n": 1,
        "logprobs": False,
        "stop": ["a"],
        "metadata": {"a~/b": "c"},
    }
    body = json.dumps(asked).encode()
    call = Call("POST", "/v1/chat/completions", headers={"x-tenant": "acme-7"}, body=body)
    assert read_when(when, ()).fits(call, operation_of(call.method, call.path)) is fits


def test_text_is_looked_for_in_a_body_that_is_no_json_too():
    form = Call("POST", "/v1/files", body=b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nbatch')
    assert read_when({"text": "batch"}, ()).fits(form, "")
    assert not read_when({"text": "vision"}, ()).fits(form, "")


def test_a_body_and_frames_are_given_as_they_stand():
    stream = {
        "when": {"json": {"/stream": True}},
        "answer": {"frames": [{"type": "response.created"}, "raw"]},
    }
    plain = {"when": {"path": "/v1/models"}, "answer": {"body": {"data": None}, "status": 203}}
    page = {
        "when": {"path": "/v1/models/*"},
        "answer": {"body": "<html>", "headers": {"content-type": "text/html"}},
    }
    with scripted(stream, plain, page) as client:
        events = client.post("/responses", json={"stream": True})
        models, html = client.get("/models"), client.get("/models/x")
    assert events.text == 'event: response.created\ndata: {"type":"response.created"}\n\ndata: raw\n\n'
    assert events.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (models.status_code, models.json()) == (203, {"data": None})
    assert (html.text, html.headers.get_list("content-type")) == ("<html>", ["text/html"])


def test_headers_are_replaced_and_taken_away():
    with scripted(
        {"answer": {"headers": {"X-Request-Id": None, "openai-version": "x", "x-own": "ü"}}}
    ) as client:
        answer = client.get("/models")
    assert "x-request-id" not in answer.headers
    assert answer.headers["openai-version"] == "x"
    assert answer.headers["x-own"].encode("latin-1") in ("ü".encode("latin-1"), "ü".encode())


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ({"drop": "done"}, lambda whole: whole[:-1]),
        ({"drop": [1, "done"]}, lambda whole: whole[1:-1]),
        ({"repeat": 2}, lambda whole: [*whole[:2], whole[1], *whole[2:]]),
        ({"insert": {"1": ": hello\n\n"}}, lambda whole: [": hello", *whole]),
        ({"write": 5}, lambda whole: whole),
        ({"cut": 99999}, lambda whole: whole),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_faults_of_frames(fault, changed):
    with scripted({"when": {"json": {"/user": "x"}}, "answer": {"fault": fault}}) as client:
        whole, faulty = frames(client), frames(client, user="x")
    assert bare(faulty) == changed(bare(whole))


def bare(lines: list[str]) -> list[str]:
    """Frames without what is drawn anew for each answer."""
    return [json.dumps(_bare(json.loads(line[6:]))) if line.startswith("data: {") else line for line in lines]


def _bare(chunk: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in chunk.items() if key in ("choices", "usage")}


def test_a_malformed_frame_is_framed_well():
    with scripted({"answer": {"fault": {"malformed": 3}}}) as client:
        lines = frames(client)
        with pytest.raises(json.JSONDecodeError):
            json.loads(lines[2].removeprefix("data: "))
        assert all(json.loads(line.removeprefix("data: ")) for line in (*lines[:2], *lines[3:-1]))


def test_a_malformed_body_has_a_whole_head():
    with scripted({"answer": {"fault": {"malformed": 1}}}) as client:
        answer = client.get("/models")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert answer.text.startswith("{")


def until(error: type[Exception], client: httpx.Client, **how: Any) -> bytes:
    """What comes of a stream before it ends in an error."""
    got = bytearray()
    body = {"model": MODEL, "input": "Hi", "stream": True}
    with client.stream("POST", "/responses", json=body, **how) as answer:
        try:
            for data in answer.iter_raw():
                got += data
        except error:
            return bytes(got)
    raise AssertionError(f"no {error.__name__}")


def test_a_cut_breaks_the_connection_behind_its_frame():
    with scripted({"answer": {"fault": {"cut": 2}}}) as client:
        assert until(httpx.RemoteProtocolError, client).count(b"\n\n") == 2
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/models")


def test_a_held_answer_says_nothing_more_and_ends_with_its_client():
    with scripted({"answer": {"fault": {"hold": 1}}}) as client:
        got = until(httpx.ReadTimeout, client, timeout=0.5)
    assert got.startswith(b"event: response.created\n")
    assert got.count(b"\n\n") == 1


def test_delays_come_where_they_are_said():
    """The pauses are looked at, not the clock."""
    from slashv1.reference_server.script_faults import Delay, Fault, disturbed
    from slashv1.reference_server.wire import Answer, Event

    answer = Answer("", events=tuple(Event({"n": n}) for n in range(3)))
    delayed = disturbed(answer, Delay.read({"head": 1, "frames": 0.5, "before": {"2": 9}}), Fault())
    assert (delayed.delay, delayed.pace, delayed.pauses) == (1, 0.5, {1: 9})
    split = disturbed(answer, Delay.read({"before": {"3": 2}}), Fault(write=10))
    assert b"".join(list(split.encoded())[max(split.pauses) :]) == b'data: {"n":2}\n\n'
    assert disturbed(answer, Delay.read(2), Fault()).delay == 2


def test_a_defect_acts_on_a_scripted_answer():
    with scripted({"answer": {"text": "As told."}}, defect="chat-id-missing") as client:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
        answer = client.post("/chat/completions", json=body).json()
    assert "id" not in answer
    assert answer["choices"][0]["message"]["content"] == "As told."


def test_scripted_and_other_streams_do_not_mix():
    import asyncio

    async def one(client: openai.AsyncOpenAI, number: int) -> str:
        asked = f"told {number}" if number % 2 else f"Reply with exactly: own {number}"
        stream = await client.responses.create(model=MODEL, input=asked, stream=True)
        return "".join([e.delta async for e in stream if e.type == "response.output_text.delta"])

    async def many(url: str) -> list[str]:
        async with openai.AsyncOpenAI(base_url=url, api_key="sk-x", max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(20)))

    rules = [{"when": {"text": f"told {n}"}, "answer": {"text": f"script {n}"}} for n in (19, 17, 15, 13, 11)]
    rules += [{"when": {"text": f"told {n}"}, "answer": {"text": f"script {n}"}} for n in (9, 7, 5, 3, 1)]
    with scripted(*rules) as client:
        said = asyncio.run(many(str(client.base_url)))
    assert said == [f"script {n}" if n % 2 else f"own {n}" for n in range(20)]


BAD: list[tuple[str, str]] = [
    ("rules: []", "1: rules: [] "),
    ("rule: []", "unknown key 'rule' in the document; did you mean 'rules'?"),
    ("rules:\n  - when: {}\n    anser: {}", "3: unknown key 'anser' in rules.0; did you mean 'answer'?"),
    ("rules:\n  - when: {}", "2: a rule has either `answer`"),
    ("rules:\n  - answer: {txt: x}", "2: unknown key 'txt' in rules.0.answer; did you mean 'text'?"),
    (
        "rules:\n  - when:\n      operation: chat.completion.create\n    answer: {text: x}",
        "3: no operation 'chat.completion.create' is served; did you mean 'chat.completions.create'?",
    ),
    ("rules:\n  - answer: {status: 99}", "2: rules.0.answer.status: 99 is less than the minimum of 200"),
    ("rules:\n  - answer: {status: 200}", "2: `status: 200` needs a `body` beside it"),
    ("rules:\n  - answer: {status: 204, body: x}", "2: `status: 204` has no body"),
    ("rules:\n  - answer:\n      error: {code: x}", "3: `error` needs a `status` of 400 or more"),
    ("rules:\n  - answer:\n      text: x\n      body: y", "and `text` exclude each other"),
    ("rules:\n  - answer:\n      text: x\n      status: 500", "4: `status` and `text` exclude each other"),
    ("rules:\n  - answer: {fault: {cut: two}}", "2: rules.0.answer.fault.cut is 'two'; expected integer"),
    ("rules:\n  - answer: {fault: {drop: dona}}", "'dona', which has not the form ^done$"),
    ('rules:\n  - answer: {headers: {x-a: "b\\r\\nx-c: d"}}', "2: rules.0.answer.headers.x-a has"),
    ("rules:\n  - when: {operation: models.list}\n    answer: {text: x}", "2: `text`, `tool_calls`"),
    ("rules:\n  - answer: {text: x}\n    then: last", "3: `then` comes after `answers`"),
    ("rules:\n  - {when: [", "not"),
    ("rules:\n  - when: {json: {stream: true}}\n    answer: {text: x}", "2: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said for _, said in BAD])
def test_a_mistake_is_one_line_with_its_place(tmp_path, text, said):
    file = tmp_path / "script.yaml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_script(str(file))
    line = str(caught.value)
    assert said in line
    assert line.startswith(f"{file}:")
    assert "\n" not in line


def test_a_script_that_is_not_there_ends_serve_with_two(tmp_path):
    from click.testing import CliRunner

    from slashv1.harness.commands.serve import command

    given = CliRunner().invoke(command, ["--port", "0", "--script", str(tmp_path / "none.yaml")])
    assert isinstance(given.exception, UsageError)
    assert "none.yaml: cannot be read" in str(given.exception)


def test_a_mistake_in_a_script_from_python_tells_its_place():
    with pytest.raises(UsageError, match=r"^rules\.0\.when\.operation: no operation 'x' is served"):
        create_app(script={"rules": [{"when": {"operation": "x"}, "answer": {"text": "y"}}]})


def test_the_example_of_the_documents_is_a_script(tmp_path):
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "script.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```yaml\n")[1:]]
    assert len(blocks) >= 3
    for block in blocks:
        file = tmp_path / "example.yaml"
        file.write_text(block)
        assert read_script(load_script(str(file)))
