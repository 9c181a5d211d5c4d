"""Defects of the streams of completions, images and audio: what they begin with and how they end."""

from __future__ import annotations

from slashv1.reference_server.defects.adapters import on_events
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Event

TEXT, DRAWN, HEARD = ("completions.create",), ("images.generate",), ("audio.transcriptions.create",)


def _endless(events: list[Event]) -> list[Event]:
    return [event for event in events if event.data != "[DONE]"]


def _started(events: list[Event]) -> list[Event]:
    return [Event({"type": "image_generation.started"}), *events]


def _final_first(events: list[Event]) -> list[Event]:
    return [events[-1], *events[:-1]]


DEFECTS = (
    Twist(
        "completions-no-done",
        "A stream of a legacy completion ends without [DONE]",
        on_events(_endless),
        TEXT,
        "stream.last-event",
        cases=("completions.create::stream",),
    ),
    Twist(
        "transcription-no-done",
        "A stream of a transcription ends without [DONE]",
        on_events(_endless),
        HEARD,
        "stream.last-event",
        cases=("audio.transcriptions.create::stream",),
    ),
    Twist(
        "image-final-first",
        "The final picture comes before the partial one",
        on_events(_final_first),
        DRAWN,
        "stream.last-event",
        cases=("images.generate::stream",),
    ),
    Twist(
        "image-started",
        "A stream of a picture begins with an event of the gateway's own",
        on_events(_started),
        DRAWN,
        "stream.first-event",
        ("body.unknown-variant",),
        cases=("images.generate::stream",),
    ),
)
