"""The form in which two descriptions of one body are compared: the alternatives of a place, by JSON type."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Node = tuple[Any, ...]
"""A place of one side, which that side's reader understands; several parts are a union."""

ANY = "any"
"""The kind of an alternative that says no type."""


TAGS = ("type", "role", "object", "event", "status")
"""Properties whose values tell members of a union apart, in the order they are tried."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object."""

    node: Node
    required: bool


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of value that a place takes."""

    kind: str
    """A JSON type, or `any`."""
    key: Hashable
    """The same for the same alternative wherever it is reached."""
    name: str = ""
    """Of the definition or class that it is."""
    values: tuple[Any, ...] | None = None
    """Of a closed enum."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    items: Node = ()
    """Of an array; empty where anything goes."""
    extra: Node = ()
    """Values under keys without a name."""
    bounds: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By property: the texts it is closed to; discriminators are among them."""
    partial: bool = False
    """It names only some of the keys, on purpose: what it lacks says nothing."""


class Reader(Protocol):
    """One side of a comparison."""

    def alternatives(self, node: Node) -> Sequence[Alternative]:
        """What a place takes, unions of every spelling flattened."""


def once(found: Iterable[Alternative]) -> list[Alternative]:
    """Each alternative once: a union may reach the same one on several ways."""
    known: dict[Hashable, Alternative] = {}
    for one in found:
        known.setdefault((one.kind, one.key), one)
    return list(known.values())
