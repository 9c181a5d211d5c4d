"""Clearances of Response objects, and of their streams as a whole."""

from __future__ import annotations

from typing import Any

from slashv1.harness.judge.chat import related
from slashv1.harness.judge.chat_parts import TOOL_TAGS
from slashv1.harness.judge.clear_text import well_framed
from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.look import DAY
from slashv1.harness.judge.responses import EARLIEST
from slashv1.harness.judge.responses_events import KNOWN
from slashv1.harness.judge.responses_output import PREFIXES
from slashv1.harness.judge.responses_stream import STATUS
from slashv1.harness.judge.snapshot import TERMINAL, asked_of, snapshot
from slashv1.harness.reading import Reading
from slashv1.spec import parse


@clears("responses.id-prefix", "responses.created-seconds")
def _identified(reading: Reading) -> bool:
    value = snapshot(reading).value
    given, latest = value["id"], reading.exchange.sent_at + DAY
    if not (isinstance(given, str) and given.startswith("resp_") and len(given) > len("resp_")):
        return False
    made, done = value["created_at"], value.get("completed_at")
    if type(made) is not int or not EARLIEST <= made <= latest:
        return False
    return done is None or (type(done) is int and EARLIEST <= done <= latest)


@clears(
    "responses.object",
    "responses.model",
    "responses.status.terminal",
    "responses.status.completed-clean",
    "responses.status.incomplete-reason",
    "responses.status.failed-error",
    "responses.no-output-text",
    "responses.output.item-status",
    "responses.output.not-empty",
)
def _completed(reading: Reading) -> bool:
    value = snapshot(reading).value
    if value["object"] != "response" or value["model"] == "" or value["status"] != "completed":
        return False
    if value.get("error") is not None or value.get("incomplete_details") is not None:
        return False
    output = value["output"]
    if "output_text" in value or not isinstance(output, list) or not output:
        return False
    for item in output:
        if item.get("status", "completed") not in (None, "completed") and item["type"] in _CLOSED:
            return False
    return True


_CLOSED = ("message", "function_call")


@clears("responses.output.id-prefix", "responses.output.ids-unique")
def _items_identified(reading: Reading) -> bool:
    ids = set()
    output = snapshot(reading).value["output"]
    for item in output:
        given = item["id"]
        if not isinstance(given, str) or not given.startswith(PREFIXES.get(item["type"], "")):
            return False
        ids.add(given)
    return len(ids) == len(output)


@clears(
    "responses.output.message-role",
    "responses.output.part-type",
    "responses.output.annotations",
    "responses.reasoning.summary",
)
def _speaking(reading: Reading) -> bool:
    for item in snapshot(reading).value["output"]:
        if item["type"] == "message":
            if item["role"] != "assistant" or not all(_is_text(part) for part in item["content"]):
                return False
        elif item["type"] == "reasoning" and not _is_summarised(item["summary"]):
            return False
    return True


def _is_text(part: dict[str, Any]) -> bool:
    return part["type"] == "output_text" and isinstance(part["annotations"], list)


def _is_summarised(summary: Any) -> bool:
    return isinstance(summary, list) and all(_is_summary(part) for part in summary)


def _is_summary(part: dict[str, Any]) -> bool:
    return part["type"] == "summary_text" and isinstance(part["text"], str)


@clears("responses.created-now", "responses.model-resolved")
def _current(reading: Reading) -> bool:
    value, asked = snapshot(reading).value, asked_of(reading).get("model")
    given, made, sent = value["model"], value["created_at"], reading.exchange.sent_at
    if not (isinstance(asked, str) and isinstance(given, str) and related(given, asked)):
        return False
    return type(made) is int and (sent <= 0 or made >= sent - DAY)


@clears("responses.call.outputs", "responses.output.annotations-within")
def _without_notes(reading: Reading) -> bool:
    for item in snapshot(reading).value["output"]:
        if item["type"].endswith("_output"):
            return False
        if any(part.get("annotations") for part in item.get("content") or ()):
            return False
    return True


@clears("responses.call.call-id", "responses.call.name", "responses.call.arguments-json")
def _called(reading: Reading) -> bool:
    calls = [item for item in snapshot(reading).value["output"] if item["type"] == "function_call"]
    if not calls:
        return not reading.case.tags & TOOL_TAGS
    offered = {tool.get("name") for tool in asked_of(reading).get("tools", ())}
    for call in calls:
        if not isinstance(call["call_id"], str) or call["call_id"] == "" or call["name"] not in offered:
            return False
        if not isinstance(parse(call["arguments"]).value, dict):
            return False
    return len({call["call_id"] for call in calls}) == len(calls)


@clears(
    "responses.stream.event-name",
    "responses.stream.type",
    "responses.stream.known-event",
    "responses.stream.created-first",
    "responses.stream.in-progress",
    "responses.stream.sequence-present",
    "responses.stream.sequence",
    "responses.stream.terminal",
    "responses.stream.nothing-after",
    "responses.stream.no-done",
    "responses.stream.id-constant",
    "responses.stream.snapshot-constant",
    "responses.stream.snapshot-status",
    "responses.stream.snapshot-early",
    "responses.stream.usage",
    "responses.stream.error-event",
)
def _streamed(reading: Reading) -> bool:
    events = reading.events
    if not well_framed(reading) or len(events) != len(reading.frames) or len(events) < 3:
        return False
    if reading.case.request.query.get("starting_after"):
        return False
    for number, event in enumerate(events):
        value = event.object
        name = value["type"]
        if event.frame.event != name or name not in KNOWN or name in _UNUSUAL:
            return False
        if type(value["sequence_number"]) is not int or value["sequence_number"] != number:
            return False
        if ("response" in value or name in STATUS) and number not in (0, 1, len(events) - 1):
            return False
    opening, going, ending = events[0].object, events[1].object, events[-1].object
    if (opening["type"], going["type"]) != ("response.created", "response.in_progress"):
        return False
    if "output_index" in opening or ending["type"] not in TERMINAL:
        return False
    early = not any(one["response"].get(key) for one in (opening, going) for key in ("output", "usage"))
    return early and ending["response"]["usage"] is not None and _is_one(opening, going, ending)


_UNUSUAL = ("keepalive", "error", "response.queued")


def _is_one(*events: dict[str, Any]) -> bool:
    """Whether the snapshots are of one response, each with the status of its event."""
    first = events[0]["response"]
    for event in events:
        response = event["response"]
        if response["status"] not in STATUS[event["type"]] or not isinstance(response["id"], str):
            return False
        if any(response[key] != first[key] for key in ("id", "created_at", "model")):
            return False
    return True
