"""No check raises, whatever JSON a server sends: a crash of ours would read as an error of the run."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from tests.harness.readings import a_case, a_reading
from tests.harness.response_values import a_response, call, message, reasoning, stream_of

DEEP: Any = 0
for _ in range(300):
    DEEP = [DEEP]
ODD: tuple[Any, ...] = (None, {"type": {}}, -(10**399), [], True, [{}], "\ud800", DEEP, {}, 1e308, 7)
TOOL = {"type": "function", "name": "get_weather", "strict": True, "parameters": {"type": "object"}}
ASKED = {
    "input": "x",
    "max_output_tokens": 16,
    "temperature": 0.5,
    "tools": [TOOL],
    "tool_choice": "required",
}
CHAT_TOOL = {"type": "function", "function": TOOL}
CHAT_ASKED = {"messages": [], "n": 2, "stop": ["5"], "max_tokens": 8, "logprobs": True, "tools": [CHAT_TOOL]}
OWN = ("responses.", "embeddings.", "models.", "lifecycle.", "pairs.", "ignored.", "replay.", "isolation.")
JUDGED = ("id", "object", "created_at", "status", "error", "incomplete_details", "output", "tools", "usage")
RESPONSE = {key: a_response(reasoning(at=0), message(at=1), call(at=2))[key] for key in JUDGED}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
LOGPROBS = {"content": [{"token": "a", "logprob": -1.0, "bytes": [97], "top_logprobs": []}], "refusal": None}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
SAID = {"role": "assistant", "content": "a", "refusal": None, "tool_calls": [CALL]}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": SAID, "finish_reason": "stop", "logprobs": LOGPROBS}],
    "usage": USAGE,
}
CHUNK = {
    **CHAT,
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "delta": {**SAID, "tool_calls": [{"index": 0, **CALL}]}, "finish_reason": None}],
}
EMBEDDINGS = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],
    "model": "m",
    "usage": USAGE,
}
MODELS = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "me"}]}
ERROR = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}

PLAIN: dict[str, tuple[Case, Any]] = {
    "responses.create": (
        a_case("responses.create", **ASKED, text={"format": {"type": "json_object"}}),
        RESPONSE,
    ),
    "responses.retrieve": (a_case("responses.retrieve", after=("responses.create/a",)), RESPONSE),
    "responses.cancel": (a_case("responses.cancel", after=("responses.create/a",)), RESPONSE),
    "responses.delete": (a_case("responses.delete"), {"id": "resp_1", "object": "response", "deleted": True}),
    "responses.input_tokens.count": (
        a_case("responses.input_tokens.count"),
        {"object": "x", "input_tokens": 1},
    ),
    "chat": (a_case(tags=("logprobs",), **CHAT_ASKED, response_format={"type": "json_object"}), CHAT),
    "embeddings.create": (
        a_case("embeddings.create", beside=("embeddings.create/a",), input=["x"], encoding_format="base64"),
        EMBEDDINGS,
    ),
    "models.list": (a_case("models.list"), MODELS),
    "models.retrieve": (a_case("models.retrieve", beside=("models.list/a",)), MODELS["data"][0]),
    "error": (a_case(status=400, messages=[]), ERROR),
}


def mutants(value: Any, depth: int = 7, odd: Iterator[Any] | None = None) -> Iterator[Any]:
    """The value with each place in turn replaced by two odd ones (the next two each time), or taken out."""
    odd = odd or cycle(ODD)
    yield from islice(odd, 2)
    if not depth or not isinstance(value, dict | list):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        for mutant in mutants(value[key], depth - 1, odd):
            made = copy.copy(value)
            made[key] = mutant
            yield made
        made = copy.copy(value)
        del made[key]
        yield made


def _judge_all(reading: Reading) -> int:
    judged = 0
    for check in checks().values():
        if check.id.startswith(OWN) and check.applies(reading.case):
            try:
                judged += len(list(check.judge(reading))) + 1
            except Inconclusive:
                judged += 1
            except Exception as error:
                message = f"{check.id} raised {error!r} on {reading.exchange.body[:300]!r}"
                raise AssertionError(message) from error
    return judged


@pytest.mark.parametrize("name", PLAIN)
def test_no_check_raises_on_a_plain_answer(name: str) -> None:
    case, right = PLAIN[name]
    twin = a_reading(case, right)
    others = {
        step: a_reading(a_case(step.rsplit("/", 1)[0], **case.asked), MODELS if "models" in step else right)
        for step in (*case.after, *case.beside)
    }
    for body in mutants(right):
        reading = a_reading(
            case, json.dumps(body).encode(), others=others, golden=twin.exchange, status=case.expect.status[0]
        )
        swapped = a_reading(case, right, others=dict.fromkeys(others, reading), golden=reading.exchange)
        assert _judge_all(reading) + _judge_all(swapped) > 1


def _frame(event: Any) -> str:
    """One frame on the wire, named by its type where it has one."""
    name = event.get("type") if isinstance(event, dict) else None
    lead = f"event: {name}\n" if isinstance(name, str) and name.isprintable() else ""
    return f"{lead}data: {json.dumps(event)}\n\n"


STREAMS: dict[str, tuple[Case, list[dict[str, Any]]]] = {
    "responses": (
        a_case("responses.create", stream=True, **ASKED),
        stream_of({**RESPONSE, "output": [call()]}),
    ),
    "chat": (
        a_case(tags=("logprobs", "usage"), stream=True, **CHAT_ASKED),
        [CHUNK, {**CHUNK, "choices": [], "usage": USAGE}],
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_no_check_raises_on_a_stream(name: str) -> None:
    case, events = STREAMS[name]
    frames = [_frame(event) for event in events]
    golden = a_reading(case, "".join(frames)).exchange
    for place, event in enumerate(events):
        for mutant in mutants(event, 2 if "response" in event else 4):
            text = "".join([*frames[:place], _frame(mutant), *frames[place + 1 :]])
            assert _judge_all(a_reading(case, text, golden=golden)) > 1
