"""Parameters that a server enforces or refuses: ignored silently, each is found by its own check."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.ignored_output import why_invalid
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.harness.response_values import (
    a_response,
    call,
    message,
    objecting,
    plain,
    refusal,
    stream_of,
    streamed,
    usage,
)

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CHAT_FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": CITY}}
TEXT_FORMAT = {"format": {"type": "json_schema", "name": "city", "strict": True, "schema": CITY}}
CHAT_TOOL = {"type": "function", "function": {"name": "f", "strict": True, "parameters": CITY}}
TOOL = {"type": "function", "name": "get_weather", "strict": True, "parameters": CITY}
PARIS = '{"city":"Paris"}'


def chat_call(arguments: str = PARIS, name: str = "f", at: int = 0) -> dict[str, Any]:
    return {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}


def choice(text: str | None = "pong", at: int = 0, end: str = "stop", **over: Any) -> dict[str, Any]:
    calls = {"tool_calls": over.pop("calls")} if "calls" in over else {}
    said = {"role": "assistant", "content": text, "refusal": over.pop("refusal", None), **calls}
    return {"index": at, "message": said, "finish_reason": end, "logprobs": None, **over}


def chat(*choices: dict[str, Any], tokens: int = 2, tags: tuple[str, ...] = (), **asked: Any) -> Reading:
    given = {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens}
    body = {"object": "chat.completion", "choices": list(choices or (choice(),)), "usage": given}
    return a_reading(a_case(tags=tags, messages=[], **asked), body)


def chunks(*choices: dict[str, Any], tokens: int | None = None, **asked: Any) -> Reading:
    """The same choices as a stream: role, text in two pieces, calls, end."""
    frames: list[dict[str, Any]] = []
    for one in choices or (choice(),):
        text, at = one["message"]["content"] or "", one["index"]
        pieces: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        pieces += [{"content": piece} for piece in (text[:2], text[2:]) if piece]
        pieces += [
            {"tool_calls": [{"index": i, **made}]}
            for i, made in enumerate(one["message"].get("tool_calls", []))
        ]
        frames += [
            {"choices": [{"index": at, "delta": p, "finish_reason": None, "logprobs": one["logprobs"]}]}
            for p in pieces
        ]
        frames.append({"choices": [{"index": at, "delta": {}, "finish_reason": one["finish_reason"]}]})
    if tokens is not None:
        frames.append({"choices": [], "usage": {"completion_tokens": tokens}})
    return a_reading(a_case(stream=True, messages=[], **asked), sse(*frames, done=True))


def create(*items: dict[str, Any], tags: tuple[str, ...] = (), asked: dict[str, Any], **over: Any) -> Reading:
    return plain(a_response(*items, **over), tags=tags, **asked)


def spoken(text: str) -> dict[str, Any]:
    return message(text)


LOGGED = {"content": [{"token": "pong", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
INCLUDE = {"include": ["message.output_text.logprobs"], "top_logprobs": 1}


def logged(count: int) -> dict[str, Any]:
    entry = {"token": "pong", "logprob": -0.1, "bytes": [], "top_logprobs": [{}] * count}
    said = message("pong")
    said["content"][0]["logprobs"] = [entry]
    return said


CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
LONG = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18"
LIMIT = {"max_output_tokens": 16}

INNER: dict[str, Any] = {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]}
ALLOWED = {"type": "allowed_tools", "allowed_tools": INNER}
MAY_CALL = {"type": "allowed_tools", "allowed_tools": {**INNER, "mode": "auto"}}
ALLOWED_HERE: dict[str, Any] = {
    "type": "allowed_tools",
    "mode": "required",
    "tools": [{"type": "function", "name": "get_weather"}],
}
VEILED = {"choices": [], "obfuscation": "x8kd"}
UNVEILED = {"include_obfuscation": False}

LEGAL: dict[str, Reading] = {
    "n": chat(choice(), choice(at=1), n=2),
    "n streamed": chunks(choice(), choice(at=1), n=2),
    "stop": chat(choice("1 2 3 4 "), stop=["5"]),
    "no stop": chat(choice("1 2 3"), stop=[]),
    "max_tokens": chat(choice("1 2 3", end="length"), tokens=8, tags=("max_tokens",), max_tokens=8),
    "max_tokens for each of n": chat(choice("a b c"), choice("a b c", 1), tokens=6, n=2, max_tokens=4),
    "max_completion_tokens": chat(choice("pong"), tokens=8, max_completion_tokens=8),
    "max_output_tokens": create(
        spoken("1 2 3"), tags=("max_tokens",), asked=LIMIT, usage=usage(made=16), **CUT
    ),
    "a sentence that ends at the very limit": create(
        spoken("So it is."), tags=("max_tokens",), asked=LIMIT, usage=usage(made=16)
    ),
    "an end at the very limit": create(spoken("1 2 3"), asked=LIMIT, usage=usage(made=16)),
    "logprobs": chat(choice(logprobs=LOGGED), logprobs=True),
    "logprobs streamed": chunks(choice(logprobs=LOGGED), logprobs=True),
    "logprobs of a call": chat(choice(None, calls=[chat_call()], end="tool_calls"), logprobs=True),
    "logprobs included": create(logged(1), asked=INCLUDE),
    "json_object": chat(choice('{"a": 1}'), response_format={"type": "json_object"}),
    "json_schema": chat(choice(PARIS), response_format=CHAT_FORMAT),
    "json_schema streamed": chunks(choice(PARIS), response_format=CHAT_FORMAT),
    "a schema that is not strict": chat(
        choice("{}"), response_format={"type": "json_schema", "json_schema": {"name": "c", "schema": CITY}}
    ),
    "text.format": create(spoken(PARIS), asked={"text": TEXT_FORMAT}),
    "required": chat(choice(None, calls=[chat_call()]), tool_choice="required", tools=[CHAT_TOOL]),
    "required streamed": chunks(choice(None, calls=[chat_call()]), tool_choice="required", tools=[CHAT_TOOL]),
    "required in responses": create(call(), asked={"tool_choice": "required", "tools": [TOOL]}),
    "named": chat(
        choice(None, calls=[chat_call()]), tool_choice={"type": "function", "function": {"name": "f"}}
    ),
    "named in responses": create(call(), asked={"tool_choice": {"type": "function", "name": "get_weather"}}),
    "allowed": chat(choice(None, calls=[chat_call()]), tool_choice=ALLOWED),
    "allowed and streamed": chunks(choice(None, calls=[chat_call()]), tool_choice=ALLOWED),
    "allowed and not required": chat(choice(), tool_choice=MAY_CALL),
    "allowed, cut before the call": chat(choice("I", end="length"), tool_choice=ALLOWED),
    "allowed in responses": create(call(), asked={"tool_choice": ALLOWED_HERE}),
    "a hosted tool allowed": create(asked={"tool_choice": {**ALLOWED_HERE, "tools": [{"type": "mcp"}]}}),
    "no obfuscation": chunks(stream_options={"include_obfuscation": False}),
    "none": chat(choice(), tool_choice="none", tools=[CHAT_TOOL]),
    "one call": chat(choice(None, calls=[chat_call()]), parallel_tool_calls=False, tools=[CHAT_TOOL]),
    "two calls": chat(choice(None, calls=[chat_call(), chat_call(at=1)]), tools=[CHAT_TOOL]),
    "a stream": chunks(),
    "a stream of events": streamed(stream_of(a_response())),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_honoured_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name], "ignored.") == set()


NAMED = {"type": "function", "function": {"name": "g"}}
IGNORED: list[tuple[str, Reading]] = [
    ("n", chat(choice(), n=2)),
    ("n", chat(choice(), choice(at=1), choice(at=2), n=2)),
    ("n", chunks(choice(), n=2)),
    ("stop", chat(choice("1 2 3 4 5 6"), stop=["5"])),
    ("stop", chat(choice("1 2 3 4 5"), stop="5")),
    ("stop", chunks(choice("1 2 3 4 5 6"), stop=["x", "5"])),
    ("max_tokens", chat(choice("pong"), tokens=9, max_tokens=8)),
    ("max_tokens", chat(choice(LONG), tokens=8, max_tokens=8)),
    ("max_tokens", chunks(choice(LONG), max_tokens=8)),
    ("max_tokens", chunks(choice("pong"), tokens=9, max_completion_tokens=8)),
    ("max_output_tokens", create(spoken("1 2"), asked=LIMIT, usage=usage(made=40))),
    ("max_output_tokens", create(spoken(LONG), asked=LIMIT)),
    ("max_output_tokens", create(spoken("1 2"), tags=("max_tokens",), asked=LIMIT, usage=usage(made=16))),
    ("max_output_tokens", streamed(stream_of(a_response(spoken(LONG))), **LIMIT)),
    ("logprobs", chat(choice(), logprobs=True)),
    ("logprobs", chunks(choice(), logprobs=True)),
    ("logprobs", create(spoken("pong"), asked=INCLUDE)),
    ("top_logprobs", create(logged(0), asked=INCLUDE)),
    ("response_format", chat(choice("Paris."), response_format=CHAT_FORMAT)),
    ("response_format", chat(choice('{"town": "Paris"}'), response_format=CHAT_FORMAT)),
    ("response_format", chat(choice("[]"), response_format={"type": "json_object"})),
    ("response_format", chunks(choice(f"```json\n{PARIS}\n```"), response_format=CHAT_FORMAT)),
    ("text.format", create(spoken("Paris."), asked={"text": TEXT_FORMAT})),
    ("text.format", create(spoken('{"city": 5}'), asked={"text": TEXT_FORMAT})),
    ("tool_choice.required", chat(choice(), tool_choice="required", tools=[CHAT_TOOL])),
    ("tool_choice.required", chunks(choice(), tool_choice="required", tools=[CHAT_TOOL])),
    ("tool_choice.required", create(asked={"tool_choice": "required", "tools": [TOOL]})),
    ("tool_choice.named", chat(choice(None, calls=[chat_call()]), tool_choice=NAMED)),
    ("tool_choice.named", chat(choice(), tool_choice=NAMED)),
    ("tool_choice.named", create(asked={"tool_choice": {"type": "function", "name": "get_weather"}})),
    ("tool_choice.allowed", chat(choice(None, calls=[chat_call(name="g")]), tool_choice=ALLOWED)),
    ("tool_choice.allowed", chunks(choice(None, calls=[chat_call(name="g")]), tool_choice=MAY_CALL)),
    ("tool_choice.allowed", chat(choice(), tool_choice=ALLOWED)),
    ("tool_choice.allowed", create(call(name="other"), asked={"tool_choice": ALLOWED_HERE})),
    ("stream_options", a_reading(a_case(stream=True, stream_options=UNVEILED), sse(VEILED, done=True))),
    ("tool_choice.none", chat(choice(None, calls=[chat_call()]), tool_choice="none")),
    ("tool_choice.none", chunks(choice(None, calls=[chat_call()]), tool_choice="none")),
    (
        "parallel_tool_calls",
        chat(choice(None, calls=[chat_call(), chat_call(at=1)]), parallel_tool_calls=False),
    ),
    (
        "parallel_tool_calls",
        create(call(), call(at=1), asked={"parallel_tool_calls": False, "tools": [TOOL]}),
    ),
    ("strict", chat(choice(None, calls=[chat_call('{"town":1}')]), tools=[CHAT_TOOL])),
    ("strict", create(call(arguments='{"city":5}'), asked={"tools": [TOOL]})),
]


@pytest.mark.parametrize(
    ("check", "reading"), IGNORED, ids=[f"{row[0]} {i}" for i, row in enumerate(IGNORED)]
)
def test_what_is_ignored_is_found_by_its_own_check(check: str, reading: Reading) -> None:
    assert objecting(reading, "ignored.") == {f"ignored.{check}"}


TELLS_NOTHING: list[tuple[str, Reading]] = [
    ("max_tokens", chat(choice("Hello."), tokens=2, tags=("max_tokens",), max_tokens=8)),
    ("max_output_tokens", create(spoken("Hello."), tags=("max_tokens",), asked=LIMIT)),
    ("response_format", chat(choice('{"ci', end="length"), response_format=CHAT_FORMAT)),
    ("response_format", chat(choice(None, refusal="I can not."), response_format=CHAT_FORMAT)),
    ("text.format", create(refusal(), asked={"text": TEXT_FORMAT})),
    ("tool_choice.required", chat(choice("I", end="length"), tool_choice="required")),
    ("previous_response_id", create(asked={"previous_response_id": "resp_0"})),
]


@pytest.mark.parametrize(("check", "reading"), TELLS_NOTHING)
def test_a_model_that_does_not_play_along_tells_nothing(check: str, reading: Reading) -> None:
    with pytest.raises(Inconclusive):
        deviations(f"ignored.{check}", reading)


def continued(before: int, now: int, **earlier: Any) -> Reading:
    first = plain(a_response(id="resp_0", usage=usage(before)), **earlier)
    others = {"responses.create/stored": first}
    case = a_case("responses.create", previous_response_id="resp_0", input="more", after=tuple(others))
    return a_reading(case, a_response(usage=usage(now)), others=others)


def test_a_turn_that_continues_has_more_input_than_the_one_before() -> None:
    check = "ignored.previous_response_id"
    assert deviations(check, continued(20, 41)) == []
    assert [d.pointer for d in deviations(check, continued(20, 12))] == ["/usage/input_tokens"]
    with pytest.raises(Inconclusive):
        deviations(check, continued(200, 12, instructions="A long text that is not carried over."))


def test_the_finding_of_a_stream_names_its_frame() -> None:
    found = deviations("ignored.stop", chunks(choice("1 2 3 4 5 6"), stop=["5"]))
    assert [(d.frame, d.pointer) for d in found] == [(2, "/choices/0/delta/content")]


def test_a_schema_that_refers_elsewhere_fetches_nothing() -> None:
    schema = {"$ref": "http://127.0.0.1:9/schema.json"}
    asked = {"type": "json_schema", "json_schema": {"name": "c", "strict": True, "schema": schema}}
    assert deviations("ignored.response_format", chat(choice("{}"), response_format=asked)) == []


TOLD = {"role": "developer", "content": "You answer in one word and add nothing to it, whatever is said."}
ASKED = {"role": "user", "content": [{"type": "text", "text": "What colour is the sky?"}]}


def billed(operation: str, name: str, tokens: int, **asked: Any) -> list[Any]:
    reading = a_reading(a_case(operation, **asked), {"usage": {name: tokens}})
    return deviations("ignored.messages", reading)


@pytest.mark.parametrize(
    ("operation", "name", "asked"),
    [
        ("chat.completions.create", "prompt_tokens", {"messages": [TOLD, ASKED]}),
        ("responses.create", "input_tokens", {"input": [TOLD, ASKED]}),
        ("responses.create", "input_tokens", {"input": [ASKED], "instructions": TOLD["content"]}),
        (
            "responses.create",
            "input_tokens",
            {"input": [{"type": "function_call_output", "output": TOLD["content"]}, ASKED]},
        ),
    ],
)
def test_a_bill_of_fewer_tokens_than_words_means_that_something_was_dropped(
    operation: str, name: str, asked: dict[str, Any]
) -> None:
    (found,) = billed(operation, name, 15, **asked)
    assert (found.pointer, found.expected, found.actual) == (f"/usage/{name}", "at least 18", "15")
    assert billed(operation, name, 16, **asked) == []
    assert billed(operation, name, 0, **asked) == []


def test_a_request_that_may_be_shortened_is_not_counted() -> None:
    asked = {"input": [TOLD, ASKED], "truncation": "auto"}
    assert billed("responses.create", "input_tokens", 5, **asked) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"type": "string", "pattern": "("},
        {"$ref": "http://127.0.0.1:1/elsewhere"},
        {"$ref": "#/$defs/gone"},
        {"properties": []},
        True,
    ],
)
def test_a_schema_that_is_none_breaks_no_answer(schema: Any) -> None:
    assert why_invalid(schema, "x") is None


def test_what_an_answer_breaks_is_told_by_its_place() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}
    assert why_invalid(schema, {"a": [1, 2]}) is None
    found = why_invalid(schema, {"a": [1, "2"]})
    assert found is not None
    assert (found[0], "type is broken" in found[1]) == ("/a/1", True)
