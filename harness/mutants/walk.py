"""A value walked along its schema: what the contract says of every place. Shares no code with the judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slashv1.harness.mutants.edit import Path
from slashv1.harness.mutants.model import ERROR, STREAM, Baseline, Doc, docs
from slashv1.spec import schema

DEEPEST = 12
_SOME = 40
"""Entries of one array that are walked: the others are of the same shapes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the contract says of one value; several schemas that hold together, merged."""

    types: frozenset[str] | None
    """JSON Schema's names; None: any."""
    values: frozenset[Any] | None
    """The closed set of values; None: no such set."""
    keys: frozenset[str]
    required: frozenset[str]
    always: frozenset[str]
    """Keys that upstream always sends by the day of the exchange."""
    closed: bool
    """No other key may stand there."""
    tags: Mapping[str, frozenset[str]]
    """Keys that choose the kind of the object, with the kinds there are."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a document."""

    doc: Doc
    path: Path
    value: Any
    facts: Facts
    parent: Facts | None
    """Of the object that holds it; None for the root and for entries of arrays."""

    @property
    def key(self) -> str:
        """The last key on the way; that of the array for an entry."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


def spots(base: Baseline) -> tuple[Spot, ...]:
    """Every place of the documents of an exchange that its schema reaches."""
    return base.once(_spots)


def _spots(base: Baseline) -> tuple[Spot, ...]:
    operation = base.operation
    reference = operation.event if base.kind == STREAM else operation.response
    if reference is None or base.kind == ERROR:
        return ()
    whole = schema(reference)
    walk = _Walk(whole["$defs"], _day(base))
    return tuple(spot for doc in docs(base) for spot in walk.spots(doc, {"$ref": whole["$ref"]}))


def _day(base: Baseline) -> str:
    return datetime.fromtimestamp(base.exchange.sent_at, UTC).date().isoformat()


class _Walk:
    def __init__(self, definitions: dict[str, Any], day: str) -> None:
        self.definitions = definitions
        self.day = day

    def spots(self, doc: Doc, root: dict[str, Any]) -> Iterator[Spot]:
        yield from self._inside(doc, (), doc.value, [root], None)

    def _inside(
        self, doc: Doc, path: Path, value: Any, nodes: list[Any], parent: Facts | None
    ) -> Iterator[Spot]:
        flat = [one for node in nodes for one in self._flat(node, value)]
        # What a branch by type says of the type holds for that type alone: null may stand beside an object.
        always = [one for node in nodes for one in self._flat(node, value, by_type=False)]
        facts = self._facts(flat, always)
        yield Spot(doc, path, value, facts, parent)
        if len(path) > DEEPEST:
            return
        if isinstance(value, dict):
            for key, item in value.items():
                inner = self._under(flat, key)
                yield from self._inside(doc, (*path, key), item, inner, facts)
        elif isinstance(value, list):
            inner = [node["items"] for node in flat if isinstance(node.get("items"), dict)]
            for index, item in enumerate(value[:_SOME]):
                yield from self._inside(doc, (*path, index), item, inner, None)

    def _under(self, flat: list[dict[str, Any]], key: str) -> list[Any]:
        """What the schemas say of one key."""
        named = [node["properties"][key] for node in flat if key in node.get("properties", {})]
        if named:
            return named
        return [node[more] for node in flat if isinstance(node.get(more := "additionalProperties"), dict)]

    def _flat(self, node: Any, value: Any, *, by_type: bool = True) -> list[dict[str, Any]]:
        """The schemas that hold for a value: references followed, branches chosen as the value chooses.

        `by_type`: those too that hold only because the value is of its type.
        """
        if not isinstance(node, dict):
            return []
        found = [node]
        if "$ref" in node:
            found += self._flat(self.definitions[node["$ref"].rsplit("/", 1)[-1]], value, by_type=by_type)
        for branch in node.get("allOf", ()):
            if "if" not in branch:
                found += self._flat(branch, value, by_type=by_type)
            elif holds(branch["if"], value) and (by_type or "type" not in branch["if"]):
                found += self._flat(branch["then"], value, by_type=by_type)
        return found

    def _facts(self, flat: list[dict[str, Any]], always: list[dict[str, Any]]) -> Facts:
        either = [node["anyOf"] for node in flat if node.get("anyOf")]
        keys = frozenset(key for node in flat for key in node.get("properties", {}))
        required = frozenset(key for node in flat for key in node.get("required", ()))
        closed = any(node.get("additionalProperties") is False for node in flat)
        return Facts(
            _types(always) if not either else None,
            _values(always),
            keys,
            required,
            frozenset(key for node in flat for key in self._always(node)),
            closed,
            {
                key: frozenset(word for word in one.get("enum", ()) if isinstance(word, str))
                for node in flat
                for key, one in node.get("properties", {}).items()
                if isinstance(one, dict) and one.get("x-discriminator")
            },
        )

    def _always(self, node: dict[str, Any]) -> list[str]:
        said = node.get("x-always")
        names = said if isinstance(said, list) else []
        return [name for name in names if node["properties"][name].get("x-since", "") <= self.day]


def holds(guard: dict[str, Any], value: Any) -> bool:
    """Whether the condition of a branch is met: a type, a key's value, a key that is there or not."""
    if "not" in guard and holds(guard["not"], value):
        return False
    if "type" in guard and type_of(value) not in _listed(guard["type"]):
        return False
    if not isinstance(value, dict):
        return "type" in guard or "properties" not in guard
    if any(name not in value for name in guard.get("required", ())):
        return False
    return all(_is(one, value[key]) for key, one in guard.get("properties", {}).items() if key in value)


def _is(said: dict[str, Any], value: Any) -> bool:
    return value in said["enum"] if "enum" in said else value == said.get("const")


def type_of(value: Any) -> str:
    """The JSON Schema name of a value's type, integers told from other numbers."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def _listed(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _types(flat: list[dict[str, Any]]) -> frozenset[str] | None:
    said = [set(_listed(node["type"])) for node in flat if "type" in node]
    if not said:
        return None
    both = set.intersection(*said)
    return frozenset(both | {"integer"} if "number" in both else both)


def _values(flat: list[dict[str, Any]]) -> frozenset[Any] | None:
    said = [{str(one) for one in node["enum"]} for node in flat if "enum" in node]
    return frozenset(set.intersection(*said)) if said else None
