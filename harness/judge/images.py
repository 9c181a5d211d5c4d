"""Images: as many as asked for, each a file of the format it claims to be."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import integer, kind, objects, pointer, sequence, short
from slashv1.harness.judge.signatures import format_of
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

NAMES = ("images.generate", "images.edit", "images.create_variation")
PLAIN, STREAM = on(*NAMES, stream=False), on(*NAMES, stream=True)
_FORMATS = ("png", "jpeg", "webp", "gif", "svg")


@check(
    "images.count",
    title="As many images as asked for",
    clause="IM-1",
    when=PLAIN,
    needs=[Facet.REQUEST],
)
def _count(reading: Reading) -> Iterator[Deviation]:
    """Each image is billed; galleries show a hole for one that is missing."""
    asked, given = asked_of(reading).get("n"), reading.object.get("data")
    wanted = int(asked) if isinstance(asked, str) and asked.isdigit() else integer(asked) or 1
    if isinstance(given, list) and len(given) != wanted:
        yield Deviation(
            f"{len(given)} images where {wanted} were asked for", str(wanted), str(len(given)), "/data"
        )


@check(
    "images.data",
    title="Each image is there: in base64, or behind a URL",
    clause="IM-2",
    when=PLAIN,
)
def _data(reading: Reading) -> Iterator[Deviation]:
    """`data[0].b64_json or data[0].url` is how every example goes on; with neither it breaks on null."""
    for i, image in objects(reading.object.get("data")):
        if not image.get("b64_json") and not image.get("url"):
            place = pointer("data", i)
            yield Deviation(f"data[{i}] has no image", "b64_json or url", short(sorted(image)), place)


@check(
    "images.format",
    title="The base64 of an image is a file of the format told",
    clause="IM-3",
    when=on(*NAMES),
    needs=[Facet.VALUES, Facet.REQUEST],
)
def _format(reading: Reading) -> Iterator[Deviation]:
    """Files are written under that name: a JPEG called PNG opens in some viewers, a data URL in none."""
    for frame, steps, told, text in _encoded(reading):
        wanted = (
            told if isinstance(told, str) and told in _FORMATS else asked_of(reading).get("output_format")
        )
        found = _found(text)
        if found is None or (wanted in _FORMATS and found != wanted):
            message = f"b64_json holds {found or 'no image'}"
            yield Deviation(
                message, str(wanted or "an image"), found or short(text[:40]), pointer(*steps), frame
            )


def _encoded(reading: Reading) -> Iterator[tuple[int | None, tuple[str | int, ...], Any, str]]:
    """Every base64 text, with frame, place and the format told beside it."""
    if reading.case.stream:
        for event in reading.events:
            text = event.object.get("b64_json")
            if isinstance(text, str):
                yield event.number, ("b64_json",), event.object.get("output_format"), text
        return
    for i, image in objects(reading.object.get("data")):
        if isinstance(image.get("b64_json"), str):
            told = reading.object.get("output_format")
            yield None, ("data", i, "b64_json"), told, image["b64_json"]


def _found(text: str) -> str | None:
    try:
        return format_of(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None


@check(
    "images.stream.partial",
    level=Level.SHOULD,
    title="Partial images are numbered from 0, no more of them than asked for",
    clause="IM-4",
    when=STREAM,
    needs=[Facet.REQUEST],
)
def _partial(reading: Reading) -> Iterator[Deviation]:
    """Viewers put each step in the place of its number; each is billed."""
    asked = asked_of(reading).get("partial_images")
    most = int(asked) if isinstance(asked, str) and asked.isdigit() else integer(asked) or 0
    steps = [event for event in reading.events if kind(event.object).endswith(".partial_image")]
    for number, event in enumerate(steps):
        given = event.object.get("partial_image_index")
        if given != number:
            message = f"partial image {number} calls itself {short(given)}"
            yield Deviation(message, str(number), short(given), "/partial_image_index", event.number)
    if len(steps) > most:
        message = f"{len(steps)} partial images where {most} were asked for"
        yield Deviation(message, f"at most {most}", str(len(steps)), None, steps[-1].number)


@check(
    "images.stream.whole",
    title="A stream of an image ends with the whole image, once",
    clause="IM-5",
    when=STREAM,
)
def _whole(reading: Reading) -> Iterator[Deviation]:
    """Only this one is the picture that was ordered: without it the viewer keeps a blurred step."""
    done = [event for event in reading.events if kind(event.object).endswith(".completed")]
    failed = any(kind(event.object) == "error" or "error" in event.object for event in reading.events)
    if sequence(list(reading.events)) and not failed and len(done) != 1:
        yield Deviation(f"{len(done)} events with the whole image", "1", str(len(done)), None)
