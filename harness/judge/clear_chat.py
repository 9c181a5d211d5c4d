"""Clearances of chat completions: an ordinary message, and an ordinary stream of text or tool calls."""

from __future__ import annotations

from typing import Any

from slashv1.harness.judge.chat import REASONS, SINCE_FUTURE, head, related
from slashv1.harness.judge.clear_text import well_framed
from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.look import DAY, dig, integer, mapping
from slashv1.harness.reading import Event, Reading


@clears("chat.id-prefix", "chat.created-seconds", "chat.created-now")
def _identified(reading: Reading) -> bool:
    body, _ = head(reading)
    given, made, sent = body.get("id"), body.get("created"), reading.exchange.sent_at
    if not (isinstance(given, str) and given.startswith("chatcmpl-") and type(made) is int):
        return False
    return made < SINCE_FUTURE and (sent <= 0 or abs(made - sent) <= DAY)


@clears("chat.model", "chat.model-resolved")
def _named(reading: Reading) -> bool:
    given, asked = head(reading)[0].get("model"), mapping(reading.asked).get("model")
    return isinstance(given, str) and isinstance(asked, str) and given != "" and related(given, asked)


@clears(
    "chat.object",
    "chat.choices",
    "chat.choices.index",
    "chat.message.role",
    "chat.message.content",
    "chat.message.refusal-key",
    "chat.message.empty",
    "chat.finish-reason",
    "chat.finish-reason-tools",
    "chat.tools.nonempty",
)
def _said(reading: Reading) -> bool:
    choices = reading.object.get("choices")
    if reading.object.get("object") != "chat.completion" or not isinstance(choices, list) or not choices:
        return False
    for place, choice in enumerate(choices):
        if choice["index"] != place or not _is_ordinary(choice["message"], choice["finish_reason"]):
            return False
    return True


def _is_ordinary(message: Any, reason: Any) -> bool:
    """Whether a message of the assistant says something, and ends in a reason that fits what it says."""
    if message["role"] != "assistant" or "refusal" not in message or reason not in REASONS:
        return False
    calls = message.get("tool_calls", ())
    if calls:
        content = message["content"]
        return isinstance(calls, list) and reason != "stop" and (content is None or isinstance(content, str))
    said = isinstance(message["content"], str) and message["content"] != ""
    return said and reason != "tool_calls" and "tool_calls" not in message


@clears("chat.logprobs.unasked")
def _without_logprobs(reading: Reading) -> bool:
    return all(choice.get("logprobs") is None for choice in reading.object["choices"])


@clears(
    "chat.stream.object",
    "chat.stream.id-constant",
    "chat.stream.created-constant",
    "chat.stream.model-constant",
    "chat.stream.fingerprint-constant",
    "chat.stream.unnamed",
    "chat.stream.choices",
    "chat.stream.index",
    "chat.stream.role-first",
    "chat.stream.role-once",
    "chat.stream.surrogates",
    "chat.stream.whole-characters",
    "chat.stream.finish-present",
    "chat.stream.finish-value",
    "chat.stream.finish",
    "chat.stream.finish-once",
    "chat.stream.after-finish",
    "chat.stream.finish-tools",
    "chat.stream.usage",
    "chat.stream.usage-choices",
    "chat.stream.usage-last",
    "chat.stream.usage-null",
    "chat.stream.usage-unasked",
    "chat.stream.done",
    "chat.stream.done-exact",
    "chat.stream.done-once",
    "chat.stream.done-last",
    "chat.stream.failed",
    "chat.stream.error-envelope",
    "chat.stream.error-clean-end",
)
def _streamed(reading: Reading) -> bool:
    frames, events = reading.frames, reading.events
    # All frames are events but the last, which says [DONE]: so it comes once, and nothing behind it.
    if not well_framed(reading) or len(frames) != len(events) + 1 or frames[-1].data != "[DONE]":
        return False
    if reading.exchange.failure is not None or any(frame.event is not None for frame in frames):
        return False
    billed = dig(reading.case.asked, "stream_options", "include_usage") is True
    if billed and not _is_bill(events[-1]):
        return False
    choices = _Choices(integer(mapping(reading.asked).get("n")) or 1)
    first = _identity(events[0])
    for event in events[:-1] if billed else events:
        value = event.object
        if event.document.problems or _identity(event) != first or value.get("usage") is not None:
            return False
        if value["object"] != "chat.completion.chunk" or value.get("error") or not value["choices"]:
            return False
        if billed and "usage" not in value:
            return False
        for choice in value["choices"]:
            if not choices.go_on(choice):
                return False
    return choices.ended and _identity(events[-1]) == first


def _is_bill(event: Event) -> bool:
    """Whether a chunk has the usage and nothing else."""
    value = event.object
    if value["object"] != "chat.completion.chunk" or value.get("error") or event.document.problems:
        return False
    return value["choices"] == [] and isinstance(value["usage"], dict)


def _identity(event: Event) -> tuple[Any, Any, Any, Any]:
    get = event.object.get
    return get("id", ...), get("created", ...), get("model", ...), get("system_fingerprint", ...)


class _Choices:
    """How far each choice of a stream has come."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._open: dict[int, bool] = {}
        """By index; False: it has finished."""
        self._calling: set[int] = set()

    @property
    def ended(self) -> bool:
        """Whether there were choices, and all have finished."""
        return bool(self._open) and not any(self._open.values())

    def go_on(self, choice: dict[str, Any]) -> bool:
        """Whether the next piece of a choice is an ordinary one."""
        index, delta, finish = choice["index"], choice["delta"], choice["finish_reason"]
        if type(index) is not int or not 0 <= index < self._count:
            return False
        due = None if index in self._open else "assistant"
        if not self._open.get(index, True) or delta.get("role") != due:
            return False
        content = delta.get("content")
        if content is not None and (not isinstance(content, str) or "\ufffd" in content):
            return False
        calls = delta.get("tool_calls")
        if calls:
            if not all(isinstance(call, dict) for call in calls):
                return False
            self._calling.add(index)
        self._open[index] = finish is None
        return finish is None or (finish in REASONS and finish != self._misfit(index))

    def _misfit(self, index: int) -> str:
        return "stop" if index in self._calling else "tool_calls"
