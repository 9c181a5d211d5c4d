"""Defects of items that other tools than functions bring: their steps, their sources, their texts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_body, on_chunks, on_events, on_request, put
from slashv1.reference_server.defects.response_streams import END, renumbered, without
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Event

CREATE = ("responses.create",)
HOSTED = (
    "responses.create::*-search*",
    "responses.create::code-*",
    "responses.create::mcp*",
    "responses.create::image-*",
)
"""The cases that force a hosted tool."""
_HOSTED = ("web_search_call", "file_search_call", "code_interpreter_call", "mcp_call")


def _other_family(events: list[Event]) -> list[Event]:
    """A file search tells that the web is searched."""
    other = {"response.file_search_call.searching": "response.web_search_call.searching"}
    kinds = [other.get(event.data["type"], event.data["type"]) for event in events]
    return [
        replace(event, data={**event.data, "type": kind}, name=kind)
        for event, kind in zip(events, kinds, strict=True)
    ]


def _searching_late(events: list[Event]) -> list[Event]:
    """The step in the middle and the end change places."""
    kinds = [event.data["type"] for event in events]
    for at, kind in enumerate(kinds[:-1]):
        if kind.endswith(".searching") and kinds[at + 1].endswith(".completed"):
            events[at], events[at + 1] = events[at + 1], events[at]
    return renumbered(events)


def _steps(verb: str) -> list[str]:
    return [f"response.{name}.{verb}" for name in _HOSTED]


def _mcp_failed(events: list[Event]) -> list[Event]:
    """The last step of an MCP call says that it failed; its item has a result."""
    return [
        replace(
            event, data={**event.data, "type": "response.mcp_call.failed"}, name="response.mcp_call.failed"
        )
        if event.data["type"] == "response.mcp_call.completed"
        else event
        for event in events
    ]


def _search_failed(data: Any) -> None:
    """A search that was completed is failed in the item and in the response."""
    for item in [data.get("item"), *(data.get("response") or {}).get("output", ())]:
        if item and item["type"] == "web_search_call" and item["status"] == "completed":
            item["status"] = "failed"


def _added_completed(data: Any) -> None:
    if data["type"] == "response.output_item.added" and data["item"]["type"] in _HOSTED:
        data["item"]["status"] = "completed"


def _on(kind: str, key: str, new: Any) -> Any:
    """Change one key of the events of a type."""

    def change(data: Any) -> None:
        if data["type"] == kind:
            put(key, new)(data)

    return on_chunks(change)


def _no_result(data: Any) -> None:
    if data["type"] in END:
        put("response.output.*.result", None)(data)


def _untyped_ids(body: Any) -> None:
    put("output.*.id", lambda name: re.sub(r"^(?:ws|fs|ci|mcp|mcpl|mcpr|ctc)_", "item_", name))(body)


def _hosted_ignored(asked: dict[str, Any]) -> None:
    chosen = asked.get("tool_choice")
    if isinstance(chosen, dict) and chosen.get("type") not in ("function", "custom"):
        asked["tool_choice"] = "auto"


DEFECTS = (
    Twist(
        "hosted-other-family",
        "A file search streams a step of a web search",
        on_events(_other_family),
        CREATE,
        "responses.stream.family",
        (),
        cases=("responses.create::file-search*",),
    ),
    Twist(
        "hosted-out-of-order",
        "A search is completed, and goes on searching",
        on_events(_searching_late),
        CREATE,
        "responses.stream.family-order",
        (),
        cases=("responses.create::*-search*",),
    ),
    Twist(
        "hosted-no-beginning",
        "Hosted tools do not tell that they begin",
        on_events(without(*_steps("in_progress"))),
        CREATE,
        "responses.stream.family-steps",
        (),
        cases=HOSTED,
    ),
    Twist(
        "hosted-no-end",
        "Hosted tools do not tell that they are done",
        on_events(without(*_steps("completed"))),
        CREATE,
        "responses.stream.family-steps",
        (),
        cases=HOSTED,
    ),
    Twist(
        "hosted-failed-with-result",
        "An MCP call fails in its steps and has a result in its item",
        on_events(_mcp_failed),
        CREATE,
        "responses.stream.family-status",
        (),
        cases=("responses.create::mcp*",),
    ),
    Twist(
        "hosted-completed-and-failed",
        "A search is completed in its steps and failed in its item",
        on_chunks(_search_failed),
        CREATE,
        "responses.stream.family-status",
        (),
        cases=("responses.create::web-search*",),
    ),
    Twist(
        "hosted-added-completed",
        "A hosted tool's item is completed when it is added",
        on_chunks(_added_completed),
        CREATE,
        "responses.stream.item-status",
        (),
        cases=HOSTED,
    ),
    Twist(
        "annotation-from-one",
        "Annotations are counted from 1",
        _on("response.output_text.annotation.added", "annotation_index", lambda at: at + 1),
        CREATE,
        "responses.stream.annotation-index",
        (),
        cases=("responses.create::web-search*",),
    ),
    Twist(
        "annotation-lost",
        "A finished part has lost the annotation that was added",
        _on("response.content_part.done", "part.annotations", []),
        CREATE,
        "responses.stream.annotations-equal-added",
        (),
        cases=("responses.create::web-search*",),
    ),
    Twist(
        "annotation-unstreamed",
        "Annotations stand in the finished part and never stream",
        on_events(without("response.output_text.annotation.added")),
        CREATE,
        "responses.stream.annotations-equal-added",
        (),
        cases=("responses.create::file-search*",),
    ),
    Twist(
        "logprobs-lost-at-end",
        "A finished text has none of the log probabilities that streamed",
        _on("response.output_text.done", "logprobs", []),
        CREATE,
        "responses.stream.logprobs-equal-deltas",
        (),
        cases=("responses.create::logprobs*",),
    ),
    Twist(
        "partial-image-from-one",
        "Partial images are counted from 1",
        _on("response.image_generation_call.partial_image", "partial_image_index", lambda at: at + 1),
        CREATE,
        "responses.stream.partial-image",
        (),
        cases=("responses.create::image*",),
    ),
    Twist(
        "partial-image-url",
        "A partial image is a URL in place of base64",
        _on(
            "response.image_generation_call.partial_image",
            "partial_image_b64",
            "https://example.com/image.png",
        ),
        CREATE,
        "responses.stream.partial-image",
        (),
        cases=("responses.create::image*",),
    ),
    Twist(
        "image-lost-at-end",
        "The completed response has lost the image",
        on_chunks(_no_result),
        CREATE,
        "responses.stream.completed-equals-items",
        (),
        cases=("responses.create::image*",),
    ),
    Twist(
        "custom-input-differs",
        "The final input of a custom tool is not its deltas joined",
        _on("response.custom_tool_call_input.done", "input", lambda text: text + "!"),
        CREATE,
        "responses.stream.custom-input-equals-deltas",
        (),
        cases=("responses.create::tools-custom*",),
    ),
    Twist(
        "mcp-arguments-differ",
        "The final arguments of an MCP call are not their deltas joined",
        _on("response.mcp_call_arguments.done", "arguments", "{}"),
        CREATE,
        "responses.stream.mcp-arguments-equals-deltas",
        (),
        cases=("responses.create::mcp*",),
    ),
    Twist(
        "code-differs",
        "The final code is not its deltas joined",
        _on("response.code_interpreter_call_code.done", "code", "print(41)"),
        CREATE,
        "responses.stream.code-equals-deltas",
        (),
        cases=("responses.create::code*",),
    ),
    Twist(
        "hosted-ids-untyped",
        "Items of hosted tools have ids without their type's prefix",
        on_body(_untyped_ids),
        CREATE,
        "responses.output.id-prefix",
        (),
        cases=HOSTED,
    ),
    Twist(
        "hosted-choice-ignored",
        "A forced hosted tool is not called",
        on_request(_hosted_ignored),
        CREATE,
        "ignored.tool_choice.hosted",
        ("responses.echo.tool_choice",),
        cases=HOSTED,
    ),
)
