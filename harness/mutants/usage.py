"""Operators on what an answer cost: sums, parts above their whole, counts that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from slashv1.harness.mutants.edit import Path, dig, dumped, pointer, put
from slashv1.harness.mutants.model import PLAIN, STREAM, Baseline, Doc, Site, operator

USAGE = ("usage.*", "body.range")
CHAT = ("prompt_tokens", "completion_tokens")
RESPONSES = ("input_tokens", "output_tokens")


def usages(base: Baseline) -> Iterator[tuple[Doc, Path, dict[str, Any]]]:
    """Every usage object of an answer, with its document and path."""
    documents = (
        [Doc(base, frame.value, number) for number, frame in enumerate(base.frames) if frame.object]
        if base.kind == STREAM
        else [Doc(base, base.value)]
    )
    for doc in documents:
        for path in (("usage",), ("response", "usage")):
            found = dig(doc.value, *path)
            if isinstance(found, dict):
                yield doc, path, found


def _usage(
    name: str, key: Callable[[dict[str, Any]], Path | None], new: Callable[[dict[str, Any]], Any], does: str
) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for doc, path, usage in usages(base):
            inner = key(usage)
            if inner is None or dig(usage, *inner) is None:
                continue
            value = new(usage)
            rule = (
                "within-bounds" if value == dig(usage, *inner) or not _breaks(usage, inner, value) else None
            )
            whole = put(doc.value, (*path, *inner), value)
            place = doc.at((*path, *inner))
            yield Site(place, _saying(doc, whole), rule, doc.shape((*path, *inner)), str(inner[-1]))

    find.__doc__ = does
    operator(name, *USAGE, kinds=(PLAIN, STREAM))(find)


def _saying(doc: Doc, whole: Any) -> Callable[[], Any]:
    return lambda: doc.saying(dumped(whole))


def _breaks(usage: dict[str, Any], path: Path, value: Any) -> bool:
    """Whether a changed count breaks the sum, a bound, or nothing."""
    changed = put(usage, path, value)
    first, second = _names(usage)
    total = dig(changed, "total_tokens")
    counts = [dig(changed, name) or 0 for name in (first, second)]
    if total != sum(counts):
        return True
    for name, whole in zip((first, second), counts, strict=True):
        details = dig(changed, f"{name}_details") or {}
        if any(isinstance(part, int) and (part > whole or part < 0) for part in details.values()):
            return True
    return False


def _names(usage: dict[str, Any]) -> tuple[str, str]:
    return CHAT if "prompt_tokens" in usage else RESPONSES


def _detail(side: int, name: str) -> Callable[[dict[str, Any]], Path | None]:
    def path(usage: dict[str, Any]) -> Path | None:
        return (f"{_names(usage)[side]}_details", name)

    return path


def _above(side: int) -> Callable[[dict[str, Any]], Any]:
    return lambda usage: (usage.get(_names(usage)[side]) or 0) + 1


_usage(
    "total-above-sum",
    lambda _: ("total_tokens",),
    lambda u: u["total_tokens"] + 1,
    "adds one to total_tokens",
)
_usage(
    "total-below-sum",
    lambda _: ("total_tokens",),
    lambda u: u["total_tokens"] - 1,
    "takes one from total_tokens",
)
_usage("total-zero", lambda _: ("total_tokens",), lambda _: 0, "sets total_tokens to 0")
_usage(
    "prompt-off",
    lambda u: (_names(u)[0],),
    lambda u: (u.get(_names(u)[0]) or 0) + 7,
    "adds seven to the prompt's tokens",
)
_usage(
    "completion-off",
    lambda u: (_names(u)[1],),
    lambda u: (u.get(_names(u)[1]) or 0) + 7,
    "adds seven to the answer's tokens",
)
_usage(
    "cached-above-prompt",
    _detail(0, "cached_tokens"),
    _above(0),
    "says that more was cached than the prompt has",
)
_usage(
    "reasoning-above-output",
    _detail(1, "reasoning_tokens"),
    _above(1),
    "says that more was reasoned than the answer has",
)
_usage(
    "audio-above-prompt",
    _detail(0, "audio_tokens"),
    _above(0),
    "says that more of the prompt was audio than it has tokens",
)
_usage("cached-negative", _detail(0, "cached_tokens"), lambda _: -1, "says that -1 tokens were cached")


@operator(
    "usage-null",
    "usage.*",
    "body.null",
    "body.missing-field",
    "*.usage*",
    on=("chat.completions.create", "responses.create", "responses.retrieve", "embeddings.create"),
    kinds=PLAIN,
)
def _null_usage(base: Baseline) -> Iterable[Site]:
    """puts null in the place of the usage"""
    if isinstance(base.object.get("usage"), dict):
        doc = Doc(base, base.value)
        yield Site(pointer(("usage",)), _saying(doc, put(base.value, ("usage",), None)), None, "", "usage")
