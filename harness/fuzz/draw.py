"""Values of a contract's definition, every choice in them made by another.

Written for the contract's own subset of JSON Schema: its unions are `if`/`then` on a discriminator, of which
hypothesis-jsonschema knows nothing; it would draw blindly and throw nearly all away. Choices are drawn
from short lists alone, the plainest first: so shrinking ends at the plainest request, and the same seed
draws the same requests whatever else is installed or imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from slashv1.harness.fuzz.bounds import Bounds
from slashv1.spec.contract import definitions
from slashv1.spec.flat import CHOICES, Flat, holds, merged, named, parts, plain, types
from slashv1.spec.words import LIKED, scalar

CHARACTERS = ("a", "0", " ", "Z", "\n", '"', "\\", "/", "<", "%", "$", "{", "é", "ß", "中", "א", "\u202e")
"""Letters, what JSON, HTML and URLs escape, and other scripts."""
RARE = ("\u200b", "🙂", "👩‍👩‍👧", "\ufffd", "\t", "\r", "\x00", "\x7f", "\u2028", "\U0010ffff")
LONGEST = 12
"""Characters and their sequences in a text."""
_DEEP = 7
_MOST_KEYS = 4
_NUMBERS = (0, 1, 2, -1, 7, 100, 2**31, 2**53)
_FRACTIONS = (0.5, 1e-7, 0.1)


class Choices(Protocol):
    """Who decides what a value becomes; the first, the least and the empty are the plainest."""

    def pick(self, options: Sequence[Any]) -> Any:
        """One of them."""

    def flag(self) -> bool:
        """Whether an optional thing is there."""

    def some(self, options: Sequence[Any], most: int) -> list[Any]:
        """Up to `most` different ones."""

    def text(self) -> str:
        """A short text."""


class Plainest:
    """Takes the plainest choice everywhere."""

    def pick(self, options: Sequence[Any]) -> Any:
        """The first."""
        return options[0]

    def flag(self) -> bool:
        """No."""
        return False

    def some(self, options: Sequence[Any], most: int) -> list[Any]:
        """None."""
        return []

    def text(self) -> str:
        """The empty one."""
        return ""


class Writer:
    """Makes the values of one operation's request."""

    def __init__(self, family: str, bounds: Bounds, choices: Choices) -> None:
        self._known = definitions(family)
        self._bounds = bounds
        self._choices = choices

    def flat(self, node: Any) -> Flat:
        """A node with its references followed and its choices made."""
        if not isinstance(node, Mapping):
            return {}
        out = plain(node)
        if "$ref" in node:
            out = merged(out, self.flat(self._known[named(node)]))
        for key in CHOICES:
            if node.get(key):
                out = merged(out, self.flat(self._choices.pick(node[key])))
        told = parts(node)
        for part in told.free:
            out = merged(out, self.flat(part))
        if told.dependent:
            out = merged(out, {"x-if": told.dependent})
        return self._by_tag(self._by_type(out, told.by_type), told.by_tag)

    def value(self, node: Any, name: str, depth: int = 0) -> Any:
        """What stands under key `name`."""
        if name in self._bounds.values:
            return self._choices.pick(self._bounds.values[name])
        flat = self.flat(node)
        if "enum" in flat:
            return self._choices.pick(_nulls_last(flat["enum"]))
        kinds = _ordered(types(flat)) or ["string", "integer", "boolean", "null"]
        kind = self._choices.pick(kinds)
        if kind == "object":
            return self.object(flat, depth)
        if kind == "array":
            return self._array(flat, name, depth)
        return self._scalar(kind, flat, name)

    def object(self, flat: Flat, depth: int) -> dict[str, Any]:
        """Required keys, and some of the others."""
        properties = flat.get("properties", {})
        names = [name for name in properties if name in flat.get("required", ())]
        names += [name for name in self._optional(flat) if depth < _DEEP and self._choices.flag()]
        out = {name: self.value(properties[name], name, depth + 1) for name in names}
        if flat.get("additionalProperties", True) is not False and not properties and depth < _DEEP:
            more = flat.get("additionalProperties", True)
            for key in [self._choices.text() for _ in range(2) if self._choices.flag()]:
                out[key] = self.value(more, "", depth + 1)
        return self.completed(out, flat, depth)

    def top(self, flat: Flat, most: int = _MOST_KEYS) -> dict[str, Any]:
        """A request: what is required, what the bounds want always, and up to `most` other keys."""
        bounds, properties = self._bounds, flat.get("properties", {})
        names = [name for name in flat.get("required", ()) if name != "model"]
        names += [self._choices.pick(group) for group in bounds.always]
        left = [n for n in self._optional(flat) if n not in names and not _spoken_for(n, bounds)]
        names += self._choices.some(left, most)
        names += [name for name in bounds.often if self._choices.flag()]
        out = {name: self.value(properties[name], name, 1) for name in names}
        out.update({name: True for name in bounds.often if name in names})
        return self.completed({**out, **bounds.fixed}, flat, 1)

    def completed(self, out: dict[str, Any], flat: Flat, depth: int) -> dict[str, Any]:
        """What one key asks of another is given; where the bounds say no, the one goes."""
        for part in flat.get("x-if", ()):
            if not holds(part["if"], out):
                continue
            then, asking = part["then"], part["if"].get("required", ())
            for name, node in then.get("properties", {}).items():
                if name not in then.get("required", ()):
                    out.pop(name, None)
                elif name in self._bounds.fixed or name in self._bounds.never:
                    _without(out, asking)
                elif "const" in node:
                    out[name] = node["const"]
                elif out.get(name) is None:
                    inner = merged(self.flat(flat["properties"].get(name, {})), plain(node))
                    out[name] = self.value(inner, name, depth + 1)
        return out

    def _optional(self, flat: Flat) -> list[str]:
        required, properties = flat.get("required", ()), flat.get("properties", {})
        return [
            name
            for name, node in properties.items()
            if name not in required and name not in self._bounds.never and node is not False
        ]

    def _by_type(self, flat: Flat, guarded: Sequence[Any]) -> Flat:
        if not guarded:
            return flat
        kind = self._choices.pick(_ordered(types(flat)))
        out: Flat = {**flat, "type": kind}
        for part in guarded:
            if kind in types(part["if"]):
                out = merged(out, self.flat(part["then"]))
        return {**out, "type": kind}

    def _by_tag(self, flat: Flat, guarded: Sequence[Any]) -> Flat:
        options = []
        for part in guarded:
            if "properties" in part["if"]:
                ((tag, said),) = part["if"]["properties"].items()
                values = said.get("enum", [said.get("const")])
                options += [(tag, v, part) for v in values if tag != "type" or v in self._bounds.kinds]
        if not options:
            return flat
        options.sort(key=lambda option: LIKED.index(option[1]) if option[1] in LIKED else len(LIKED))
        tag, value, part = self._choices.pick(options)
        narrow = {"required": [tag], "properties": {tag: {"enum": [value]}}}
        return merged(merged(flat, narrow), self.flat(part["then"]))

    def _array(self, flat: Flat, name: str, depth: int) -> list[Any]:
        least = int(flat.get("minItems", 0))
        most = min(int(flat.get("maxItems", 2)), max(least, 2 if depth < _DEEP else 0))
        count = self._choices.pick(range(least, most + 1))
        made = [self.value(flat.get("items", {}), name, depth + 1) for _ in range(count)]
        if flat.get("uniqueItems"):
            return [one for place, one in enumerate(made) if one not in made[:place]]
        return made

    def _scalar(self, kind: str, flat: Flat, name: str) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return self._choices.flag()
        if kind == "string":
            return self._text(flat, name)
        return self._choices.pick(_numbers(kind, flat))

    def _text(self, flat: Flat, name: str) -> str:
        plainest = scalar("string", flat, name)
        if "pattern" in flat or "format" in flat:
            return str(plainest)
        least, most = int(flat.get("minLength", 0)), int(flat.get("maxLength", LONGEST))
        drawn = self._choices.text()[:most]
        return drawn if len(drawn) >= least else drawn + str(plainest)


def _spoken_for(name: str, bounds: Bounds) -> bool:
    elsewhere = {"model", *bounds.fixed, *bounds.often}
    return name in elsewhere or any(name in group for group in bounds.always)


def _without(out: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        out.pop(name, None)


def _nulls_last(values: Sequence[Any]) -> list[Any]:
    liked = [value for value in LIKED if value in values]
    others = [value for value in values if value not in liked]
    return [*liked, *sorted(others, key=lambda value: value is None)]


def _ordered(kinds: Sequence[str]) -> list[str]:
    return sorted(kinds, key=lambda kind: (kind == "null", kind != "string"))


def _numbers(kind: str, flat: Flat) -> list[int | float]:
    """Plain ones and those at the bounds, within them."""
    low, high = flat.get("minimum", -(2**53)), flat.get("maximum", 2**53)
    edges = [edge for edge in (low, high) if abs(edge) <= 2**53]
    listed = [*_NUMBERS, *edges, *([*_FRACTIONS] if kind == "number" else [])]
    found = [number for number in dict.fromkeys(listed) if low <= number <= high]
    return found or [scalar(kind, flat, "")]
