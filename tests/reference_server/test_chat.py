"""Chat completions through the official client."""

from __future__ import annotations

import json

import jsonschema
import pytest
from openai import OpenAI

from slashv1.reference_server.tokens import count

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 3}},
            "required": ["city", "days"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}}


def ask(client: OpenAI, text: str, **options):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o-mini", messages=messages, **options)


def test_plain_answer_has_text_finish_and_usage(client):
    answer = ask(client, "Reply with exactly: pong")
    assert answer.choices[0].message.content == "pong"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model == "gpt-4o-mini-2024-07-18"


def test_same_question_same_text(client):
    assert len({ask(client, "How are you?").choices[0].message.content for _ in range(3)}) == 1


def test_text_survives_unicode(client):
    assert ask(client, "Reply with exactly: 你好 👋🏽").choices[0].message.content == "你好 👋🏽"


def test_stream_joins_to_the_plain_text(client):
    chunks = list(ask(client, "Count from 1 to 5", stream=True))
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert text == ask(client, "Count from 1 to 5").choices[0].message.content == "1, 2, 3, 4, 5"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(c.usage is None for c in chunks)


def test_stream_bills_as_the_plain_answer_does(client):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(ask(client, "Count from 1 to 5", **options))
    assert chunks[-1].choices == []
    assert chunks[-1].usage == ask(client, "Count from 1 to 5").usage


def test_obfuscation_can_be_turned_off(http):
    body = {"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    assert "obfuscation" in http.post("/chat/completions", json=body).text
    body["stream_options"] = {"include_obfuscation": False}
    assert "obfuscation" not in http.post("/chat/completions", json=body).text


def test_required_tool_is_called_with_arguments_by_its_schema(client):
    choice = ask(client, "Hello", tools=[WEATHER], tool_choice="required").choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    call = choice.message.tool_calls[0]
    jsonschema.validate(json.loads(call.function.arguments), WEATHER["function"]["parameters"])


def test_named_tool_is_called_and_ends_in_stop(client):
    named = {"type": "function", "function": {"name": "get_time"}}
    choice = ask(client, "Hello", tools=[WEATHER, CLOCK], tool_choice=named).choices[0]
    assert choice.finish_reason == "stop"
    assert [call.function.name for call in choice.message.tool_calls] == ["get_time"]


@pytest.mark.parametrize(("choice", "text", "calls"), [("auto", "Hello", 0), ("none", "Use get_weather", 0)])
def test_no_tool_is_called_unasked(client, choice, text, calls):
    message = ask(client, text, tools=[WEATHER], tool_choice=choice).choices[0].message
    assert len(message.tool_calls or []) == calls
    assert message.content


def test_parallel_calls_have_ids_of_their_own_and_can_be_forbidden(client):
    text = "Call get_weather and get_time, both"
    both = ask(client, text, tools=[WEATHER, CLOCK]).choices[0].message.tool_calls
    assert len({call.id for call in both}) == 2
    one = ask(client, text, tools=[WEATHER, CLOCK], parallel_tool_calls=False).choices[0].message.tool_calls
    assert len(one) == 1


@pytest.mark.parametrize("text", ["Use get_weather", "Call get_weather and get_time, both"])
def test_streamed_calls_add_up_to_the_plain_ones(client, text):
    tools = [WEATHER, CLOCK]
    plain = ask(client, text, tools=tools).choices[0].message.tool_calls
    streamed: dict[int, list[str]] = {}
    for chunk in ask(client, text, tools=tools, stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            name_and_text = streamed.setdefault(call.index, ["", ""])
            name_and_text[0] += call.function.name or ""
            name_and_text[1] += call.function.arguments
    assert list(streamed.values()) == [[c.function.name, c.function.arguments] for c in plain]


def test_tool_result_ends_in_text(client):
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "What is the weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    assert "sunny" in answer.choices[0].message.content


def test_json_schema_is_kept(client):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "size": {"enum": ["small", "large"]}},
        "required": ["city", "size"],
        "additionalProperties": False,
    }
    output = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": schema}}
    jsonschema.validate(
        json.loads(ask(client, "Hi", response_format=output).choices[0].message.content), schema
    )


def test_json_object_is_one(client):
    answer = ask(client, "Answer in JSON", response_format={"type": "json_object"})
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_n_choices_come_back_numbered(client):
    assert [choice.index for choice in ask(client, "Hi", n=3).choices] == [0, 1, 2]
    indices = [c.choices[0].index for c in ask(client, "Hi", n=3, stream=True) if c.choices[0].finish_reason]
    assert sorted(indices) == [0, 1, 2]


def test_stop_sequence_is_cut_with_what_follows(client):
    choice = ask(client, "Count from 1 to 9", stop=[", 4"]).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("1, 2, 3", "stop")


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_token_limit_cuts_and_says_so(client, name):
    answer = ask(client, "Count from 1 to 100", **{name: 7})
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 7


def test_logprobs_spell_the_text(client):
    choice = ask(client, "Count from 1 to 3", logprobs=True, top_logprobs=2).choices[0]
    assert "".join(entry.token for entry in choice.logprobs.content) == choice.message.content
    for entry in choice.logprobs.content:
        assert bytes(entry.bytes).decode() == entry.token
        assert len(entry.top_logprobs) == 2
        assert entry.top_logprobs[0].logprob >= entry.top_logprobs[1].logprob


def test_text_parts_count_as_their_text(client):
    parts = [{"type": "text", "text": "Reply with exactly:"}, {"type": "text", "text": "pong"}]
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages)
    assert answer.choices[0].message.content == "pong"


@pytest.mark.parametrize("alias", ["code.fast", "code.balanced", "auto.balanced"])
def test_alias_resolves_to_a_release(client, alias):
    messages = [{"role": "user", "content": "Hi"}]
    answer = client.chat.completions.create(model=alias, messages=messages)
    assert answer.model.startswith("gpt-4")


def test_completion_tokens_are_counted_by_the_documented_tokenizer(client):
    answer = ask(client, "Count from 1 to 20")
    assert answer.usage.completion_tokens == count(answer.choices[0].message.content)
