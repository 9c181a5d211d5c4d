"""Clearances of what an answer is made of: JSON, frames, the contract's schemas, ids and counts."""

from __future__ import annotations

from typing import Any

from slashv1.harness.judge import request
from slashv1.harness.judge.body import forbidden_named, json_texts, suspects
from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.usage import usages
from slashv1.harness.judge.values import EARLIEST, LATEST
from slashv1.harness.reading import Reading
from slashv1.harness.sse import Frame


@clears(
    "body.missing-field",
    "body.current",
    "body.unknown-field",
    "body.type",
    "body.null",
    "body.enum",
    "body.unknown-variant",
    "body.range",
    "body.integer-literal",
)
def _flawless(reading: Reading) -> bool:
    return not suspects(reading)


@clears("body.json", "body.duplicate-keys", "framing.json")
def _sound(reading: Reading) -> bool:
    return not any(text.document.problems for _, text in json_texts(reading))


@clears("body.forbidden-name")
def _no_names(reading: Reading) -> bool:
    return not forbidden_named(reading.exchange.body)


@clears("request.names", "request.shape", "request.bounds")
def _taken(reading: Reading) -> bool:
    return not request.faults(reading)


@clears(
    "framing.content-type",
    "framing.content-length",
    "framing.utf8",
    "framing.terminated",
    "framing.json-object",
    "framing.stray-text",
    "framing.unknown-field",
    "framing.dataless",
    "framing.nonempty",
    "framing.multi-line-data",
    "framing.cr-line-ends",
    "framing.byte-order-mark",
)
def _framed(reading: Reading) -> bool:
    return well_framed(reading) and reading.exchange.header("content-length") is None


def well_framed(reading: Reading) -> bool:
    """Whether a body is an event stream by its type, of frames of one line of data, perhaps named, and of
    objects in JSON but for `[DONE]`, and of nothing else.
    """
    return reading.once(_well_framed)


def _well_framed(reading: Reading) -> bool:
    body = reading.exchange.body
    if reading.exchange.content_type != "text/event-stream" or b"\r" in body or body[:1] not in (b"d", b"e"):
        return False
    body.decode("utf-8")
    frames = reading.frames
    if not frames or not all(_is_usual(frame) for frame in frames):
        return False
    return all(bool(event.object) for event in reading.events)


def _is_usual(frame: Frame) -> bool:
    fields = frame.fields
    return (
        frame.terminated
        and fields[-1][0] == "data"
        and (len(fields) == 1 or (len(fields) == 2 and fields[0][0] == "event"))
    )


@clears("body.empty-id", "body.unix-time")
def _dated(reading: Reading) -> bool:
    return all(_is_dated(text.document.value) for _, text in json_texts(reading))


def _is_dated(value: Any) -> bool:
    if not isinstance(value, dict):
        return True
    if not _has_good_values(value):
        return False
    inner = value.get("response")
    if isinstance(inner, dict) and not _has_good_values(inner):
        return False
    listed = value.get("data")
    if not isinstance(listed, list):
        return True
    return all(_has_good_values(one) for one in listed if isinstance(one, dict))


def _has_good_values(thing: dict[str, Any]) -> bool:
    if thing.get("id") == "" or thing.get("model") == "":
        return False
    for key in ("created", "created_at"):
        given = thing.get(key)
        if given is not None and not (isinstance(given, int) and EARLIEST <= given < LATEST):
            return False
    return True


@clears(
    "usage.present",
    "usage.total",
    "usage.not-negative",
    "usage.details-within",
    "usage.cached-within",
    "usage.prompt-counted",
    "usage.completion-counted",
)
def _counted(reading: Reading) -> bool:
    found = usages(reading)
    if not reading.case.stream:
        return bool(found) and _adds_up(found[0].value) and _is_paid(reading.object.get("tool_usage"))
    for event in reading.events:
        response = event.object.get("response")
        if isinstance(response, dict) and not _is_paid(response.get("tool_usage")):
            return False
    return all(_adds_up(usage.value) for usage in found)


def _adds_up(usage: dict[str, Any]) -> bool:
    """Whether more than nothing was sent, all counts are there and none is above its total."""
    chat = "prompt_tokens" in usage
    if chat and ("input_tokens" in usage or "output_tokens" in usage):
        return False
    sent_name, made_name = (
        ("prompt_tokens", "completion_tokens") if chat else ("input_tokens", "output_tokens")
    )
    sent, made = usage.get(sent_name), usage.get(made_name, 0)
    if type(sent) is not int or type(made) is not int or usage.get("total_tokens") != sent + made:
        return False
    if sent <= 0 or (made <= 0 and made_name in usage):
        return False
    bounds = {f"{sent_name}_details": sent, f"{made_name}_details": made}
    for key, value in usage.items():
        if isinstance(value, dict):
            if not _lie_within(value, bounds.get(key)):
                return False
        elif isinstance(value, int) and value < 0:
            return False
    return True


def _lie_within(counts: dict[str, Any], most: int | None) -> bool:
    return not any(
        isinstance(one, int) and (one < 0 or (most is not None and one > most)) for one in counts.values()
    )


def _is_paid(tools: Any) -> bool:
    """Whether no count of what tools used is negative."""
    if not isinstance(tools, dict):
        return True
    used = [one for one in tools.values() if isinstance(one, dict)]
    inner = [part for one in used for part in one.values() if isinstance(part, dict)]
    return all(_lie_within(one, None) for one in (*used, *inner))
