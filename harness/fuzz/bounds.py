"""What a drawn request may hold: the values of bounds.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slashv1.spec import operation
from slashv1.spec.contract import definition

_FILE = Path(__file__).parent / "bounds.yaml"
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one operation; the keys that they bound are never broken either."""

    operation: str
    kinds: frozenset[str]
    never: frozenset[str]
    values: Mapping[str, tuple[Any, ...]]
    limit: int
    """Bytes of a body."""
    model: str | None = None
    """`model` or `embedding_model`; None: no request body."""
    id: str | None = None
    """For operations on something stored: what an id begins with that names nothing."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    always: tuple[tuple[str, ...], ...] = ()
    often: tuple[str, ...] = ()

    @property
    def guarded(self) -> frozenset[str]:
        """Keys that hold the cost: a server that overlooks a mistake in them might go beyond it."""
        return frozenset((*self.never, *self.fixed, *_LIMITS, "n", "stream"))

    @property
    def output_tokens(self) -> int:
        """The most that one request can make the target generate."""
        limits = [value for group in self.always for name in group for value in self.values.get(name, ())]
        numbers = [value for value in limits if isinstance(value, int)]
        several = (
            self.model is not None and "n" in definition(str(operation(self.operation).request))["properties"]
        )
        return max(numbers, default=0) * (max(self.values["n"]) if several else 1)


@cache
def bounds() -> Mapping[str, Bounds]:
    """By operation: those that are fuzzed, in the order of the file."""
    import yaml

    raw = yaml.safe_load(_FILE.read_text("utf-8"))
    shared = {
        "kinds": frozenset(raw["kinds"]),
        "never": frozenset(raw["never"]),
        "values": MappingProxyType({name: tuple(listed) for name, listed in raw["values"].items()}),
        "limit": raw["limit"],
    }
    return MappingProxyType({name: _bounds(name, shared, own) for name, own in raw["operations"].items()})


def _bounds(name: str, shared: Mapping[str, Any], own: Mapping[str, Any]) -> Bounds:
    always = tuple(tuple(group) for group in own.get("always", ()))
    return Bounds(name, **{**shared, **own, "always": always, "often": tuple(own.get("often", ()))})
