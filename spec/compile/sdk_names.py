"""What the openai SDK's models know beyond upstream's document; written to `sdk_names.json`.

Names of fields, values of enums and members of unions, each by its place. Types of the SDK and schemas are
walked side by side, from what the method of each operation sends and returns. A type without values (`str`
where upstream names four) says nothing of values, so it opens no enum. Only maintainers run it, when the
pinned SDK changes: `python -m slashv1.spec.compile.sdk_names OPENAPI`. Judging never imports the SDK.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from slashv1.spec.compile.contract import own_inputs, tabled
from slashv1.spec.compile.normal import Normaliser, Schema
from slashv1.spec.compile.sdk_members import schema_of
from slashv1.spec.contract import Operation
from slashv1.spec.drift.alternatives import TAGS, Alternative, Field, Node
from slashv1.spec.drift.pairing import pair
from slashv1.spec.drift.sdk import bodies, chosen, imported, line_of, methods, unwrapped
from slashv1.spec.drift.sdk_models import Models

ERROR = "openai.types:ErrorObject"
"""The SDK's model of upstream's `Error`, which no method returns."""


@dataclass(frozen=True, slots=True)
class At:
    """A schema of the plain form, its place, and that of the union it stands in (empty: none)."""

    schema: Schema
    place: str
    union: str = ""


class Plain:
    """Reads upstream's document in the plain form; an alternative's key is its place and its union's."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self.normal = Normaliser(components)

    def root(self, name: str) -> Node:
        """The place that is a component."""
        return (At({"$ref": name}, name),)

    def alternatives(self, node: Node) -> Sequence[Alternative]:
        """What a place takes, unions flattened."""
        return [one for at in node for one in self._flat(at, frozenset())]

    def _flat(self, at: At, seen: frozenset[str]) -> Iterator[Alternative]:
        name, branches = at.schema.get("$ref"), at.schema.get("anyOf")
        if isinstance(name, str):
            if name not in seen:
                yield from self._flat(At(self.normal.named(name), name, at.union), seen | {name})
        elif branches is not None:
            for index, branch in enumerate(branches):
                yield from self._flat(At(branch, f"{at.place}/anyOf/{index}", at.place), seen)
        else:
            said = at.schema.get("type", "any")
            for kind in [said] if isinstance(said, str) else said:
                yield self._one(at, kind, seen)

    def _one(self, at: At, kind: str, seen: frozenset[str]) -> Alternative:
        fields = {
            key: Field((At(one, f"{at.place}/properties/{key}"),), key in at.schema.get("required", ()))
            for key, one in at.schema.get("properties", {}).items()
        }
        return Alternative(
            kind,
            (at.place, at.union),
            at.place if "/" not in at.place else "",
            values=tuple(at.schema["enum"]) if "enum" in at.schema else None,
            fields=fields,
            items=(At(at.schema["items"], f"{at.place}/items"),) if "items" in at.schema else (),
            tags={tag: self._values(fields[tag].node, seen) for tag in TAGS if tag in fields},
        )

    def _values(self, node: Node, seen: frozenset[str]) -> tuple[str, ...]:
        found = [one for at in node for one in self._flat(at, seen)]
        return tuple(value for one in found for value in one.values or () if isinstance(value, str))


@dataclass(slots=True)
class Known:
    """What was found so far."""

    plain: Plain
    models: Models = field(default_factory=Models)
    names: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, list[Any]] = field(default_factory=dict)
    members: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    definitions: dict[str, Schema] = field(default_factory=dict)
    seen: set[tuple[Any, Any]] = field(default_factory=set)

    def walk(self, ours: Node, theirs: Node) -> None:
        """Compare what the SDK types with what upstream says at one place."""
        mine, their = self.plain.alternatives(ours), self.models.alternatives(theirs)
        for kind in {one.kind for one in mine} & {one.kind for one in their}:
            here, there = _of(mine, kind), _of(their, kind)
            if kind == "object":
                self._objects(here, there)
            elif kind == "array":
                items = tuple(part for one in there for part in one.items)
                self.walk(tuple(part for one in here for part in one.items), items)
            elif kind != "null":
                self._enum(here, there)

    def _enum(self, ours: list[Alternative], theirs: list[Alternative]) -> None:
        if any(one.values is None for one in (*ours, *theirs)):
            return
        known = {value for one in ours for value in one.values or ()}
        new = [value for one in theirs for value in one.values or () if value not in known]
        if new:
            place = _place(ours[-1])
            found = self.values.setdefault(place, [])
            found.extend(value for value in dict.fromkeys(new) if value not in found)

    def _objects(self, ours: list[Alternative], theirs: list[Alternative]) -> None:
        pairs = pair(ours, theirs)
        union = next((one.key[1] for one, _ in pairs.same if one.key[1]), "")  # type: ignore[index]
        for one, _ in pairs.new if union else ():
            self._member(union, one)
        for mine in ours:
            for their in theirs:
                # Of messages there are several kinds, which the SDK and upstream cut differently.
                if set(mine.tags.get("type", ())) & set(their.tags.get("type", ())):
                    self._named(mine, their)
        for mine, their in pairs.same:
            key = (_place(mine), their.key)
            if key not in self.seen:
                self.seen.add(key)
                self._fields(mine, their)

    def _member(self, union: str, found: Alternative) -> None:
        """One member for each discriminator: the SDK has a class for each direction."""
        kind = found.tags.get("type") or (found.name,)
        if kind not in self.members.setdefault(union, {}):
            self.members[union][kind] = found.name
            self.definitions[found.name] = schema_of(found.key)

    def _fields(self, ours: Alternative, theirs: Alternative) -> None:
        self._named(ours, theirs)
        for name in ours.fields.keys() & theirs.fields.keys():
            self.walk(ours.fields[name].node, theirs.fields[name].node)

    def _named(self, ours: Alternative, theirs: Alternative) -> None:
        new = theirs.fields.keys() - ours.fields.keys() if ours.fields else ()
        if new:
            self.names.setdefault(_place(ours), set()).update(new)


def _of(found: Sequence[Alternative], kind: str) -> list[Alternative]:
    return [one for one in found if one.kind == kind]


def _place(one: Alternative) -> str:
    return str(one.key[0])  # type: ignore[index]


def known(document: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `sdk_names.json`.

    Raises:
        SdkMissingError: the SDK is not installed.
    """
    sdk = imported()
    table, components = tabled(document, own_inputs().operations)
    found, spoken = Known(Plain(components)), methods(sdk)
    module, _, model = ERROR.partition(":")
    found.walk(found.plain.root("Error"), (getattr(import_module(module), model),))
    for name, entry in table.items():
        operation = Operation(name, **entry)
        method = chosen(spoken.get(line_of(operation), ()), name)
        for part, reference, theirs in bodies(operation, method) if method else ():
            component = reference.rpartition("/")[2]
            if component in components:
                ours = found.plain.root(component)
                if part == "event":
                    alternatives = found.models.alternatives(theirs)
                    theirs = unwrapped(found.plain.alternatives(ours), alternatives, theirs)
                found.walk(ours, theirs)
    return {
        "sdk": sdk.__version__,
        "names": {place: sorted(names) for place, names in sorted(found.names.items())},
        "values": dict(sorted(found.values.items())),
        "members": {place: sorted(names.values()) for place, names in sorted(found.members.items())},
        "definitions": dict(sorted(found.definitions.items())),
    }


if __name__ == "__main__":
    raw = Path(sys.argv[1]).read_bytes()
    text = json.dumps(known(json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)), indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n", "utf-8")
