"""What `include` asks for: there, missing, or not to be told."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.judge.ignored_include import INCLUDED
from slashv1.harness.reading import Reading
from slashv1.spec import definition
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import a_response, message, stream_of, streamed

CHECK = "ignored.include"
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
SEARCHED = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
OPENED = {**SEARCHED, "action": {"type": "open_page", "url": "https://example.com"}}
FOUND = {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": [], "results": None}
RAN = {"type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1", "outputs": None}
SEALED = "reasoning.encrypted_content"
SOURCES = "web_search_call.action.sources"


def asking(include: list[Any], *items: dict[str, Any], **over: Any) -> Reading:
    case = a_case("responses.create", model="gpt-5", input="x", include=include)
    return a_reading(case, a_response(*items, message(), **over))


@pytest.mark.parametrize(
    ("include", "item", "pointer"),
    [
        (SEALED, THOUGHT, "/output/0/encrypted_content"),
        (SEALED, {**THOUGHT, "encrypted_content": None}, "/output/0/encrypted_content"),
        (SOURCES, SEARCHED, "/output/0/action/sources"),
        ("file_search_call.results", FOUND, "/output/0/results"),
        ("code_interpreter_call.outputs", RAN, "/output/0/outputs"),
    ],
)
def test_what_was_asked_for_and_is_not_there(include: str, item: dict[str, Any], pointer: str) -> None:
    (found,) = deviations(CHECK, asking([include], item))
    assert found.pointer == pointer
    assert include in (found.expected or "")


def test_it_is_looked_for_in_the_end_of_a_stream() -> None:
    body = a_response({**THOUGHT, "status": "completed"}, message(at=1))
    reading = streamed(stream_of(body))
    case = a_case("responses.create", model="gpt-5", input="x", include=[SEALED], stream=True)
    (found,) = deviations(CHECK, Reading(case, reading.exchange, asked=case.asked))
    assert found.pointer == "/response/output/0/encrypted_content"
    assert found.frame is not None


@pytest.mark.parametrize(
    ("include", "items"),
    [
        ([SEALED], [{**THOUGHT, "encrypted_content": "gAAAA"}]),
        ([SOURCES], [OPENED, {**SEARCHED, "action": {"type": "search", "sources": []}}]),
        (["file_search_call.results"], [{**FOUND, "results": []}]),
        ([SEALED, "message.output_text.logprobs", 7], [{**THOUGHT, "encrypted_content": "gAAAA"}]),
    ],
)
def test_what_is_there_raises_nothing(include: list[Any], items: list[dict[str, Any]]) -> None:
    assert deviations(CHECK, asking(include, *items)) == []


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (asking([SEALED]), "no item came"),
        (asking([SOURCES], OPENED), "no item came"),
        (asking([SEALED], THOUGHT, status="incomplete"), "the response is incomplete"),
    ],
)
def test_without_such_an_item_nothing_is_told(reading: Reading, why: str) -> None:
    with pytest.raises(Inconclusive, match=why):
        deviations(CHECK, reading)


def test_what_has_a_check_of_its_own_is_left_to_it() -> None:
    applies = checks()[CHECK].applies
    assert not applies(a_case("responses.create", include=["message.output_text.logprobs"]))
    assert not applies(a_case("responses.create", include=[{}]))


def test_every_value_of_the_contract_is_judged_or_named() -> None:
    apart = {
        "message.output_text.logprobs",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "web_search_call.results",
    }
    assert set(INCLUDED) | apart == set(definition("responses-request#/$defs/IncludeEnum")["enum"])
