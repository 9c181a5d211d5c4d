"""Legacy completions through the official client and raw."""

from __future__ import annotations

import json

import openai
import pytest

MODEL = "gpt-3.5-turbo-instruct"


def test_each_prompt_has_its_choices_in_order(client):
    given = client.completions.create(model=MODEL, prompt=["Say exactly: a", "Say exactly: b"], n=2)
    assert [choice.text for choice in given.choices] == ["a", "a", "b", "b"]
    assert [choice.index for choice in given.choices] == [0, 1, 2, 3]
    assert given.model == f"{MODEL}:20230824-v2"


def test_echo_puts_the_prompt_before_the_text(client):
    given = client.completions.create(model=MODEL, prompt="Say exactly: a", echo=True)
    assert given.choices[0].text == "Say exactly: aa"


def test_a_stream_joined_is_the_plain_text(client):
    asked = {"model": MODEL, "prompt": "Count from 1 to 9", "max_tokens": 5}
    plain = client.completions.create(**asked).choices[0]
    chunks = list(client.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == plain.text
    assert chunks[-2].choices[0].finish_reason == plain.finish_reason == "length"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 5


def test_logprobs_have_an_entry_for_each_token(client):
    probs = (
        client.completions.create(model=MODEL, prompt="Say exactly: one two", logprobs=2).choices[0].logprobs
    )
    assert probs.tokens == ["one", " two"]
    assert probs.text_offset == [0, 3]
    assert [len(top) for top in probs.top_logprobs] == [2, 2]


def test_token_arrays_are_prompts_and_are_billed_by_their_length(client):
    given = client.completions.create(model="babbage-002", prompt=[[1, 2], [3]])
    assert len(given.choices) == 2
    assert given.usage.prompt_tokens == 3


@pytest.mark.parametrize(
    ("asked", "status", "code", "param"),
    [
        ({"max_tokens": -1, "temperature": 3}, 400, "integer_below_min_value", "max_tokens"),
        ({"model": "no-such-model"}, 404, "model_not_found", None),
        ({"model": "gpt-4o-mini"}, 404, None, "model"),
        ({"model": "text-embedding-3-small"}, 403, None, None),
        ({"prompt": [1, 100_258]}, 400, None, None),
        ({"prompt": [1, "a"]}, 400, "invalid_type", "prompt"),
        ({"n": 3, "best_of": 2}, 400, None, "best_of"),
        ({"model": "babbage-002", "suffix": "."}, 400, None, "suffix"),
    ],
)
def test_refusals(http, asked, status, code, param):
    answer = http.post("/completions", json={"model": MODEL, "prompt": "Hello", **asked})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


def test_a_wrong_key_is_refused_with_a_charset(http):
    answer = http.post("/completions", json={}, headers={"authorization": "Bearer sk-invalid"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "www-authenticate" not in answer.headers


def test_a_stream_ends_in_done(http):
    text = http.post("/completions", json={"model": MODEL, "prompt": "Say exactly: a", "stream": True}).text
    *chunks, last = [line[6:] for line in text.splitlines() if line]
    assert last == "[DONE]"
    assert {json.loads(chunk)["object"] for chunk in chunks} == {"text_completion"}


def test_the_client_raises_what_it_should(client):
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="no-such-model", prompt="x")
