"""A schema as an indented tree of lines: name, type, required, nullable, since, values and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.spec.contract import schema

_BOUNDS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "minItems": "≥ {} items",
    "maxItems": "≤ {} items",
    "maxProperties": "≤ {} keys",
}


def tree(reference: str, depth: int = 4) -> list[str]:
    """The lines of a definition down to `depth` levels; one that was shown above is only named again.

    Raises:
        KeyError: no such family or definition.
    """
    return list(_Tree(schema(reference)["$defs"], depth).definition(reference.rsplit("/", 1)[-1]))


class _Tree:
    def __init__(self, definitions: Mapping[str, Any], depth: int) -> None:
        self.definitions = definitions
        self.depth = depth
        self.shown: set[str] = set()

    def definition(self, name: str) -> Iterator[str]:
        """A named definition as the root."""
        self.shown.add(name)
        here = self.definitions[name]
        yield f"{name}: {_type(here)}"
        yield from self._inside(here, 1)

    def _inside(self, node: Mapping[str, Any], level: int) -> Iterator[str]:
        if level > self.depth:
            if _has_more(node):
                yield "  " * level + "…"
            return
        required = node.get("required", ())
        for name, child in node.get("properties", {}).items():
            yield from self._line(name, child, level, name in required)
        if isinstance(node.get("items"), dict) and not _scalar(node["items"]):
            yield from self._line("[]", node["items"], level)
        if isinstance(node.get("additionalProperties"), dict):
            yield from self._line("{any key}", node["additionalProperties"], level)
        for branch in node.get("allOf", ()):
            yield from self._line(_guard(branch["if"]), branch["then"], level)
        for branch in node.get("anyOf", ()):
            yield from self._line("or", branch, level)

    def _line(self, name: str, node: Mapping[str, Any], level: int, required: bool = False) -> Iterator[str]:
        node = _straight(node)
        target = str(node.get("$ref", "")).rsplit("/", 1)[-1]
        here = self.definitions[target] if target else node
        seen = target in self.shown
        words = [_type(here, nullable="null" in _types(node))]
        if target and _has_more(here):
            words.append(f"({target}, above)" if seen else f"({target})")
        words += ["required"] if required else []
        words += [f"since {node['x-since']}"] if "x-since" in node else []
        yield "  " * level + f"{name}: {' '.join(words)}"
        if not (seen and _has_more(here)):
            if target and level < self.depth:
                self.shown.add(target)
            yield from self._inside(here, level + 1)


def _straight(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """`T or null` said as a choice by type, said plainly."""
    branches = node.get("allOf", ())
    if len(branches) == 1 and _types(node)[1:] == ["null"] and "$ref" in branches[0]["then"]:
        return {**node, "allOf": (), "$ref": branches[0]["then"]["$ref"]}
    return node


def _types(node: Mapping[str, Any]) -> list[str]:
    said = node.get("type", [])
    return [said] if isinstance(said, str) else list(said)


def _type(node: Mapping[str, Any], nullable: bool = False) -> str:
    types = _types(node)
    plain = [name for name in types if name != "null"]
    text = " or ".join(plain) or ("any" if not _has_more(node) and "enum" not in node else "")
    values = [value for value in node.get("enum", ()) if value is not None]
    words = [text] if text and not values else []
    if node.get("x-discriminator"):
        words.append(f"one of the {len(values)} below")
    elif values:
        words.append(" | ".join(map(str, values)))
    if _scalar(node.get("items")):
        words.append(f"of {_type(node['items'])}")
    words += [text.format(node[key]) for key, text in _BOUNDS.items() if key in node]
    words += [f"like {node['pattern']}"] if "pattern" in node else []
    words += ["or null"] if nullable or "null" in types else []
    return " ".join(words) or "one of"


def _scalar(node: Any) -> bool:
    return isinstance(node, dict) and not _has_more(node)


def _guard(condition: Mapping[str, Any]) -> str:
    if "type" in condition:
        return "as " + " or ".join(_types(condition))
    if "not" in condition:
        return "without " + ", ".join(condition["not"].get("required", ()))
    ((name, values),) = condition["properties"].items()
    said = values.get("enum", [values.get("const")])
    return f"{name} = {' | '.join(map(str, said))}"


def _has_more(node: Mapping[str, Any]) -> bool:
    keys = ("properties", "allOf", "anyOf", "$ref")
    return (
        (isinstance(node.get("items"), dict) and not _scalar(node["items"]))
        or any(node.get(key) for key in keys)
        or isinstance(node.get("additionalProperties"), dict)
    )
