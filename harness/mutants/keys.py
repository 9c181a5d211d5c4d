"""Operators on the keys of objects, at every depth: dropped, renamed, added, null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from slashv1.fixtures import Exchange
from slashv1.harness.mutants.edit import RAW, changed, dumped, pointer, put, renamed, without
from slashv1.harness.mutants.model import ERROR, PLAIN, STREAM, Baseline, Doc, Site, docs, operator
from slashv1.harness.mutants.walk import Spot, spots

MISSING = (
    "body.missing-field",
    "body.current",
    "models.fields",
    "*.{key}",
    "*.{key}-*",
    "*.{key}.*",
    "{key}.*",
    "*-{key}",
)
"""What says that a key is not there: the schema's checks, or one of the key's own."""
UNKNOWN = ("body.unknown-field", "body.forbidden-name")


def site(spot: Spot, make: Callable[[Spot], Any], rule: str | None = None, path: str = "") -> Site:
    """The site at a spot whose document becomes what `make` gives of it."""

    def mutated() -> Exchange:
        return spot.doc.saying(dumped(make(spot)))

    place = spot.doc.at(spot.path) + path
    return Site(place, None if rule else mutated, rule, spot.doc.shape(spot.path) + path, spot.key)


def members(base: Baseline) -> Iterator[Spot]:
    """The places that are values of a key."""
    return (spot for spot in spots(base) if spot.path and isinstance(spot.path[-1], str))


def objects(base: Baseline) -> Iterator[Spot]:
    """The places that are objects."""
    return (spot for spot in spots(base) if isinstance(spot.value, dict))


def unknown(spot: Spot) -> bool:
    """Whether the contract says nothing of a place, or lets any key stand beside it."""
    return spot.parent is None or not (spot.parent.closed or spot.parent.keys)


@operator("drop-required-key", *MISSING, "*.type", "*.role-first", "*.sequence-present", times=4)
def _drop_required(base: Baseline) -> Iterable[Site]:
    """takes away a key that the contract demands"""
    for spot in members(base):
        facts = spot.parent
        if facts is None or unknown(spot):
            rule = "open-map"
        else:
            rule = "" if spot.path[-1] in facts.required else "optional-key"
        if not rule or (facts and spot.path[-1] not in facts.always):
            yield site(spot, lambda s: without(s.doc.value, s.path), rule or None)


@operator("drop-current-key", *MISSING, times=2)
def _drop_current(base: Baseline) -> Iterable[Site]:
    """takes away a key that upstream always sends by the day of the exchange"""
    for spot in members(base):
        facts = spot.parent
        if facts and spot.path[-1] in facts.always - facts.required:
            yield site(spot, lambda s: without(s.doc.value, s.path))


@operator("rename-key", *UNKNOWN, *MISSING, "*.type", times=3)
def _rename(base: Baseline) -> Iterable[Site]:
    """spells a key otherwise: `finishReason`, or with `_value` behind it"""
    for spot in members(base):
        closed = bool(spot.parent and spot.parent.closed)
        rule = None if closed else "open-map"
        yield site(spot, lambda s: renamed(s.doc.value, s.path, _otherwise(s.key)), rule)


def _otherwise(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest) if rest else f"{name}_value"


def _added(base: Baseline, name: str, value: Any) -> Iterable[Site]:
    for spot in objects(base):
        rule = None if spot.facts.closed else "open-map"
        path = pointer((name,))
        yield site(spot, lambda s: put(s.doc.value, (*s.path, name), value), rule, path)


@operator("unknown-key", *UNKNOWN, times=3)
def _unknown_key(base: Baseline) -> Iterable[Site]:
    """adds a key that upstream does not have, with text"""
    yield from _added(base, "x_vendor_note", "cached")


@operator("unknown-object", *UNKNOWN, times=2)
def _unknown_object(base: Baseline) -> Iterable[Site]:
    """adds an object under a key that upstream does not have"""
    yield from _added(base, "provider_metadata", {"provider": "x", "latency": 1.5})


@operator("unknown-null", *UNKNOWN, times=2)
def _unknown_null(base: Baseline) -> Iterable[Site]:
    """adds a key that upstream does not have, with null"""
    yield from _added(base, "stop_details", None)


@operator("forbidden-name", "body.forbidden-name", "body.unknown-field", "error.unknown-key", times=2)
def _forbidden(base: Baseline) -> Iterable[Site]:
    """adds an account of the gateway's own: `trace_id`, `qos_outcome`, `input_tokens_cached`"""
    names = ("trace_id", "qos_outcome", "input_tokens_cached", "resolved_provider")
    name = names[sum(base.record.id.encode()) % len(names)]
    value = 3 if name.startswith("input") else "trc_1"
    yield from _added(base, name, value)


@operator("null", "body.null", "body.type", "body.enum", "body.unknown-variant", *MISSING[3:], times=3)
def _null(base: Baseline) -> Iterable[Site]:
    """puts null where null never stands"""
    for spot in spots(base):
        if spot.value is None or not spot.path:
            continue
        types, values = spot.facts.types, spot.facts.values
        rule = None
        if types is None and values is None:
            rule = "free-form"
        elif (types is None or "null" in types) and (values is None or "None" in values):
            rule = "nullable"
        yield site(spot, lambda s: put(s.doc.value, s.path, None), rule)


@operator("empty-object", *MISSING, "chat.*", "responses.*", "error.keys", times=2)
def _emptied(base: Baseline) -> Iterable[Site]:
    """takes every key out of an object that must have some"""
    for spot in objects(base):
        if spot.value:
            rule = None if spot.facts.required else "optional-key"
            yield site(spot, lambda s: put(s.doc.value, s.path, {}) if s.path else {}, rule)


@operator("duplicate-key", "body.duplicate-keys", kinds=(PLAIN, STREAM, ERROR), needs=["bytes"], times=2)
def _duplicate(base: Baseline) -> Iterable[Site]:
    """writes one key of an object twice, with the same value"""
    for doc in docs(base):
        for path, value in _dicts(doc.value):
            key, item = next(iter(value.items()))
            inner = ", ".join(f"{dumped(k)}: {dumped(v)}" for k, v in value.items())
            text = f"{{{dumped(key)}: {dumped(item)}, {inner}}}"
            whole = changed(doc.value, path, lambda _: RAW)
            place = (*path, key)
            make = partial(_saying, doc, dumped(whole, text))
            yield Site(doc.at(place), make, None, doc.shape(place), key)


def _saying(doc: Doc, text: str) -> Exchange:
    return doc.saying(text)


def _dicts(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        if value:
            yield path, value
        for key, item in value.items():
            yield from _dicts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:20]):
            yield from _dicts(item, (*path, index))
