"""Stored chat completions and compactions, right and wrong."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import objecting

SENT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
MARK = {"metadata[run]": "one"}
CREATED = "chat.completions.create/kept"
ITEM = {"type": "compaction", "encrypted_content": "gAAAA"}


def completion(said: str = "pong", **over: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"content": said}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "model": "m", "created": 5, "choices": [choice], **over}


def created(**over: Any) -> Reading:
    case = a_case(messages=SENT, store=True, metadata={"run": "one"})
    return a_reading(case, completion(**over))


def found(operation: str, body: Any, others: dict[str, Reading] | None = None, **more: Any) -> Reading:
    others = {CREATED: created()} if others is None else others
    case = a_case(f"chat.completions.{operation}", after=tuple(others), **more)
    return a_reading(case, body, others=others)


def updated(**metadata: str) -> Reading:
    stored = completion(metadata=metadata)
    return a_reading(a_case("chat.completions.update", metadata=metadata), stored)


def messages(*said: dict[str, Any], **over: Any) -> Reading:
    return found("messages.list", {"data": list(said), "has_more": False, **over})


def listed(*entries: dict[str, Any], more: bool = False) -> Reading:
    return found("list", {"data": list(entries), "has_more": more}, query=MARK)


def compacted(asked: Any, *output: dict[str, Any]) -> Reading:
    body = {"object": "response.compaction", "output": list(output)}
    return a_reading(a_case("responses.compact", input=asked), body)


def said(text: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


KEPT = completion(metadata={"run": "one"})
BEFORE = {CREATED: created(), "chat.completions.update/plain": updated(run="two")}
LEGAL = {
    "retrieved": found("retrieve", KEPT),
    "updated": found("update", completion(metadata={"run": "two"}), metadata={"run": "two"}),
    "retrieved after an update": found("retrieve", completion(metadata={"run": "two"}), BEFORE),
    "messages": messages(*SENT),
    "messages with parts beside": messages(SENT[0], {**SENT[1], "content_parts": None, "name": None}),
    "listed": listed(KEPT, completion(id="chatcmpl-0", created=4, metadata={"run": "one"})),
    "compacted": compacted([said("Hi"), {"role": "assistant", "content": "Ho"}], said("Hi"), ITEM),
    "compacted text": compacted("Hi", said("Hi"), ITEM),
}


def told(reading: Reading) -> set[str]:
    return objecting(reading, "stored-chat.") | objecting(reading, "compaction.")


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_raises_nothing(name: str) -> None:
    assert told(LEGAL[name]) == set()


WRONG = [
    ("stored-chat.same-answer", found("retrieve", completion("pang", metadata={"run": "one"}))),
    ("stored-chat.same-answer", found("retrieve", completion(created=6, metadata={"run": "one"}))),
    ("stored-chat.metadata", found("retrieve", completion(metadata={}))),
    ("stored-chat.metadata", found("retrieve", completion(metadata=None))),
    ("stored-chat.metadata", found("retrieve", KEPT, BEFORE)),
    ("stored-chat.metadata", found("update", KEPT, metadata={"run": "two"})),
    ("stored-chat.messages", messages(*SENT[::-1])),
    ("stored-chat.messages", messages(SENT[1])),
    ("stored-chat.filter", listed(KEPT, completion(id="chatcmpl-0", metadata={"run": "two"}))),
    ("stored-chat.listed", listed(completion(id="chatcmpl-0", metadata={"run": "one"}))),
    ("stored-chat.listed", listed(KEPT, completion(id="chatcmpl-2", created=9, metadata={"run": "one"}))),
    ("compaction.user-kept", compacted([said("Hi")], ITEM)),
    ("compaction.user-kept", compacted([said("Hi"), said("Ho")], said("Ho"), said("Hi"), ITEM)),
    ("compaction.item", compacted("Hi", said("Hi"))),
    ("compaction.item", compacted("Hi", said("Hi"), ITEM, ITEM)),
    ("compaction.item", compacted("Hi", said("Hi"), {"type": "compaction", "encrypted_content": ""})),
]


@pytest.mark.parametrize(("wrong", "reading"), WRONG)
def test_what_is_wrong_is_told(wrong: str, reading: Reading) -> None:
    assert told(reading) == {wrong}


def test_a_list_of_several_pages_tells_not_what_it_lacks() -> None:
    with pytest.raises(Inconclusive):
        deviations("stored-chat.listed", listed(more=True))
