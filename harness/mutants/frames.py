"""Operators on the frames of any stream: cut, emptied, joined, said as something that is no event."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from slashv1.fixtures import Exchange
from slashv1.harness.mutants.edit import Cut, with_cuts, written
from slashv1.harness.mutants.model import STREAM, Baseline, Site, operator

SSE = ("chat.completions.create", "responses.*")
END = (
    "chat.stream.done",
    "chat.stream.done-last",
    "chat.stream.finish*",
    "chat.stream.usage",
    "responses.stream.*",
    "framing.*",
)


def rebuilt(base: Baseline, frames: Sequence[Cut]) -> Callable[[], Exchange]:
    """The exchange with these frames, made when it is needed."""
    return lambda: with_cuts(base.exchange, frames)


def at(base: Baseline, number: int, *new: Cut) -> list[Cut]:
    """The frames with one replaced by others, or by none."""
    return [*base.frames[:number], *new, *base.frames[number + 1 :]]


def picked(base: Baseline) -> Iterator[tuple[int, Cut]]:
    """Frames that carry JSON, with their numbers."""
    return ((number, frame) for number, frame in enumerate(base.frames) if frame.object)


@operator("stream-cut", *END, on=SSE, kinds=STREAM)
def _cut(base: Baseline) -> Iterable[Site]:
    """ends the stream after two thirds of its frames"""
    keep = len(base.frames) * 2 // 3
    if 0 < keep < len(base.frames):
        yield Site(f"behind frame {keep - 1}", rebuilt(base, base.frames[:keep]))


@operator("stream-cut-in-frame", *END, "body.json", on=SSE, kinds=STREAM)
def _cut_inside(base: Baseline) -> Iterable[Site]:
    """ends the stream in the midst of a frame"""
    keep = len(base.frames) // 2
    if keep:
        half = Cut(base.frames[keep].raw[: len(base.frames[keep].raw) // 2])
        yield Site(f"frame {keep}", rebuilt(base, [*base.frames[:keep], half]))


@operator("last-frame-lost", *END, on=SSE, kinds=STREAM)
def _last(base: Baseline) -> Iterable[Site]:
    """drops the very last frame"""
    if len(base.frames) > 1:
        yield Site(f"frame {len(base.frames) - 1}", rebuilt(base, base.frames[:-1]))


@operator("last-blank-line-lost", "framing.terminated", on=SSE, kinds=STREAM, needs=["bytes"])
def _unterminated(base: Baseline) -> Iterable[Site]:
    """takes the blank line behind the last frame away"""
    last = base.frames[-1] if base.frames else None
    if last and last.raw.endswith(b"\n\n"):
        yield Site("the last byte", rebuilt(base, [*base.frames[:-1], Cut(last.raw[:-1])]))


@operator(
    "blank-line-lost",
    "framing.json",
    "framing.multi-line-data",
    "body.json",
    "responses.stream.*",
    "chat.stream.*",
    kinds=STREAM,
    needs=["bytes"],
)
def _joined(base: Baseline) -> Iterable[Site]:
    """takes the blank line between two frames away"""
    for number, frame in picked(base):
        if frame.raw.endswith(b"\n\n") and number + 1 < len(base.frames):
            yield Site(f"frame {number}", rebuilt(base, at(base, number, Cut(frame.raw[:-1]))), shape="any")


@operator("data-prefix-lost", "framing.stray-text", "framing.dataless", kinds=STREAM, needs=["bytes"])
def _bare(base: Baseline) -> Iterable[Site]:
    """takes `data:` away before the JSON of a frame"""
    for number, frame in picked(base):
        text = (frame.data or "").encode()
        yield Site(f"frame {number}", rebuilt(base, at(base, number, Cut(text + b"\n\n"))), shape="any")


@operator("data-not-json", "framing.json", "body.json", kinds=STREAM)
def _words(base: Baseline) -> Iterable[Site]:
    """writes words in the place of a frame's JSON"""
    for number, frame in picked(base):
        yield Site(f"frame {number}", rebuilt(base, at(base, number, frame.saying("thinking…"))), shape="any")


@operator("data-cut", "framing.json", "body.json", kinds=STREAM)
def _data_cut(base: Baseline) -> Iterable[Site]:
    """cuts the JSON of a frame off"""
    for number, frame in picked(base):
        half = (frame.data or "")[: len(frame.data or "") // 2]
        yield Site(f"frame {number}", rebuilt(base, at(base, number, frame.saying(half))), shape="any")


@operator(
    "data-empty",
    "framing.json",
    "framing.dataless",
    "body.json",
    "responses.stream.*",
    "chat.stream.*",
    kinds=STREAM,
)
def _data_empty(base: Baseline) -> Iterable[Site]:
    """leaves the data of a frame empty"""
    for number, frame in picked(base):
        yield Site(f"frame {number}", rebuilt(base, at(base, number, frame.saying(""))), shape="any")


@operator("data-twice", "framing.json", "body.json", kinds=STREAM)
def _data_twice(base: Baseline) -> Iterable[Site]:
    """writes two JSON texts into one frame"""
    for number, frame in picked(base):
        twice = frame.saying(f"{frame.data} {frame.data}")
        yield Site(f"frame {number}", rebuilt(base, at(base, number, twice)), shape="any")


@operator(
    "field-misspelt",
    "framing.stray-text",
    "framing.unknown-field",
    "framing.dataless",
    kinds=STREAM,
    needs=["bytes"],
)
def _misspelt(base: Baseline) -> Iterable[Site]:
    """spells `data:` as `Data:`"""
    for number, frame in picked(base):
        raw = frame.raw.replace(b"data:", b"Data:", 1)
        yield Site(f"frame {number}", rebuilt(base, at(base, number, Cut(raw))), shape="any")


@operator("trace-in-stream", "framing.stray-text", "framing.json", kinds=STREAM, needs=["bytes"])
def _trace(base: Baseline) -> Iterable[Site]:
    """writes a line of a log between two frames"""
    if len(base.frames) > 1:
        line = Cut(b"Error: upstream closed the connection\n\n")
        yield Site("behind frame 0", rebuilt(base, at(base, 0, base.frames[0], line)))


@operator("split-character", "framing.utf8", kinds=STREAM, needs=["bytes"])
def _split(base: Baseline) -> Iterable[Site]:
    """cuts a character of two bytes in half"""
    for number, frame in picked(base):
        text = re.search(rb'": ?"', frame.raw)
        if text:
            raw = frame.raw[: text.end()] + "é".encode()[:1] + frame.raw[text.end() :]
            yield Site(f"frame {number}", rebuilt(base, at(base, number, Cut(raw))), shape="any")


@operator(
    "plain-for-stream", "framing.*", "body.json", "chat.stream.*", "responses.stream.*", on=SSE, kinds=STREAM
)
def _plain(base: Baseline) -> Iterable[Site]:
    """answers a stream request with the JSON of the last frame alone"""
    last = next((frame for frame in reversed(base.frames) if frame.object), None)
    if last:
        yield Site("the body", rebuilt(base, [Cut((last.data or "").encode())]))


@operator("error-amid-stream", "chat.stream.*", "responses.stream.*", "body.*", on=SSE, kinds=STREAM)
def _error(base: Baseline) -> Iterable[Site]:
    """breaks the stream off with an error that is no envelope"""
    keep = len(base.frames) // 2
    if keep:
        said = written(base.frames[0].event, '{"error": "upstream closed the connection"}')
        yield Site(f"frame {keep}", rebuilt(base, [*base.frames[:keep], said]))
