"""What happens to a response over several requests: created, retrieved, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.answer import answer
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import equal, integer, kind, short
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.when import When, on
from slashv1.harness.reading import Event, Reading
from slashv1.matrix import Case
from slashv1.record import Level

CREATE, CANCEL = "responses.create", "responses.cancel"
TERMINAL = ("completed", "incomplete", "failed", "cancelled")


def following(step: str, *operations: str) -> When:
    """Cases of these operations that come after a case of the operation `step`."""
    inner = on(*operations)
    return inner.where(lambda case: any(name.startswith(step + "/") for name in case.after))


def earlier(reading: Reading, step: str) -> Reading:
    """The answer of the step before whose id this request names.

    Raises:
        Inconclusive: there is none, or it has no id.
    """
    path = reading.exchange.request.path
    for name, other in reading.others.items():
        given = snapshot(other).value.get("id")
        if name.startswith(step + "/") and isinstance(given, str) and given and given in path:
            return other
    raise Inconclusive(f"no {step} before it answered with the id asked for")


@check(
    "lifecycle.same-id",
    title="The response is the one that was asked for",
    clause="ST-1",
    when=following(CREATE, "responses.retrieve", CANCEL),
    needs=[Facet.VALUES],
)
def _same_id(reading: Reading) -> Iterator[Deviation]:
    """Pollers keep asking with the id of the answer: another one is lost, or somebody else's."""
    wanted = snapshot(earlier(reading, CREATE)).value["id"]
    seen = snapshot(reading)
    if seen.value and seen.value.get("id") != wanted:
        actual = seen.value.get("id")
        yield seen.deviation("id is not that of the response asked for", "id", expected=wanted, actual=actual)


@check(
    "lifecycle.same-output",
    title="A stored response has the output it was created with",
    clause="ST-2",
    when=following(CREATE, "responses.retrieve"),
)
def _same_output(reading: Reading) -> Iterator[Deviation]:
    """Interfaces show the created answer now and the stored one after a reload."""
    created, seen = earlier(reading, CREATE), snapshot(reading)
    if snapshot(created).status not in TERMINAL:
        return
    wanted, given = _output(created), _output(reading)
    if wanted != given:
        message = "output differs from that of the response created"
        yield seen.deviation(message, "output", expected=short(wanted), actual=given)


def _output(reading: Reading) -> list[Any]:
    turns = answer(reading).turns
    return [(turn.text, [(call.name, call.arguments) for call in turn.calls.values()]) for turn in turns]


FIELDS = (
    "created_at",
    "model",
    "instructions",
    "metadata",
    "temperature",
    "top_p",
    "store",
    "background",
    "previous_response_id",
)
ENDING = ("completed_at", "service_tier")
"""What stays as it was once a response has ended."""


@check(
    "lifecycle.same-fields",
    level=Level.SHOULD,
    title="A stored response keeps its fields",
    clause="ST-3",
    when=following(CREATE, "responses.retrieve", CANCEL),
)
def _same_fields(reading: Reading) -> Iterator[Deviation]:
    """Metadata finds the response again, usage bills it, the settings replay it: all come from the store."""
    created, seen = snapshot(earlier(reading, CREATE)), snapshot(reading)
    ended = created.status in TERMINAL and created.status == seen.status
    keys = created.value.keys() & {*FIELDS, *(ENDING if ended else ())}
    for key in sorted(keys) if seen.value else ():
        wanted = created.value.get(key)
        if not equal(seen.value.get(key), wanted):
            fate = "differs from that of" if key in seen.value else "is missing, it stood in"
            message = f"{key} {fate} the response created"
            yield seen.deviation(message, key, expected=short(wanted), actual=seen.value.get(key))


@check(
    "lifecycle.same-status",
    title="A finished response stays what it was",
    clause="ST-4",
    when=following(CREATE, "responses.retrieve"),
)
def _same_status(reading: Reading) -> Iterator[Deviation]:
    """Pollers loop until the status is terminal: one that goes back is polled for ever."""
    before, seen = snapshot(earlier(reading, CREATE)).status, snapshot(reading)
    cancelled = any(name.startswith(CANCEL + "/") for name in reading.others)
    if cancelled or before not in TERMINAL or seen.status is None:
        return
    if seen.status != before:
        message = f"status is {seen.status} where the response was created {before}"
        yield seen.deviation(message, "status", expected=str(before), actual=seen.status)


@check(
    "lifecycle.cancelled.status",
    level=Level.SHOULD,
    title="A cancelled response is cancelled",
    clause="ST-5",
    when=on(CANCEL),
)
def _cancelled(reading: Reading) -> Iterator[Deviation]:
    """Callers stop paying attention, and expect to stop paying: a job that runs on does neither."""
    seen = snapshot(reading)
    if seen.status in ("completed", "incomplete", "failed"):
        raise Inconclusive(f"the response was {seen.status} before it could be cancelled")
    if seen.status is not None and seen.status != "cancelled":
        message = f"status is {seen.status} after a cancel"
        yield seen.deviation(message, "status", expected='"cancelled"', actual=seen.status)


@check(
    "lifecycle.cancelled.stays",
    level=Level.SHOULD,
    title="A cancelled response stays cancelled",
    clause="ST-6",
    when=following(CANCEL, "responses.retrieve", CANCEL),
)
def _stays_cancelled(reading: Reading) -> Iterator[Deviation]:
    """A cancel that only the answer tells of leaves the job running, and billed."""
    before, seen = snapshot(earlier(reading, CANCEL)).status, snapshot(reading)
    if before != "cancelled":
        raise Inconclusive(f"the cancel before it answered {before}")
    if seen.status is not None and seen.status != before:
        message = f"status is {seen.status} although the cancel before answered cancelled"
        yield seen.deviation(message, "status", expected='"cancelled"', actual=seen.status)


DELETE = on("responses.delete")
DELETES = on().where(lambda case: case.operation.endswith(".delete"))
"""Whatever can be deleted."""
KEEPER = "conversations.items.delete"
"""Answers with what the item was taken from."""


@check(
    "lifecycle.deleted.flag",
    level=Level.SHOULD,
    title="A delete answers `deleted: true`",
    clause="ST-7",
    when=DELETES,
)
def _deleted_flag(reading: Reading) -> Iterator[Deviation]:
    """Data-protection jobs record this flag as proof that the text is gone."""
    given = reading.object.get("deleted")
    told = reading.case.operation != KEEPER or "deleted" in reading.object
    if reading.object and told and given is not True:
        yield Deviation("deleted is not true", "true", short(given), "/deleted")


@check(
    "lifecycle.deleted.id",
    level=Level.SHOULD,
    title="A delete names what it deleted",
    clause="ST-8",
    when=DELETES,
    needs=[Facet.VALUES],
)
def _deleted_id(reading: Reading) -> Iterator[Deviation]:
    """A batch of deletes is matched up by it."""
    given = reading.object.get("id")
    wanted = reading.exchange.request.path.rsplit("/", 1)[-1]
    told = reading.case.operation != KEEPER or "deleted" in reading.object
    if told and isinstance(given, str) and given != wanted:
        yield Deviation("id is not that of what was deleted", wanted, short(given), "/id")


@check(
    "lifecycle.deleted.object",
    level=Level.SHOULD,
    title='A delete\'s `object` is "response.deleted"',
    clause="ST-9",
    when=DELETE,
)
def _deleted_object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients tell the answer of a delete from a response by it."""
    given = reading.object.get("object")
    if reading.object and given not in ("response.deleted", "response"):
        yield Deviation(f"object is {short(given)}", '"response.deleted"', short(given), "/object")


_with_others = on(CREATE).where(
    lambda case: any(name.startswith(CREATE + "/") for name in case.after + case.beside)
)


@check(
    "lifecycle.ids-unique",
    title="No two responses share an id",
    clause="ST-10",
    when=_with_others,
    needs=[Facet.VALUES],
)
def _ids_unique(reading: Reading) -> Iterator[Deviation]:
    """The id is the key of the store: the second response overwrites the first."""
    seen = snapshot(reading)
    given = seen.value.get("id")
    for name, other in reading.neighbours.items():
        same = isinstance(given, str) and snapshot(other).value.get("id") == given
        if same and name.startswith(CREATE + "/") and other.exchange is not reading.exchange:
            message = f"id is the same as that of {name}"
            yield seen.deviation(message, "id", expected="a new id", actual=given)
            return


def _resumed(case: Case) -> bool:
    return case.stream and following(CREATE, "responses.retrieve")(case)


@check(
    "lifecycle.same-events",
    level=Level.SHOULD,
    title="A response streamed again brings the events it brought before",
    clause="ST-14",
    when=_resumed,
    needs=[Facet.VALUES],
)
def _same_events(reading: Reading) -> Iterator[Deviation]:
    """Clients that lost the connection go on behind the last event they have: one that moved is lost."""
    created = earlier(reading, CREATE)
    if not created.case.stream:
        raise Inconclusive("the response was not streamed when it was created")
    before = {number: event for event in created.events if (number := _number(event)) is not None}
    for event in reading.events:
        number = _number(event)
        if number is None or kind(event.object) == "keepalive":
            continue
        wanted = before.get(number)
        if wanted is None:
            message = f"event {number} did not come when the response was created"
            yield Deviation(message, "absent", kind(event.object), "/sequence_number", event.number)
            return
        for key in ("type", "item_id", "output_index", "content_index", "delta"):
            said, given = wanted.object.get(key), event.object.get(key)
            if not equal(said, given):
                message = f"{key} of event {number} differs from when the response was created"
                yield Deviation(message, short(said), short(given), f"/{key}", event.number)
                return


def _number(event: Event) -> int | None:
    return integer(event.object.get("sequence_number"))
