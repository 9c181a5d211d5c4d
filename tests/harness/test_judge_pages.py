"""Pages of a list: their ends, their length, and how one follows another."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import a_response, objecting, plain

OPERATION = "responses.input_items.list"
WHOLE = ("c", "b", "a")
SENT = [
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": [{"type": "output_text", "text": "two"}]},
    {"role": "user", "content": [{"type": "input_text", "text": "three"}]},
]


def a_page(*ids: str, more: bool = False, texts: tuple[str, ...] = (), **over: Any) -> dict[str, Any]:
    said = dict(zip(ids, texts, strict=False))
    data = [
        {"id": one, "type": "message", "content": [{"type": "input_text", "text": said.get(one, one)}]}
        for one in ids
    ]
    ends = {"first_id": ids[0], "last_id": ids[-1]} if ids else {"first_id": None, "last_id": None}
    return {"object": "list", "data": data, "has_more": more, **ends, **over}


def listed(body: Any, *, whole: Any = None, **query: str) -> Reading:
    """A page asked for with this query, the whole list beside it."""
    others = {f"{OPERATION}/plain": listed(whole)} if whole else {}
    case = a_case(OPERATION, query=query, beside=tuple(others))
    reading = a_reading(case, body, others=others)
    request = reading.exchange.request
    text = "&".join(f"{key}={value}" for key, value in query.items())
    object.__setattr__(request, "query", text)
    return reading


def messages(body: Any, **query: str) -> Reading:
    """A page of messages, which come oldest first, the whole list beside it."""
    operation = "chat.completions.messages.list"
    whole = a_reading(a_case(operation), a_page("a", "b", "c"))
    others = {f"{operation}/plain": whole}
    reading = a_reading(a_case(operation, query=query, beside=tuple(others)), body, others=others)
    text = "&".join(f"{key}={value}" for key, value in query.items())
    object.__setattr__(reading.exchange.request, "query", text)
    return reading


def filtered(body: Any, *, beside: str) -> Reading:
    """The second page of a list picked out by metadata, beside a list picked out so or otherwise."""
    operation = "chat.completions.list"
    whole = a_reading(a_case(operation, query={"metadata[run]": beside}), a_page(*WHOLE))
    others = {f"{operation}/plain": whole}
    query = {"metadata[run]": "one", "after": "c"}
    reading = a_reading(a_case(operation, query=query, beside=tuple(others)), body, others=others)
    object.__setattr__(reading.exchange.request, "query", "metadata%5Brun%5D=one&after=c")
    return reading


LEGAL = {
    "messages": messages(a_page("a", more=True), limit="1"),
    "messages, the last first": messages(a_page("c", more=True), limit="1", order="desc"),
    "picked out": filtered(a_page("b", "a"), beside="one"),
    "whole": listed(a_page(*WHOLE)),
    "empty": listed(a_page()),
    "ascending": listed(a_page("a", "b", "c"), whole=a_page(*WHOLE), order="asc"),
    "first": listed(a_page("c", more=True), whole=a_page(*WHOLE), limit="1"),
    "next": listed(a_page("b", more=True), whole=a_page(*WHOLE), limit="1", after="c"),
    "last": listed(a_page("b", "a"), whole=a_page(*WHOLE), limit="2", after="c"),
    "next, of a list longer than a page": listed(
        a_page("b", more=True), whole=a_page(*WHOLE, more=True), limit="1", after="c"
    ),
    "files, of which one is not shown": a_reading(a_case("files.list"), a_page("file-b", first_id="file-a")),
    "a list without ends": listed({"object": "list", "data": [{"id": "a"}]}),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_page_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name], "pages.") == set()


WRONG: list[tuple[set[str], Reading]] = [
    ({"ends"}, listed(a_page(*WHOLE, first_id="a"))),
    ({"ends"}, listed(a_page(*WHOLE, last_id=None))),
    ({"ends"}, a_reading(a_case("files.list"), a_page("file-b", "file-a", first_id="file-a"))),
    ({"limit", "entries", "has-more"}, listed(a_page("c", "b", "a"), whole=a_page(*WHOLE), limit="1")),
    ({"entries"}, listed(a_page("c", more=True), whole=a_page(*WHOLE), limit="1", after="c")),
    ({"entries"}, listed(a_page(*WHOLE), whole=a_page(*WHOLE), order="asc")),
    ({"entries"}, messages(a_page("c", more=True), limit="1")),
    ({"entries"}, filtered(a_page("c", "b", "a"), beside="one")),
    ({"entries"}, listed(a_page("c", more=True), whole=a_page(*WHOLE, more=True), limit="1", after="c")),
    ({"has-more"}, listed(a_page("c"), whole=a_page(*WHOLE), limit="1")),
    ({"has-more"}, listed(a_page("a", more=True), whole=a_page(*WHOLE), limit="1", after="b")),
]


@pytest.mark.parametrize(("found", "reading"), WRONG)
def test_a_page_that_deviates_is_told(found: set[str], reading: Reading) -> None:
    assert objecting(reading, "pages.") == {f"pages.{name}" for name in found}


@pytest.mark.parametrize(
    ("whole", "query"),
    [
        (a_page(), {"limit": "1"}),
        (a_page(*WHOLE, more=True), {"limit": "3"}),
        (a_page(*WHOLE, more=True), {"limit": "1", "order": "asc"}),
        (a_page(*WHOLE, more=True), {"limit": "1", "after": "a"}),
    ],
)
def test_what_is_not_known_of_a_list_tells_nothing(whole: Any, query: dict[str, str]) -> None:
    with pytest.raises(Inconclusive):
        deviations("pages.entries", listed(a_page("c"), whole=whole, **query))


def test_another_list_beside_a_page_tells_nothing() -> None:
    with pytest.raises(Inconclusive):
        deviations("pages.entries", filtered(a_page("b", "a"), beside="two"))


def kept(body: Any, sent: Any = SENT) -> Reading:
    created = plain(a_response())
    object.__setattr__(created, "asked", {"input": sent})
    others = {"responses.create/items-parts": created}
    return a_reading(a_case(OPERATION, after=tuple(others)), body, others=others)


def test_what_was_sent_is_among_the_items() -> None:
    whole = a_page(*WHOLE, texts=("three", "two", "one"))
    assert deviations("lifecycle.input-kept", kept(whole)) == []
    assert deviations("lifecycle.input-kept", kept(a_page("a", texts=("pong",)), "pong")) == []
    lost = a_page("c", "b", texts=("three", "two"))
    assert [found.pointer for found in deviations("lifecycle.input-kept", kept(lost))] == ["/data"]


def test_items_of_nothing_known_tell_nothing() -> None:
    with pytest.raises(Inconclusive):
        deviations("lifecycle.input-kept", listed(a_page(*WHOLE)))
