"""Checks of files, batches and conversations: over the recorded cases, as they are and changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures import Exchange, Read
from slashv1.fixtures.store import load_fixture
from slashv1.harness.forms import asked_of, sent_parts
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, load_matrix
from tests.harness.readings import deviations

CASES = {case.id: case for case in load_matrix() if case.phase == 2}
FAMILIES = ("files.", "lists.", "batches.", "conversations.")
Change = Callable[[Any], Any]


def _exchange(case: Case) -> Exchange:
    found = load_fixture(None, case.id)
    assert found is not None
    return found


def _reading(case: Case, changes: Mapping[str, Change] | None = None) -> Reading:
    """A recorded case with those it stands after and beside; `changes`: of JSON bodies or bytes, by case."""
    changes = changes or {}
    others = {
        name: _reading(CASES[name], changes)
        for name in (*case.after, *case.beside)
        if name in CASES and name != case.id
    }
    exchange = _exchange(case)
    if case.id in changes:
        exchange = _changed(exchange, changes[case.id])
    request = exchange.request
    asked = asked_of(sent_parts(request)) or (json.loads(request.body) if _json(case, request.body) else None)
    return Reading(case, exchange, asked, others)


def _json(case: Case, body: bytes | None) -> bool:
    return bool(body) and case.request.json is not None


def _changed(exchange: Exchange, change: Change) -> Exchange:
    if exchange.content_type == "application/json":
        body = json.loads(exchange.body)
        returned = change(body)
        data = json.dumps(body if returned is None else returned).encode()
    else:
        data = change(exchange.body)
    return replace(exchange, reads=(Read(data, 0.0),))


def _applying(case: Case) -> list[str]:
    return [name for name, one in checks().items() if name.startswith(FAMILIES) and one.applies(case)]


@pytest.mark.parametrize("name", CASES)
def test_what_the_gateway_answers_raises_nothing(name: str) -> None:
    reading = _reading(CASES[name])
    assert {check: deviations(check, reading) for check in _applying(CASES[name])} == {
        check: [] for check in _applying(CASES[name])
    }


def test_every_check_of_these_families_is_applied() -> None:
    applied = {check for case in CASES.values() for check in _applying(case)}
    assert applied == {name for name in checks() if name.startswith(FAMILIES)}


def put(*path: Any, to: Any) -> Change:
    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] = to

    return change


def lines(change: Callable[[list[Any]], list[Any]]) -> Change:
    def changed(content: bytes) -> bytes:
        made = change([json.loads(line) for line in content.splitlines()])
        return "".join(f"{json.dumps(line)}\n" for line in made).encode()

    return changed


def body_of_first(body: Any) -> Change:
    return lines(lambda all_: [{**all_[0], "response": {**all_[0]["response"], "body": body}}, *all_[1:]])


ENDED = "batches.retrieve/ended"
OUTPUT = "files.content/batch-output"
FAILED, DOUBLED = "batches.retrieve/failed", "batches.retrieve/doubled"
REFUSED = "batches.retrieve/refused"
WRONG: list[tuple[str, str, Change, str]] = [
    ("files.told", "files.create/plain", put("filename", to="x"), "filename is not that of the file"),
    ("files.told", "files.create/plain", put("bytes", to=1), "bytes is not"),
    ("files.told", "files.create/user-data", put("purpose", to="batch"), "purpose is not"),
    ("files.kept", "files.retrieve/plain", put("created_at", to=1), "created_at differs"),
    ("files.kept", "files.retrieve/expiring", put("expires_at", to=None), "expires_at differs"),
    ("files.bytes", "files.content/plain", lambda data: data[:-1], "first at byte"),
    ("files.bytes", "files.content/plain", lambda data: b"\xef\xbb\xbf" + data, "first at byte 0"),
    ("lists.created", "files.list/plain", put("data", to=[]), "is not listed"),
    ("lists.created", "batches.list/plain", put("data", to=[]), "is not listed"),
    ("batches.order", "batches.retrieve/cancelled", put("status", to="in_progress"), "it was cancelling"),
    ("batches.stamps", ENDED, put("completed_at", to=None), "completed_at does not say since when"),
    ("batches.stamps", ENDED, put("finalizing_at", to=1), "finalizing_at lies before in_progress_at"),
    ("batches.counts", ENDED, put("request_counts", "failed", to=2), "are not the 3 of a completed batch"),
    ("batches.counts", ENDED, put("request_counts", "failed", to=0), "are not the 3 of a completed batch"),
    (
        "batches.counts",
        ENDED,
        put("request_counts", to={"total": 2, "completed": 2, "failed": 0}),
        "total is 2, the input file has 3 requests",
    ),
    ("batches.ends", ENDED, put("status", to="failed"), "though its file is right"),
    ("batches.ends", FAILED, put("status", to="completed"), "though a line of its file is no JSON"),
    ("batches.ends", FAILED, put("status", to="in_progress"), "though a line of its file is no JSON"),
    ("batches.ends", DOUBLED, put("status", to="completed"), "though two lines of its file have the same"),
    ("batches.ends", DOUBLED, put("status", to="finalizing"), "though two lines of its file have the same"),
    ("batches.ends", FAILED, put("errors", to=None), "says no error"),
    (
        "batches.files",
        ENDED,
        put("error_file_id", to=None),
        "error_file_id is null, though 1 requests failed",
    ),
    (
        "batches.files",
        ENDED,
        put("output_file_id", to=""),
        'output_file_id is "", though 2 requests completed',
    ),
    ("batches.files", REFUSED, put("error_file_id", to=None), "though 2 requests failed"),
    ("batches.files", REFUSED, put("output_file_id", to="file-1"), "though no request completed"),
    ("batches.no-file", REFUSED, put("output_file_id", to=""), "output_file_id is an empty text"),
    ("batches.no-file", "batches.create/plain", put("error_file_id", to=""), "error_file_id is an empty"),
    ("batches.ends", FAILED, put("errors", "data", 0, "line", to=None), "no error says its line"),
    ("batches.lines", OUTPUT, lines(lambda all_: all_[:1]), "the custom_ids are not those"),
    ("batches.lines", OUTPUT, lines(lambda all_: [*all_, all_[0]]), "the custom_ids are not those"),
    ("batches.lines", OUTPUT, lambda data: data + b"[]\n", "a line is no JSON object"),
    ("batches.lines", "files.content/batch-errors", lambda data: b"", "the custom_ids are not those"),
    ("batches.answers", OUTPUT, body_of_first("text"), "response.body of line 1 is"),
    ("batches.answers", OUTPUT, body_of_first({"object": "chat.completion"}), "of line 1 is absent"),
    (
        "batches.answers",
        "files.content/batch-errors",
        lines(lambda all_: [{**all_[0], "response": {"status_code": 200}}]),
        "response.status_code of line 1 is 200",
    ),
    ("conversations.kept", "conversations.create/plain", put("metadata", to={}), "metadata is not"),
    ("conversations.kept", "conversations.update/plain", put("metadata", "topic", to="x"), "metadata is not"),
    ("conversations.kept", "conversations.retrieve/updated", put("metadata", to={}), "metadata is not"),
    (
        "conversations.items",
        "conversations.items.list/plain",
        lambda body: {**body, "data": body["data"][::-1]},
        "are not what was added",
    ),
    (
        "conversations.items",
        "conversations.items.list/after-response",
        lambda body: {**body, "data": body["data"][:-1]},
        "are not what was added",
    ),
    ("conversations.named", "responses.create/conversation", put("conversation", to=None), "is not the one"),
    (
        "conversations.context",
        "responses.create/conversation",
        put("usage", "input_tokens", to=9),
        "9 input tokens are fewer than",
    ),
]


@pytest.mark.parametrize(("check", "case", "change", "said"), WRONG, ids=[f"{w[0]}-{w[3]}" for w in WRONG])
def test_a_change_is_objected_to(check: str, case: str, change: Change, said: str) -> None:
    found: list[Deviation] = deviations(check, _reading(CASES[case], {case: change}))
    assert found
    assert all(said in one.message for one in found)


def test_a_batch_that_goes_back_to_a_status_before() -> None:
    status = put("status", to="validating")
    before = put("status", to="in_progress")
    (found,) = deviations(
        "batches.order", _reading(CASES[ENDED], {ENDED: status, "batches.retrieve/plain": before})
    )
    assert found.message.startswith("status is validating, it was in_progress before")


def test_an_item_that_was_deleted_and_is_still_there() -> None:
    before = json.loads(_exchange(CASES["conversations.items.list/to-trim"]).body)
    case = "conversations.items.list/trimmed"
    (found,) = deviations("conversations.trimmed", _reading(CASES[case], {case: lambda _: before}))
    assert "is still there" in found.message


LEGAL: list[tuple[str, str, Change]] = [
    ("batches.lines", OUTPUT, lines(lambda all_: all_[::-1])),
    ("batches.lines", OUTPUT, lambda data: data.rstrip(b"\n")),
    ("files.told", "files.create/plain", lambda body: {k: v for k, v in body.items() if k != "bytes"}),
    ("batches.stamps", ENDED, put("in_progress_at", to=None)),
    ("batches.counts", ENDED, put("request_counts", to=None)),
    ("batches.files", ENDED, put("request_counts", to=None)),
    ("batches.files", REFUSED, put("output_file_id", to="")),
    ("batches.files", "batches.retrieve/plain", put("status", to="in_progress")),
    ("batches.no-file", REFUSED, lambda body: {k: v for k, v in body.items() if k != "output_file_id"}),
]


@pytest.mark.parametrize(("check", "case", "change"), LEGAL, ids=[one[0] for one in LEGAL])
def test_what_is_legal_raises_nothing(check: str, case: str, change: Change) -> None:
    assert deviations(check, _reading(CASES[case], {case: change})) == []


def test_a_batch_that_has_not_ended_is_inconclusive_with_how_long_it_was_polled() -> None:
    reading = _reading(CASES[ENDED], {ENDED: put("status", to="in_progress")})
    late = replace(reading, exchange=replace(reading.exchange, attempts=12))
    with pytest.raises(Inconclusive, match="the batch is still in_progress after 12 requests in 53 s"):
        deviations("batches.ends", late)
    with pytest.raises(Inconclusive, match="the batch is still validating"):
        deviations("batches.ends", _reading(CASES[DOUBLED], {DOUBLED: put("status", to="validating")}))


def test_a_list_that_goes_on_is_inconclusive() -> None:
    reading = _reading(CASES["files.list/plain"], {"files.list/plain": put("has_more", to=True)})
    with pytest.raises(Inconclusive, match="the list goes on"):
        deviations("lists.created", reading)
