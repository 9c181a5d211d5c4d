"""The live answer beside the recorded one, by shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slashv1.fixtures import Exchange
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import pointer, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.harness.shape import MORE, Run, bounded, distinct, runs_of, shape_of
from slashv1.matrix import OF_A_PROFILE, ON_REQUEST
from slashv1.record import Level


@check(
    "replay.shape",
    level=Level.MAY,
    title="The answer has the shape of the recorded one",
    clause="P-11",
    when=on(error=None).where(
        lambda case: not case.tags & (ON_REQUEST | OF_A_PROFILE)
    ),  # those have no fixtures
    broad=True,
)
def _shape(reading: Reading) -> Iterator[Deviation]:
    """Code written against one answer meets another: keys, types, enums, nesting, kinds of frames.

    What the contract allows may differ from the reference gateway's recording, so it is information;
    against recordings of your own (`--fixtures DIR`) the run raises it to SHOULD: they are the measure.
    """
    if reading.golden is None:
        raise Inconclusive("there is no fixture of this case")
    yield from apart(Reading(reading.case, reading.golden, asked=reading.asked), reading)


def apart(golden: Reading, reading: Reading) -> Iterator[Deviation]:
    """Where the shapes of two answers differ: status, kinds and order of frames, keys and types."""
    if golden.exchange.status != reading.exchange.status:
        expected, actual = str(golden.exchange.status), str(reading.exchange.status)
        yield Deviation(f"status is {actual}; recorded was {expected}", expected, actual)
    if _streams(golden.exchange) and _streams(reading.exchange):
        yield from _streams_apart(_runs(golden), _runs(reading))
    elif _streams(golden.exchange) or _streams(reading.exchange):
        expected, actual = golden.exchange.content_type, reading.exchange.content_type
        yield Deviation("one of the two answers is a stream, the other is not", expected, actual)
    elif golden.document.ok and reading.document.ok:
        yield from values_apart(golden.body, reading.body)


def _streams(exchange: Exchange) -> bool:
    return exchange.content_type == "text/event-stream"


def _runs(reading: Reading) -> list[Run]:
    return runs_of(said for said in _said(reading) if _kind(said[2]) != "keepalive")


def _said(reading: Reading) -> Iterator[tuple[int, str | None, Any]]:
    """Of every frame with data its number, its event and its value, or the data where they are no JSON."""
    events = {event.number: event for event in reading.events}
    for frame in reading.frames:
        if frame.data is not None:
            event = events.get(frame.number)
            yield frame.number, frame.event, frame.data if event is None else event.value


def _kind(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else None


def _streams_apart(golden: Sequence[Run], live: Sequence[Run]) -> Iterator[Deviation]:
    wanted, given = [run.kind for run in golden], [run.kind for run in live]
    if wanted != given:
        pairs = zip(wanted, given, strict=False)
        place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(wanted), len(given)))
        expected = wanted[place] if place < len(wanted) else "the end"
        actual = given[place] if place < len(given) else "the end"
        frame = live[min(place, len(live) - 1)].frame if live else None
        yield Deviation(
            f"frames come in another order: {actual} for {expected}", expected, actual, None, frame
        )
    recorded = {run.kind: run for run in reversed(golden)}
    for run in {run.kind: run for run in reversed(live)}.values():
        if run.kind in recorded:
            yield from values_apart(recorded[run.kind].data, run.data, run.frame)


def values_apart(golden: Any, live: Any, frame: int | None = None) -> Iterator[Deviation]:
    """Where the shapes of two values differ, as deepdiff finds it; places are those of `live`."""
    wanted, given = shape_of(golden), shape_of(live)
    if wanted == given:
        return
    from deepdiff import DeepDiff

    tree = DeepDiff(wanted, bounded(given, wanted), view="tree", threshold_to_diff_deeper=0)
    known: dict[int, list[int]] = {}
    for kind in sorted(tree):
        for level in tree[kind]:
            path = level.path(output_format="list")
            expected, actual = _side(level.t1), _side(level.t2)
            cut = path[-1:] == [MORE]
            where = pointer(*_places(path[:-1] if cut else path, live, known))
            said = f"has {level.t2} more than are compared" if cut else _VERBS.get(kind, "differs")
            if level.t2 == MORE:
                said = "begins what is not compared: deeper, or of more shapes, than any genuine answer"
            yield Deviation(f"{where or 'the answer'} {said}", expected, actual, where, frame)


_VERBS = {
    "dictionary_item_added": "is not in the recorded answer",
    "dictionary_item_removed": "is missing; the recorded answer has it",
    "iterable_item_added": "holds an element of a shape that was not recorded",
    "iterable_item_removed": "holds no element of a shape that was recorded",
}


def _side(shape: Any) -> str:
    """One side of a difference; deepdiff's marker for nothing as `absent`."""
    return short(shape) if isinstance(shape, str | dict | list) else "absent"


def _places(path: Sequence[str | int], live: Any, known: dict[int, list[int]]) -> list[str | int]:
    """A path through shapes as a path through the value: an index counts distinct shapes there.

    `known`: by the id of an array of this value, where the first of each shape stands.
    """
    steps: list[str | int] = []
    key = ""
    for step in path:
        if isinstance(step, int) and isinstance(live, list):
            if id(live) not in known:
                known[id(live)] = [place for place, _ in distinct(live, key)]
            first = known[id(live)]
            step = first[step] if step < len(first) else step
            live = live[step] if step < len(live) else None
        else:
            key = str(step)
            live = live.get(step) if isinstance(live, dict) else None
        steps.append(step)
    return steps
