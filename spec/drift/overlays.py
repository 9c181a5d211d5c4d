"""What our overlays changed on purpose, and the names the SDK itself gave the contract: known, not drift."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slashv1.spec.compile.contract import Inputs
from slashv1.spec.drift.model import Change

OVERLAY = "an overlay's correction"
NAMED = "what the SDK's own models gave the contract"
_PRESENCE = ("optional", "required", "since", "always", "nullable")
_STEP = re.compile(r"properties/([^/]+)")


class Corrections:
    """Tells whether a difference is one that the overlays made."""

    def __init__(self, inputs: Inputs) -> None:
        said = inputs.overlays.values()
        self.entries = [entry for one in said for entry in one.get("entries") or ()]
        self.own = {name for one in said for name in one.get("define") or ()}
        self.members = {name for entry in self.entries for name in _referred(entry)}
        self.sdk = inputs.sdk

    def reason(self, change: Change) -> str | None:
        """Why a difference is none; None where it is one."""
        head, steps = _split(change.place)
        if head in self.own or change.detail.rpartition("(")[2].rstrip(")") in self.own | self.members:
            return OVERLAY
        if head in self.sdk.get("definitions", ()) or self._given(change, head, steps):
            return NAMED
        return OVERLAY if any(_made(entry, change, head, steps) for entry in self.entries) else None

    def _given(self, change: Change, head: str, steps: Sequence[str]) -> bool:
        if change.what == "field":
            names = self._of("names", head, steps[:-1])
            return bool(steps) and steps[-1] in names
        if change.what == "value":
            return change.detail in map(repr, self._of("values", head, steps))
        return False

    def _of(self, part: str, head: str, steps: Sequence[str]) -> list[Any]:
        """What the SDK gave at a place of a component."""
        return [
            one
            for place, known in self.sdk.get(part, {}).items()
            if place.partition("/")[0] == head and _STEP.findall(place) == list(steps)
            for one in known
        ]


def split(
    changes: Sequence[Change], corrections: Corrections
) -> tuple[list[Change], list[tuple[Change, str]]]:
    """The differences that are drift, and those that are known, each with its reason."""
    left, known = [], []
    for change in changes:
        why = corrections.reason(change)
        if why is None:
            left.append(change)
        else:
            known.append((change, why))
    return left, known


def _split(place: str) -> tuple[str, list[str]]:
    head, *steps = re.sub(r"\[\]|\{\}", "", place).split(".")
    return head, steps


def _made(entry: Mapping[str, Any], change: Change, head: str, steps: Sequence[str]) -> bool:
    component, _, rest = entry["at"].partition("/")
    way = _STEP.findall(rest)
    if not fnmatch.fnmatchcase(head, component) or list(steps[: len(way)]) != way:
        return False
    below = steps[len(way) :]
    if change.what in ("required", "null", "field"):
        return bool(below) and _touches(entry, below)
    if change.what == "value":
        return any(repr(value) == change.detail for value in _values(entry))
    if change.what == "member":
        return "branches" in entry or (not below and "set" in entry)
    return bool({"open", "set", "merge"} & entry.keys()) or _touches(entry, below)


def _touches(entry: Mapping[str, Any], steps: Sequence[str]) -> bool:
    names = {name for word in _PRESENCE for name in entry.get(word) or ()}
    added = {name for word in ("add", "set", "merge") for name in _keys(entry.get(word))}
    wild = entry.get("nullable") in ("*", "**")
    return wild or bool(names.intersection(steps[:1])) or bool(added.intersection(steps))


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _referred(entry: Mapping[str, Any]) -> Iterator[str]:
    """The components that an entry makes members of a union."""
    made = entry.get("set") or {}
    for branch in [*(entry.get("branches") or ()), *(made.get("anyOf") or ())]:
        if isinstance(branch, dict) and isinstance(branch.get("$ref"), str):
            yield branch["$ref"]


def _values(entry: Mapping[str, Any]) -> Iterator[Any]:
    waiting = [entry.get(word) for word in ("enum", "set", "merge", "add")]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif item is not None:
            yield item
