"""Valid instances of the contract's definitions, the same every time; nothing is stored, all is derived.

A definition is walked in the project's subset of JSON Schema. Where it leaves a choice, an instance takes
one branch: the one that people meet most, or in turn each (`examples`). Recursion ends because below a
repeated definition only what is required is made, along the branch of the least height.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from slashv1.spec.contract import definitions
from slashv1.spec.flat import CHOICES, Flat, holds, merged, named, parts, plain, types
from slashv1.spec.words import EMPTY, LIKED, NULLS, WELCOME, scalar, with_id

_DEEP = 12
"""References on the way down after which only what is required is made."""
_ROUNDS = 5000
NO_END = 10**6


def example(reference: str) -> Any:
    """One instance: what is required, what genuine messages always carry, and what makes it readable.

    Raises:
        KeyError: no such family or definition.
        ValueError: nothing can satisfy the definition.
    """
    return next(iter(examples(reference)))


def examples(reference: str, *, everywhere: bool = False) -> list[Any]:
    """An instance for each branch of the union that a definition is; one where it is no union.

    `everywhere`: instances with every key, until each branch of every union within was taken once.

    Raises:
        KeyError: no such family or definition.
        ValueError: nothing can satisfy the definition.
    """
    family, _, name = reference.partition("#/$defs/")
    return list(_maker(family).rounds(name, everywhere=everywhere))


@cache
def _maker(family: str) -> Maker:
    return Maker(definitions(family))


Decision = tuple[str, int]


class Maker:
    """Makes instances of one set of definitions and remembers which branches it took."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        """`known`: definitions by name, a contract's or others of the same subset."""
        self.known = known
        self._heights = dict.fromkeys(known, NO_END)
        while True:
            new = {name: min(NO_END, self.height(one)) for name, one in known.items()}
            if new == self._heights:
                break
            self._heights = new

    def rounds(self, name: str, *, everywhere: bool = False) -> Iterator[Any]:
        """Instances until every branch was taken, the likeliest first; see `examples`.

        Raises:
            KeyError: no such definition, here or where one refers to it.
            ValueError: nothing can satisfy the definition.
        """
        if self._heights[name] >= NO_END:
            raise ValueError(f"{name} holds itself without end")
        tour = _Tour(everywhere)
        for _ in range(_ROUNDS):
            yield _Walk(self, tour).value({"$ref": f"#/$defs/{name}"}, "", (), True)
            if not tour.next():
                return

    def height(self, node: Any) -> int:
        """Levels of the least instance of a node; `NO_END` where each holds another of its kind."""
        if not isinstance(node, Mapping):
            return 0
        found = 0
        if "$ref" in node:
            found = 1 + self._heights.get(named(node), 0)
        if any(node.get(key) for key in CHOICES):
            found = max(found, min(self.height(one) for key in CHOICES for one in node.get(key, ())))
        told = parts(node)
        guarded = [*told.by_type, *told.by_tag]
        if guarded and not _has_plain_type(node, guarded):
            found = max(found, min(self.height(one["then"]) for one in guarded))
        below = [node.get("properties", {}).get(key, {}) for key in node.get("required", ())]
        below += [node.get("items", {})] if node.get("minItems") else []
        return max([found, *map(self.height, told.free), *(1 + self.height(one) for one in below)])


def _has_plain_type(node: Mapping[str, Any], guarded: Sequence[Any]) -> bool:
    """A type that no condition speaks of: then nothing more is asked."""
    spoken = [types(one["if"]) for one in guarded]
    return all(spoken) and bool(set(types(node)) - {name for one in spoken for name in one})


class _Tour:
    """Which branches were taken, and which decisions lead to one that was not."""

    def __init__(self, everywhere: bool) -> None:
        self.everywhere = everywhere
        self.forced: dict[str, int] = {}
        self._open: dict[Decision, tuple[Decision, ...]] = {}
        self._taken: set[Decision] = set()

    def met(self, at: str, branches: int, taken: int, way: tuple[Decision, ...]) -> None:
        """A choice was come by: `taken` of its `branches`, reached by the decisions of `way`."""
        for index in range(branches):
            self._open.setdefault((at, index), way)
        self._taken.add((at, taken))

    def untaken(self, at: str, order: Sequence[int]) -> int:
        """The branch to take: the one that is the aim, else the first not taken, else the first."""
        if at in self.forced:
            return self.forced[at]
        return next((index for index in order if (at, index) not in self._taken), order[0])

    def next(self) -> bool:
        """Aim at a branch that was not taken; False where there is none left."""
        for decision, way in self._open.items():
            if decision not in self._taken:
                self.forced = {**dict(reversed(way)), decision[0]: decision[1]}
                self._taken.add(decision)  # an aim that cannot be reached is not taken again
                return True
        return False


class _Walk:
    """One instance in the making."""

    def __init__(self, maker: Maker, tour: _Tour) -> None:
        self.maker = maker
        self.tour = tour
        self.stack: list[str] = []

    def value(self, node: Any, name: str, way: tuple[Decision, ...], root: bool = False) -> Any:
        """An instance of a node that is the value of key `name`."""
        here = _Place(name, way, root, self.stack[-1] if self.stack else "")
        before = len(self.stack)
        flat = self._flat(node, f"{here.inside}/{name}", here)
        try:
            return self._made(flat, here)
        finally:
            del self.stack[before:]

    def _made(self, flat: Flat, here: _Place) -> Any:
        if "enum" in flat:
            return self._of_enum(flat, here)
        kind = self._kind(flat, here)
        if kind == "object":
            return self._object(flat, here)
        if kind == "array":
            return self._array(flat, here)
        return scalar(kind, flat, here.name)

    def _of_enum(self, flat: Flat, here: _Place) -> Any:
        values = [one for one in flat["enum"] if one is not None] or flat["enum"]
        if not values:
            raise ValueError(f"{here.inside}: an enum of no value at {here.name!r}")
        if None in flat["enum"] and here.name in NULLS and not self.tour.everywhere:
            return None
        if here.name == "role" and here.inside.endswith("Delta") and "assistant" in values:
            return "assistant"
        return next((one for one in LIKED if one in values), values[0])

    def _kind(self, flat: Flat, here: _Place) -> str:
        said = types(flat)
        if "null" in said and here.name in NULLS and not self.tour.everywhere:
            return "null"
        if not said:
            return "object" if "properties" in flat else "string"
        return _ordered(here.name, said)[0]

    def _object(self, flat: Flat, here: _Place) -> dict[str, Any]:
        """An object, made anew as long as what one key asks of another is not met."""
        waiting = list(flat.get("x-if", ()))
        while True:
            made = self._keyed(flat, here)
            due = next((one for one in waiting if holds(one["if"], made)), None)
            if due is None:
                return made
            waiting.remove(due)
            flat = merged(plain(due["then"]), flat)

    def _keyed(self, flat: Flat, here: _Place) -> dict[str, Any]:
        properties = flat.get("properties", {})
        out = {
            name: self.value(properties.get(name, {}), name, here.way)
            for name in self._keys(flat, properties)
        }
        more = flat.get("additionalProperties", True)
        wanted = int(flat.get("minProperties", 0))
        if isinstance(more, Mapping) and not properties and not self._deep():
            wanted = max(wanted, 1 if self.tour.everywhere else 0)
        for index in range(wanted - len(out)):
            key = scalar("string", flat.get("propertyNames", {}), "key") + (str(index) if index else "")
            out[key] = self.value(more, "", here.way)
        return out if _held(properties.get("id")) else with_id(out)

    def _keys(self, flat: Flat, properties: Mapping[str, Any]) -> list[str]:
        """The keys to make, in the order of the schema."""
        required = set(flat.get("required", ()))
        if self._deep():
            wanted = required
        elif self.tour.everywhere:
            wanted = required | {one for one in properties if not self._blocked(properties[one])}
        else:
            wanted = required | set(flat.get("x-always", ())) | (WELCOME & set(properties))
            wanted = wanted or set(list(properties)[:1])
        absent = flat.get("x-absent", ())
        names = [*properties, *sorted(required - set(properties))]
        return [name for name in names if name in wanted and name not in absent]

    def _blocked(self, node: Any) -> bool:
        """Nothing can satisfy it: `false`, or a recursion without end."""
        return node is False or self.maker.height(node) >= NO_END

    def _array(self, flat: Flat, here: _Place) -> list[Any]:
        items = flat.get("items", {})
        least, most = int(flat.get("minItems", 0)), int(flat.get("maxItems", 1))
        none = self._deep() or self._blocked(items) or (here.name in EMPTY and not self.tour.everywhere)
        count = max(least, 0 if none else min(1, most))
        if count and self.maker.height(items) >= NO_END:
            raise ValueError(f"{here.inside}: the items of {here.name!r} hold themselves without end")
        made = [self.value(items, here.name, here.way) for _ in range(count)]
        if "contains" in flat:
            made[:1] = [self.value({"allOf": [items, flat["contains"]]}, here.name, here.way)]
        if flat.get("uniqueItems") and count > 1:
            return _unlike(made, merged(items, {}) if isinstance(items, Mapping) else {})
        return made

    def _deep(self) -> bool:
        return len(self.stack) > _DEEP or len(set(self.stack)) < len(self.stack)

    def _flat(self, node: Any, at: str, here: _Place) -> Flat:
        """A node with its references followed and its choices made."""
        if not isinstance(node, Mapping):
            return {}
        flat = plain(node)
        if "$ref" in node:
            target = named(node)
            self.stack.append(target)
            flat = merged(flat, self._flat(self.maker.known[target], target, here))
        for key in CHOICES:
            if node.get(key):
                index = self._choice(f"{at}/{key}", node[key], list(range(len(node[key]))), here)
                flat = merged(flat, self._flat(node[key][index], f"{at}/{key}/{index}", here))
        told = parts(node)
        for index, part in enumerate(told.free):
            flat = merged(flat, self._flat(part, f"{at}/allOf/{index}", here))
        flat = merged(flat, {"x-if": told.dependent}) if told.dependent else flat
        return self._by_tag(self._by_type(flat, told.by_type, at, here), told.by_tag, at, here)

    def _by_type(self, flat: Flat, guarded: Sequence[Any], at: str, here: _Place) -> Flat:
        if not guarded:
            return flat
        said = types(flat)
        if "null" in said and here.name in NULLS and not self.tour.everywhere:
            return {**flat, "type": "null"}
        kinds = [one for one in _ordered(here.name, said) if one != "null"]
        parts = [[one["then"] for one in guarded if kind in types(one["if"])] for kind in kinds]
        index = self._choice(f"{at}/type", [{"allOf": one} for one in parts], list(range(len(kinds))), here)
        flat = {**flat, "type": kinds[index]}
        for number, part in enumerate(parts[index]):
            flat = merged(flat, self._flat(part, f"{at}/{kinds[index]}/{number}", here))
        return {**flat, "type": kinds[index]}

    def _by_tag(self, flat: Flat, guarded: Sequence[Any], at: str, here: _Place) -> Flat:
        if not guarded:
            return flat
        order = sorted(range(len(guarded)), key=lambda index: _rank(guarded[index]["if"]))
        index = self._choice(f"{at}/tag", [one["then"] for one in guarded], order, here)
        chosen = guarded[index]["if"]
        if "not" in chosen:
            flat = {**flat, "x-absent": [*flat.get("x-absent", ()), *chosen["not"]["required"]]}
        else:
            ((tag, said),) = chosen["properties"].items()
            values = said.get("enum", [said.get("const")])
            value = next((one for one in LIKED if one in values), values[0])
            narrow = {"required": [tag], "properties": {tag: {"enum": [value]}}}
            flat = merged(flat, narrow)
        return merged(flat, self._flat(guarded[index]["then"], f"{at}/{index}", here))

    def _choice(self, at: str, branches: Sequence[Any], order: Sequence[int], here: _Place) -> int:
        if self._deep():
            return min(order, key=lambda index: self.maker.height(branches[index]))
        if len(branches) == 1 or not (here.root or self.tour.everywhere):
            possible = [one for one in order if self.maker.height(branches[one]) < NO_END]
            return (possible or list(order))[0]
        index = self.tour.untaken(at, order)
        self.tour.met(at, len(branches), index, here.way)
        here.way = (*here.way, (at, index))
        return index


class _Place:
    """Where a value is made: under which key, inside which definition, after which decisions."""

    __slots__ = ("inside", "name", "root", "way")

    def __init__(self, name: str, way: tuple[Decision, ...], root: bool, inside: str) -> None:
        self.name = name
        self.way = way
        self.root = root
        self.inside = inside


def _ordered(name: str, kinds: Sequence[str]) -> list[str]:
    """Types, the one that people meet most under that key first."""
    first = {"embedding": "array"}.get(name, "string")
    return sorted(kinds, key=lambda kind: (kind == "null", kind != first, kinds.index(kind)))


def _rank(guard: Mapping[str, Any]) -> int:
    """How soon a tag's value is taken: the liked ones first, then the schema's order."""
    if "not" in guard:
        return len(LIKED) + 1
    ((_, said),) = guard["properties"].items()
    values = said.get("enum", [said.get("const")])
    return min((LIKED.index(one) for one in values if one in LIKED), default=len(LIKED))


def _held(node: Any) -> bool:
    """Whether a text is bound to a form that another prefix could break."""
    return isinstance(node, Mapping) and any(key in node for key in ("pattern", "maxLength", "enum", "const"))


def _unlike(made: list[Any], items: Flat) -> list[Any]:
    values = items.get("enum")
    if values:
        return list(values[: len(made)])
    return [one if index == 0 else _shifted(one, index) for index, one in enumerate(made)]


def _shifted(value: Any, by: int) -> Any:
    return value + by if isinstance(value, int | float) else f"{value}{by}"
