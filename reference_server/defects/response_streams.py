"""Defects of Responses streams: names, numbers, nesting, texts that differ, the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_chunks, on_events, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Event

STREAMS = ("responses.create", "responses.retrieve")
END = ("response.completed", "response.incomplete")
"""What a stream ends in that did not fail."""


def renumbered(events: list[Event]) -> list[Event]:
    """The events counted anew, from the number of the first."""
    first = events[0].data["sequence_number"] if events else 0
    return [
        replace(event, data={**event.data, "sequence_number": first + number})
        for number, event in enumerate(events)
    ]


def without(*kinds: str, once: bool = False) -> Any:
    """Leave out the events of these types (`once`: the first of them), and count anew."""

    def change(events: list[Event]) -> list[Event]:
        kept: list[Event] = []
        dropped = 0
        for event in events:
            if event.data["type"] in kinds and not (once and dropped):
                dropped += 1
            else:
                kept.append(event)
        return renumbered(kept)

    return change


def _gap(events: list[Event]) -> None:
    for event in events[len(events) // 2 :]:
        event.data["sequence_number"] += 1


def _from_one(data: Any) -> None:
    data["sequence_number"] += 1


def _delta_before_part(events: list[Event]) -> list[Event]:
    """The first delta and the part that it belongs to change places."""
    kinds = [event.data["type"] for event in events]
    if "response.content_part.added" in kinds and "response.output_text.delta" in kinds:
        part, delta = kinds.index("response.content_part.added"), kinds.index("response.output_text.delta")
        events[part], events[delta] = events[delta], events[part]
    return renumbered(events)


def _wrong_text(data: Any) -> None:
    if data["type"] == "response.output_text.done":
        data["text"] += "!"


def _wrong_snapshot(data: Any) -> None:
    if data["type"] in END:
        put("response.output.*.content.*.text", lambda text: text + " And more.")(data)


def _wrong_arguments(data: Any) -> None:
    if data["type"] == "response.function_call_arguments.done":
        data["arguments"] = "{}"


def _other_item(data: Any) -> None:
    if data["type"] == "response.output_text.delta":
        data["item_id"] = "msg_" + "0" * 50


def _status_done_early(data: Any) -> None:
    if data["type"] == "response.created":
        data["response"]["status"] = "completed"


def _not_completed(data: Any) -> None:
    if data["type"] in END:
        data["response"]["status"] = "in_progress"


def _invented(events: list[Event]) -> list[Event]:
    data = {"type": "response.routing.selected", "provider": "a", "sequence_number": 0}
    return renumbered([*events[:2], Event(data, name=data["type"]), *events[2:]])  # type: ignore[arg-type]


def _new_id(data: Any) -> None:
    if data["type"] in END:
        data["response"]["id"] = "resp_" + "0" * 50


def _last_twice(events: list[Event]) -> list[Event]:
    return renumbered([*events, events[-1]])


def _deltas_whole(data: Any) -> None:
    """Each delta repeats all text so far."""
    if data["type"] == "response.output_text.delta":
        data["delta"] = data["delta"] * 2


_PARTS = ("responses.stream.*", "replay.*")

DEFECTS = (
    Twist(
        "events-name-differs",
        "The event's name is not its type",
        on_events(lambda events: [replace(e, name=(e.name or "").replace("response.", "")) for e in events]),
        STREAMS,
        "responses.stream.event-name",
        (),
    ),
    Twist(
        "events-name-missing",
        "Events have no name",
        on_events(lambda events: [replace(e, name=None) for e in events]),
        STREAMS,
        "responses.stream.event-name",
        (),
    ),
    Twist(
        "events-type-missing",
        "Events have a name and no `type`",
        on_chunks(drop("type")),
        STREAMS,
        "responses.stream.type",
        (),
    ),
    Twist(
        "events-done",
        "A Responses stream ends with [DONE]",
        on_events(lambda events: [*events, Event("[DONE]")]),
        STREAMS,
        "responses.stream.no-done",
        (),
    ),
    Twist(
        "sequence-gap",
        "sequence_number skips one",
        on_events(_gap),
        STREAMS,
        "responses.stream.sequence",
    ),
    Twist(
        "sequence-missing",
        "Events have no sequence_number",
        on_chunks(drop("sequence_number")),
        STREAMS,
        "responses.stream.sequence-present",
        (),
    ),
    Twist(
        "sequence-from-one",
        "sequence_number starts at 1",
        on_chunks(_from_one),
        STREAMS,
        "responses.stream.sequence",
        (),
    ),
    Twist(
        "created-missing",
        "No response.created comes",
        on_events(without("response.created")),
        STREAMS,
        "responses.stream.created-first",
        ("responses.stream.sequence",),
    ),
    Twist(
        "in-progress-missing",
        "No response.in_progress comes",
        on_events(without("response.in_progress")),
        STREAMS,
        "responses.stream.in-progress",
        (),
    ),
    Twist(
        "item-added-missing",
        "No output_item.added comes",
        on_events(without("response.output_item.added")),
        STREAMS,
        "responses.stream.item-added",
        (),
    ),
    Twist(
        "item-done-missing",
        "No output_item.done comes",
        on_events(without("response.output_item.done")),
        STREAMS,
        "responses.stream.item-done",
        (),
    ),
    Twist(
        "part-added-missing",
        "No content_part.added comes",
        on_events(without("response.content_part.added")),
        STREAMS,
        "responses.stream.part-added",
        (),
    ),
    Twist(
        "part-done-missing",
        "No content_part.done comes",
        on_events(without("response.content_part.done")),
        STREAMS,
        "responses.stream.part-done",
        (),
    ),
    Twist(
        "delta-before-part",
        "A delta comes before its part is added",
        on_events(_delta_before_part),
        STREAMS,
        "responses.stream.part-added",
        (),
    ),
    Twist(
        "text-done-missing",
        "No output_text.done comes",
        on_events(without("response.output_text.done")),
        STREAMS,
        "responses.stream.text-done",
        (),
    ),
    Twist(
        "text-differs",
        "The final text is not its deltas joined",
        on_chunks(_wrong_text),
        STREAMS,
        "responses.stream.text-equals-deltas",
        (),
    ),
    Twist(
        "delta-lost",
        "One delta of the text is lost",
        on_events(without("response.output_text.delta", once=True)),
        STREAMS,
        "responses.stream.text-equals-deltas",
        (),
    ),
    Twist(
        "delta-doubled",
        "Every delta carries its text twice",
        on_chunks(_deltas_whole),
        STREAMS,
        "responses.stream.text-equals-deltas",
    ),
    Twist(
        "arguments-differ",
        "The final arguments are not their deltas joined",
        on_chunks(_wrong_arguments),
        STREAMS,
        "responses.stream.arguments-equals-deltas",
        (),
    ),
    Twist(
        "snapshot-differs",
        "The completed response has another text than the stream",
        on_chunks(_wrong_snapshot),
        STREAMS,
        "responses.stream.completed-equals-items",
        (
            "ignored.max_output_tokens",
            "ignored.text.format",
        ),
    ),
    Twist(
        "snapshot-empty",
        "The completed response has no output",
        on_chunks(lambda data: put("response.output", lambda _: [])(data) if data["type"] in END else None),
        STREAMS,
        "responses.stream.completed-equals-items",
        (
            "ignored.tool_choice.required",
            "pairs.calls",
            "pairs.item-types",
            "responses.output.not-empty",
        ),
    ),
    Twist(
        "snapshot-status",
        "The last event carries a response in progress",
        on_chunks(_not_completed),
        STREAMS,
        "responses.stream.snapshot-status",
        (),
    ),
    Twist(
        "created-completed",
        "The first event carries a completed response",
        on_chunks(_status_done_early),
        STREAMS,
        "responses.stream.snapshot-status",
        (),
    ),
    Twist(
        "terminal-missing",
        "No response.completed comes",
        on_events(without(*END)),
        STREAMS,
        "responses.stream.terminal",
        (),
    ),
    Twist(
        "terminal-twice",
        "response.completed comes twice",
        on_events(_last_twice),
        STREAMS,
        "responses.stream.terminal",
        (),
    ),
    Twist(
        "item-id-differs",
        "Deltas name another item",
        on_chunks(_other_item),
        STREAMS,
        "responses.stream.item-id",
    ),
    Twist(
        "response-id-changes",
        "The last snapshot has another id",
        on_chunks(_new_id),
        STREAMS,
        "responses.stream.id-constant",
        (),
    ),
    Twist(
        "event-invented",
        "A stream has an event of the gateway's own",
        on_events(_invented),
        STREAMS,
        "responses.stream.known-event",
        (),
    ),
)
