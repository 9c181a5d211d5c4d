"""Operators on the type and the value of one place: another JSON type, a literal, a word out of its set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from slashv1.fixtures import Exchange
from slashv1.harness.mutants.edit import RAW, dumped, put
from slashv1.harness.mutants.keys import MISSING, site
from slashv1.harness.mutants.model import Baseline, Finder, Site, operator
from slashv1.harness.mutants.walk import Spot, spots, type_of
from slashv1.spec import objections

OWN = MISSING[3:]
"""Checks named after the key."""
TYPE = ("body.type", "body.unknown-variant", "body.enum", "framing.json-object", "models.fields", *OWN)


def _typed(name: str, old: str, new: str, make: Callable[[Any], Any], does: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for spot in spots(base):
            if _is(spot.value, old):
                yield site(spot, lambda s: put(s.doc.value, s.path, make(s.value)), _allowed(spot, new))

    find.__doc__ = does
    operator(name, *TYPE, times=2)(find)


def _is(value: Any, name: str) -> bool:
    kind = type_of(value)
    return kind == name or (name == "number" and kind == "integer")


def _allowed(spot: Spot, new: str) -> str | None:
    types = spot.facts.types
    if not spot.path:
        return None
    if types is None:
        return "free-form" if spot.facts.values is None else None
    return "type-allowed" if new in types else None


for _name, _old, _new, _make, _does in (
    ("object-as-string", "object", "string", dumped, "writes an object as its JSON text"),
    ("object-as-array", "object", "array", lambda value: [value], "wraps an object in an array"),
    ("object-as-boolean", "object", "boolean", lambda _: True, "puts true in the place of an object"),
    (
        "array-as-object",
        "array",
        "object",
        lambda value: {str(i): v for i, v in enumerate(value)},
        "turns an array into an object keyed by index",
    ),
    ("array-as-string", "array", "string", dumped, "writes an array as its JSON text"),
    ("array-as-integer", "array", "integer", len, "puts the length of an array in its place"),
    ("string-as-integer", "string", "integer", len, "puts a number in the place of a text"),
    ("string-as-array", "string", "array", lambda value: [value], "wraps a text in an array"),
    ("string-as-object", "string", "object", lambda value: {"value": value}, "wraps a text in an object"),
    ("string-as-boolean", "string", "boolean", lambda _: True, "puts true in the place of a text"),
    ("number-as-string", "number", "string", str, "writes a number as text"),
    ("integer-as-boolean", "integer", "boolean", bool, "puts a boolean in the place of an integer"),
    ("number-as-array", "number", "array", lambda value: [value], "wraps a number in an array"),
    ("boolean-as-string", "boolean", "string", lambda value: str(value).lower(), "writes a boolean as text"),
    ("boolean-as-integer", "boolean", "integer", int, "writes a boolean as 0 or 1"),
):
    _typed(_name, _old, _new, _make, _does)


def integers(base: Baseline) -> Iterator[Spot]:
    """The places of whole numbers."""
    return (spot for spot in spots(base) if type_of(spot.value) == "integer")


@operator("integer-as-float-literal", "body.integer-literal", *OWN, needs=["bytes"], times=2)
def _float_literal(base: Baseline) -> Iterable[Site]:
    """writes an integer with `.0` behind it"""
    for spot in integers(base):
        rule = _allowed(spot, "number")
        yield site(spot, lambda s: put(s.doc.value, s.path, float(s.value)), rule)


@operator("integer-with-exponent", "body.integer-literal", *OWN, needs=["bytes"])
def _exponent(base: Baseline) -> Iterable[Site]:
    """writes an integer with an exponent: `12e0`"""
    for spot in integers(base):
        rule = _allowed(spot, "number")
        made = site(spot, lambda s: s.doc.value, rule)
        yield replace(made, make=partial(_with_exponent, spot)) if made.make else made


def _with_exponent(spot: Spot) -> Exchange:
    return spot.doc.saying(dumped(put(spot.doc.value, spot.path, RAW), f"{spot.value}e0"))


_EXACT = 2**51
"""Up to here a double holds halves."""


@operator("integer-as-fraction", *TYPE, "usage.*", times=2)
def _fraction(base: Baseline) -> Iterable[Site]:
    """adds a half to an integer"""
    for spot in integers(base):
        if abs(spot.value) > _EXACT:  # a double that large is whole: nothing would be broken
            continue
        yield site(spot, lambda s: put(s.doc.value, s.path, s.value + 0.5), _allowed(spot, "number"))


def _words(base: Baseline) -> Iterator[Spot]:
    """The places of texts out of a closed set."""
    return (spot for spot in spots(base) if isinstance(spot.value, str) and spot.value and spot.path)


ENUM = ("body.enum", "body.unknown-variant", "responses.stream.known-event", "*.finish-*", *OWN)


def _word(name: str, make: Callable[[str], str], does: str) -> Finder:
    def find(base: Baseline) -> Iterable[Site]:
        for spot in _words(base):
            values, new = spot.facts.values, make(spot.value)
            rule = "open-set" if values is None or new in values else None
            yield site(spot, lambda s: put(s.doc.value, s.path, make(s.value)), rule)

    find.__doc__ = does
    return operator(name, *ENUM, times=2)(find)


_word("enum-invented", lambda _: "x_invented", "puts a word of its own where the set of words is closed")
_word("enum-upper-case", str.upper, "writes a word of a closed set in capitals")
_word("enum-empty", lambda _: "", "empties a word of a closed set")


@operator("swapped-kind", "body.*", "chat.*", "responses.*", times=2)
def _swapped(base: Baseline) -> Iterable[Site]:
    """gives an object the `type` or `role` of another kind"""
    for spot in spots(base):
        for tag, kinds in spot.facts.tags.items() if isinstance(spot.value, dict) else ():
            others = sorted(kinds - {str(spot.value.get(tag))})
            if not others:
                continue
            new = others[sum(base.record.id.encode()) % len(others)]
            whole = put(spot.doc.value, (*spot.path, tag), new)
            rule = "fits-too" if _keeps(base, spot, whole) else None
            yield site(spot, partial(_given, whole), rule, f"/{tag}={new}")


def _given(whole: Any, _spot: Spot) -> Any:
    return whole


def _keeps(base: Baseline, spot: Spot, whole: Any) -> bool:
    reference = base.operation.event if spot.doc.frame is not None else base.operation.response
    return reference is not None and spot.path != () and not objections(reference, whole)


@operator("wrong-object", "*.object", "body.enum", "body.unknown-variant", "body.type")
def _object(base: Baseline) -> Iterable[Site]:
    """names another object: `list` for a completion, `chat.completion` for a chunk"""
    for spot in spots(base):
        if spot.path and spot.path[-1] == "object" and isinstance(spot.value, str):
            rule = "open-set" if spot.facts.values is None else None
            yield site(spot, lambda s: put(s.doc.value, s.path, _other_object(s.value)), rule)


def _other_object(name: str) -> str:
    return "chat.completion" if name != "chat.completion" else "text_completion"


@operator("negative-integer", "body.range", "usage.*", "*.unix-time", *OWN, needs=["values"], times=2)
def _negative(base: Baseline) -> Iterable[Site]:
    """makes a count, an index or a time negative"""
    for spot in integers(base):
        asked = spot.key.startswith("max_")  # what the caller set, echoed
        named = spot.key.endswith(("_tokens", "index", "_number")) or spot.key in ("created", "created_at")
        if named and not asked:
            rule = _allowed(spot, "integer") if spot.facts.types is None else None
            yield site(spot, lambda s: put(s.doc.value, s.path, -abs(s.value) - 1), rule)


@operator("empty-id", "*id*", "*model*", "body.range", needs=["values"])
def _empty_id(base: Baseline) -> Iterable[Site]:
    """empties an id or the name of the model"""
    for spot in spots(base):
        named = spot.path in (("id",), ("model",), ("response", "id"), ("data", 0, "id"))
        if named and isinstance(spot.value, str) and spot.value:
            yield site(spot, lambda s: put(s.doc.value, s.path, ""))
