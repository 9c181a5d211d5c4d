"""The events of each type of item: deviations are found by their own check, legal streams by none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.hosted_values import CITATION, ITEMS, an_item, item_events, stream_with
from tests.harness.readings import a_case, a_reading
from tests.harness.response_values import Events, a_response, find, message, numbered, objecting, streamed

TOPICS = ("responses.", "ignored.")


def _drop(kind: str) -> Callable[[Events], Events]:
    return lambda events: numbered(event for event in events if event["type"] != kind)


def _swap(first: str, second: str) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        one, other = find(events, first), find(events, second)
        events[one], events[other] = events[other], events[one]
        return numbered(events)

    return change


def _set(kind: str, key: str, to: Any) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        place = events[find(events, kind)]
        *path, last = key.split(".")
        for step in path:
            place = place[step]
        place[last] = to
        return events

    return change


def _everywhere(key: str, to: Any) -> Callable[[Events], Events]:
    """Change the first item where it is done, and in the last snapshot."""

    def change(events: Events) -> Events:
        events[find(events, "response.output_item.done")]["item"][key] = to
        events[-1]["response"]["output"][0][key] = to
        return events

    return change


def _cited(*indices: int, whole: int | None = None) -> Events:
    """A message with annotations at these indices, and so many of them in its finished part."""
    found = [{**CITATION, "end_index": at + 1} for at in range(len(indices))]
    events = stream_with("web_search_call")
    at = find(events, "response.output_text.done")
    place = {key: events[at][key] for key in ("item_id", "output_index", "content_index")}
    added = [
        {"type": "response.output_text.annotation.added", **place, "annotation": one, "annotation_index": i}
        for i, one in zip(indices, found, strict=True)
    ]
    part = events[find(events, "response.content_part.done")]["part"]
    part["annotations"] = found[: len(found) if whole is None else whole]
    return numbered([*events[:at], *added, *events[at:]])


@pytest.mark.parametrize("kind", ITEMS)
def test_a_legal_stream_of_every_type_raises_nothing(kind: str) -> None:
    assert objecting(streamed(stream_with(kind)), *TOPICS) == set()


LEGAL: dict[str, tuple[str, Callable[[Events], Events]]] = {
    "no step in the middle": ("web_search_call", _drop("response.web_search_call.searching")),
    "searching twice": (
        "web_search_call",
        lambda events: numbered(
            [
                *events[: (at := find(events, "response.web_search_call.searching"))],
                events[at],
                *events[at:],
            ]
        ),
    ),
    "an image that never says completed": (
        "image_generation_call",
        _drop("response.image_generation_call.completed"),
    ),
    "an image that is done while generating": ("image_generation_call", _everywhere("status", "generating")),
    "arguments before in_progress": (
        "mcp_call",
        _swap("response.mcp_call.in_progress", "response.mcp_call_arguments.delta"),
    ),
    "an MCP call without a status": ("mcp_call", _everywhere("status", None)),
    "sealed anew": (
        "web_search_call",
        lambda events: _everywhere("encrypted_content", "x")(
            _set("response.output_item.done", "item.encrypted_content", "y")(events)
        ),
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_unusual_and_legal_raises_nothing(name: str) -> None:
    kind, change = LEGAL[name]
    assert objecting(streamed(change(stream_with(kind))), *TOPICS) == set()


def test_an_mcp_call_that_fails_with_its_error_raises_nothing() -> None:
    error = {"type": "http_error", "code": 424, "message": "424"}
    events = stream_with("mcp_call", status="failed", error=error, output=None)
    events[find(events, "response.mcp_call.completed")]["type"] = "response.mcp_call.failed"
    assert objecting(streamed(events), *TOPICS) == set()


def test_annotations_in_order_raise_nothing() -> None:
    assert objecting(streamed(_cited(0, 1, 2)), *TOPICS) == set()


def test_an_item_of_an_unknown_type_is_left_to_the_schema() -> None:
    item = {"id": "x_1", "type": "quantum_call", "status": "completed"}
    place = {"item_id": "x_1", "output_index": 0}
    events = stream_with("web_search_call")
    head, tail = events[:2], events[find(events, "response.output_item.done") + 1 :]
    own = [
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress"}},
        {"type": "response.web_search_call.searching", **place},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]
    tail[-1]["response"]["output"][0] = item
    assert objecting(streamed(numbered([*head, *own, *tail])), "responses.stream.family") == set()


WRONG: dict[str, tuple[str, Callable[[Events], Events], str]] = {
    "a step of another tool": (
        "file_search_call",
        _set("response.file_search_call.searching", "type", "response.web_search_call.searching"),
        "responses.stream.family",
    ),
    "a shell's output for a search": (
        "web_search_call",
        _set("response.web_search_call.searching", "type", "response.shell_call_output_content.done"),
        "responses.stream.family",
    ),
    "completed before searching": (
        "web_search_call",
        _swap("response.web_search_call.searching", "response.web_search_call.completed"),
        "responses.stream.family-order",
    ),
    "completed before the code": (
        "code_interpreter_call",
        _swap("response.code_interpreter_call.interpreting", "response.code_interpreter_call_code.done"),
        "responses.stream.family-order",
    ),
    "never begun": (
        "mcp_list_tools",
        _drop("response.mcp_list_tools.in_progress"),
        "responses.stream.family-steps",
    ),
    "never ended": (
        "code_interpreter_call",
        _drop("response.code_interpreter_call.completed"),
        "responses.stream.family-steps",
    ),
    "failed after completed": (
        "file_search_call",
        _everywhere("status", "failed"),
        "responses.stream.family-status",
    ),
    "an error beside completed": (
        "mcp_call",
        _everywhere("error", {"type": "http_error", "code": 500, "message": "no"}),
        "responses.stream.family-status",
    ),
    "no error beside failed": (
        "mcp_list_tools",
        _set("response.mcp_list_tools.completed", "type", "response.mcp_list_tools.failed"),
        "responses.stream.family-status",
    ),
    "added as completed": (
        "web_search_call",
        _set("response.output_item.added", "item.status", "completed"),
        "responses.stream.item-status",
    ),
    "done in progress": (
        "web_search_call",
        _everywhere("status", "in_progress"),
        "responses.stream.item-status",
    ),
    "another input of a custom tool": (
        "custom_tool_call",
        _set("response.custom_tool_call_input.done", "input", "ping"),
        "responses.stream.custom-input-equals-deltas",
    ),
    "other arguments of an MCP call": (
        "mcp_call",
        _set("response.mcp_call_arguments.done", "arguments", "{}"),
        "responses.stream.mcp-arguments-equals-deltas",
    ),
    "other code": (
        "code_interpreter_call",
        _set("response.code_interpreter_call_code.done", "code", "print(41)"),
        "responses.stream.code-equals-deltas",
    ),
    "a second picture numbered as the first": (
        "image_generation_call",
        lambda events: numbered(
            [
                *events[: (at := find(events, "response.image_generation_call.partial_image"))],
                events[at],
                *events[at:],
            ]
        ),
        "responses.stream.partial-image",
    ),
    "a picture that is none": (
        "image_generation_call",
        _set("response.image_generation_call.partial_image", "partial_image_b64", "https://a.example"),
        "responses.stream.partial-image",
    ),
    "an image lost in the last snapshot": (
        "image_generation_call",
        _set(
            "response.completed",
            "response.output",
            [an_item("image_generation_call", result=None), message(at=1)],
        ),
        "responses.stream.completed-equals-items",
    ),
    "an id without its prefix": (
        "web_search_call",
        lambda events: _renamed(events, "ws_1", "search-1"),
        "responses.output.id-prefix",
    ),
}


def _renamed(events: Events, old: str, new: str) -> Events:
    return list(json.loads(json.dumps(events).replace(old, new)))


@pytest.mark.parametrize("name", WRONG)
def test_a_deviation_is_found_by_its_own_check(name: str) -> None:
    kind, change, check = WRONG[name]
    found = objecting(streamed(change(stream_with(kind))), *TOPICS)
    assert check in found
    assert found <= {check, "responses.stream.item-equals-parts", "responses.stream.family-status"}


@pytest.mark.parametrize(
    ("events", "check"),
    [
        (_cited(0, 0), "responses.stream.annotation-index"),
        (_cited(1, 2), "responses.stream.annotation-index"),
        (_cited(0, 1, whole=1), "responses.stream.annotations-equal-added"),
        (_cited(), "nothing"),
    ],
)
def test_annotations_are_counted_and_kept(events: Events, check: str) -> None:
    assert objecting(streamed(events), *TOPICS) == ({check} if check != "nothing" else set())


def test_annotations_that_never_streamed_are_told() -> None:
    events = stream_with("web_search_call")
    events[find(events, "response.content_part.done")]["part"]["annotations"] = [CITATION]
    assert objecting(streamed(events), *TOPICS) == {"responses.stream.annotations-equal-added"}


def _with_logprobs(*lost: str) -> Events:
    events = stream_with("web_search_call")
    tokens = []
    for event in events:
        if event["type"] == "response.output_text.delta":
            event["logprobs"] = [{"token": event["delta"], "logprob": -0.1, "top_logprobs": []}]
            tokens += [one for one in event["logprobs"] if one["token"] not in lost]
    events[find(events, "response.output_text.done")]["logprobs"] = tokens
    return events


def test_log_probabilities_of_the_end_are_those_of_the_deltas() -> None:
    whole = _with_logprobs()
    first = whole[find(whole, "response.output_text.delta")]["delta"]
    assert objecting(streamed(whole), *TOPICS) == set()
    assert objecting(streamed(_with_logprobs(first)), *TOPICS) == {"responses.stream.logprobs-equal-deltas"}


def _forced(tool: str, *items: dict[str, Any]) -> set[str]:
    case = a_case(
        "responses.create", input="pong", tools=[{"type": tool}], tool_choice={"type": tool, "name": "note"}
    )
    return objecting(a_reading(case, a_response(*items)), "ignored.")


def test_a_forced_hosted_tool_brings_its_item() -> None:
    assert _forced("web_search_preview", an_item("web_search_call"), message(at=1)) == set()
    assert _forced("mcp", an_item("mcp_list_tools"), message(at=1)) == set()
    assert _forced("web_search_preview", message()) == {"ignored.tool_choice.hosted"}
    assert _forced("image_generation", an_item("web_search_call")) == {"ignored.tool_choice.hosted"}


def test_a_forced_custom_tool_is_called_by_its_name() -> None:
    assert _forced("custom", an_item("custom_tool_call")) == set()
    assert _forced("custom", an_item("custom_tool_call", name="other")) == {"ignored.tool_choice.named"}


def test_every_item_of_the_table_is_brought_by_the_events_built_here() -> None:
    assert [event["type"] for event in item_events(an_item("mcp_list_tools"))] == [
        "response.output_item.added",
        "response.mcp_list_tools.in_progress",
        "response.mcp_list_tools.completed",
        "response.output_item.done",
    ]
