"""Streams of completions, runs, audio and images: how they begin and end."""

from __future__ import annotations

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Recorded, case_of
from slashv1.spec import operation, stream_machine

RUN = ["event: thread.run.created", "event: thread.run.completed"]


def reading(name: str, *frames: str) -> Reading:
    found = operation(name)
    text = "".join(f"{frame}\n\n" for frame in frames)
    path = found.path.replace("{thread_id}", "thread_1").replace("{run_id}", "run_1")
    exchange = Exchange(Request("POST", path), 200, (), (Read(text.encode(), 0.0),), sent_at=0.0)
    return Reading(case_of(Recorded(1, "one", exchange, {"stream": True}, True), found), exchange)


def objecting(one: Reading) -> list[str]:
    own = [check for check in checks().values() if check.id.startswith("stream.")]
    assert all(check.applies(one.case) for check in own)
    return [check.id for check in own if list(check.judge(one))]


DELTA = 'data: {"type": "transcript.text.delta", "delta": "a"}'
OTHER = 'data: {"type": "x"}'
DONE = 'data: {"type": "transcript.text.done", "text": "a"}'


@pytest.mark.parametrize(
    ("name", "frames", "found"),
    [
        ("audio.transcriptions.create", [DELTA, DONE, "data: [DONE]"], []),
        ("audio.transcriptions.create", [DONE, DELTA, "data: [DONE]"], ["stream.last-event"]),
        ("audio.transcriptions.create", [DELTA, DONE], ["stream.last-event"]),
        (
            "audio.transcriptions.create",
            [OTHER, DONE, "data: [DONE]"],
            ["stream.first-event"],
        ),
        ("beta.threads.runs.create", [*(f"{e}\ndata: {{}}" for e in RUN), "event: done\ndata: [DONE]"], []),
        ("beta.threads.runs.create", [f"{RUN[1]}\ndata: {{}}", "data: [DONE]"], ["stream.first-event"]),
        ("images.generate", ['data: {"type": "image_generation.completed"}'], []),
        ("images.generate", ['data: {"type": "image_generation.partial_image"}'], ["stream.last-event"]),
        ("completions.create", ['data: {"object": "text_completion"}', "data: [DONE]"], []),
        ("completions.create", ["data: 3", "data: [DONE]"], []),
        ("completions.create", [], []),
    ],
)
def test_a_stream_begins_and_ends_as_its_operation_does(
    name: str, frames: list[str], found: list[str]
) -> None:
    assert objecting(reading(name, *frames)) == found


def test_the_machines_are_those_of_known_operations() -> None:
    assert all(operation(name).event or operation(name).answer for name in stream_machine("others"))
