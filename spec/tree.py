"""A schema as an indented tree to read: name, type, values, bounds, null, since; wrapped to a width.

`*` after a name: required; `+`: genuine answers always carry it; `…` at the end: more below that level.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.spec.contract import schema
from slashv1.spec.evidence import Place
from slashv1.spec.flat import parts, types

_RANGES = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("minProperties", "maxProperties", " keys"),
)
_OTHERS = {
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}",
    "pattern": "like {}",
    "format": "{}",
}
_VALUES = 12
"""Values of an enum that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line before it is wrapped."""

    level: int
    text: str

    def wrapped(self, width: int) -> list[str]:
        """The line, and what does not fit below it with two more steps of indent."""
        indent = "  " * self.level
        return textwrap.wrap(
            self.text,
            max(width, len(indent) + 30),
            initial_indent=indent,
            subsequent_indent=indent + "    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def tree(
    reference: str, depth: int = 3, width: int = 80, counts: Mapping[str, Place] | None = None
) -> list[str]:
    """The lines of a definition down to `depth` levels; one that was shown above is only named again.

    `counts`: by place, how many genuine objects stood there and carried the keys that not all carried.

    Raises:
        KeyError: no such family or definition.
    """
    known = schema(reference)["$defs"]
    lines = _Tree(known, depth, _shares(known, counts or {})).definition(reference.rsplit("/", 1)[-1])
    return [text for line in lines for text in line.wrapped(width)]


def told(name: str, node: Mapping[str, Any], width: int = 80) -> list[str]:
    """The line of one value that is no part of a body: a parameter of the query."""
    either = [kind for one in node.get("anyOf", ()) for kind in types(one)]
    said = _Tree({}, 1, {})._said({**node, "type": either} if either else node)
    return Line(1, f"{name}: {said}").wrapped(width)


class _Tree:
    def __init__(
        self, definitions: Mapping[str, Any], depth: int, counts: Mapping[int, Mapping[str, str]]
    ) -> None:
        self.definitions = definitions
        self.counts = counts
        self.depth = depth
        self.shown: set[str] = set()

    def definition(self, name: str) -> Iterator[Line]:
        """A named definition as the root."""
        self.shown.add(name)
        here = self.definitions[name]
        yield Line(0, f"{name}: {self._said(here)}")
        yield from self._inside(here, 1)

    def _inside(self, node: Mapping[str, Any], level: int, tag: str = "") -> Iterator[Line]:
        """What lies below a node; `tag` is the discriminator that its heading told already."""
        node = self._straight(node)
        if "$ref" in node:
            node = {**node, **self.definitions[_target(node)]}
        counts = self.counts.get(id(node.get("properties")), {})
        for name in _ordered(node):
            child = node["properties"][name]
            if name != tag and not child.get("x-discriminator"):
                yield from self._line(name + _mark(node, name), child, level, count=counts.get(name, ""))
        if _compound(node.get("items")):
            yield from self._below(node["items"], level)
        if isinstance(node.get("additionalProperties"), Mapping):
            yield from self._line("{any key}", node["additionalProperties"], level)
        told = parts(node)
        for part in told.free:
            yield from self._inside(part, level)
        for branch in (*told.by_type, *told.by_tag):
            heading, tag = _guard(branch["if"])
            yield from self._line(heading, branch["then"], level, tag)
        for part in told.dependent:
            yield Line(level, f"{_condition(part['if'])}: {self._asked(part['then'])}")
        for branch in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            yield from self._line("or", branch, level)

    def _asked(self, node: Mapping[str, Any]) -> str:
        """What one key asks of others."""
        said = {name: f" is {self._said(one)}" for name, one in node.get("properties", {}).items()}
        names = [*node.get("required", ()), *(name for name in said if name not in node.get("required", ()))]
        needed = set(node.get("required", ()))
        return ", ".join(f"{name}{'*' if name in needed else ''}{said.get(name, '')}" for name in names)

    def _below(self, node: Mapping[str, Any], level: int) -> Iterator[Line]:
        """What lies below the items of an array: they have no line of their own."""
        target = _target(node)
        if target in self.shown:
            return
        self.shown |= {target} if target else set()
        yield from self._inside(node, level)

    def _line(
        self, name: str, node: Mapping[str, Any], level: int, tag: str = "", count: str = ""
    ) -> Iterator[Line]:
        node = self._straight(node)
        seen = self._seen(node)
        opens = not seen and self._opens(node) and not self._only(node, tag)
        text = f"{name}: {self._said(node)}{count or self._unseen(node)}{', above' if seen else ''}"
        if opens and level >= self.depth:
            yield Line(level, f"{text} …")
            return
        yield Line(level, text)
        if opens:
            self.shown |= {_target(node)} if _target(node) else set()
            yield from self._inside(node, level + 1, tag)

    def _only(self, node: Mapping[str, Any], tag: str) -> bool:
        """Whether nothing lies below but the tag that the heading told."""
        here = self._resolved(node)
        more = here.get("additionalProperties")
        return (
            set(here.get("properties", ())) == {tag}
            and not here.get("allOf")
            and not isinstance(more, Mapping)
        )

    def _seen(self, node: Mapping[str, Any]) -> bool:
        """Whether what lies below was shown already."""
        items = self._resolved(node).get("items")
        target = _target(node) or (_target(items) if isinstance(items, Mapping) else "")
        return target in self.shown and self._opens(node)

    def _unseen(self, node: Mapping[str, Any]) -> str:
        """Where there are figures, and none of objects of this kind."""
        properties = self._resolved(node).get("properties")
        named = properties and not any(one.get("x-discriminator") for one in properties.values())
        return ", never seen" if self.counts and named and id(properties) not in self.counts else ""

    def _opens(self, node: Mapping[str, Any]) -> bool:
        return _compound(self._resolved(node)) and (
            "items" not in self._resolved(node) or _compound(self._resolved(self._resolved(node)["items"]))
        )

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        seen: set[str] = set()
        while isinstance(node, Mapping) and "$ref" in node and _target(node) not in seen:
            seen.add(_target(node))
            node = {**{k: v for k, v in node.items() if k != "$ref"}, **self.definitions[_target(node)]}
        return node if isinstance(node, Mapping) else {}

    def _straight(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """`T or null` said as a choice by type, said plainly."""
        branches = node.get("allOf", ())
        guard = branches[0].get("if", {}) if len(branches) == 1 else {}
        if guard and types(node)[-1:] == ["null"] and types(guard) == types(node)[:-1]:
            kept = {key: node[key] for key in node if key not in ("allOf", "type")}
            return {**kept, **branches[0]["then"], "x-nullable": True}
        return node

    def _said(self, node: Mapping[str, Any]) -> str:
        """Type, values, bounds, null and since of a node."""
        target = _target(node)
        here = self._resolved(node)
        words = [self._kind(here, target)]
        words += _bounds(here)
        if types(here) != ["null"] and ("x-nullable" in node or "null" in (*types(here), *types(node))):
            words.append("or null")
        if "x-since" in node:
            words.append(f"since {node['x-since']}")
        return ", ".join(words)

    def _kind(self, here: Mapping[str, Any], target: str) -> str:
        plain = [name for name in types(here) if name != "null"] or types(here)
        values = [value for value in here.get("enum", [here.get("const")]) if value is not None]
        name = f" ({target})" if target and _compound(here) else ""
        if values:
            return _enum(values)
        if plain == ["array"]:
            return f"array of {self._items(here)}{name}"
        tag = _tag(here)
        kind = " or ".join(plain) or ("one of" if here.get("anyOf") or here.get("oneOf") else "any")
        return kind + name + (f", by {tag}" if tag else "")

    def _items(self, here: Mapping[str, Any]) -> str:
        items = here.get("items")
        return self._said(items) if isinstance(items, Mapping) and items else "any"


def _shares(known: Mapping[str, Any], counts: Mapping[str, Place]) -> dict[int, dict[str, str]]:
    """What is said of the keys of each object, by the identity of its `properties`."""
    found: dict[int, dict[str, str]] = {}
    for place, (objects, partly) in counts.items():
        properties = _at(known, place).get("properties")
        if properties:
            found[id(properties)] = {name: _share(partly[name], objects) for name in partly}
    return found


def _at(known: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """The schema at a place; empty where the contract has moved since the figures were measured."""
    here: Any = known
    for step in place.split("/"):
        try:
            here = here[int(step)] if isinstance(here, list) else here[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return {}
    return here if isinstance(here, Mapping) else {}


def _share(count: int, of: int) -> str:
    """Of a key that every object carries nothing is said."""
    return f", seen {count:,} of {of:,}" if count else f", never seen in {of:,}"


def _target(node: Mapping[str, Any]) -> str:
    return str(node.get("$ref", "")).rsplit("/", 1)[-1]


def _tag(node: Mapping[str, Any]) -> str:
    tags = [name for name, one in node.get("properties", {}).items() if one.get("x-discriminator")]
    return tags[0] if tags else ""


def _mark(node: Mapping[str, Any], name: str) -> str:
    return "*" if name in node.get("required", ()) else "+" if name in node.get("x-always", ()) else ""


def _ordered(node: Mapping[str, Any]) -> list[str]:
    """Keys: the required ones, then what is always sent, then the rest, each in the schema's order."""
    return sorted(node.get("properties", {}), key=lambda name: ("*", "+", "").index(_mark(node, name)))


def _bounds(node: Mapping[str, Any]) -> list[str]:
    words = []
    for low, high, unit in _RANGES:
        if low in node and high in node:
            words.append(f"{node[low]} to {node[high]}{unit}")
        elif low in node and (node[low] or low == "minimum"):
            words.append(f"≥ {node[low]}{unit}")
        elif high in node:
            words.append(f"≤ {node[high]}{unit}")
    return words + [said.format(node[key]) for key, said in _OTHERS.items() if key in node]


def _enum(values: list[Any]) -> str:
    shown = [str(value) if isinstance(value, str) else json.dumps(value) for value in values[:_VALUES]]
    more = len(values) - len(shown)
    return " | ".join(shown) + (f" | {more} more" if more else "")


def _guard(condition: Mapping[str, Any]) -> tuple[str, str]:
    """A branch's heading and the tag that it tells."""
    if "type" in condition:
        return "as " + " or ".join(types(condition)), ""
    if "not" in condition:
        return "without " + ", ".join(condition["not"].get("required", ())), ""
    ((name, said),) = condition["properties"].items()
    return f"{name} = {_enum(said.get('enum', [said.get('const')]))}", name


def _condition(guard: Mapping[str, Any]) -> str:
    """When one key asks something of others."""
    said = guard.get("properties", {})
    values = {
        name: _enum(one.get("enum", [one.get("const")])) for name, one in said.items() if not types(one)
    }
    here = [f"{name} = {values[name]}" if name in values else name for name in guard.get("required", said)]
    gone = list(guard.get("not", {}).get("required", ()))
    return "with " + ", ".join(here) if here else "without " + ", ".join(gone)


def _compound(node: Any) -> bool:
    """Whether something lies below a node."""
    if not isinstance(node, Mapping):
        return False
    keys = ("properties", "allOf", "anyOf", "oneOf", "$ref")
    return (
        any(node.get(key) for key in keys)
        or isinstance(node.get("additionalProperties"), Mapping)
        or _compound(node.get("items"))
    )
