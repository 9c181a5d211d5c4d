"""Conversations, their items, and responses that belong to them."""

from __future__ import annotations

import httpx
import pytest
from openai import NotFoundError, OpenAI

from slashv1.spec import objections

HELLO = {"type": "message", "role": "user", "content": "Hello"}


def _texts(items: list[dict[str, object]]) -> list[str]:
    return [item["content"][0]["text"] for item in items if item["type"] == "message"]  # type: ignore[index]


def test_a_conversation_lives_from_creation_to_deletion(client: OpenAI) -> None:
    made = client.conversations.create(metadata={"a": "b"}, items=[HELLO])  # type: ignore[list-item]
    assert client.conversations.retrieve(made.id) == made
    changed = client.conversations.update(made.id, metadata={"c": "d"})
    assert (changed.metadata, changed.created_at) == ({"c": "d"}, made.created_at)
    assert client.conversations.delete(made.id).deleted is True
    with pytest.raises(NotFoundError):
        client.conversations.retrieve(made.id)


def test_items_come_and_go(client: OpenAI, http: httpx.Client) -> None:
    made = client.conversations.create(items=[HELLO])  # type: ignore[list-item]
    more = [{**HELLO, "content": text} for text in ("two", "three")]
    added = http.post(f"/conversations/{made.id}/items", json={"items": more}).json()
    assert objections("conversations#/$defs/ConversationItemList", added) == []
    assert (_texts(added["data"]), added["has_more"]) == (["two", "three"], False)
    item = client.conversations.items.retrieve(added["first_id"], conversation_id=made.id)
    assert item.to_dict()["id"] == added["first_id"]
    left = client.conversations.items.delete(added["first_id"], conversation_id=made.id)
    assert (left.id, left.object) == (made.id, "conversation")
    with pytest.raises(NotFoundError):
        client.conversations.items.retrieve(added["first_id"], conversation_id=made.id)
    listed = http.get(f"/conversations/{made.id}/items").json()
    assert _texts(listed["data"]) == ["three", "Hello"]
    assert objections("conversations#/$defs/ConversationItemList", listed) == []


def test_items_are_listed_page_by_page(http: httpx.Client) -> None:
    made = http.post("/conversations", json={"items": [{**HELLO, "content": c} for c in "abc"]}).json()
    url = f"/conversations/{made['id']}/items"
    first = http.get(url, params={"limit": 2}).json()
    assert (_texts(first["data"]), first["has_more"]) == (["c", "b"], True)
    rest = http.get(url, params={"limit": 2, "after": first["last_id"]}).json()
    assert (_texts(rest["data"]), rest["has_more"]) == (["a"], False)
    assert _texts(http.get(url, params={"order": "asc"}).json()["data"]) == ["a", "b", "c"]
    for query, code in (
        ({"limit": "101"}, "integer_above_max_value"),
        ({"limit": "0"}, "integer_below_min_value"),
        ({"order": "up"}, "invalid_value"),
        ({"include[]": "everything"}, "invalid_value"),
        ({"after": "msg_none"}, "invalid_value"),
    ):
        answer = http.get(url, params=query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_response_goes_on_from_its_conversation_and_adds_to_it(client: OpenAI, http: httpx.Client) -> None:
    made = client.conversations.create(items=[{**HELLO, "content": "My name is Ada."}])  # type: ignore[list-item]
    asked = "Reply with exactly: pong"
    alone = client.responses.create(model="gpt-4o-mini", input=asked)
    answer = client.responses.create(model="gpt-4o-mini", input=asked, conversation=made.id)
    assert answer.conversation is not None
    assert answer.conversation.id == made.id
    assert answer.usage is not None
    assert alone.usage is not None
    assert answer.usage.input_tokens > alone.usage.input_tokens
    items = http.get(f"/conversations/{made.id}/items", params={"order": "asc"}).json()["data"]
    assert _texts(items) == ["My name is Ada.", asked, "pong"]
    assert items[-1]["id"] == answer.output[0].id
    counted = http.post(
        "/responses/input_tokens", json={"model": "gpt-4o-mini", "input": asked, "conversation": made.id}
    ).json()
    again = client.responses.create(model="gpt-4o-mini", input=asked, conversation={"id": made.id})
    assert again.usage is not None
    assert counted["input_tokens"] == again.usage.input_tokens
    stored = client.responses.retrieve(answer.id)
    assert stored.conversation == answer.conversation


def test_a_streamed_and_an_unstored_response_add_to_it_too(client: OpenAI, http: httpx.Client) -> None:
    made = client.conversations.create()
    ask = {"model": "gpt-4o-mini", "conversation": made.id}
    events = list(client.responses.create(**ask, input="Reply with exactly: one", stream=True))  # type: ignore[call-overload]
    assert events[-1].response.conversation.id == made.id
    client.responses.create(**ask, input="Reply with exactly: two", store=False)  # type: ignore[call-overload]
    items = http.get(f"/conversations/{made.id}/items", params={"order": "asc"}).json()["data"]
    assert _texts(items)[1::2] == ["one", "two"]


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("conversations", {"items": [HELLO] * 21}, 400, "items"),
        ("conversations", {"metadata": {"a": 1}}, 400, "metadata.a"),
        ("conversations", {"name": "x"}, 400, "name"),
        ("conversations/conv_none", {"metadata": {}}, 404, None),
        ("conversations/conv_none", {}, 400, "metadata"),
        ("conversations/conv_none/items", {"items": [HELLO]}, 404, None),
        ("conversations/conv_none/items", {"items": []}, 400, "items"),
        ("conversations/conv_none/items", {"items": [{"type": "nothing"}]}, 400, "items[0].type"),
        ("responses", {"model": "gpt-4o", "input": "x", "conversation": "conv_none"}, 404, None),
        ("responses", {"model": "gpt-4o", "input": "x", "conversation": {}}, 400, "conversation.id"),
        ("responses", {"model": "gpt-4o", "input": "x", "conversation": 7}, 400, "conversation"),
        (
            "responses",
            {"model": "gpt-4o", "input": "x", "conversation": "conv_a", "previous_response_id": "resp_a"},
            400,
            None,
        ),
    ],
)
def test_mistakes_are_refused(
    http: httpx.Client, path: str, body: dict[str, object], status: int, param: str | None
) -> None:
    answer = http.post(f"/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
