"""Token counts: what is billed has to add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, integer, mapping, pointer
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading

_PAIRS = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
_COUNTS = on()
"""Any operation may tell a usage: completions, images, speech, batches and runs do as well."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One usage object of an answer, and where it stands."""

    value: dict[str, Any]
    steps: tuple[str, ...] = ("usage",)
    frame: int | None = None

    def deviation(self, message: str, *steps: str, expected: str, actual: str) -> Deviation:
        """A deviation at a key within this usage."""
        return Deviation(message, expected, actual, pointer(*self.steps, *steps), self.frame)


def usages(reading: Reading) -> tuple[Usage, ...]:
    """Every usage object of an answer, streamed or not."""
    return reading.once(_usages)


def _usages(reading: Reading) -> tuple[Usage, ...]:
    if not reading.case.stream:
        told = reading.object.get("usage")
        return (Usage(told),) if isinstance(told, dict) else ()
    found: list[Usage] = []
    for event in reading.events:
        value, response = event.object.get("usage"), event.object.get("response")
        if isinstance(value, dict):
            found.append(Usage(value, ("usage",), event.number))
        if isinstance(response, dict) and isinstance(response.get("usage"), dict):
            found.append(Usage(response["usage"], ("response", "usage"), event.number))
    return tuple(found)


_counted = on(
    "chat.completions.create", "responses.create", "responses.retrieve", "embeddings.create", stream=False
).where(lambda case: case.asked.get("background") is not True)


@check(
    "usage.present",
    title="An answer says what it cost",
    clause="US-1",
    when=_counted,
)
def _present(reading: Reading) -> Iterator[Deviation]:
    """Budgets, dashboards and `response.usage.total_tokens` in user code raise without it."""
    body = reading.object
    if not body or isinstance(body.get("usage"), dict):
        return
    if body.get("status") in (None, "completed", "incomplete"):
        missing = "absent" if "usage" not in body else "no object"
        yield Deviation(f"usage is {missing}", "an object of token counts", missing, pointer="/usage")


@check(
    "usage.total",
    title="The total is the sum of its parts",
    clause="US-2",
    when=_COUNTS,
)
def _total(reading: Reading) -> Iterator[Deviation]:
    """Cost accounts that add the parts and those that read the total differ: one of the bills is wrong."""
    for usage in usages(reading):
        total = integer(usage.value.get("total_tokens"))
        for names in _PAIRS:
            parts = [integer(usage.value.get(name, 0)) for name in names]
            if names[0] not in usage.value or total is None or None in parts:
                continue
            due = sum(part for part in parts if part is not None)
            if due != total:
                message = f"total_tokens is {total}; {' + '.join(names)} is {due}"
                yield usage.deviation(message, "total_tokens", expected=str(due), actual=str(total))


@check(
    "usage.not-negative",
    title="No token count is negative",
    clause="US-3",
    when=_COUNTS,
)
def _not_negative(reading: Reading) -> Iterator[Deviation]:
    """A placeholder of -1 is subtracted from somebody's budget."""
    for usage in (*usages(reading), *_of_tools(reading)):
        for steps, count in _counts(usage.value):
            if count < 0:
                message = f"{'.'.join(steps)} is {count}"
                yield usage.deviation(message, *steps, expected="0 or more", actual=str(count))


def _of_tools(reading: Reading) -> Iterator[Usage]:
    """What the tools of a response used, each for itself."""
    if not reading.case.stream:
        for name, used in mapping(reading.object.get("tool_usage")).items():
            yield Usage(mapping(used), ("tool_usage", name))
    for event in reading.events if reading.case.stream else ():
        for name, used in mapping(dig(event.object, "response", "tool_usage")).items():
            yield Usage(mapping(used), ("response", "tool_usage", name), event.number)


def _counts(usage: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], int]]:
    for key, value in usage.items():
        count = integer(value)
        if count is not None:
            yield (key,), count
        for name, part in mapping(value).items():
            inner = integer(part)
            if inner is not None:
                yield (key, name), inner


@check(
    "usage.details-within",
    title="No detail counts more tokens than its total",
    clause="US-4",
    when=_COUNTS,
)
def _details(reading: Reading) -> Iterator[Deviation]:
    """Prices per kind of token (cached, audio, reasoning) turn negative for what is left."""
    for usage in usages(reading):
        for name in (name for pair in _PAIRS for name in pair):
            total = integer(usage.value.get(name))
            for part, count in _detail(usage.value, name):
                if total is not None and count > total and part != "cached_tokens":
                    message = f"{name}_details.{part} is {count} of {total} {name}"
                    where = (f"{name}_details", part)
                    yield usage.deviation(message, *where, expected=f"at most {total}", actual=str(count))


def _detail(usage: dict[str, Any], name: str) -> Iterator[tuple[str, int]]:
    for part, value in mapping(usage.get(f"{name}_details")).items():
        count = integer(value)
        if count is not None and part != "rejected_prediction_tokens":
            yield part, count


@check(
    "usage.cached-within",
    title="No more of the prompt is cached than it has tokens",
    clause="US-5",
    when=_COUNTS,
)
def _cached(reading: Reading) -> Iterator[Deviation]:
    """Cached tokens are priced lower and subtracted from the prompt: the bill turns negative."""
    for usage in usages(reading):
        for name in ("prompt_tokens", "input_tokens"):
            cached = integer(dig(usage.value, f"{name}_details", "cached_tokens"))
            total = integer(usage.value.get(name))
            if cached is not None and total is not None and cached > total:
                message = f"{name}_details.cached_tokens is {cached} of {total} {name}"
                where = (f"{name}_details", "cached_tokens")
                yield usage.deviation(message, *where, expected=f"at most {total}", actual=str(cached))


@check(
    "usage.prompt-counted",
    title="What was sent is counted",
    clause="US-6",
    when=on("chat.completions.create", "embeddings.create"),
)
def _prompt(reading: Reading) -> Iterator[Deviation]:
    """A prompt of zero tokens means that usage is a stub: budgets never fill."""
    for usage in usages(reading):
        for name, _ in _PAIRS:
            if integer(usage.value.get(name)) == 0:
                message = f"{name} is 0 although a prompt was sent"
                yield usage.deviation(message, name, expected="1 or more", actual="0")


@check(
    "usage.completion-counted",
    title="What was generated is counted",
    clause="US-7",
    when=on("chat.completions.create", stream=False),
)
def _completion(reading: Reading) -> Iterator[Deviation]:
    """Zero tokens for a text mean that usage is a stub: nobody is billed, or by guess."""
    text = dig(reading.object, "choices", 0, "message", "content")
    for usage in usages(reading):
        if isinstance(text, str) and text and integer(usage.value.get("completion_tokens")) == 0:
            message = "completion_tokens is 0 although there is text"
            yield usage.deviation(message, "completion_tokens", expected="1 or more", actual="0")
