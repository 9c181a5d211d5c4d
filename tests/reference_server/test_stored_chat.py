"""Stored chat completions and compaction, through the official client and raw."""

from __future__ import annotations

import asyncio
import uuid

import openai
import pytest

from slashv1.reference_server.chat_store import ChatStore, StoredChat
from slashv1.reference_server.store import Store


def create(client, said="Say exactly: pong", **options):
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": said}]
    return client.chat.completions.create(model="gpt-4o-mini", messages=turns, store=True, **options)


def test_a_stored_completion_is_listed_read_changed_and_deleted(client):
    mark = uuid.uuid4().hex
    one, two = create(client, metadata={"run": mark}), create(client, metadata={"run": mark})
    listed = client.chat.completions.list(metadata={"run": mark})
    assert [completion.id for completion in listed.data] == [two.id, one.id]
    assert client.chat.completions.retrieve(one.id).choices[0].message.content == "pong"
    assert client.chat.completions.update(one.id, metadata={"run": "other"}).metadata == {"run": "other"}
    assert client.chat.completions.retrieve(one.id).metadata == {"run": "other"}
    assert client.chat.completions.delete(one.id).deleted
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.retrieve(one.id)
    assert (refused.value.code, refused.value.param) == ("not_found", "completion_id")


def test_pages_go_on_behind_the_last_entry(client):
    mark = uuid.uuid4().hex
    ids = [create(client, metadata={"run": mark}).id for _ in range(3)]
    ascending = client.chat.completions.list(metadata={"run": mark}, order="asc", limit=2)
    assert [completion.id for completion in ascending.data] == ids[:2]
    assert [completion.id for completion in ascending] == ids


def test_the_messages_are_those_sent(client):
    made = create(client, said=[{"type": "text", "text": "Say exactly: pong"}])
    messages = client.chat.completions.messages.list(made.id)
    assert [message.role for message in messages] == ["system", "user"]
    assert messages.data[0].content == "Be brief."
    assert messages.data[1].content_parts[0].text == "Say exactly: pong"
    assert [m.id for m in client.chat.completions.messages.list(made.id, limit=1).data] == [f"{made.id}-0"]


def test_a_stream_is_stored_too(client):
    mark = uuid.uuid4().hex
    chunk = next(iter(create(client, metadata={"run": mark}, stream=True)))
    assert [completion.id for completion in client.chat.completions.list(metadata={"run": mark})] == [
        chunk.id
    ]


def test_what_is_not_to_be_stored_is_not(client):
    made = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(made.id)


@pytest.mark.parametrize(
    ("limit", "code"),
    [("0", "integer_below_min_value"), ("101", "integer_above_max_value"), ("x", "invalid_type")],
)
def test_a_page_has_bounds(http, limit, code):
    answer = http.get("/chat/completions", params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_an_update_needs_metadata(client, http):
    answer = http.post(f"/chat/completions/{create(client).id}", json={})
    assert answer.json()["error"]["param"] == "metadata"
    assert http.post("/chat/completions/nothing", json={"metadata": {}}).status_code == 404


def test_a_database_opened_again_has_lost_nothing(tmp_path):
    path = str(tmp_path / "db")
    kept = StoredChat({"id": "chatcmpl-1", "model": "m", "metadata": {"a": "b"}}, [{"id": "chatcmpl-1-0"}])

    async def saved() -> None:
        await ChatStore(first).save(kept)

    first = Store(path)
    asyncio.run(saved())
    first.close()
    second = Store(path)
    assert asyncio.run(ChatStore(second).load("chatcmpl-1")) == kept
    second.close()


def test_a_compaction_keeps_what_the_user_said_and_can_be_gone_on_from(client, http):
    turns = [{"role": "user", "content": "My name is Ada."}, {"role": "assistant", "content": "Noted."}]
    given = http.post("/responses/compact", json={"model": "gpt-4o-mini", "input": turns}).json()["output"]
    assert [item["type"] for item in given] == ["message", "compaction"]
    assert given[0]["content"][0]["text"] == "My name is Ada."
    onward = [*given, {"role": "user", "content": "Say exactly: pong"}]
    assert client.responses.create(model="gpt-4o-mini", input=onward).output_text == "pong"


def test_a_compaction_begins_with_the_stored_response(client):
    stored = client.responses.create(model="gpt-4o-mini", input="My name is Ada.")
    compacted = client.responses.compact(model="gpt-4o-mini", previous_response_id=stored.id)
    assert compacted.output[0].content[0].text == "My name is Ada."


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({}, "missing_required_parameter", "model"),
        ({"model": "gpt-4o-mini"}, "missing_required_parameter", "input"),
        ({"model": "no-such-model", "input": "a"}, "model_not_found", "model"),
        (
            {"model": "gpt-4o-mini", "previous_response_id": "resp_0"},
            "previous_response_not_found",
            "previous_response_id",
        ),
    ],
)
def test_compaction_refuses(http, asked, code, param):
    answer = http.post("/responses/compact", json=asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
