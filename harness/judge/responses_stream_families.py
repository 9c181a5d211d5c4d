"""The events of an item's own type within a Responses stream: which, in which order, up to which end.

What each type of item has stands in `streams.json` (`items`, `inside`); types that have no entry there are
left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import integer, kind, objects, sequence, short
from slashv1.harness.judge.responses_fold import DELTA, DONE, PART, Item, Step, fold
from slashv1.harness.judge.responses_stream import WHOLE, at_step
from slashv1.harness.judge.vectors import raw_bytes
from slashv1.harness.reading import Reading
from slashv1.record import Level
from slashv1.spec import stream_machine

_MACHINE = stream_machine("responses")
TABLE: Mapping[str, Mapping[str, Any]] = _MACHINE["items"]
"""Type of an item: `prefix` of its id, `steps` in their order, what it `needs`, what its `ends` mean."""
ANNOTATION = "response.output_text.annotation.added"
PARTIAL = "response.image_generation_call.partial_image"


def _mentioned(value: Any) -> frozenset[str]:
    """Every event type that a table names, in keys and values."""
    if isinstance(value, str):
        return frozenset({value})
    inner = [*value, *value.values()] if isinstance(value, Mapping) else list(value)
    return frozenset().union(*(_mentioned(one) for one in inner))


OWN = {
    name: frozenset(one for rank in entry["steps"] for one in rank)
    for name, entry in TABLE.items()
    if "steps" in entry
}
"""The steps of items that have such: a call of a hosted tool."""
BELONGS = {name: _mentioned(table) for name, table in _MACHINE["inside"].items()}
BELONGS |= {name: BELONGS.get(name, frozenset()) | own for name, own in OWN.items()}
"""Type of an item: the events that may stand in it."""
STEPS = frozenset[str]().union(*OWN.values())


def _known(reading: Reading) -> Iterator[tuple[Item, str]]:
    """The items that were added with a type."""
    for item in fold(reading).items.values():
        if item.added and kind(item.opening):
            yield item, kind(item.opening)


@check(
    "responses.stream.family",
    level=Level.SHOULD,
    title="An item has the events of its own type alone",
    clause="RF-3",
    when=WHOLE,
)
def _family(reading: Reading) -> Iterator[Deviation]:
    """Interfaces keep the progress of each tool by the event's name: another tool's is shown as that tool.

    Texts that stream for an item of another type are the business of responses.stream.item-type.
    """
    for item, name in _known(reading):
        for step in item.steps:
            text = step.kind in DELTA or step.kind in DONE or step.kind in PART
            ours = step.kind in STEPS or step.kind == ANNOTATION
            if not text and ours and name in TABLE and step.kind not in BELONGS.get(name, ()):
                message = f"{step.kind} stands for an item of type {name}"
                yield at_step(step, message, f"an event of {name}", step.kind, "/type")
                break


def _rank(name: str, event: str) -> int | None:
    return next((at for at, rank in enumerate(TABLE[name]["steps"]) if event in rank), None)


@check(
    "responses.stream.family-order",
    level=Level.SHOULD,
    title="The steps of a hosted tool come in their order",
    clause="RS-38",
    when=WHOLE,
)
def _family_order(reading: Reading) -> Iterator[Deviation]:
    """Progress that goes back (completed, then searching) leaves the spinner of a finished tool running."""
    for item, name in _known(reading):
        last: tuple[int, str] = (0, "")
        for step in item.steps if name in OWN else ():
            rank = _rank(name, step.kind)
            if rank is None:
                continue
            if rank < last[0]:
                yield at_step(step, f"{step.kind} comes after {last[1]}", "before it", step.kind, "/type")
                break
            last = (rank, step.kind)


@check(
    "responses.stream.family-steps",
    level=Level.SHOULD,
    title="A hosted tool's call says that it begins and how it ended",
    clause="RF-4",
    when=WHOLE,
)
def _family_steps(reading: Reading) -> Iterator[Deviation]:
    """Interfaces open the tool's card at in_progress and close it at the end: it never opens, or stays."""
    for item, name in _known(reading):
        seen = {step.kind for step in item.steps}
        for wanted in TABLE.get(name, {}).get("needs", ()):
            if item.done and not seen.intersection(wanted):
                message = f"the {name} is done without {' or '.join(wanted)}"
                yield at_step(item.done, message, " or ".join(wanted), "absent", "/type")


@check(
    "responses.stream.family-status",
    level=Level.SHOULD,
    title="A hosted tool's item is what its last step said",
    clause="RF-5",
    when=WHOLE,
)
def _family_status(reading: Reading) -> Iterator[Deviation]:
    """History keeps the item, the screen showed the step: one says failed, the other has a result."""
    for item, name in _known(reading):
        ends = TABLE.get(name, {}).get("ends", {})
        end = next((step for step in reversed(item.steps) if step.kind in ends), None)
        if end is None or item.done is None:
            continue
        said, status, error = ends[end.kind], item.closing.get("status"), item.closing.get("error")
        if isinstance(status, str) and "status" in said and status not in said["status"]:
            message = f"item.status is {status!r} after {end.kind}"
            yield at_step(item.done, message, " or ".join(said["status"]), status, "/item/status")
        elif "error" in said and (error is not None) is not said["error"]:
            message = f"item.error is {'null' if error is None else 'filled'} after {end.kind}"
            expected = "the error" if said["error"] else "null"
            yield at_step(item.done, message, expected, error, "/item/error")


def _added(item: Item, at: int) -> list[Step]:
    """The annotations that were added to a part."""
    return [s for s in item.steps if s.kind == ANNOTATION and integer(s.value.get("content_index")) == at]


@check(
    "responses.stream.annotation-index",
    level=Level.SHOULD,
    title="Annotations are added at annotation_index 0, 1, 2, …",
    clause="RF-6",
    when=WHOLE,
)
def _annotation_index(reading: Reading) -> Iterator[Deviation]:
    """It is the place in `annotations`: a client that writes by it overwrites one source with the next."""
    for item in fold(reading).items.values():
        for part in item.parts.values():
            for due, step in enumerate(_added(item, part.at) if part.index == "content_index" else ()):
                given = integer(step.value.get("annotation_index"))
                if given is not None and given != due:
                    message = f"an annotation is added at annotation_index {given}; expected {due}"
                    yield at_step(step, message, str(due), given, "/annotation_index")
                    break


@check(
    "responses.stream.annotations-equal-added",
    level=Level.SHOULD,
    title="A finished part has the annotations that were added",
    clause="RF-7",
    when=WHOLE,
)
def _annotations_equal(reading: Reading) -> Iterator[Deviation]:
    """Sources that were shown vanish when the answer is stored, or the stored ones were never shown."""
    for item in fold(reading).items.values():
        for part in item.parts.values():
            whole = part.done.value.get("part") if part.done else None
            if part.done is None or kind(whole) != "output_text" or not isinstance(whole, dict):
                continue
            wanted = [step.value.get("annotation") for step in _added(item, part.at)]
            given = sequence(whole.get("annotations"))
            if given != wanted:
                message = f"the part has {len(given)} annotations, {len(wanted)} were added to it"
                if len(given) == len(wanted):
                    message = "the part has other annotations than those that were added"
                place = "/part/annotations"
                yield at_step(part.done, message, short(wanted), given, place)


@check(
    "responses.stream.logprobs-equal-deltas",
    level=Level.SHOULD,
    title="A finished text has the log probabilities of its deltas",
    clause="RF-8",
    when=WHOLE,
)
def _logprobs_equal(reading: Reading) -> Iterator[Deviation]:
    """Confidence is drawn from the deltas and stored from the end: a token lost shifts all that follow."""
    for item in fold(reading).items.values():
        for text in item.texts.values():
            if text.family.stem != "response.output_text" or text.done is None:
                continue
            deltas = [
                entry.get("token")
                for step in item.steps
                if step.kind == "response.output_text.delta"
                and integer(step.value.get("content_index")) == text.at
                for _, entry in objects(step.value.get("logprobs"))
            ]
            given = [entry.get("token") for _, entry in objects(text.done.value.get("logprobs"))]
            if given != deltas:
                message = (
                    f"the finished text has {len(given)} log probabilities, its deltas had {len(deltas)}"
                )
                if len(given) == len(deltas):
                    message = (
                        "the log probabilities of the finished text are of other tokens than the deltas'"
                    )
                yield at_step(text.done, message, short(deltas), given, "/logprobs")


@check(
    "responses.stream.partial-image",
    level=Level.SHOULD,
    title="Partial images are numbered from 0 and hold an image",
    clause="RF-9",
    when=WHOLE,
)
def _partial_image(reading: Reading) -> Iterator[Deviation]:
    """Interfaces decode each one in place of the last: a broken one replaces the picture by an error."""
    for item in fold(reading).items.values():
        for due, step in enumerate(step for step in item.steps if step.kind == PARTIAL):
            at, data = step.value.get("partial_image_index"), step.value.get("partial_image_b64")
            if integer(at) is not None and at != due:
                message = f"partial_image_index is {at}; expected {due}"
                yield at_step(step, message, str(due), at, "/partial_image_index")
            if isinstance(data, str) and not raw_bytes(data):
                message = "partial_image_b64 is empty or no base64"
                yield at_step(step, message, "base64 of an image", data[:40], "/partial_image_b64")
