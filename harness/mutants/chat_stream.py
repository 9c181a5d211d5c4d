"""Operators on a chat stream: its chunks, how each choice begins and ends, usage and `[DONE]`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from slashv1.harness.mutants.edit import Cut, Path, dig, put, without, written
from slashv1.harness.mutants.frames import at, picked, rebuilt
from slashv1.harness.mutants.model import STREAM, Baseline, Site, operator, real

CHAT = "chat.completions.create"
FINISH = ("chat.stream.finish*", "body.enum", "body.null", "body.type")
DONE = ("chat.stream.done*", "framing.json")
DELTA: Path = ("choices", 0, "delta")
REASON: Path = ("choices", 0, "finish_reason")


def chunks(base: Baseline) -> Iterator[tuple[int, Cut]]:
    """Chunks with a choice, with the numbers of their frames."""
    return ((n, frame) for n, frame in picked(base) if dig(frame.value, "choices", 0) is not None)


def finishes(base: Baseline) -> list[tuple[int, Cut]]:
    """Chunks that end a choice."""
    return [(n, frame) for n, frame in chunks(base) if dig(frame.value, *REASON)]


def contents(base: Baseline) -> list[tuple[int, Cut]]:
    """Chunks with text."""
    return [(n, frame) for n, frame in chunks(base) if dig(frame.value, *DELTA, "content")]


def roles(base: Baseline) -> list[tuple[int, Cut]]:
    """Chunks that give the role."""
    return [(n, frame) for n, frame in chunks(base) if dig(frame.value, *DELTA, "role")]


def dones(base: Baseline) -> list[tuple[int, Cut]]:
    """Frames that say `[DONE]`."""
    return [(n, frame) for n, frame in enumerate(base.frames) if frame.done]


def usages(base: Baseline) -> list[tuple[int, Cut]]:
    """The chunk with the usage, where it was asked for."""
    asked = dig(base.asked, "stream_options", "include_usage") is True
    return [(n, f) for n, f in picked(base) if asked and isinstance(f.object.get("usage"), dict)]


def single(base: Baseline) -> bool:
    """Whether one choice streams, which ends in one chunk."""
    return len(finishes(base)) == 1


Pick = Callable[[Baseline], Iterable[tuple[int, Cut]]]


def swap(name: str, pick: Pick, make: Callable[[Cut], Iterable[Cut]], does: str, *fits: str) -> None:
    """An operator that puts other frames in the place of one."""

    def find(base: Baseline) -> Iterable[Site]:
        for number, frame in pick(base):
            yield Site(f"frame {number}", rebuilt(base, at(base, number, *make(frame))), shape="any")

    find.__doc__ = does
    operator(name, *fits, on=CHAT, kinds=STREAM)(find)


def _value(name: str, pick: Pick, path: Path, new: Any, does: str, *fits: str) -> None:
    swap(name, pick, lambda frame: [frame.holding(put(frame.value, path, new))], does, *fits)


_value("chunk-finish-empty", finishes, REASON, "", "empties the finish_reason at the end", *FINISH)
_value(
    "chunk-finish-unknown", finishes, REASON, "end_turn", "gives the finish_reason of another API", *FINISH
)
_value("chunk-finish-null", finishes, REASON, None, "leaves finish_reason null to the end", *FINISH)
_value(
    "chunk-finish-early",
    contents,
    REASON,
    "stop",
    "gives a finish_reason amid the text",
    "chat.stream.finish-once",
    "chat.stream.after-finish",
)
_value("chunk-finish-empty-text", contents, REASON, "", "gives an empty finish_reason with the text", *FINISH)
_value(
    "chunk-choices-null",
    contents,
    ("choices",),
    None,
    "puts null for `choices`",
    "body.null",
    "body.type",
    "chat.stream.*",
)
_value(
    "chunk-choices-object",
    contents,
    ("choices",),
    {},
    "gives an object for `choices`",
    "body.type",
    "chat.stream.*",
)
_value(
    "chunk-index-off",
    contents,
    ("choices", 0, "index"),
    7,
    "gives a choice an index of its own",
    "chat.stream.index",
    "chat.stream.role-first",
)
_value(
    "chunk-role-user",
    roles,
    (*DELTA, "role"),
    "user",
    "gives the answer the role user",
    "chat.stream.role-first",
    "body.enum",
    "body.unknown-variant",
)
_value(
    "chunk-role-again",
    contents,
    (*DELTA, "role"),
    "assistant",
    "gives the role with the text once more",
    "chat.stream.role-once",
    "chat.stream.role-first",
)
_value(
    "chunk-content-parts",
    contents,
    (*DELTA, "content"),
    [{"type": "text", "text": "a"}],
    "gives the text in parts",
    "body.type",
)
_value(
    "chunk-object-plain",
    contents,
    ("object",),
    "chat.completion",
    "calls a chunk a completion",
    "chat.stream.object",
    "body.enum",
)
_value(
    "chunk-reasoning-content",
    contents,
    (*DELTA, "reasoning_content"),
    "hm",
    "adds the reasoning of another API to a delta",
    "body.unknown-field",
    "body.forbidden-name",
)
_value(
    "usage-with-choices",
    usages,
    ("choices",),
    [{"index": 0, "delta": {}, "finish_reason": None, "logprobs": None}],
    "gives the usage chunk a choice",
    "chat.stream.usage-choices",
    "chat.stream.after-finish",
)
_value(
    "usage-early",
    contents,
    ("usage",),
    {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    "gives a usage with the text",
    "chat.stream.usage*",
)

swap(
    "choices-lost",
    contents,
    lambda f: [f.holding(without(f.value, ("choices",)))],
    "takes `choices` out of a chunk with text",
    "body.missing-field",
    "body.current",
    "chat.stream.choices*",
)
swap(
    "role-chunk-lost",
    lambda b: [r for r in roles(b) if single(b)],
    lambda _: [],
    "drops the chunk with the role",
    "chat.stream.role-first",
    "chat.stream.tools.*",
)
swap(
    "role-chunk-twice",
    lambda b: [r for r in roles(b) if single(b)],
    lambda f: [f, f],
    "sends the chunk with the role twice",
    "chat.stream.role-once",
    "chat.stream.tools.*",
)
swap(
    "role-lost",
    roles,
    lambda f: [f.holding(without(f.value, (*DELTA, "role")))],
    "takes the role away",
    "chat.stream.role-first",
)
swap(
    "finish-chunk-lost",
    finishes,
    lambda _: [],
    "drops the chunk with the finish_reason",
    "chat.stream.finish*",
)
swap(
    "finish-chunk-twice",
    finishes,
    lambda f: [f, f],
    "sends the chunk with the finish_reason twice",
    "chat.stream.finish-once",
    "chat.stream.after-finish",
)
swap(
    "finish-key-lost",
    contents,
    lambda f: [f.holding(without(f.value, REASON))],
    "takes `finish_reason` out of a chunk",
    "chat.stream.finish-present",
    "body.missing-field",
    "body.current",
)
swap("usage-chunk-lost", usages, lambda _: [], "drops the usage that was asked for", "chat.stream.usage")
swap("usage-chunk-twice", usages, lambda f: [f, f], "sends the usage twice", "chat.stream.usage*")
swap("done-lost", dones, lambda _: [], "drops [DONE]", *DONE)
swap("done-twice", dones, lambda f: [f, f], "sends [DONE] twice", *DONE)
swap("done-lower-case", dones, lambda f: [f.saying("[done]")], "writes [DONE] in small letters", *DONE)
swap(
    "done-as-json",
    dones,
    lambda f: [f.saying('"[DONE]"')],
    "writes [DONE] as a JSON string",
    *DONE,
    "framing.json-object",
)
swap(
    "text-after-done",
    dones,
    lambda f: [
        f,
        written(None, '{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}'),
    ],
    "sends a chunk behind [DONE]",
    *DONE,
)
swap(
    "event-named",
    contents,
    lambda f: [written("message_delta", f.data or "")],
    "names an event",
    "chat.stream.unnamed",
)


@operator("done-early", *DONE, "chat.stream.finish*", "chat.stream.usage*", on=CHAT, kinds=STREAM)
def _done_early(base: Baseline) -> Iterable[Site]:
    """sends [DONE] before the last chunk"""
    for number, frame in dones(base):
        if number > 0:
            frames = [*base.frames[: number - 1], frame, base.frames[number - 1], *base.frames[number + 1 :]]
            yield Site(f"frame {number}", rebuilt(base, frames))


@operator("text-after-finish", "chat.stream.after-finish", "chat.stream.finish*", on=CHAT, kinds=STREAM)
def _late(base: Baseline) -> Iterable[Site]:
    """sends the last text behind the finish_reason"""
    ends, texts = finishes(base), contents(base)
    if single(base) and texts and texts[-1][0] < ends[0][0] and not dig(texts[-1][1].value, *REASON):
        (last, text), (end, finish) = texts[-1], ends[0]
        frames = [f for n, f in enumerate(base.frames[: end + 1]) if n not in (last, end)]
        yield Site(f"frame {end}", rebuilt(base, [*frames, finish, text, *base.frames[end + 1 :]]))


@operator("usage-before-finish", "chat.stream.usage-last", "chat.stream.usage*", on=CHAT, kinds=STREAM)
def _usage_first(base: Baseline) -> Iterable[Site]:
    """sends the usage before the finish_reason"""
    for number, frame in usages(base):
        ends = [n for n, _ in finishes(base)]
        if single(base) and ends[0] < number:
            rest = [f for n, f in enumerate(base.frames) if n != number]
            yield Site(f"frame {number}", rebuilt(base, [*rest[: ends[0]], frame, *rest[ends[0] :]]))


@operator("usage-null-lost", "chat.stream.usage-null", on=CHAT, kinds=STREAM)
def _null_lost(base: Baseline) -> Iterable[Site]:
    """takes `usage: null` out of a chunk"""
    for number, frame in contents(base):
        if usages(base) and "usage" in frame.object:
            shorter = frame.holding(without(frame.value, ("usage",)))
            yield Site(f"frame {number}", rebuilt(base, at(base, number, shorter)), shape="any")


@operator("usage-unasked", "chat.stream.usage-unasked", on=CHAT, kinds=STREAM, needs=["request"])
def _unasked(base: Baseline) -> Iterable[Site]:
    """sends a usage that nobody asked for"""
    ends = finishes(base)
    if ends and not usages(base) and not dig(base.asked, "stream_options", "include_usage"):
        number, frame = ends[-1]
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        more = frame.holding({**frame.object, "choices": [], "usage": usage})
        yield Site(f"behind frame {number}", rebuilt(base, at(base, number, frame, more)))


def _midway(key: str, new: Any) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        found = list(chunks(base))
        for number, frame in found[len(found) // 2 :] if len(found) > 1 else ():
            if frame.object.get(key) != new and key in frame.object:
                other = frame.holding(put(frame.value, (key,), new))
                yield Site(f"frame {number}", rebuilt(base, at(base, number, other)), shape="any", key=key)

    find.__doc__ = f"changes `{key}` midway"
    operator(
        f"{key}-changes",
        f"chat.stream.{key.split('_')[-1]}-constant",
        on=CHAT,
        kinds=STREAM,
        needs=real((key,)),
    )(find)


_midway("id", "chatcmpl-other")
_midway("created", 1_600_000_000)
_midway("model", "gpt-other")
_midway("system_fingerprint", "fp_other")


@operator("chunks-swapped", "chat.stream.*", on=CHAT, kinds=STREAM, times=3)
def _swapped(base: Baseline) -> Iterable[Site]:
    """sends two neighbouring chunks in the other order"""
    for number in range(len(base.frames) - 1):
        one, two = base.frames[number], base.frames[number + 1]
        frames = [*base.frames[:number], two, one, *base.frames[number + 2 :]]
        rule = _swap_rule(base, one, two)
        yield Site(f"frames {number} and {number + 1}", rebuilt(base, frames), rule, _pair(one, two))


def _swap_rule(base: Baseline, one: Cut, two: Cut) -> str | None:
    if one.data == two.data:
        return "same-bytes"
    first, second = _step(one), _step(two)
    if first == second or {first, second} <= {"text", "call", "other"}:
        return "told-nowhere-else"
    different = dig(one.value, "choices", 0, "index") != dig(two.value, "choices", 0, "index")
    return (
        "commutes" if different and "done" not in (first, second) and "usage" not in (first, second) else None
    )


def _step(frame: Cut) -> str:
    if frame.done:
        return "done"
    if frame.object.get("choices") == []:
        return "usage" if frame.object.get("usage") else "other"
    if dig(frame.value, *DELTA, "role"):
        return "role"
    if dig(frame.value, *REASON):
        return "finish"
    return "call" if dig(frame.value, *DELTA, "tool_calls") else "text"


def _pair(one: Cut, two: Cut) -> str:
    return f"{_step(one)} {_step(two)}"
