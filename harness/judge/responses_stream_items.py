"""Items and parts within a Responses stream: added before, done after, each at its own index."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import kind, short
from slashv1.harness.judge.responses_fold import DELTA, DONE, Item, Step, fold
from slashv1.harness.judge.responses_stream import WHOLE, at_step
from slashv1.harness.reading import Reading
from slashv1.record import Level


@check(
    "responses.stream.item-added",
    title="`output_item.added` comes before anything of its item",
    clause="RS-17",
    when=WHOLE,
)
def _item_added(reading: Reading) -> Iterator[Deviation]:
    """The SDKs' accumulators look the item up by output_index: a delta before it raises IndexError."""
    told: set[int] = set()
    for step in fold(reading).early:
        at = step.value["output_index"]
        if at not in told:
            message = f"{step.kind} at output_index {at} before its output_item.added"
            yield at_step(step, message, "response.output_item.added", step.kind, "/type")
        told.add(at)


@check("responses.stream.item-done", title="Every item that was added is done", clause="RS-18", when=WHOLE)
def _item_done(reading: Reading) -> Iterator[Deviation]:
    """Codex, the Agents SDK and LangChain act on `output_item.done`: an item without it never happened."""
    made = fold(reading)
    ends = [step for step in made.steps if step.kind == "response.completed"]
    for item in made.items.values():
        if ends and item.added and item.done is None:
            message = f"the item at output_index {item.at} was added and never done"
            yield at_step(ends[-1], message, "response.output_item.done before", "absent", "/type")


@check(
    "responses.stream.output-index",
    title="Items are added at output_index 0, 1, 2, …",
    clause="RS-19",
    when=WHOLE,
)
def _output_index(reading: Reading) -> Iterator[Deviation]:
    """It is the place in `output`: accumulators append and then look up by it, a gap raises IndexError."""
    for wanted, item in enumerate(fold(reading).items.values()):
        if item.added and item.at != wanted:
            message = f"an item is added at output_index {item.at}; expected {wanted}"
            yield at_step(item.added, message, str(wanted), item.at, "/output_index")


@check(
    "responses.stream.item-id",
    title="Events name the item at their output_index",
    clause="RS-20",
    when=WHOLE,
    needs=[Facet.VALUES],
)
def _item_id(reading: Reading) -> Iterator[Deviation]:
    """Clients keep items by id (AI SDK, Codex): deltas under another id are dropped."""
    made = fold(reading)
    for step in made.steps:
        item = made.items.get(step.value["output_index"]) if _indexed(step) else None
        wanted = item.opening.get("id") if item else None
        inner = step.kind == "response.output_item.done"
        holder = step.value.get("item") if inner else step.value
        given = holder.get("id" if inner else "item_id") if isinstance(holder, dict) else None
        if isinstance(wanted, str) and isinstance(given, str) and given != wanted:
            pointer = "/item/id" if inner else "/item_id"
            yield at_step(step, f"{pointer[1:]} is not that of the item added there", wanted, given, pointer)


def _indexed(step: Step) -> bool:
    return isinstance(step.value.get("output_index"), int)


@check(
    "responses.stream.item-type",
    title="An item keeps its type, and its deltas are of that type",
    clause="RS-21",
    when=WHOLE,
)
def _item_type(reading: Reading) -> Iterator[Deviation]:
    """Accumulators check the type before they append; text for a function call raises or is lost."""
    for item in fold(reading).items.values():
        wanted = kind(item.opening)
        if item.done and wanted and kind(item.closing) not in {"", wanted}:
            message = f"the item was added as {wanted} and done as {kind(item.closing)}"
            yield at_step(item.done, message, wanted, kind(item.closing), "/item/type")
        for text in item.texts.values():
            if wanted and text.family.item != wanted:
                message = f"{text.family.stem} events for an item of type {wanted}"
                yield Deviation(message, text.family.item, wanted, "/type", text.first)


@check(
    "responses.stream.item-status",
    level=Level.SHOULD,
    title="An item is in_progress when added and no longer when done",
    clause="RS-22",
    when=WHOLE,
)
def _item_status(reading: Reading) -> Iterator[Deviation]:
    """Interfaces show a spinner by it; added as completed, an item looks finished and empty."""
    for item in fold(reading).items.values():
        if item.added and item.opening.get("status") in ("completed", "incomplete"):
            actual = item.opening["status"]
            message = f"item.status is {actual!r} when it is added"
            yield at_step(item.added, message, '"in_progress"', actual, "/item/status")
        waiting = kind(item.opening) == "computer_call"  # for the client's screenshot
        if item.done and item.closing.get("status") == "in_progress" and not waiting:
            message = "item.status is 'in_progress' when it is done"
            yield at_step(item.done, message, '"completed"', "in_progress", "/item/status")


@check(
    "responses.stream.part-added",
    title="A part is added before its deltas",
    clause="RS-23",
    when=WHOLE,
)
def _part_added(reading: Reading) -> Iterator[Deviation]:
    """openai-python looks up `content[content_index]`: a delta without its part raises IndexError."""
    told: set[tuple[object, ...]] = set()
    for step in fold(reading).partless:
        place = tuple(short(step.value.get(k)) for k in ("output_index", "content_index", "summary_index"))
        if place not in told:
            message = f"{step.kind} before its part was added"
            yield at_step(step, message, "…_part.added", step.kind, "/type")
        told.add(place)


@check(
    "responses.stream.part-done",
    title="Every part is done before its item is",
    clause="RS-24",
    when=WHOLE,
)
def _part_done(reading: Reading) -> Iterator[Deviation]:
    """The AI SDK closes a text block on it; without it the block stays open and the next is merged in."""
    for item in fold(reading).items.values():
        for part in item.parts.values():
            if item.done and part.added and part.done is None:
                message = f"the part at {part.index} {part.at} was added and never done"
                yield at_step(item.done, message, "…_part.done before", "absent", "/type")


@check(
    "responses.stream.part-index",
    title="Parts are added at index 0, 1, 2, … of their item",
    clause="RS-25",
    when=WHOLE,
)
def _part_index(reading: Reading) -> Iterator[Deviation]:
    """It is the place in `content` or `summary`: a gap raises IndexError in the accumulators."""
    for item in fold(reading).items.values():
        for index in ("content_index", "summary_index"):
            yield from _gaps(item, index)


def _gaps(item: Item, index: str) -> Iterator[Deviation]:
    added = [part for (name, _), part in item.parts.items() if name == index and part.added]
    for wanted, part in enumerate(added):
        if part.added and part.at != wanted:
            message = f"a part is added at {index} {part.at}; expected {wanted}"
            yield at_step(part.added, message, str(wanted), part.at, f"/{index}")


@check(
    "responses.stream.part-empty",
    level=Level.SHOULD,
    title="Items and parts are empty when they are added",
    clause="RS-26",
    when=WHOLE,
)
def _part_empty(reading: Reading) -> Iterator[Deviation]:
    """Accumulators start from the added object and append the deltas: what is there already comes twice."""
    for item in fold(reading).items.values():
        if item.added and item.opening.get("content") and kind(item.opening) == "message":
            message = "item.content is filled when the item is added"
            yield at_step(item.added, message, "[]", item.opening["content"], "/item/content")
        if item.added and item.opening.get("arguments") and kind(item.opening) == "function_call":
            message = "item.arguments is filled when the item is added"
            yield at_step(item.added, message, '""', item.opening["arguments"], "/item/arguments")
        for part in item.parts.values():
            given = part.added.value.get("part") if part.added else None
            if part.added and isinstance(given, dict) and (given.get("text") or given.get("refusal")):
                yield at_step(
                    part.added, "the part is filled when it is added", "an empty text", given, "/part"
                )


@check(
    "responses.stream.after-done",
    title="Nothing comes for an item, part or text after its end",
    clause="RS-27",
    when=WHOLE,
)
def _after_done(reading: Reading) -> Iterator[Deviation]:
    """What was done was already shown and acted on: a late delta is lost, a second start overwrites."""
    for step in fold(reading).late:
        yield at_step(step, f"{step.kind} after the end of what it belongs to", "nothing", step.kind, "/type")


@check(
    "responses.stream.text-done",
    title="Every text that streamed is closed by its done event",
    clause="RS-28",
    when=WHOLE,
)
def _text_done(reading: Reading) -> Iterator[Deviation]:
    """Clients that skip deltas read texts and arguments from `….done` alone and get nothing."""
    for item in fold(reading).items.values():
        for text in item.texts.values():
            if item.done and text.deltas and text.done is None:
                wanted = f"{text.family.stem}.done"
                message = f"deltas without a {wanted} before the item is done"
                yield at_step(item.done, message, wanted, "absent", "/type")


@check(
    "responses.stream.delta-string",
    title="A delta is a string",
    clause="RS-29",
    when=WHOLE,
)
def _delta_string(reading: Reading) -> Iterator[Deviation]:
    """Deltas are appended to a string; an object or null raises TypeError in every client."""
    for step in fold(reading).steps:
        if step.kind in DELTA and not isinstance(step.value.get("delta"), str):
            yield at_step(step, "delta is not a string", "a string", step.value.get("delta"), "/delta")
        key = DONE[step.kind].key if step.kind in DONE else None
        if key and not isinstance(step.value.get(key), str):
            yield at_step(step, f"{key} is not a string", "a string", step.value.get(key), f"/{key}")
