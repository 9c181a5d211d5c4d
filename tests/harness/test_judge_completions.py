"""Legacy completions: choices, log probabilities and streams, right and wrong."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, sse
from tests.harness.response_values import objecting

NAME = "completions.create"
LOGGED = {
    "tokens": ["po", "ng"],
    "token_logprobs": [-0.1, -0.2],
    "top_logprobs": [{"po": -0.1}, {"ng": -0.2}],
    "text_offset": [0, 2],
}


def choice(text: str = "pong", at: int = 0, finish: str | None = "stop", probs: Any = None) -> dict[str, Any]:
    return {"text": text, "index": at, "logprobs": probs, "finish_reason": finish}


def plain(*choices: dict[str, Any], tokens: int = 2, **asked: Any) -> Reading:
    usage = {"prompt_tokens": 4, "completion_tokens": tokens, "total_tokens": 4 + tokens}
    body = {"id": "cmpl-1", "object": "text_completion", "choices": list(choices), "usage": usage}
    return a_reading(a_case(NAME, **{"prompt": "Say pong", **asked}), body)


def chunk(*choices: dict[str, Any], **over: Any) -> dict[str, Any]:
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
    return {**head, "choices": list(choices), **over}


def streamed(*chunks: dict[str, Any], **asked: Any) -> Reading:
    return a_reading(a_case(NAME, prompt="Say pong", stream=True, **asked), sse(*chunks, done=True))


TOLD = {"usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}
USAGE = {"stream_options": {"include_usage": True}}
END = chunk(choice(""))
LEGAL = {
    "one": plain(choice()),
    "two of each of two prompts": plain(*(choice(at=i) for i in range(4)), prompt=["a", "b"], n=2),
    "token ids": plain(choice(), prompt=[1, 2]),
    "token arrays": plain(choice(), choice(at=1), prompt=[[1], [2]]),
    "echo": plain(choice("Say pong: pong"), echo=True),
    "echo of tokens": plain(choice("anything"), echo=True, prompt=[1, 2]),
    "logprobs": plain(choice(probs=LOGGED), logprobs=1),
    "bytes": plain(choice("é", probs={**LOGGED, "tokens": ["bytes:\\xc3", "bytes:\\xa9"]}), logprobs=1),
    "best of three": plain(choice(), tokens=6, max_tokens=2, best_of=3),
    "streamed": streamed(chunk(choice("po", finish=None)), chunk(choice("ng", finish=None)), END),
    "cut, told twice": streamed(chunk(choice("po", finish="length")), chunk(choice("", finish="length"))),
    "ends with its text": streamed(chunk(choice("pong"))),
    "usage asked for": streamed(chunk(choice()), chunk(**TOLD), **USAGE),
    "usage null": streamed(chunk(choice(), usage=None), chunk(**TOLD), **USAGE),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name], "completions.") == set()


WRONG = [
    ("count", plain(choice(), n=2)),
    ("count", plain(choice(), choice())),
    ("count", plain(choice(at=1))),
    ("count", streamed(chunk(choice()), n=2)),
    ("echo", plain(choice("pong"), echo=True)),
    ("max-tokens", plain(choice(), tokens=3, max_tokens=2)),
    ("max-tokens", streamed(chunk(choice()), chunk(**TOLD), max_tokens=1, **USAGE)),
    ("logprobs", plain(choice(), logprobs=1)),
    ("logprobs", plain(choice(probs={**LOGGED, "token_logprobs": [-0.1]}), logprobs=1)),
    ("logprobs", plain(choice("ping", probs=LOGGED), logprobs=1)),
    ("stream.constant", streamed(chunk(choice("po", finish=None)), chunk(choice("ng"), id="cmpl-2"))),
    ("stream.finish", streamed(chunk(choice("pong", finish=None)))),
    ("stream.finish", streamed(chunk(choice("po")), chunk(choice("ng")))),
    ("stream.usage", streamed(chunk(choice()), **USAGE)),
    ("stream.usage", streamed(chunk(choice(), **TOLD))),
    ("stream.usage", streamed(chunk(choice(), **TOLD), **USAGE)),
]


@pytest.mark.parametrize(("found", "reading"), WRONG)
def test_what_is_wrong_is_told(found: str, reading: Reading) -> None:
    assert objecting(reading, "completions.") == {f"completions.{found}"}
