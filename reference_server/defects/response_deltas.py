"""Defects of Responses streams, event by event: snapshots, items, parts, texts, and what an item repeats."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_chunks, on_events, put
from slashv1.reference_server.defects.response_streams import STREAMS, renumbered
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Event

END = ("response.completed", "response.incomplete")


def _in(kinds: tuple[str, ...], change: Callable[[Any], None]) -> Change:
    """A change of these events alone."""

    def changed(data: Any) -> None:
        if data["type"] in kinds:
            change(data)

    return on_chunks(changed)


def _after_end(events: list[Event]) -> list[Event]:
    begun = next((e for e in events if e.data["type"] == "response.in_progress"), events[0])
    return renumbered([*events, copy.deepcopy(begun)])


def _whole_early(events: list[Event]) -> None:
    """The first snapshot has the usage of the last."""
    first = events[0].data.get("response")  # a stream that is taken up again begins with no snapshot
    if first is not None:
        first["usage"] = events[-1].data["response"].get("usage")


def _error(events: list[Event]) -> list[Event]:
    """The stream breaks off in an error that only has a message."""
    data = {"type": "error", "message": "The backend is away.", "sequence_number": 0}
    return renumbered([*events[:4], Event(data, name="error")])


def _late_delta(events: list[Event]) -> list[Event]:
    """The last delta of a text comes once more behind its end, empty."""
    kinds = [event.data["type"] for event in events]
    if "response.output_text.done" not in kinds:
        return events
    end = kinds.index("response.output_text.done")
    late = copy.deepcopy(events[end - 1])
    late.data["delta"] = ""
    return renumbered([*events[: end + 1], late, *events[end + 1 :]])


def _one_id(data: Any) -> None:
    """All function calls of a stream are the same item."""
    for path in ("item.id", "item_id", "response.output.*.id"):
        put(path, lambda name: "fc_1" if name.startswith("fc_") else name)(data)


def _type_changes(data: Any) -> None:
    if data["item"]["type"] == "message":
        data["item"]["type"] = "output_message"


def _in_item(key: str, value: Any) -> Callable[[Any], None]:
    return put(f"item.{key}", value)


def with_item(item: dict[str, Any], *inner: dict[str, Any], opened: dict[str, Any]) -> Change:
    """An output item more, the last: added as `opened`, its events, done as it is; in the snapshot too."""

    def change(events: list[Event]) -> list[Event]:
        end = events[-1]
        if end.data["type"] != "response.completed":
            return events
        at = len(end.data["response"]["output"])
        end.data["response"]["output"].append(item)
        told = [
            {"type": "response.output_item.added", "item": opened},
            *({**event, "item_id": item["id"]} for event in inner),
            {"type": "response.output_item.done", "item": item},
        ]
        made = [Event({**data, "output_index": at}, name=data["type"]) for data in copy.deepcopy(told)]
        return renumbered([*events[:-1], *made, end])

    return on_events(change)


def _reasoning(streamed: str, said: str) -> Change:
    part = {"type": "summary_text", "text": said}
    item = {"id": "rs_1", "type": "reasoning", "summary": [part]}
    at = {"summary_index": 0}
    stem = "response.reasoning_summary"
    return with_item(
        item,
        {"type": f"{stem}_part.added", "part": {**part, "text": ""}, **at},
        {"type": f"{stem}_text.delta", "delta": streamed, **at},
        {"type": f"{stem}_text.done", "text": said, **at},
        {"type": f"{stem}_part.done", "part": part, **at},
        opened={**item, "summary": []},
    )


def _refusal(streamed: str, said: str) -> Change:
    part = {"type": "refusal", "refusal": said}
    item = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
    at = {"content_index": 0}
    return with_item(
        item,
        {"type": "response.content_part.added", "part": {**part, "refusal": ""}, **at},
        {"type": "response.refusal.delta", "delta": streamed, **at},
        {"type": "response.refusal.done", "refusal": said, **at},
        {"type": "response.content_part.done", "part": part, **at},
        opened={**item, "status": "in_progress", "content": []},
    )


def _code(streamed: str, said: str) -> Change:
    item = {
        "id": "ci_1",
        "type": "code_interpreter_call",
        "status": "completed",
        "code": said,
        "container_id": "cntr_1",
        "outputs": [],
    }
    stem = "response.code_interpreter_call"
    return with_item(
        item,
        {"type": f"{stem}.in_progress"},
        {"type": f"{stem}_code.delta", "delta": streamed},
        {"type": f"{stem}_code.done", "code": said},
        {"type": f"{stem}.interpreting"},
        {"type": f"{stem}.completed"},
        opened={**item, "status": "in_progress", "code": ""},
    )


DEFECTS = (
    Twist(
        "event-after-end",
        "An event follows response.completed",
        on_events(_after_end),
        STREAMS,
        "responses.stream.nothing-after",
    ),
    Twist(
        "snapshot-time-changes",
        "The last snapshot was made later than the first",
        _in(END, put("response.created_at", lambda seconds: seconds + 1)),
        STREAMS,
        "responses.stream.snapshot-constant",
    ),
    Twist(
        "snapshot-early-usage",
        "The first snapshot has the usage of the last",
        on_events(_whole_early),
        STREAMS,
        "responses.stream.snapshot-early",
    ),
    Twist(
        "snapshot-no-usage",
        "The last snapshot has no usage",
        _in(END, put("response.usage", None)),
        STREAMS,
        "responses.stream.usage",
    ),
    Twist(
        "snapshot-lacks-key",
        "The last snapshot has no service_tier",
        _in(END, drop("response.service_tier")),
        STREAMS,
        "pairs.snapshot-keys",
    ),
    Twist(
        "error-event-bare",
        "An error event has a message alone",
        on_events(_error),
        STREAMS,
        "responses.stream.error-event",
    ),
    Twist(
        "output-index-from-one",
        "Items of a stream are numbered from 1",
        on_chunks(put("output_index", lambda index: index + 1)),
        STREAMS,
        "responses.stream.output-index",
    ),
    Twist(
        "output-ids-shared",
        "All calls of a stream have one item id",
        on_chunks(_one_id),
        STREAMS,
        "responses.output.ids-unique",
    ),
    Twist(
        "echo-parallel-tool-calls",
        "`parallel_tool_calls` does not come back",
        on_chunks(put("response.parallel_tool_calls", False)),
        STREAMS,
        "responses.echo.parallel_tool_calls",
    ),
    Twist(
        "item-type-changes",
        "A message is done under another type",
        _in(("response.output_item.done",), _type_changes),
        STREAMS,
        "responses.stream.item-type",
    ),
    Twist(
        "item-added-completed",
        "Items are added as completed",
        _in(("response.output_item.added",), _in_item("status", "completed")),
        STREAMS,
        "responses.stream.item-status",
    ),
    Twist(
        "part-index-from-one",
        "Parts of a stream are numbered from 1",
        on_chunks(put("content_index", lambda index: index + 1)),
        STREAMS,
        "responses.stream.part-index",
    ),
    Twist(
        "part-added-filled",
        "Parts are added with a text",
        _in(("response.content_part.added",), put("part.text", "Once")),
        STREAMS,
        "responses.stream.part-empty",
    ),
    Twist(
        "delta-after-done",
        "A delta follows the end of its text",
        on_events(_late_delta),
        STREAMS,
        "responses.stream.after-done",
    ),
    Twist(
        "delta-object",
        "Deltas of a text are objects",
        _in(("response.output_text.delta",), put("delta", lambda text: {"text": text})),
        STREAMS,
        "responses.stream.delta-string",
        ("responses.stream.text-equals-deltas",),
    ),
    Twist(
        "part-done-differs",
        "A finished part has another text than the one that streamed",
        _in(("response.content_part.done",), put("part.text", lambda text: f"{text}!")),
        STREAMS,
        "responses.stream.part-equals-text",
    ),
    Twist(
        "item-done-differs",
        "A finished item has another text than its parts",
        _in(("response.output_item.done",), put("item.content.*.text", lambda text: f"{text}!")),
        STREAMS,
        "responses.stream.item-equals-parts",
    ),
    Twist(
        "refusal-differs",
        "The final refusal is not its deltas joined",
        _refusal("I cannot", "I will not"),
        STREAMS,
        "responses.stream.refusal-equals-deltas",
    ),
    Twist(
        "reasoning-differs",
        "The final reasoning is not its deltas joined",
        _reasoning("First, count", "First, add"),
        STREAMS,
        "responses.stream.reasoning-equals-deltas",
    ),
    Twist(
        "code-differs",
        "The final code is not its deltas joined",
        _code("print(1)", "print(2)"),
        STREAMS,
        "responses.stream.code-equals-deltas",
        ("pairs.calls", "pairs.item-types"),
    ),
    Twist(
        "stream-item-more",
        "A stream has an item that the plain answer has not",
        _code("print(1)", "print(1)"),
        STREAMS,
        "pairs.item-types",
        ("pairs.calls",),
    ),
)
