"""Two answers to one request side by side: verdict, frames, families of headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    """Parts of a stream whose frames are of other kinds, or in another order.

    The frames of the whole are one part, those of each kind of output item another; which items there are,
    whether one speaks or refuses, cites, sums up its reasoning or is cut short, is the model's choice.
    """
    one, other = _parts(theirs), _parts(ours)
    return [
        f"{name}: {' '.join(one[name])} / {' '.join(other[name])}"
        for name in one
        if name in other and one[name] != other[name]
    ]


def _parts(frames: Frames) -> dict[str, list[str]]:
    """The kinds of frames in order, repetitions once, by part of the stream."""
    found: dict[str, list[str]] = {"whole": []}
    items: dict[Any, str] = {}
    for event, value in frames:
        kind = _word(kind_of(event, value))
        if kind is None:
            continue
        index = value.get("output_index") if isinstance(value, dict) else None
        if index is not None and isinstance(value.get("item"), dict):
            items[index] = str(value["item"].get("type"))
        part = found.setdefault(items.get(index, "item"), []) if index is not None else found["whole"]
        part.append(kind)
        _fold(part)
    return found


_CHOSEN = re.compile(r"keepalive|.*annotation\.added|response\.reasoning_summary.*")
"""Kinds of frames that a stream has or has not, as the model chooses."""
_DELTA = re.compile(r"(?:content|refusal|tool_calls|role|function_call|audio)(?: .*)?")
_ENDS = {"response.incomplete": "response.completed"}


def _word(kind: str) -> str | None:
    """What a kind of frame counts as; None: as nothing."""
    if _CHOSEN.fullmatch(kind):
        return None
    if _DELTA.fullmatch(kind):
        return "delta"
    return _ENDS.get(kind, kind.replace("response.refusal.", "response.output_text."))


def _fold(kinds: list[str]) -> None:
    """Take away what repeats at the end of a list."""
    for size in range(1, len(kinds) // 2 + 1):
        if kinds[-size:] == kinds[-2 * size : -size]:
            del kinds[-size:]
            return


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


def header_names(headers: Mapping[str, str]) -> frozenset[str]:
    """The families among these headers; of `content-type` the value as well."""
    named = {name for name in FAMILIES if name in headers}
    return frozenset(
        {*named, f"content-type: {headers['content-type']}"} if "content-type" in headers else named
    )


def headers_apart(genuine: Genuine, ours: Reply, kept: frozenset[str]) -> list[str]:
    """The families that only one of the two carries; `kept`: names that the recorder kept anywhere."""
    theirs, mine = header_names(genuine.reply.headers), header_names(ours.headers)
    found = [f"-{name}" for name in sorted(theirs - mine)] + [f"+{name}" for name in sorted(mine - theirs)]
    return [one for one in found if one[1:].partition(":")[0] in kept]
