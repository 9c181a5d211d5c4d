"""Where two answers part: for examples whose difference does not lie at the place of the finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.harness.judge.look import equal, pointer
from slashv1.harness.reading import Reading
from slashv1.record import Finding


def place_apart(one: Reading, other: Reading, at: Finding) -> Finding:
    """The finding, moved to the first value in which two answers differ; where it was if there is none."""
    if one.exchange.content_type == "text/event-stream":
        events = {event.number: event.value for event in other.events}
        for event in one.events:
            value = events.get(event.number)
            if value is not None and not equal(event.value, value):
                return replace(at, frame=event.number, pointer=pointer(*steps_apart(event.value, value)))
        return at
    if one.document.ok and other.document.ok and not equal(one.body, other.body):
        return replace(at, pointer=pointer(*steps_apart(one.body, other.body)), header=None)
    return at


def steps_apart(one: Any, other: Any) -> list[str | int]:
    """The way to the first value in which two differ: of arrays of unlike length the first extra entry."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        key = next(key for key in one if not equal(one[key], other[key]))
        return [key, *steps_apart(one[key], other[key])]
    if isinstance(one, list) and isinstance(other, list):
        shortest = min(len(one), len(other))
        at = next((i for i in range(shortest) if not equal(one[i], other[i])), None)
        return [shortest] if at is None else [at, *steps_apart(one[at], other[at])]
    return []


def windows_apart(one: str, other: str, width: int) -> tuple[str, str]:
    """So many characters of two texts around the first in which they differ."""
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    at = min(len(one), len(other)) if same is None else same
    start = max(0, at - width // 2)
    return _window(one, start, width), _window(other, start, width)


def _window(text: str, start: int, width: int) -> str:
    lead = "…" if start else ""
    trail = "…" if start + width < len(text) else ""
    return " ".join(f"{lead}{text[start : start + width]}{trail}".split())
