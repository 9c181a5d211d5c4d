"""The Responses stream as a whole: names, order, sequence, snapshots, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import equal, integer, kind, mapping, short
from slashv1.harness.judge.responses_events import KNOWN
from slashv1.harness.judge.responses_fold import Step, fold
from slashv1.harness.judge.snapshot import TERMINAL
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

STREAM = on("responses.create", "responses.retrieve", stream=True)
SEQUENCE_SINCE = 1_748_736_000
"""2025-06-01: streams of earlier responses carry no `sequence_number`."""


def _start(case: Case) -> int | None:
    """The `starting_after` of a retrieve that resumes; None for a stream from its beginning."""
    given = case.request.query.get("starting_after", "")
    return int(given) if given.isdigit() else None


WHOLE = STREAM.where(lambda case: _start(case) is None)
"""A stream from its beginning."""


def at_step(step: Step, message: str, expected: str, actual: object, pointer: str = "") -> Deviation:
    """A deviation at the frame of a step."""
    return Deviation(message, expected, short(actual), pointer, step.number)


@check("responses.stream.event-name", title="`event:` equals the data's `type`", clause="RS-1", when=STREAM)
def _event_name(reading: Reading) -> Iterator[Deviation]:
    """EventSource clients and openai-java dispatch on the name; without it every event is a `message`."""
    for event in reading.events:
        name = kind(event.object)
        if name and event.frame.event != name:
            said = event.frame.event
            shown = "absent" if said is None else short(said)
            message = f"`event:` is {shown} where the data has a type"
            yield Deviation(message, f"event: {name}", shown, None, event.number)


@check("responses.stream.type", title="Every event has a `type`", clause="RS-2", when=STREAM)
def _type(reading: Reading) -> Iterator[Deviation]:
    """The discriminator of every client's union; an event without it cannot be read."""
    for event in reading.events:
        if isinstance(event.value, dict) and not kind(event.value):
            actual = short(event.value.get("type"))
            yield Deviation("event has no type", "a string", actual, "/type", event.number)


@check("responses.stream.known-event", title="No invented event types", clause="RS-3", when=STREAM)
def _known_event(reading: Reading) -> Iterator[Deviation]:
    """Strict unions (openai-go, async-openai, AI SDK) refuse an event that is not upstream's."""
    for event in reading.events:
        name = kind(event.object)
        if name and name not in KNOWN:
            message = f"event type {name!r} is not one of upstream's"
            yield Deviation(message, "an event type of /v1", short(name), "/type", event.number)


@check("responses.stream.created-first", title="`response.created` comes first", clause="RS-4", when=WHOLE)
def _created_first(reading: Reading) -> Iterator[Deviation]:
    """The SDKs' accumulators start at it and raise on anything else: `Expected response.created event`."""
    steps = fold(reading).steps
    if steps and steps[0].kind not in ("response.created", ""):
        message = f"the first event is {steps[0].kind}"
        yield at_step(steps[0], message, "response.created", steps[0].kind, "/type")
    for step in steps[1:]:
        if step.kind == "response.created":
            yield at_step(step, "response.created comes once more", "once, first", step.kind, "/type")


@check(
    "responses.stream.in-progress",
    level=Level.SHOULD,
    title="`response.in_progress` comes before any output",
    clause="RS-5",
    when=WHOLE,
)
def _in_progress(reading: Reading) -> Iterator[Deviation]:
    """Interfaces show `thinking` from it; queued responses tell by it that work began."""
    for step in fold(reading).steps:
        if step.kind in ("response.in_progress", ""):
            return
        if "output_index" in step.value or step.kind in TERMINAL:
            message = f"{step.kind} comes before response.in_progress"
            yield at_step(step, message, "response.in_progress", step.kind, "/type")
            return


@check(
    "responses.stream.sequence-present",
    title="Every event has a `sequence_number`",
    clause="RS-6",
    when=STREAM,
)
def _sequence_present(reading: Reading) -> Iterator[Deviation]:
    """Required in the SDKs' types: async-openai and openai-java fail to read the event; resuming needs it."""
    made = [integer(step.response.get("created_at")) for step in fold(reading).steps]
    if any(at is not None and at < SEQUENCE_SINCE for at in made):
        return
    for event in reading.events:
        if event.object and "sequence_number" not in event.object:
            yield Deviation(
                "sequence_number is missing", "an integer", "absent", "/sequence_number", event.number
            )


@check(
    "responses.stream.sequence",
    title="`sequence_number` counts up by one",
    clause="RS-7",
    when=STREAM,
)
def _sequence(reading: Reading) -> Iterator[Deviation]:
    """Clients resume a dropped stream with `starting_after`: gaps and repeats lose or double text."""
    after = _start(reading.case)
    wanted = 0 if after is None else after + 1
    for event in reading.events:
        number = integer(event.object.get("sequence_number"))
        if number is None:
            continue
        if number != wanted:
            message = f"sequence_number is {short(number)}; expected {wanted}"
            yield Deviation(message, str(wanted), short(number), "/sequence_number", event.number)
        wanted = number + 1


@check("responses.stream.terminal", title="Exactly one terminal event", clause="RS-8", when=STREAM)
def _terminal(reading: Reading) -> Iterator[Deviation]:
    """Clients wait for completed, incomplete or failed; without it they hang or raise."""
    steps = fold(reading).steps
    ends = [step for step in steps if step.kind in TERMINAL]
    if steps and not ends and not any(step.kind in ("error", "") for step in steps):
        message = f"the stream ends after {steps[-1].kind} without a terminal event"
        expected = "response.completed, response.incomplete or response.failed"
        yield Deviation(message, expected, steps[-1].kind, None, steps[-1].number)
    for step in ends[1:]:
        yield at_step(step, "a second terminal event", f"only {ends[0].kind}", step.kind, "/type")


@check("responses.stream.nothing-after", title="Nothing follows the end", clause="RS-9", when=STREAM)
def _nothing_after(reading: Reading) -> Iterator[Deviation]:
    """Clients stop reading there: what comes later is lost, or read as the next answer."""
    ended = ""
    for step in fold(reading).steps:
        failing = ended == "error" and step.kind == "response.failed"
        if ended and not failing and step.kind not in TERMINAL:
            yield at_step(step, f"{step.kind} comes after {ended}", "nothing", step.kind, "/type")
        if ended == "error" and step.kind in TERMINAL and not failing:
            yield at_step(step, f"{step.kind} comes after an error", "response.failed", step.kind, "/type")
        if step.kind in TERMINAL or step.kind == "error":
            ended = step.kind


@check(
    "responses.stream.no-done",
    level=Level.SHOULD,
    title="No `[DONE]`",
    clause="RS-10",
    when=STREAM,
)
def _no_done(reading: Reading) -> Iterator[Deviation]:
    """Clients that read every data line as JSON raise on it; the SDKs happen to stop."""
    for frame in reading.frames:
        if frame.data is not None and frame.data.strip() == "[DONE]":
            message = "data: [DONE] ends a Responses stream"
            yield Deviation(message, "nothing after the terminal event", "[DONE]", None, frame.number)


@check(
    "responses.stream.id-constant",
    title="Every snapshot has the same response id",
    clause="RS-11",
    when=STREAM,
    needs=[Facet.VALUES],
)
def _id_constant(reading: Reading) -> Iterator[Deviation]:
    """The id of `response.created` is what a client cancels and resumes with; another one is not found."""
    first = None
    for step in fold(reading).steps:
        given = step.response.get("id")
        if not isinstance(given, str):
            continue
        if first is not None and given != first:
            message = "response.id differs from the first snapshot's"
            yield at_step(step, message, first, given, "/response/id")
        first = first or given


@check(
    "responses.stream.snapshot-constant",
    level=Level.SHOULD,
    title="`created_at` and `model` stay the same in every snapshot",
    clause="RS-12",
    when=STREAM,
    needs=[Facet.VALUES],
)
def _snapshot_constant(reading: Reading) -> Iterator[Deviation]:
    """Interfaces sort by it and label with it; a value that jumps reorders the conversation."""
    first: dict[str, object] = {}
    for step in fold(reading).steps:
        for key in ("created_at", "model"):
            value = step.response.get(key)
            if value is not None and not equal(first.setdefault(key, value), value):
                message = f"response.{key} differs from the first snapshot's"
                yield at_step(step, message, short(first[key]), value, f"/response/{key}")


STATUS = {
    "response.created": ("in_progress", "queued"),
    "response.queued": ("queued",),
    "response.in_progress": ("in_progress",),
    **{name: (status,) for name, status in TERMINAL.items()},
    "response.failed": ("failed", "cancelled"),
}


@check(
    "responses.stream.snapshot-status",
    title="Snapshots have their event's status",
    clause="RS-13",
    when=STREAM,
)
def _snapshot_status(reading: Reading) -> Iterator[Deviation]:
    """State kept from snapshots (Agents SDK, AI SDK) disagrees with the events: finished before it began."""
    for step in fold(reading).steps:
        wanted, status = STATUS.get(step.kind), step.response.get("status")
        if wanted and isinstance(status, str) and status not in wanted:
            message = f"response.status is {status!r} in {step.kind}"
            yield at_step(step, message, " or ".join(wanted), status, "/response/status")


@check(
    "responses.stream.snapshot-early",
    level=Level.SHOULD,
    title="The first snapshots have no output and no usage yet",
    clause="RS-14",
    when=WHOLE,
)
def _snapshot_early(reading: Reading) -> Iterator[Deviation]:
    """Accumulators take `created` as their start: output that is there already comes twice."""
    for step in fold(reading).steps:
        if step.kind not in {"response.created", "response.queued", "response.in_progress"}:
            continue
        for key in ("output", "usage"):
            if step.response.get(key):
                message = f"response.{key} is filled in {step.kind}"
                expected = "[]" if key == "output" else "null"
                yield at_step(step, message, expected, step.response[key], f"/response/{key}")


@check(
    "responses.stream.usage",
    title="The last snapshot has usage",
    clause="RS-15",
    when=STREAM,
)
def _usage(reading: Reading) -> Iterator[Deviation]:
    """It is the only place a stream tells what it cost; null counts as free in every budget."""
    for step in fold(reading).steps:
        ended = step.kind in {"response.completed", "response.incomplete"}
        if ended and step.response and step.response.get("usage") is None:
            message = f"response.usage is missing or null in {step.kind}"
            actual = step.response.get("usage")
            yield at_step(step, message, "an object", actual, "/response/usage")


@check(
    "responses.stream.error-event",
    level=Level.SHOULD,
    title="An `error` event has code, message and param",
    clause="RS-16",
    when=STREAM,
)
def _error_event(reading: Reading) -> Iterator[Deviation]:
    """SDKs raise an APIError made of these; renamed they leave an error without a message."""
    for step in fold(reading).steps:
        if step.kind != "error":
            continue
        source = mapping(step.value.get("error")) or step.value
        for key in ("code", "message", "param"):
            if key not in source:
                yield at_step(step, f"{key} is missing in an error event", "present", None, f"/{key}")
