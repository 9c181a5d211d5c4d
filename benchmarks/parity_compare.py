"""Two answers to one request side by side: verdict, frames, families of headers."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.parity_source import Frames, Genuine, Reply
from slashv1.harness.shape import kind_of

Verdict = tuple[Any, ...]


def verdict(reply: Reply) -> Verdict:
    """Status, and of a refusal type, code and param."""
    if reply.status < 400:
        return (reply.status,)
    error = reply.error
    return (reply.status, error.get("type"), error.get("code"), error.get("param"))


def frames_apart(theirs: Frames, ours: Frames) -> list[str]:
    """Parts of a stream whose frames are of other kinds, or in another order: the frame of the whole, and
    each kind of item or delta that both hold; which ones there are is the model's choice.
    """
    one, other = _parts(theirs), _parts(ours)
    return [
        f"{name}: {' '.join(one[name])} / {' '.join(other[name])}"
        for name in one
        if name in other and one[name] != other[name]
    ]


def _parts(frames: Frames) -> dict[str, list[str]]:
    """The kinds of frames in order, neighbours of one kind once, by part of the stream."""
    found: dict[str, list[str]] = {"": []}
    items: dict[Any, str] = {}
    for event, value in frames:
        kind = kind_of(event, value)
        if kind == "keepalive":
            continue
        index = value.get("output_index") if isinstance(value, dict) else None
        if index is not None and isinstance(value.get("item"), dict):
            items[index] = f"<{value['item'].get('type')}{_sorts(value['item'])}>"
        part = found.setdefault(items.get(index, "<item>"), []) if index is not None else found[""]
        word = _WORDS.sub("said", kind) if index is None else kind
        if not part or part[-1] != word:
            part.append(word)
    return {name: _once(kinds) for name, kinds in found.items()}


_WORDS = re.compile(r"^(?:content|refusal|tool_calls|role|function_call|audio)(?: .*)?$")
"""Chat deltas: whether they bring text or calls is the model's choice."""


def _sorts(item: dict[str, Any]) -> str:
    """What else decides the frames of an item: a summary, parts, arguments."""
    return "".join(f" {key}" for key in ("summary", "status") if item.get(key) and key == "summary")


def _once(kinds: list[str]) -> list[str]:
    """A part that comes several times over counts once."""
    for size in range(1, len(kinds) // 2 + 1):
        if len(kinds) % size == 0 and kinds == kinds[:size] * (len(kinds) // size):
            return kinds[:size]
    return kinds


FAMILIES = (
    "content-type",
    "openai-model",
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "retry-after",
    "strict-transport-security",
    "www-authenticate",
    "x-content-type-options",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-request-id",
)
"""What the API says of itself; the rest belongs to the proxies in front of it."""


def headers_apart(genuine: Genuine, ours: Reply, kept: frozenset[str]) -> list[str]:
    """The families that only one of the two carries; `kept`: names that the recorder kept anywhere."""
    theirs = genuine.reply.headers
    apart = []
    for name in FAMILIES:
        if name in kept and (name in theirs) != (name in ours.headers):
            apart.append(f"{'-' if name in theirs else '+'}{name}")
    mine, others = ours.headers.get("content-type"), theirs.get("content-type")
    if others is not None and mine != others:
        apart.append(f"content-type {others} / {mine}")
    return apart
