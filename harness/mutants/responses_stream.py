"""Operators on what the events of a Responses stream say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slashv1.harness.mutants.edit import Cut, Path, dig, put, without, written
from slashv1.harness.mutants.frames import at, picked, rebuilt
from slashv1.harness.mutants.model import STREAM, Baseline, Site, operator, real

ON = ("responses.create", "responses.retrieve")
TERMINAL = ("response.completed", "response.incomplete", "response.failed")
TEXTS = (
    "response.output_text.done",
    "response.function_call_arguments.done",
    "response.reasoning_summary_text.done",
    "response.refusal.done",
)
RS = "responses.stream."


def of(base: Baseline, *kinds: str) -> Iterable[tuple[int, Cut]]:
    """Frames of these event types; of any where none is named."""
    return ((n, frame) for n, frame in picked(base) if not kinds or frame.kind in kinds)


def numbered(base: Baseline) -> bool:
    """Whether the events carry a sequence number."""
    return any("sequence_number" in frame.object for frame in base.frames)


def resumed(base: Baseline) -> str | None:
    """The rule for a stream that goes on where another broke off (`starting_after`)."""
    first = next((f.object["sequence_number"] for f in base.frames if "sequence_number" in f.object), 0)
    return "resumed" if first else None


STATE = ("item_id", "output_index", "content_index", "id", "status", "text", "arguments", "output")
"""Keys whose value only the events before can contradict."""


def _event(
    name: str, kinds: tuple[str, ...], path: Path, make: Callable[[Any], Any], does: str, *fits: str
) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for number, frame in of(base, *kinds):
            old = dig(frame.value, *path)
            if old is not None:
                new = frame.holding(put(frame.value, path, make(old)))
                rule = "same-bytes" if make(old) == old else None
                if path[-1] in STATE or fits[0].endswith("text-done"):
                    rule = rule or resumed(base)
                key = str(next((step for step in reversed(path) if isinstance(step, str)), ""))
                yield Site(f"frame {number}", rebuilt(base, at(base, number, new)), rule, frame.kind, key)

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=STREAM, needs=real(path), times=2)(find)


SEQUENCE = (RS + "sequence",)
_event(
    "sequence-jumps",
    (),
    ("sequence_number",),
    lambda old: old + 10,
    "lets one sequence_number jump",
    *SEQUENCE,
)
_event(
    "event-type-invented",
    (),
    ("type",),
    lambda old: old + "ed",
    "invents an event type",
    RS + "known-event",
    "body.unknown-variant",
    RS + "event-name",
)
_event(
    "event-type-other",
    ("response.output_text.delta",),
    ("type",),
    lambda _: "response.refusal.delta",
    "gives a delta the type of another",
    RS + "event-name",
    RS + "*",
)
_event(
    "delta-object",
    ("response.output_text.delta", "response.function_call_arguments.delta"),
    ("delta",),
    lambda old: {"text": old},
    "gives a delta as an object",
    RS + "delta-string",
    "body.type",
)
_event(
    "delta-changed",
    (
        "response.output_text.delta",
        "response.function_call_arguments.delta",
        "response.reasoning_summary_text.delta",
    ),
    ("delta",),
    lambda old: old + "~",
    "says more in a delta than the text has",
    RS + "text-done",
    RS + "part-equals-text",
    RS + "*equals*",
)
_event(
    "done-text-changed",
    TEXTS[:1],
    ("text",),
    lambda old: old + "~",
    "says more in the done event than the deltas",
    RS + "text-done",
    RS + "*equals*",
)
_event(
    "done-arguments-changed",
    TEXTS[1:2],
    ("arguments",),
    lambda old: old + " ",
    "says more arguments in the done event than the deltas",
    RS + "text-done",
    RS + "*equals*",
    RS + "item*",
)
_event(
    "part-text-changed",
    ("response.content_part.done",),
    ("part", "text"),
    lambda old: old + "~",
    "says more in the finished part than the deltas",
    RS + "*equals*",
    RS + "part*",
)
_event(
    "item-text-changed",
    ("response.output_item.done",),
    ("item", "content", 0, "text"),
    lambda old: old + "~",
    "says more in the finished item than its parts",
    RS + "*equals*",
    RS + "item*",
)
_event(
    "item-arguments-changed",
    ("response.output_item.done",),
    ("item", "arguments"),
    lambda old: old + " ",
    "says more arguments in the finished item than before",
    RS + "*equals*",
    RS + "item*",
    RS + "text-done",
    "responses.call.*",
)
_event(
    "snapshot-text-changed",
    TERMINAL,
    ("response", "output", 0, "content", 0, "text"),
    lambda old: old + "~",
    "says more in the last snapshot than in the items",
    RS + "completed-equals-items",
)
_event(
    "snapshot-output-empty",
    TERMINAL,
    ("response", "output"),
    lambda _: [],
    "empties the output of the last snapshot",
    RS + "completed-equals-items",
    "responses.output.*",
    "ignored.*",
)
_event(
    "snapshot-usage-null",
    TERMINAL[:2],
    ("response", "usage"),
    lambda _: None,
    "puts null for the usage of the last snapshot",
    RS + "usage",
    "usage.*",
    "body.null",
)
_event(
    "snapshot-status-open",
    TERMINAL[:1],
    ("response", "status"),
    lambda _: "in_progress",
    "leaves the last snapshot in progress",
    RS + "snapshot-status",
)
_event(
    "created-status-done",
    ("response.created",),
    ("response", "status"),
    lambda _: "completed",
    "calls the first snapshot completed",
    RS + "snapshot-status",
)
_event(
    "snapshot-id-changes",
    TERMINAL,
    ("response", "id"),
    lambda _: "resp_other",
    "gives the last snapshot another id",
    RS + "id-constant",
)
_event(
    "snapshot-created-changes",
    TERMINAL,
    ("response", "created_at"),
    lambda old: old + 5,
    "gives the last snapshot another created_at",
    RS + "snapshot-constant",
)
_event(
    "snapshot-model-changes",
    TERMINAL,
    ("response", "model"),
    lambda _: "gpt-other",
    "gives the last snapshot another model",
    RS + "snapshot-constant",
)
_event(
    "item-id-other",
    (
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.delta",
    ),
    ("item_id",),
    lambda _: "msg_other",
    "names another item in an event",
    RS + "item-id",
)
_event(
    "item-id-changes",
    ("response.output_item.done",),
    ("item", "id"),
    lambda _: "msg_other",
    "gives the finished item another id",
    RS + "item*",
    RS + "completed-equals-items",
)
_event(
    "item-type-changes",
    ("response.output_item.added",),
    ("item", "type"),
    lambda old: "reasoning" if old != "reasoning" else "message",
    "adds an item of another type than it is done",
    RS + "item*",
    "body.*",
)
_event(
    "item-added-done",
    ("response.output_item.added",),
    ("item", "status"),
    lambda _: "completed",
    "adds an item that is completed already",
    RS + "item-status",
)
_event(
    "item-done-open",
    ("response.output_item.done",),
    ("item", "status"),
    lambda _: "in_progress",
    "leaves a finished item in progress",
    RS + "item-status",
    RS + "*equals*",
)
_event(
    "output-index-off",
    (
        "response.output_text.delta",
        "response.output_item.added",
        "response.content_part.added",
        "response.function_call_arguments.delta",
    ),
    ("output_index",),
    lambda old: old + 3,
    "gives an event an output_index of its own",
    RS + "*index*",
    RS + "item*",
    RS + "part*",
)
_event(
    "content-index-off",
    ("response.output_text.delta", "response.content_part.added"),
    ("content_index",),
    lambda old: old + 3,
    "gives an event a content_index of its own",
    RS + "*index*",
    RS + "part*",
    RS + "text-done",
)
_event(
    "part-added-full",
    ("response.content_part.added",),
    ("part", "text"),
    lambda _: "Yes",
    "adds a part that has its text already",
    RS + "part-empty",
)
_event(
    "part-type-chat",
    ("response.content_part.added", "response.content_part.done"),
    ("part", "type"),
    lambda _: "text",
    "calls a part `text`, as in chat",
    "body.unknown-variant",
    "body.enum",
    RS + "part*",
)


@operator("sequence-removed", RS + "sequence-present", RS + "sequence", on=ON, kinds=STREAM)
def _no_number(base: Baseline) -> Iterable[Site]:
    """takes every sequence_number away"""
    if numbered(base):
        rule = "optional-key" if _early(base) else None
        frames = [f.holding(without(f.value, ("sequence_number",))) if f.object else f for f in base.frames]
        yield Site("every frame", rebuilt(base, frames), rule, key="sequence_number")


def _early(base: Baseline) -> bool:
    """Whether a response calls itself older than the sequence numbers, which came in 2025-06."""
    made = (dig(frame.value, "response", "created_at") for frame in base.frames)
    return any(isinstance(at, (int, float)) and at < 1_748_736_000 for at in made)


@operator("sequence-from-one", *SEQUENCE, on="responses.create", kinds=STREAM)
def _from_one(base: Baseline) -> Iterable[Site]:
    """counts sequence_number from 1"""
    if numbered(base):
        yield Site("every frame", rebuilt(base, [_shifted(frame, 1) for frame in base.frames]))


@operator("sequence-as-text", RS + "sequence*", "body.type", on=ON, kinds=STREAM)
def _as_text(base: Baseline) -> Iterable[Site]:
    """gives a sequence_number as text"""
    for number, frame in of(base):
        if "sequence_number" in frame.object:
            new = frame.holding(put(frame.value, ("sequence_number",), str(frame.object["sequence_number"])))
            yield Site(f"frame {number}", rebuilt(base, at(base, number, new)), shape="any")


def _shifted(frame: Cut, by: int) -> Cut:
    number = frame.object.get("sequence_number")
    return (
        frame.holding({**frame.object, "sequence_number": number + by}) if isinstance(number, int) else frame
    )


def _named(name: str, make: Callable[[Cut], str | None], does: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for number, frame in of(base):
            new = written(make(frame), frame.data or "")
            yield Site(f"frame {number}", rebuilt(base, at(base, number, new)), shape=frame.kind)

    find.__doc__ = does
    operator(name, RS + "event-name", on=ON, kinds=STREAM, times=2)(find)


_named("event-name-removed", lambda _: None, "takes the `event:` line away")
_named("event-name-other", lambda _: "message", "names an event `message`")
_named(
    "event-name-underscored",
    lambda frame: (frame.event or "").replace(".", "_"),
    "spells an event name with underscores",
)
