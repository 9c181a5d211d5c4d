"""What a person sees beside a point of the checklist: the status, and what of the answer it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.harness.judge.look import dig, mapping, short
from slashv1.record import Frame, Wire
from slashv1.spec import parse

_LINE = 200
_SHOWN = 3
"""Frames at the end of a stream."""


def told(wire: Wire | None, *shows: str) -> tuple[str, ...]:
    """Lines for a person about these of `SHOWS`; none where nothing was sent."""
    if wire is None:
        return ()
    if wire.status is None:
        return (f"no answer: {wire.failure}",)
    took = f" in {wire.seconds:.2f} s" if wire.seconds is not None else ""
    head = f"{wire.method} {wire.url}: {wire.status}{took}"
    names = ("error",) if wire.status >= 400 and "error" not in shows else shows
    return (head, *(line for name in names for line in SHOWS[name](wire)))


def _body(wire: Wire) -> Any:
    return parse(wire.body).value if wire.body else None


def _content(wire: Wire) -> Iterator[str]:
    yield f"choices[0].message.content is {short(dig(_body(wire), 'choices', 0, 'message', 'content'), 60)}"


def _usage(wire: Wire) -> Iterator[str]:
    yield f"usage is {short(dig(_body(wire), 'usage'), _LINE)}"


def _shape(wire: Wire) -> Iterator[str]:
    places: dict[str, tuple[str | int, ...]] = {
        "choices[0].message.content": ("choices", 0, "message", "content"),
        "choices[0].finish_reason": ("choices", 0, "finish_reason"),
        "usage.total_tokens": ("usage", "total_tokens"),
    }
    for name, path in places.items():
        value = dig(_body(wire), *path)
        kind = {str: "a string", int: "an integer", type(None): "null"}.get(type(value), type(value).__name__)
        yield f"{name} is {kind}: {short(value, 60)}"


def _model(wire: Wire) -> Iterator[str]:
    yield f"model is {short(dig(_body(wire), 'model'), 80)}"


def _signals(wire: Wire) -> Iterator[str]:
    for name, value in wire.response_headers:
        if name.lower().startswith("agent-"):
            yield f"{name}: {value[:_LINE]}"


def _frames(wire: Wire) -> Iterator[str]:
    yield f"{len(wire.frames) + wire.frames_left_out} frames, the last of them:"
    yield from map(_frame, wire.frames[-_SHOWN:])


def _frame(frame: Frame) -> str:
    data = mapping(parse(frame.data).value)
    if not data:
        return f"data: {frame.data[:_LINE]}"
    choices, usage = short(data.get("choices"), 90), short(data.get("usage"), 90)
    return f"data: {short(data.get('object'))}, choices {choices}, usage {usage}"


def _error(wire: Wire) -> Iterator[str]:
    error = mapping(dig(_body(wire), "error"))
    said = {key: error[key] for key in ("code", "type", "param", "message") if key in error}
    yield f"error is {short(said or _body(wire), _LINE)}"


def _quota(wire: Wire) -> Iterator[str]:
    if wire.status == 429:
        yield "the SDKs raise a 429 as RateLimitError; its type and code tell a budget from a rate"


def _record(wire: Wire) -> Iterator[str]:
    yield f"the record is {short(_body(wire), _LINE)}"


SHOWS: dict[str, Callable[[Wire], Iterator[str]]] = {
    "content": _content,
    "usage": _usage,
    "shape": _shape,
    "model": _model,
    "signals": _signals,
    "frames": _frames,
    "error": _error,
    "quota": _quota,
    "record": _record,
}
"""What there is to see of an answer."""
