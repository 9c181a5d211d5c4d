"""Every defect changes something on the wire; every variant keeps what a client reads."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from typing import Any

import pytest

from slashv1.reference_server import DEFECTS, VARIANTS, Twist, ids
from slashv1.reference_server.defects import isolation
from slashv1.reference_server.gateway import Gateway
from slashv1.reference_server.store import Store
from slashv1.reference_server.switch import Switch
from slashv1.reference_server.wire import Answer, Call

PAGE = {
    "origin": "https://app.example",
    "access-control-request-method": "DELETE",
    "access-control-request-headers": "authorization",
}
KEY = {"authorization": "Bearer sk-x", "content-type": "application/json"}
FUNCTION = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
TOOLS = [{"type": "function", "function": FUNCTION}]
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
SCHEMA = {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
TEN = [{"role": "user", "content": "Count from 1 to 10"}]
BOTH = [{"role": "user", "content": "Call both"}]


def post(path: str, body: Any, **headers: str) -> Call:
    return Call("POST", f"/v1/{path}", headers={**KEY, **headers}, body=json.dumps(body).encode())


def chat(**options: Any) -> Call:
    return post("chat/completions", {"model": "gpt-4o", "messages": TEN, **options})


def packed() -> Call:
    return post("chat/completions", {"model": "gpt-4o", "messages": TEN}, **{"accept-encoding": "gzip"})


def respond(**options: Any) -> Call:
    return post("responses", {"model": "gpt-4o", "input": "Count from 1 to 10", **options})


def embed(**options: Any) -> Call:
    return post("embeddings", {"model": "text-embedding-3-small", "input": ["a", "b"], **options})


def hosted(kind: str, **options: Any) -> tuple[Call, Call]:
    """A tool of this type, forced: plain and streamed."""
    named = {"type": kind, **({"name": options["name"]} if "name" in options else {})}
    asked = {"tools": [{"type": kind, **options}], "tool_choice": named}
    return respond(**asked), respond(**asked, stream=True)


def chat_with(key: str) -> Call:
    return post("chat/completions", {"model": "gpt-4o", "messages": TEN}, authorization=f"Bearer {key}")


TOOL_CALL = {"messages": BOTH, "tools": TOOLS, "tool_choice": "required"}
RESPONSE_CALL = {"tools": [{"type": "function", **FUNCTION}], "tool_choice": "required"}
SYSTEM = {"role": "system", "content": "Answer in one short line."}
DEVELOPER = {"role": "developer", "content": "Answer in one short line."}
CALLED = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
ANSWERED = [
    {"role": "assistant", "content": None, "tool_calls": [CALLED]},
    {"role": "tool", "tool_call_id": "call_1", "content": "21 degrees and sunny"},
]
ITEM = {"role": "assistant", "content": [{"type": "output_text", "text": "noted"}]}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "21 degrees"}
RED = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
TIME = {"type": "function", "function": {"name": "get_time"}}
SPACED = {"type": "function", "function": {"name": "get time"}}
ONLY_TIME = {"mode": "required", "tools": [TIME]}
TWO_HERE = [{"type": "function", **FUNCTION}, {"type": "function", "name": "get_time"}]
TIME_HERE = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_time"}]}
CALLS = (
    chat(max_completion_tokens=1_000_000_000),
    chat(max_completion_tokens=1_000_000_000, stream=True),
    chat(max_completion_tokens=5),
    chat(messages=[*TEN, ANSWERED[1]]),
    chat(messages=[*TEN, ANSWERED[0], {**ANSWERED[1], "content": [{"type": "text", "text": "21"}]}]),
    chat(messages=[{"role": "user", "content": [RED]}]),
    chat(tools=[SPACED]),
    chat(tools=TOOLS, tool_choice=TIME),
    chat(tools=[*TOOLS, TIME], tool_choice={"type": "allowed_tools", "allowed_tools": ONLY_TIME}),
    chat(prompt_cache_key="k"),
    chat(messages=[{"role": "user", "content": ""}]),
    chat(messages=[{"role": "user", "content": "Grüß dich 🙂"}]),
    chat(stop=5),
    Call("GET", "/v1/responses/resp_%C3%A9", headers=KEY),
    post("chat/completions", {"model": "gpt-4o", "messages": TEN}, authorization="Basic eA=="),
    post("chat/completions", {"model": "gpt-4o", "messages": TEN}, **{"content-type": "text/plain"}),
    Call("POST", "/v1/chat/completions", headers=KEY),
    respond(input=[OUTPUT]),
    respond(input=[*TEN, ITEM, *TEN]),
    respond(input=[*TEN, {"type": "message", "id": "msg_1", "status": "completed", **ITEM}, *TEN]),
    respond(tools=TWO_HERE, tool_choice=TIME_HERE),
    respond(**RESPONSE_CALL, parallel_tool_calls=False, input="Call both"),
    respond(stream=True, stream_options={"include_obfuscation": False}),
    respond(user="u", prompt_cache_key="k"),
    chat_with("sk-slashv1-rate-reached"),
    chat_with("sk-slashv1-quota-reached"),
    embed(input=[791, 4062]),
    embed(dimensions=1536),
    chat(),
    chat(messages=[SYSTEM, *TEN]),
    chat(messages=[*TEN, *ANSWERED], tools=TOOLS),
    packed(),
    Call("OPTIONS", "/v1/responses/resp_1", headers=PAGE),
    post("chat/completions", {"model": "gpt-4o", "messages": TEN}, origin="https://app.example"),
    chat(n=2),
    chat(stop=[", 3"]),
    chat(stream=False),
    chat(top_p=3),
    chat(response_format={"type": "json_object"}, messages=[{"role": "user", "content": "Answer in JSON"}]),
    chat(messages=[DEVELOPER, *TEN]),
    chat(messages=[{"role": "user", "content": [{"type": "text", "text": "Count from 1 to 10"}]}]),
    embed(input=[1, 2, 3]),
    chat(max_tokens=5),
    chat(logprobs=True, top_logprobs=2),
    chat(response_format={"type": "json_schema", "json_schema": SCHEMA}),
    chat(**TOOL_CALL),
    chat(**TOOL_CALL, parallel_tool_calls=False),
    chat(tools=TOOLS, tool_choice={"type": "function", "function": {"name": "get_weather"}}),
    chat(tools=TOOLS, tool_choice="none"),
    chat(**USAGE),
    chat(stream=True),
    chat(n=2, stream=True),
    chat(stream=True, logprobs=True),
    chat(stream=True, logprobs=True, top_logprobs=2),
    chat(stream=True, max_tokens=5),
    chat(**TOOL_CALL, stream=True),
    respond(),
    respond(instructions="Be brief."),
    respond(input=[DEVELOPER, *TEN]),
    respond(max_output_tokens=16, input="Count from 1 to 50"),
    respond(text={"format": {"type": "json_schema", **SCHEMA}}),
    respond(**RESPONSE_CALL),
    respond(stream=True),
    respond(stream=True, max_output_tokens=16, input="Count from 1 to 50"),
    respond(**RESPONSE_CALL, stream=True),
    respond(background=True),
    *hosted("web_search_preview"),
    *hosted("file_search", vector_store_ids=["vs_1"]),
    *hosted("code_interpreter", container={"type": "auto"}),
    *hosted("mcp", server_label="s", server_url="https://mcp.example.com", require_approval="never"),
    *hosted("image_generation", partial_images=1),
    *hosted("custom", name="note"),
    respond(stream=True, include=["message.output_text.logprobs"]),
    respond(include=["message.output_text.logprobs"], top_logprobs=2),
    post("responses/input_tokens", {"model": "gpt-4o", "input": "Hi"}),
    embed(),
    embed(dimensions=8),
    embed(encoding_format="base64"),
    embed(input="slashv1 " * 600),
    Call("GET", "/v1/models", headers=KEY),
    Call("GET", "/v1/models/gpt-4o", headers=KEY),
    Call("GET", "/v1/models/nope", headers=KEY),
    Call("GET", "/v1/models/gateway/gpt-4o-mini", headers=KEY),
    Call("GET", "/v1/models/gateway%2Fgpt-4o-mini", headers=KEY),
    Call("GET", "/v1/responses/resp_1"),
    Call("GET", "/v1/models", headers={"authorization": "Bearer sk-invalid-key-of-mine"}),
    Call("GET", "/v1/nope", headers=KEY),
    Call("PUT", "/v1/models", headers=KEY),
    chat(temperature=9),
    chat(messages=[], stream=True),
    chat(messages=[], user="u" * 2**20),
    chat(model="nope"),
)


def visible(answer: Answer) -> tuple[Any, ...]:
    """What a client sees, ids, times and other values that change anyway taken out."""
    body = b"".join(answer.encoded()).decode("utf-8", "replace")
    headers = tuple(
        sorted((n, re.sub(r"^\d+", "N", v) if n == "openai-processing-ms" else v) for n, v in answer.headers)
    )
    return answer.status, headers, body, answer.cut, answer.delay, answer.pace


async def again(switch: Switch) -> list[Answer]:
    """A stored response streamed again and page by page."""
    turns = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    stored = await switch.answer(respond(input=turns, metadata={"a": "b"}))
    place = f"/v1/responses/{(stored.body or {}).get('id')}"
    queries: list[tuple[str, dict[str, str]]] = [
        ("", {"stream": "true", "starting_after": "1"}),
        ("", {}),
        ("/input_items", {"limit": "1"}),
        ("/input_items", {"order": "asc"}),
    ]
    whole = await switch.answer(Call("GET", f"{place}/input_items", headers=KEY))
    first = ((whole.body or {}).get("data") or [{}])[0].get("id", "")
    queries.append(("/input_items", {"after": first}))
    return [whole, *[await switch.answer(Call("GET", place + end, query, KEY)) for end, query in queries]]


async def seen(kind: str | None, name: str) -> list[tuple[Any, ...]]:
    gateway = Gateway(Store())
    options = {"defect": None, "variant": None} | ({kind: name} if kind else {})
    switch = Switch(gateway.answer, **options)
    answers = [await switch.answer(call) for call in CALLS]
    for stored in ({"metadata": {"a": "b"}}, {"background": True}):
        created = await switch.answer(respond(**stored))
        body = created.body or {}
        place = f"/v1/responses/{body.get('id')}"
        steps = (
            [("POST", "/cancel"), ("GET", "")]
            if "background" in stored
            else [("GET", ""), ("DELETE", ""), ("GET", "")]
        )
        answers += [await switch.answer(Call(m, place + end, headers=KEY)) for m, end in steps]
    first = await switch.answer(respond())
    name = (first.body or {}).get("id")
    answers.append(await switch.answer(respond(previous_response_id=name)))
    created = await switch.answer(respond(background=True, stream=True))
    begun = created.events[0].data["response"] if created.events else {}
    path = f"/v1/responses/{begun.get('id')}"
    answers.append(await switch.answer(Call("GET", path, query={"stream": "true"}, headers=KEY)))
    unstored = await switch.answer(respond(store=False))
    path = f"/v1/responses/{(unstored.body or {}).get('id')}"
    answers.append(await switch.answer(Call("GET", path, headers=KEY)))
    answers += await again(switch)
    for one, other in ((chat, {"messages": BOTH}), (respond, {"input": "Count from 10 to 1"})):
        answers += await asyncio.gather(
            switch.answer(one(stream=True)), switch.answer(one(stream=True, **other))
        )
    return [visible(answer) for answer in answers]


def run(monkeypatch: pytest.MonkeyPatch, kind: str | None = None, name: str = "") -> list[tuple[Any, ...]]:
    """What all calls bring when ids come from a counter and the clock stands still."""
    numbers, mine, really = iter(range(10**9)), threading.get_ident(), time.time

    def now() -> float:
        """The gateway of the session, in a thread of its own, keeps the true time."""
        return 1_750_000_000.5 if threading.get_ident() == mine else really()

    with monkeypatch.context() as patched:
        patched.setattr(ids.secrets, "token_hex", lambda size: f"{next(numbers):0{2 * size}x}")
        patched.setattr(ids, "_letters", lambda size: f"{next(numbers):0{size}d}")
        patched.setattr(time, "time", now)
        patched.setattr(isolation, "PATIENCE", 0.02)
        return asyncio.run(seen(kind, name))


@pytest.fixture(scope="module")
def correct() -> list[tuple[Any, ...]]:
    with pytest.MonkeyPatch.context() as patch:
        return run(patch)


def reached(twist: Twist) -> bool:
    """Whether one of the calls above comes to it; the others are shown by the self-test alone."""
    others = ("media and stored chat", "file, batch or conversation")
    return twist.profile == "openai" and twist.family not in others


@pytest.mark.parametrize("name", [twist.name for twist in DEFECTS.values() if reached(twist)])
def test_defect_changes_the_wire(name, monkeypatch, correct):
    assert run(monkeypatch, "defect", name) != correct


def test_correct_gateway_repeats_itself(monkeypatch):
    assert run(monkeypatch) == run(monkeypatch)


@pytest.mark.parametrize("twist", DEFECTS.values(), ids=lambda twist: twist.name)
def test_defect_names_the_check_that_catches_it(twist):
    assert twist.caught_by
    assert twist.family
    assert twist.title


def test_every_family_has_defects():
    assert len(DEFECTS) >= 150
    assert {twist.family for twist in DEFECTS.values()} >= {
        "body",
        "error",
        "framing",
        "ignored",
        "lifecycle",
        "tolerance",
    }
    assert len(VARIANTS) >= 8


def test_defect_by_path_touches_this_request_alone(http):
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    root = str(http.base_url).removesuffix("/v1/")
    assert "id" not in http.post(f"{root}/defect/chat-id-missing/v1/chat/completions", json=body).json()
    assert "id" in http.post("/chat/completions", json=body).json()


@pytest.mark.parametrize("kind", ["defect", "variant"])
def test_unknown_name_in_the_path_is_an_envelope(http, kind):
    answer = http.get(f"{str(http.base_url).removesuffix('/v1/')}/{kind}/nope/v1/models")
    assert answer.status_code == 404
    assert "nope" in answer.json()["error"]["message"]


def test_no_name_is_both_a_defects_and_a_legal_variants() -> None:
    assert set(DEFECTS) & set(VARIANTS) == set()
