"""The side of the SDK: pydantic models and TypedDicts read as alternatives. Never imports the SDK itself."""

from __future__ import annotations

import collections.abc
import datetime
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from slashv1.spec.drift.alternatives import ANY, TAGS, Alternative, Field, Node, once

_SCALARS: Mapping[Any, str] = {
    type(None): "null",
    None: "null",
    str: "string",
    datetime.datetime: "string",
    datetime.date: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}
_LEFT_OUT = frozenset({"Omit", "NotGiven"})
"""Ways of the SDK to say that an argument was not given."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a method, which together are its request body."""

    owner: str
    """Of the method: `chat.completions.create`."""
    fields: Mapping[str, Field]


class Models:
    """Reads annotations: of models' fields, of TypedDicts' keys, of methods."""

    def alternatives(self, node: Node) -> Sequence[Alternative]:
        """What an annotation lets through."""
        found = once(one for part in node for one in _flat(part))
        return [replace(one, tags=_tags(one)) if one.fields else one for one in found]


def _flat(said: Any) -> Iterator[Alternative]:
    origin = typing.get_origin(said)
    if isinstance(said, Arguments):
        yield Alternative("object", said.owner, fields=said.fields)
    elif origin in (typing.Annotated, typing.Required, typing.NotRequired):
        yield from _flat(typing.get_args(said)[0])
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(said):
            yield from _flat(part)
    elif hasattr(said, "__value__"):
        yield from _flat(said.__value__)
    elif origin is typing.Literal:
        yield from _literals(typing.get_args(said))
    elif said in _SCALARS:
        yield Alternative(_SCALARS[said], _SCALARS[said])
    elif getattr(said, "__name__", "") not in _LEFT_OUT:
        yield _container(said, origin)


def _literals(values: Sequence[Any]) -> Iterator[Alternative]:
    kinds: dict[str, list[Any]] = {}
    for value in values:
        kinds.setdefault(_SCALARS.get(type(value), ANY), []).append(value)
    for kind, found in kinds.items():
        yield Alternative(kind, (kind, *found), values=tuple(found))


def _container(said: Any, origin: Any) -> Alternative:
    arguments = tuple(one for one in typing.get_args(said) if one is not Ellipsis)
    if isinstance(origin, type) and issubclass(origin, collections.abc.Mapping):
        extra = arguments[1:] if arguments[1:] and arguments[1] not in (object, Any) else ()
        return Alternative("object", repr(said), extra=extra)
    if isinstance(origin, type) and issubclass(origin, collections.abc.Iterable) and arguments:
        return Alternative("array", repr(said), items=arguments[:1])
    if getattr(origin, "__name__", "") == "SequenceNotStr":
        return Alternative("array", repr(said), items=arguments[:1])
    if said in (dict, collections.abc.Mapping):
        return Alternative("object", "dict")
    if hasattr(said, "model_fields"):
        page = any(base.__name__ == "BasePage" for base in said.__mro__)
        return Alternative("object", said, said.__name__, fields=_model(said), partial=page)
    if hasattr(said, "__required_keys__"):  # a TypedDict, of typing or of typing_extensions
        return Alternative("object", said, said.__name__, fields=_keys(said))
    return Alternative(ANY, repr(said))


@cache
def _model(model: Any) -> Mapping[str, Field]:
    return {
        info.alias or name: Field((info.annotation,), info.is_required())
        for name, info in model.model_fields.items()
    }


@cache
def _keys(model: Any) -> Mapping[str, Field]:
    try:
        hints = typing.get_type_hints(model, include_extras=True)
    except NameError:  # names that are imported for type checkers alone
        hints = dict.fromkeys(model.__annotations__, Any)
    return {_wire_name(name, said): Field((said,), _due(model, name, said)) for name, said in hints.items()}


def _due(model: Any, name: str, said: Any) -> bool:
    # The class itself does not see `Required` in annotations that are strings.
    origin = typing.get_origin(said)
    return origin is typing.Required or (origin is not typing.NotRequired and name in model.__required_keys__)


def _wire_name(name: str, said: Any) -> str:
    """The key on the wire: an alias stands in the annotation."""
    while typing.get_origin(said) in (typing.Required, typing.NotRequired):
        said = typing.get_args(said)[0]
    notes = getattr(said, "__metadata__", ())
    return next((note.alias for note in notes if getattr(note, "alias", None)), name)


def _tags(one: Alternative) -> dict[str, tuple[str, ...]]:
    return {
        tag: tuple(
            value
            for part in one.fields[tag].node
            for inner in _flat(part)
            for value in inner.values or ()
            if isinstance(value, str)
        )
        for tag in TAGS
        if tag in one.fields
    }


def hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of a method, resolved; empty where a name in them cannot be."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError:
        return {}
