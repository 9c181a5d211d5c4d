"""Ids without a character and times that are none, whatever the operation."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.audit import Audit, audit
from slashv1.harness.recorded import Broken, Recorded, read_lines
from slashv1.matrix import load_profile
from tests.harness.test_audit import ASKED, BODY, record, written

FILE = {
    "id": "file-abc",
    "object": "file",
    "bytes": 120,
    "created_at": 1750000000,
    "expires_at": None,
    "filename": "a.jsonl",
    "purpose": "batch",
    "status": "processed",
    "status_details": None,
}


@pytest.fixture
def heard(tmp_path: Any) -> Any:
    def hear(body: Any, path: str = "/v1/files/file-abc", method: str = "GET", **request: Any) -> set[str]:
        made = record(body, path=path)
        made["request"] = {"method": method, "path": path, "query": "", "headers": {}, **request}
        records: list[Recorded | Broken] = list(read_lines(written(tmp_path, made)))
        done: Audit = audit(records, load_profile("openai"))
        assert done.errors == []
        return {each.check for each in done.objections}

    return hear


def test_a_file_as_it_is_sent_passes(heard: Any) -> None:
    assert heard(FILE) == set()


@pytest.mark.parametrize(
    ("at", "told"), [(0, "body.unix-time"), (-1, "body.range"), (1750000000000, "body.unix-time")]
)
def test_a_time_that_is_no_unix_second_is_objected_to(heard: Any, at: int, told: str) -> None:
    assert heard({**FILE, "created_at": at}) == {told}
    listed = {"object": "list", "data": [FILE, {**FILE, "created_at": at}], "has_more": False}
    assert told in heard(listed, "/v1/files")


def test_an_empty_id_is_objected_to(heard: Any) -> None:
    assert heard({**FILE, "id": ""}) == {"body.empty-id"}


def test_where_a_narrower_check_speaks_the_broad_one_points_to_it(heard: Any) -> None:
    said = heard({**BODY, "created": 1750000000000}, "/v1/chat/completions", "POST", json=ASKED)
    assert said == {"chat.created-seconds"}


@pytest.mark.parametrize("deleted", [False, None])
def test_any_delete_says_that_it_deleted(heard: Any, deleted: bool | None) -> None:
    body = {"id": "file-abc", "object": "file", "deleted": True}
    assert heard(body, method="DELETE") == set()
    assert "lifecycle.deleted.flag" in heard({**body, "deleted": deleted}, method="DELETE")
    assert "lifecycle.deleted.id" in heard({**body, "id": "file-other"}, method="DELETE")


def test_a_chunk_without_choices_is_objected_to_unless_it_speaks(tmp_path: Any) -> None:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1750000000, "model": "m"}
    choice = {"index": 0, "delta": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    events = [{**head, "choices": [choice]}, head]
    for more, wanted in (({}, True), ({"modalities": ["text", "audio"]}, False)):
        assert ("chat.stream.choices" in streamed(tmp_path, events, more)) is wanted


def streamed(folder: Any, events: list[Any], more: dict[str, Any]) -> set[str]:
    import json

    made = record({})
    made["request"]["json"] = {**ASKED, "stream": True, **more}
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    made["response"] |= {"json": None, "sse": text, "headers": {"content-type": "text/event-stream"}}
    done = audit(read_lines(written(folder, made)), load_profile("openai"))
    return {each.check for each in done.objections}


def test_half_a_surrogate_pair_and_a_key_twice_in_an_error_are_objected_to(tmp_path: Any) -> None:
    text = '{"error": {"message": "\\ud83d", "type": "a", "type": "b", "param": null, "code": null}}'
    made = record({}, status=400)
    made["request"]["json"] = {**ASKED, "stream": True}
    made["response"] |= {"json": None, "body_text": text}
    done = audit(read_lines(written(tmp_path, made)), load_profile("openai"))
    assert {"body.json", "body.duplicate-keys"} <= {each.check for each in done.objections}


def test_a_usage_that_does_not_add_up_is_objected_to_in_any_operation(heard: Any) -> None:
    body = {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1750000000,
        "model": "gpt-3.5-turbo-instruct:20230824-v2",
        "choices": [{"text": "a", "index": 0, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 3},
    }
    asked = {"model": "gpt-3.5-turbo-instruct", "prompt": "a"}
    assert heard(body, "/v1/completions", "POST", json=asked) == {"usage.total"}
