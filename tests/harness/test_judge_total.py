"""Whatever a server sends, no check raises: a crash of ours must not read as a verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import ExpectedError
from tests.harness.chat_answers import begun, call, called, choice, chunk, completion, part, token
from tests.harness.readings import a_case, a_reading, sse

TOPICS = {
    "http",
    "framing",
    "headers",
    "errors",
    "usage",
    "chat",
    "chat_parts",
    "chat_stream",
    "chat_deltas",
    "chat_tokens",
    "chat_finish",
    "chat_ending",
}
OWN = [found for found in checks().values() if found.judge.__module__.rsplit(".", 1)[-1] in TOPICS]
ASKED = {
    "model": [],
    "n": "two",
    "tools": [1, {"type": []}],
    "tool_choice": 1,
    "logprobs": True,
    "modalities": 3,
}
TAGS = ["tools", "logprobs", "usage"]
CASES = [
    a_case(tags=TAGS, beside=("chat.completions.create/other",), finish_reason=("stop",), **ASKED),
    a_case(tags=TAGS, stream=True, finish_reason=("stop",), stream_options={"include_usage": True}, **ASKED),
    a_case(tags=TAGS, stream=True, stream_options=[]),
    a_case(status=400, error=ExpectedError(("a",), (None,), ("b",)), headers={"authorization": None}),
    a_case(status=400, error=ExpectedError(("a",), (None,), ("b",)), stream=True),
    a_case("responses.create", stream=True),
    a_case("embeddings.create"),
    a_case("models.list"),
]
ODD: list[Any] = [None, True, -1, 1e400, "", "x", [], [[]], {}, {"a": {}}, 10**30, "\ud800"]
WHOLE = [
    completion(choice(said={"role": "assistant", "content": "x"})),
    called(call()),
    completion(choice(logprobs={"content": [token("x", top=1)]})),
    chunk(part({"role": "assistant", **begun()}, "stop")),
    chunk(part({"content": "x"}, logprobs={"content": [token("x", top=1)]})),
    {"error": {"message": "x", "type": "y", "param": None, "code": None}},
    {"usage": {"prompt_tokens": 1, "total_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}},
    {"response": {"usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}},
]
RAW = [
    b"",
    b"\xff\xfe\x00",
    b"data: \xff\n\n",
    b"data: " + b"[" * 100_000,
    b"[" * 100_000,
    b"9" * 5_000,
    b"data: [DONE]\n\ndata: [DONE]\n\n",
    b"data: NaN\n\n",
    b"\r\r\r",
    b": \n\n",
    b"<html>",
]


def mangled(whole: Any) -> list[Any]:
    """`whole` with every value in it, one at a time, replaced by every odd one."""
    found = list(ODD)
    if isinstance(whole, dict):
        found += [{**whole, key: value} for key in whole for value in mangled(whole[key])]
    if isinstance(whole, list) and whole:
        found += [[value, *whole[1:]] for value in mangled(whole[0])]
    return found


def judge_all(reading: Reading) -> None:
    for found in OWN:
        if not found.applies(reading.case):
            continue
        try:
            for deviation in found.judge(reading):
                assert deviation.message
                json.dumps([deviation.expected, deviation.actual, deviation.message]).encode()
        except Inconclusive:
            continue


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}-{case.stream}-{case.error}")
@pytest.mark.parametrize("status", [200, 400, 429, 302, None])
@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_no_bytes_make_a_check_raise(case: Any, status: int | None, raw: bytes) -> None:
    failure = Failure(FailureKind.RESET, "reset") if status is None else None
    headers = {
        "x-ratelimit-limit": "٣",
        "x-ratelimit-": "",
        "retry-after": "Mon, 99 Foo",
        "x-request-id": "\x1b[",
    }
    judge_all(a_reading(case, raw, status=status, failure=failure, headers=headers))


@pytest.mark.parametrize("case", CASES[:5], ids=lambda case: f"{case.operation}-{case.stream}-{case.error}")
@pytest.mark.parametrize("whole", WHOLE, ids=range(len(WHOLE)))
def test_no_value_of_the_wrong_type_makes_a_check_raise(case: Any, whole: dict[str, Any]) -> None:
    status = 400 if case.error else 200
    for value in mangled(whole):
        text = json.dumps(value)
        body = sse(text, text, done=True) if case.stream else text
        judge_all(a_reading(case, body, status=status))
