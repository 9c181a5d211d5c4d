"""One pass over a Responses stream: its steps, its items, their parts and texts. Shared by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slashv1.harness.judge.look import integer, joined, kind, mapping
from slashv1.harness.reading import Event, Reading
from slashv1.spec import stream_machine

ITEM_ADDED, ITEM_DONE = "response.output_item.added", "response.output_item.done"


@dataclass(frozen=True, slots=True)
class Family:
    """A text that comes in deltas and is then repeated whole."""

    stem: str
    """Event types are `stem.delta` and `stem.done`."""
    key: str
    """Where the whole text stands in the `done` event, in the part or in the item."""
    index: str | None
    """Name of the index of the part it belongs to; None where it belongs to the item itself."""
    item: str
    """Type of the item it belongs to."""
    rule: str
    """The check that compares it."""


def _family(raw: Mapping[str, Any]) -> Family:
    index = next((key for key in raw["keys"] if key in ("content_index", "summary_index")), None)
    stem = raw["delta"].removesuffix(".delta")
    return Family(stem, raw["done_field"], index, raw["item"], raw["rule"])


FAMILIES = tuple(_family(raw) for raw in stream_machine("responses")["families"])
"""As `streams.json` says them."""
DELTA = {f"{family.stem}.delta": family for family in FAMILIES}
DONE = {f"{family.stem}.done": family for family in FAMILIES}
PART = {
    "response.content_part.added": "content_index",
    "response.content_part.done": "content_index",
    "response.reasoning_summary_part.added": "summary_index",
    "response.reasoning_summary_part.done": "summary_index",
}
"""Event type of a part: the name of its index."""


class Step(NamedTuple):
    """One event of the stream. A tuple: streams have thousands of them."""

    number: int
    """Of its frame."""
    kind: str
    event: Event

    @property
    def value(self) -> dict[str, Any]:
        """What it says: a long stream's event is read when it is asked for."""
        return self.event.object

    @property
    def response(self) -> dict[str, Any]:
        """The snapshot it carries, else empty."""
        return mapping(self.value.get("response"))


@dataclass(slots=True)
class Text:
    """The deltas of one text, and where it was repeated whole."""

    family: Family
    at: int | None
    """Index of its part; None where it is the item's own."""
    first: int
    """Frame of the first event."""
    deltas: list[Step] = field(default_factory=list)
    done: Step | None = None

    @property
    def streamed(self) -> str:
        """The deltas, joined."""
        return joined(step.value["delta"] for step in self.deltas)

    @property
    def whole(self) -> str:
        """What the `done` event says, or else the joined deltas."""
        said = self.done.value.get(self.family.key) if self.done else None
        return said if isinstance(said, str) else self.streamed


@dataclass(slots=True)
class Part:
    """A content or summary part of an item."""

    index: str
    """`content_index` or `summary_index`."""
    at: int
    added: Step | None = None
    done: Step | None = None


@dataclass(slots=True)
class Item:
    """An output item, as the stream built it."""

    at: int
    added: Step | None = None
    done: Step | None = None
    parts: dict[tuple[str, int], Part] = field(default_factory=dict)
    texts: dict[tuple[str, int | None], Text] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    """Every event at its place, in order, the ones that add and close it left out."""

    @property
    def opening(self) -> dict[str, Any]:
        """The item as it was added, else empty."""
        return mapping(self.added.value.get("item")) if self.added else {}

    @property
    def closing(self) -> dict[str, Any]:
        """The item as it was done, else empty."""
        return mapping(self.done.value.get("item")) if self.done else {}


@dataclass(slots=True)
class Fold:
    """The stream, in order and by item."""

    steps: list[Step] = field(default_factory=list)
    items: dict[int, Item] = field(default_factory=dict)
    early: list[Step] = field(default_factory=list)
    """Events of an item that was not added yet."""
    late: list[Step] = field(default_factory=list)
    """Events of an item, a part or a text after its end."""
    partless: list[Step] = field(default_factory=list)
    """Events of a part that was not added yet."""


def fold(reading: Reading) -> Fold:
    """The fold of a reading's stream, made once; keep-alives are left out."""
    return reading.once(_fold)


def _fold(reading: Reading) -> Fold:
    made = Fold()
    for event in reading.events:
        name = kind(event.object)
        if not event.object or name == "keepalive":
            continue
        step = Step(event.number, name, event)
        made.steps.append(step)
        at = integer(step.value.get("output_index"))
        if at is not None and name:
            _into_item(made, step, at)
    return made


def _into_item(made: Fold, step: Step, at: int) -> None:
    item = made.items.setdefault(at, Item(at))
    if step.kind == ITEM_ADDED:
        if item.added is not None:
            made.late.append(step)
        item.added = item.added or step
        return
    if item.added is None:
        made.early.append(step)
    if item.done is not None:
        made.late.append(step)
    if step.kind == ITEM_DONE:
        item.done = item.done or step
        return
    item.steps.append(step)
    if step.kind in PART:
        _into_part(made, item, step)
    elif step.kind in DELTA or step.kind in DONE:
        _into_text(made, item, step)


def _into_part(made: Fold, item: Item, step: Step) -> None:
    index = PART[step.kind]
    at = integer(step.value.get(index))
    if at is None:
        return
    part = item.parts.setdefault((index, at), Part(index, at))
    if step.kind.endswith(".added"):
        if part.added is not None:
            made.late.append(step)
        part.added = part.added or step
        return
    if part.added is None:
        made.partless.append(step)
    if part.done is not None:
        made.late.append(step)
    part.done = part.done or step


def _into_text(made: Fold, item: Item, step: Step) -> None:
    family = DELTA.get(step.kind) or DONE[step.kind]
    at = integer(step.value.get(family.index)) if family.index else None
    if family.index and at is None:
        return
    text = item.texts.setdefault((family.stem, at), Text(family, at, step.number))
    part = item.parts.get((family.index, at)) if family.index and at is not None else None
    if family.index and (part is None or part.added is None):
        made.partless.append(step)
    ended = text.done is not None or (part is not None and part.done is not None)
    if ended and (not made.late or made.late[-1] is not step):
        made.late.append(step)
    if step.kind in DONE:
        text.done = text.done or step
    elif isinstance(step.value.get("delta"), str):
        text.deltas.append(step)
