"""What can be wrong with a request for certain: one breach of what genuine OpenAI enforces.

The request schemas object to no request that api.openai.com was seen to take, so what they object to is a
mistake. Keys that bound the cost are left whole: who overlooks a mistake must not be made to spend by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.harness.fuzz.bounds import Bounds
from slashv1.harness.templates import dump
from slashv1.spec import operation
from slashv1.spec.contract import definition, definitions
from slashv1.spec.flat import Flat, is_type, merged, named, parts, plain, types

UNKNOWN_KEY = "no_such_key"
UNKNOWN_VALUE = "no-such-value"
_OTHERS: tuple[Any, ...] = ({"a": 1}, [["a"]], "wrong", 5)
"""Values of other types; a number is no text, a text is none of the numbers and no boolean."""
_MOST = 200
"""Items that a list is filled with beyond its bound."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One breach, made."""

    kind: str
    at: str
    """The key that it is in; empty for the body itself."""
    told: str
    body: bytes
    asked: Any = None
    """The JSON value of the body; None where it is no JSON."""


def bodies(bound: Bounds, asked: Mapping[str, Any]) -> Iterator[Mistake]:
    """Bodies that are no JSON object; an empty one only where something is required of it."""
    whole = dump(asked)
    texts = {
        "ends before its end": whole[:-1],
        "goes on after its end": whole + b"}",
        "has a comma too many": whole[:-1] + b",}",
        "has single quotes": whole.replace(b'"', b"'"),
        "is an array": b"[]",
        "is a text": b'"model"',
        "is null": b"null",
    }
    if definition(str(operation(bound.operation).request)).get("required"):
        texts["is empty"] = b""
    for told, body in texts.items():
        yield Mistake("a body that is no JSON object", "", f"the body {told}", body)


def mistakes(bound: Bounds, asked: Mapping[str, Any]) -> Iterator[Mistake]:
    """Every mistake that can be made of a valid request."""
    reference = str(operation(bound.operation).request)
    for kind, at, told, wrong in _changed(reference, bound, asked):
        yield Mistake(kind, at, told, dump(wrong), wrong)


Change = tuple[str, str, str, dict[str, Any]]


def _changed(reference: str, bound: Bounds, asked: Mapping[str, Any]) -> Iterator[Change]:
    known = definitions(reference.partition("#")[0])
    top = _resolved(definition(reference), known)
    unknown = {**asked, UNKNOWN_KEY: 1}
    yield "an unknown key", UNKNOWN_KEY, f"the key {UNKNOWN_KEY} is unknown", unknown
    for name in top.get("required", ()):
        left = {key: value for key, value in asked.items() if key != name}
        yield "a missing key", name, f"{name} is missing", left
    for name, node in top["properties"].items():
        if name not in bound.guarded:
            for kind, told, value in _wrong(name, _resolved(node, known)):
                yield kind, name, told, {**asked, name: value}
    for path, name in _tags(asked, ""):
        told = f"{path}/{name} is {UNKNOWN_VALUE}"
        yield "an unknown variant", path, told, _with(asked, f"{path}/{name}")


def _wrong(name: str, node: Flat) -> Iterator[tuple[str, str, Any]]:
    """Values that a key of the request must not have."""
    kinds = types(node)
    if kinds:
        for value in _OTHERS:
            if not any(is_type(value, kind) for kind in kinds):
                yield "a value of a wrong type", f"{name} is {dump(value).decode()}", value
    if "enum" in node and "string" in (kinds or ["string"]):
        yield "a value that is none of the enumeration", f"{name} is {UNKNOWN_VALUE}", UNKNOWN_VALUE
    if kinds and set(kinds) <= {"integer", "number", "null"}:
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in node and abs(node[bound]) < 2**53:
                value = node[bound] + step
                yield "a number out of range", f"{name} is {value}", value
    if node.get("minItems") == 1:
        yield "an empty list", f"{name} is []", []
    if "maxLength" in node and node["maxLength"] <= _MOST:
        text = "a" * (node["maxLength"] + 1)
        yield "a text that is too long", f"{name} has {len(text)} characters", text


def _resolved(node: Any, known: Mapping[str, Any]) -> Flat:
    """The keywords of a node that hold whatever branch is taken."""
    flat = plain(node)
    if "$ref" in node:
        flat = merged(flat, _resolved(known[named(node)], known))
    told = parts(node)
    for part in told.free:
        flat = merged(flat, _resolved(part, known))
    lists = [part["then"] for part in told.by_type if types(part["if"]) == ["array"]]
    for part in lists:
        inner = _resolved(part, known)
        flat = merged(flat, {key: inner[key] for key in ("minItems",) if key in inner})
    return flat


def _tags(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where a discriminator stands: keys `role` and `type` of objects within lists."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in ("role", "type") and isinstance(inner, str) and path:
                yield path, name
            yield from _tags(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _tags(inner, f"{path}/{place}")


def _with(asked: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy in which the value at a path is no known one."""
    head, _, rest = path.removeprefix("/").partition("/")
    return {**asked, head: _put(asked[head], rest)}


def _put(value: Any, path: str) -> Any:
    if not path:
        return UNKNOWN_VALUE
    head, _, rest = path.partition("/")
    if isinstance(value, list):
        place = int(head)
        return [*value[:place], _put(value[place], rest), *value[place + 1 :]]
    return {**value, head: _put(value[head], rest)}
