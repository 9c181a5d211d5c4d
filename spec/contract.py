"""Loading the contract and asking it: which operation is this, what does this value break."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from slashv1.spec.data import read
from slashv1.spec.hostile import DEPTH, tamed, too_deep
from slashv1.spec.quick import Registry, registry, strict, validator

if TYPE_CHECKING:
    from slashv1.spec.objection import Objection

__all__ = [
    "Operation",
    "Part",
    "find_operation",
    "objections",
    "operation",
    "operations",
    "schema",
]

Part = Literal["request", "response", "event"]

_SPACIOUS = frozenset({"model"})
"""Path parameters whose values hold slashes: `ft:…`, `openai/gpt-5`, `code.fast`."""


_BETA = "beta=true"
"""The one query that is part of an operation's path."""


class Operation(NamedTuple):
    """One method and path of /v1, by its upstream name."""

    name: str
    """As the SDKs spell it: `chat.completions.create`."""
    method: str
    path: str
    """Template from `/v1` on: `/v1/responses/{response_id}`."""
    upstream_id: str
    """`operationId` in upstream's OpenAPI document."""
    request: str | None = None
    """Reference of the request schema, `chat-request#/$defs/CreateChatCompletionRequest`."""
    response: str | None = None
    event: str | None = None
    """Reference of the schema of one stream event."""
    form: str | None = None
    """Reference of the schema of the fields of a multipart request."""
    answer: Literal["json", "any"] = "json"
    """Whether a success is JSON text, or may be text or bytes (`any`)."""


@cache
def operations() -> Mapping[str, Operation]:
    """All operations the contract knows, by name, in upstream's order."""
    return MappingProxyType({name: Operation(name, **raw) for name, raw in read("operations.json").items()})


def operation(name: str) -> Operation:
    """One operation.

    Raises:
        KeyError: no such operation.
    """
    return operations()[name]


@cache
def _routes() -> Mapping[str, list[Operation]]:
    """Operations by the first step of their path after `/v1/`."""
    found: dict[str, list[Operation]] = {}
    for one in operations().values():
        found.setdefault(_first(one.path), []).append(one)
    return found


def _first(path: str) -> str:
    return re.split(r"[/?]", path.removeprefix("/v1/"), maxsplit=1)[0]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    text = "".join(
        re.escape(part) if index % 2 == 0 else (".+" if part in _SPACIOUS else "[^/]+")
        for index, part in enumerate(parts)
    )
    return re.compile(text)


def find_operation(method: str, path: str) -> Operation | None:
    """The operation of a request line; ids in the path may hold slashes and dots where upstream's do.

    A path that is itself an operation's is never another's parameter, whatever the method. A query
    counts only where an operation's own path has one (`?beta=true`).
    """
    bare, _, query = path.partition("?")
    asked = f"{bare}?{_BETA}" if _BETA in query.split("&") else bare
    near = _routes().get(_first(bare), [])
    matching = [found for found in near if _pattern(found.path).fullmatch(asked)]
    matching = matching or [found for found in near if _pattern(found.path).fullmatch(bare)]
    literal = [found for found in matching if "{" not in found.path]
    return next((found for found in literal or matching if found.method == method.upper()), None)


@cache
def _family(name: str) -> dict[str, Any]:
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise KeyError(name)
    try:
        found: dict[str, Any] = read(f"schemas/{name}.json")
    except FileNotFoundError:
        raise KeyError(name) from None
    return found


def definitions(family: str) -> Mapping[str, Any]:
    """Every definition of a family by name.

    Raises:
        KeyError: no such family.
    """
    found: Mapping[str, Any] = _family(family)["$defs"]
    return found


@cache
def strict_definitions(family: str) -> Mapping[str, Any]:
    """As `definitions`, made ready to be compiled (`quick.strict`)."""
    found: Mapping[str, Any] = strict(definitions(family))
    return found


def definition(reference: str) -> dict[str, Any]:
    """The one definition that a reference names, its own references unresolved.

    Raises:
        KeyError: no such family or definition.
    """
    family, _, name = reference.partition("#/$defs/")
    found: dict[str, Any] = definitions(family)[name]
    return found


def schema(reference: str) -> dict[str, Any]:
    """The JSON Schema 2020-12 that a reference names, with its `$defs` reachable.

    Raises:
        KeyError: no such family or definition.
    """
    family, _, name = reference.partition("#/$defs/")
    whole = _family(family)
    known = whole["$defs"]
    seen: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen[one] = known[one]
            waiting.extend(_named(family, one))
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{name}", "$defs": seen}


@cache
def _named(family: str, name: str) -> tuple[str, ...]:
    """The definitions that one refers to itself."""
    found: dict[str, None] = {}
    waiting: list[Any] = [definitions(family)[name]]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            reference = item.get("$ref")
            if isinstance(reference, str):
                found[reference.removeprefix("#/$defs/")] = None
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return tuple(found)


@cache
def compiled(reference: str) -> Callable[[Any], bool]:
    """Whether a value keeps a schema: compiled on first use, quick, and mute about the reason.

    Raises:
        KeyError: no such family or definition.
    """
    definition(reference)
    family, _, name = reference.partition("#")
    return validator({"$ref": f"{_family(family)['$id']}#{name}"}, _registry(family))


@cache
def _registry(family: str) -> Registry:
    return registry((_family(family)["$id"], {"$defs": strict_definitions(family)}))


@cache
def _branches(reference: str) -> tuple[str, Mapping[str, str]] | None:
    """The discriminator of a definition that is nothing but a choice, and each value's definition."""
    here = definition(reference)
    tags = [name for name, one in here.get("properties", {}).items() if one.get("x-discriminator")]
    if len(tags) != 1 or "additionalProperties" in here:
        return None
    family = reference.partition("#")[0]
    chosen: dict[str, str] = {}
    for branch in here["allOf"]:
        target = branch["then"].get("$ref")
        guard = branch["if"].get("properties", {}).get(tags[0], {})
        if target:
            values = guard.get("enum", [guard["const"]] if "const" in guard else [])
            chosen.update(dict.fromkeys(values, family + target))
    return tags[0], chosen


def narrowed(reference: str, value: Any) -> str:
    """The definition that the discriminator of `value` chooses, where `reference` is nothing but a choice."""
    choice = _branches(reference)
    if choice is None or not isinstance(value, dict):
        return reference
    tag = value.get(choice[0])
    return choice[1].get(tag, reference) if isinstance(tag, str) else reference


def objections(reference: str, value: Any) -> list[Objection]:
    """What `value` breaks of the schema that `reference` names; empty where it keeps it.

    Total on any Python value that JSON text can give, hostile ones included.

    Raises:
        KeyError: no such family or definition.
    """
    reference = narrowed(reference, value)
    is_valid = compiled(reference)
    if too_deep(value):
        from slashv1.spec.objection import Objection

        return [Objection("other", "", f"at most {DEPTH} levels of nesting", "more")]
    try:
        if is_valid(value):
            return []
    except (ValueError, RecursionError, OverflowError):  # lone surrogates, keys that are no text
        value = tamed(value)
        if is_valid(value):
            return []
    return explained(schema(reference), value)


def explained(whole: dict[str, Any], value: Any) -> list[Objection]:
    """Why a value breaks a schema; a value too deep to walk is one objection."""
    from slashv1.spec.explain import explain
    from slashv1.spec.objection import Objection

    try:
        return explain(whole, value)
    except RecursionError:
        return [Objection("other", "", "a value of reasonable depth", "nested too deeply to judge")]
