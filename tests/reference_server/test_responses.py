"""The Responses API through the official client."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import jsonschema
import openai
import pytest

from slashv1.reference_server import background
from slashv1.reference_server.response_events import events
from slashv1.reference_server.response_store import Stored

MESSAGE = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": []}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def create(client, **options):
    return client.responses.create(**{"model": "gpt-4o-mini", "input": "Count from 1 to 5", **options})


def test_created_response_can_be_retrieved_unchanged(client):
    created = create(client, instructions="Be brief.", metadata={"a": "b"})
    assert created.output_text == "1, 2, 3, 4, 5"
    assert client.responses.retrieve(created.id) == created
    assert (created.instructions, created.metadata) == ("Be brief.", {"a": "b"})


def test_deleted_response_is_gone(client):
    created = create(client)
    client.responses.delete(created.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(created.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.delete(created.id)


def test_unstored_response_cannot_be_retrieved(client):
    created = create(client, store=False)
    assert created.store is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(created.id)


def test_stream_is_numbered_and_ends_with_the_whole(client):
    events = list(create(client, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == text == "1, 2, 3, 4, 5"
    assert events[-1].response.usage == create(client).usage


def test_stream_of_a_stored_response_can_be_taken_up_again(client):
    first = list(create(client, stream=True))
    again = list(client.responses.retrieve(first[-1].response.id, stream=True))
    rest = list(client.responses.retrieve(first[-1].response.id, stream=True, starting_after=6))
    assert again == first
    assert rest == first[7:]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "get_weather"}])
def test_forced_function_is_called_by_its_schema(client, choice):
    created = create(client, tools=[WEATHER], tool_choice=choice)
    call = created.output[0]
    assert call.type == "function_call"
    jsonschema.validate(json.loads(call.arguments), WEATHER["parameters"])


def test_only_allowed_tools_are_called(client):
    other = {**WEATHER, "name": "get_time"}
    allowed = {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "function", "name": "get_time"}],
    }
    created = create(client, tools=[WEATHER, other], tool_choice=allowed)
    assert [item.name for item in created.output] == ["get_time"]


def test_streamed_arguments_join_to_the_call(client):
    events = list(create(client, tools=[WEATHER], tool_choice="required", stream=True))
    kind = "response.function_call_arguments"
    joined = "".join(event.delta for event in events if event.type == f"{kind}.delta")
    assert [event.arguments for event in events if event.type == f"{kind}.done"] == [joined]
    assert events[-1].response.output[0].arguments == joined


def test_function_output_is_answered_in_the_next_turn(client):
    first = create(client, tools=[WEATHER], tool_choice="required")
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "sunny"}
    second = create(client, previous_response_id=first.id, input=[output], tools=[WEATHER])
    assert "sunny" in second.output_text
    assert second.usage.input_tokens > first.usage.input_tokens


def test_json_schema_is_kept(client):
    output = {"type": "json_schema", "name": "place", "strict": True, "schema": WEATHER["parameters"]}
    created = create(client, text={"format": output})
    jsonschema.validate(json.loads(created.output_text), WEATHER["parameters"])
    assert created.text.format.name == "place"


def test_token_limit_leaves_the_response_incomplete(client):
    created = create(client, input="Count from 1 to 100", max_output_tokens=16)
    assert created.status == "incomplete"
    assert created.incomplete_details.reason == "max_output_tokens"
    assert created.usage.output_tokens == 16
    last = list(create(client, input="Count from 1 to 100", max_output_tokens=16, stream=True))[-1]
    assert last.type == "response.incomplete"


def test_logprobs_come_where_they_are_included(client):
    created = create(client, include=["message.output_text.logprobs"], top_logprobs=2)
    part = created.output[0].content[0]
    assert "".join(entry.token for entry in part.logprobs) == part.text
    assert create(client).output[0].content[0].logprobs == []


def test_input_tokens_are_what_create_bills(client):
    asked = {"input": [{"role": "user", "content": "Hello"}], "instructions": "Be brief.", "tools": [WEATHER]}
    counted = client.responses.input_tokens.count(model="gpt-4o", **asked)
    assert counted.input_tokens == create(client, **asked).usage.input_tokens


def test_background_response_is_completed_in_time(client):
    created = create(client, background=True)
    assert created.status == "queued"
    assert created.output == []
    deadline = time.monotonic() + 10
    while client.responses.retrieve(created.id).status != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.responses.retrieve(created.id).output_text == "1, 2, 3, 4, 5"
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a completed response"):
        client.responses.cancel(created.id)


def test_background_response_can_be_cancelled_and_stays_so(client):
    created = create(client, background=True)
    assert client.responses.cancel(created.id).status == "cancelled"
    assert client.responses.cancel(created.id).status == "cancelled"
    assert client.responses.retrieve(created.id).status == "cancelled"


def test_background_stream_is_still_running_after_its_first_events_and_can_be_taken_up_again(client):
    with create(client, background=True, stream=True) as stream:
        first = [next(stream) for _ in range(3)]
        running = client.responses.retrieve(first[0].response.id)
    assert [event.type for event in first] == ["response.created", "response.queued", "response.in_progress"]
    assert running.status in ("queued", "in_progress")
    rest = list(client.responses.retrieve(running.id, stream=True, starting_after=2))
    assert [event.sequence_number for event in rest] == list(range(3, 3 + len(rest)))
    assert rest[-1].response.output_text == "1, 2, 3, 4, 5"
    assert client.responses.retrieve(running.id).status == "completed"


def test_a_stream_that_another_client_cancels_ends_with_a_failure_that_says_cancelled(client):
    with create(client, input="Count from 1 to 500", background=True, stream=True) as stream:
        first = [next(stream) for _ in range(3)]
        running = first[0].response.id
        with client.responses.retrieve(running, stream=True, starting_after=1) as beside:
            seen = next(beside)
            assert client.responses.cancel(running).status == "cancelled"
            (ended,), (also,) = list(stream), list(beside)
    assert (ended.type, ended.response.status, ended.response.output) == ("response.failed", "cancelled", [])
    assert [seen.sequence_number, ended.sequence_number] == [2, 3]
    assert also == ended
    again = list(client.responses.retrieve(running, stream=True))
    assert [event.type for event in again] == [*(event.type for event in first), "response.failed"]
    assert again[-1] == ended
    assert list(client.responses.retrieve(running, stream=True, starting_after=2)) == [ended]


def test_a_stream_waits_only_for_what_still_runs(client):
    running = create(client, background=True)
    client.responses.cancel(running.id)
    stored = Stored(time.time(), False, running.to_dict(), [])
    for body, waits in ((running.to_dict(), {3}), ({**running.to_dict(), "background": False}, set())):
        sent = events({**body, "status": "completed", "output": [MESSAGE]})
        kept = replace(stored, body={**body, "usage": None})
        assert set(background.pauses(kept, sent)) == waits
        assert background.pauses(replace(kept, cancelled=True), sent) == {}
        assert background.pauses(replace(kept, stored_at=0.0), sent) == {}


def test_foreground_response_cannot_be_cancelled(client):
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(create(client).id)


def test_unknown_previous_response_is_refused(client):
    with pytest.raises(openai.BadRequestError) as caught:
        create(client, previous_response_id="resp_unknown")
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")


def test_reasoning_model_thinks_first(client):
    created = create(client, model="gpt-5", reasoning={"effort": "low", "summary": "auto"})
    assert [item.type for item in created.output] == ["reasoning", "message"]
    assert created.usage.output_tokens_details.reasoning_tokens > 0
    events = [e.type for e in create(client, model="gpt-5", reasoning={"summary": "auto"}, stream=True)]
    assert "response.reasoning_summary_text.delta" in events


def test_custom_tool_takes_free_text(client):
    tools = [{"type": "custom", "name": "shout"}]
    created = create(client, tools=tools, tool_choice="required", input="Reply with exactly: hey")
    assert (created.output[0].type, created.output[0].input) == ("custom_tool_call", "hey")


def test_input_items_are_listed_newest_first(client):
    items = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    created = create(client, input=items)
    listed = client.responses.input_items.list(created.id)
    assert [item.content[0].text for item in listed.data] == ["two", "one"]


def test_the_limit_of_a_model_that_reasons_bounds_its_reasoning_too(client):
    asked = {"input": "Count from 1 to 200, spaces between.", "max_output_tokens": 16}
    response = client.responses.create(model="o4-mini", **asked)
    assert response.status == "incomplete"
    assert response.usage.output_tokens == 16
    assert 0 < response.usage.output_tokens_details.reasoning_tokens < 16
    assert client.responses.create(model="gpt-4o-mini", **asked).usage.output_tokens == 16
