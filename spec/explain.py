"""Why a value breaks a schema: one `Objection` per place, in the words of the contract.

`jsonschema` walks the value; some of its keywords are replaced so that a missing and an unknown key point at
the key itself, `1.0` is no integer, and the sound elements of a long array are passed over by the quick
validator: walked, each would take some 10 ms. Loaded only when something was objected to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from slashv1.spec.objection import Kind, Objection
from slashv1.spec.quick import validator

MOST = 100
"""Objections to one value; a hostile list of a million wrong items ends here."""

LONG = 32
"""Elements of an array from which on the quick validator looks first."""

_KINDS: dict[str, Kind] = {
    "required": "missing",
    "additionalProperties": "unknown",
    "const": "const",
    "enum": "enum",
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
    "minLength": "length",
    "maxLength": "length",
    "minItems": "count",
    "maxItems": "count",
    "minProperties": "count",
    "maxProperties": "count",
    "pattern": "pattern",
}
_WORDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "text that matches {}",
}
_RANK = ("null", "integer-literal", "type", "unknown-variant", "const", "enum")
"""Of several objections to one place the first of these is told: it causes the others."""


def explain(schema: dict[str, Any], value: Any) -> list[Objection]:
    """What `value` breaks, in the order of the walk, one objection a place."""
    found: dict[str, Objection] = {}
    for error in islice(_leaves(_validator(schema).iter_errors(value)), MOST):
        objection = _objection(error)
        known = found.get(objection.pointer)
        if known is None or _rank(objection) < _rank(known):
            found[objection.pointer] = objection
    return list(found.values())


def _rank(objection: Objection) -> int:
    return _RANK.index(objection.kind) if objection.kind in _RANK else len(_RANK)


def _validator(whole: dict[str, Any]) -> Validator:
    made: Validator = extend(_strict(), {"items": _items(whole["$defs"])})(whole)  # type: ignore[no-untyped-call]
    return made


@cache
def _strict() -> type[Validator]:
    strict = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    keywords = {"required": _required, "additionalProperties": _additional}
    made: type[Validator] = extend(  # type: ignore[no-untyped-call]  # typeshed leaves it untyped
        Draft202012Validator, keywords, type_checker=strict
    )
    return made


def _items(definitions: Mapping[str, Any]) -> Callable[..., Iterator[ValidationError]]:
    """The keyword `items` of a schema with these definitions."""
    known: dict[int, Callable[[Any], bool]] = {}

    def items(walker: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if not isinstance(value, list):
            return
        long = len(value) > LONG and isinstance(wanted, dict)
        if long and id(wanted) not in known:
            known[id(wanted)] = _soundness({**wanted, "$defs": definitions})
        is_sound = known[id(wanted)] if long else None
        for index, item in enumerate(value):
            if is_sound is None or not is_sound(item):
                yield from walker.descend(item, wanted, path=index)

    return items


def _soundness(schema: dict[str, Any]) -> Callable[[Any], bool]:
    is_valid = validator(schema)

    def is_sound(item: Any) -> bool:
        try:
            return is_valid(item)
        except (ValueError, RecursionError, OverflowError):
            return False

    return is_sound


def _is_integer(_checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _required(_v: Any, names: Iterable[str], value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                yield ValidationError("missing", path=[name])


def _additional(walker: Any, more: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for name in value:
        if name in known:
            continue
        if more is False:
            yield ValidationError("unknown", path=[name], instance=value[name])
        else:
            yield from walker.descend(value[name], more, path=name)


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        if error.validator == "anyOf" and error.context:
            yield from _leaves(_nearest(error))
        else:
            yield error


def _nearest(error: ValidationError) -> list[ValidationError]:
    """The errors of the one branch that the value was most likely meant for."""
    branches: dict[Any, list[ValidationError]] = {}
    for one in error.context or ():
        branches.setdefault(one.schema_path[0], []).append(one)
    return min(branches.values(), key=lambda group: (_shallow(group), len(group)))


def _shallow(group: list[ValidationError]) -> int:
    return -min(len(error.path) for error in group)


def _objection(error: ValidationError) -> Objection:
    pointer = pointed(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        return Objection("missing", pointer, "present", "absent")
    if keyword == "additionalProperties":
        return Objection("unknown", pointer, "no such key", short(error.instance))
    return Objection(_kind(error, keyword), pointer, _expected(error, keyword), short(error.instance))


def _kind(error: ValidationError, keyword: str) -> Kind:
    value = error.instance
    schema = error.schema if isinstance(error.schema, dict) else {}
    if keyword == "type":
        if value is None:
            return "null"
        integral = isinstance(value, float) and value.is_integer() and "integer" in _types(error)
        return "integer-literal" if integral else "type"
    if keyword == "enum" and value is None:
        return "null"
    if keyword == "enum" and schema.get("x-discriminator"):
        return "unknown-variant" if isinstance(value, str) else "type"
    return _KINDS.get(keyword, "other")


def _types(error: ValidationError) -> list[str]:
    said: Any = error.validator_value
    return [said] if isinstance(said, str) else list(said)


def _expected(error: ValidationError, keyword: str) -> str:
    limit: Any = error.validator_value
    if keyword == "type":
        return " or ".join(_types(error))
    if keyword == "enum":
        return limited("one of " + ", ".join(map(short, limit)))
    if keyword == "const":
        return short(limit)
    if keyword in _WORDS:
        return _WORDS[keyword].format(limit)
    return limited(f"{keyword} {short(limit)}")


def pointed(path: Iterable[Any]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return printable("".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path))


def short(value: Any) -> str:
    """A value as JSON, at most 120 characters."""
    if isinstance(value, str):
        return printable(json.dumps(value[:120], ensure_ascii=False)) + ("…" if len(value) > 120 else "")
    if isinstance(value, dict):
        return limited("object with " + (", ".join(map(str, islice(value, 8))) or "no keys"))
    if isinstance(value, list):
        return f"array of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        return f"an integer of {value.bit_length()} bits"
    try:
        return limited(json.dumps(value))
    except (TypeError, ValueError):
        return type(value).__name__


def limited(text: str) -> str:
    """At most 300 characters."""
    return printable(text if len(text) <= 300 else text[:299] + "…")


def printable(text: str) -> str:
    """`text` with lone surrogates spelt out, so that it can be written to a file."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
