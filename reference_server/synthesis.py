"""A value that keeps a JSON Schema, the same every time: what a model with structured output would send."""

from __future__ import annotations

import re
from typing import Any

_MAX_DEPTH = 12
_MAX_VALUES = 2000
_FORMATS = {
    "date-time": "2025-01-02T03:04:05Z",
    "date": "2025-01-02",
    "time": "03:04:05Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "11111111-2222-4333-8444-555555555555",
    "uri": "https://example.com/",
}
_NAMED = {
    "city": "Paris",
    "location": "Paris, France",
    "country": "France",
    "name": "Ada",
    "email": "ada@example.com",
    "answer": "Yes.",
    "date": "2025-01-02",
}
_CANDIDATES = ("a", "A", "abc", "Paris", "1", "42", "123", "2025-01-02", "a@b.co", "AB-12", "a1", "#ffffff")


def synthesize(schema: Any) -> Any:
    """A value that `schema` accepts; recursion ends in the smallest value that is legal.

    Knows type, enum, const, $ref, allOf, anyOf, oneOf, properties, required, items, prefixItems, the bounds
    of numbers, strings and arrays, formats, and patterns that a short list of candidates matches.
    """
    return _Maker(schema).make(schema, "value", 0)


class _Maker:
    """Makes one value; a schema that branches without end is cut short after so many values."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = _MAX_VALUES

    def make(self, schema: Any, name: str, depth: int) -> Any:
        self._left -= 1
        depth = depth if self._left > 0 else max(depth, 2 * _MAX_DEPTH)
        if not isinstance(schema, dict):
            return name if schema is not False else None
        schema = self._resolved(schema, 0)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        for union in ("anyOf", "oneOf"):
            if schema.get(union) and depth < 3 * _MAX_DEPTH:
                return self.make(_chosen(schema[union], depth), name, depth + 1)
        return self._typed(schema, name, depth)

    def _resolved(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """The schema with what `$ref` and `allOf` name laid into it."""
        for _ in range(_MAX_DEPTH):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            target = _pointed(self._root, reference)
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        for part in schema.get("allOf") or ():
            if isinstance(part, dict) and depth < 4:
                schema = _merged(schema, self._resolved(part, depth + 1))
        return schema

    def _typed(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        kind = _type_of(schema, depth)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "integer":
            return int(_number(schema, 1))
        if kind == "number":
            return _number(schema, 1.5)
        return {"boolean": True, "null": None}[kind] if kind in ("boolean", "null") else _string(schema, name)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or ()
        wanted = dict.fromkeys([*(properties if depth < 4 else ()), *required])
        if depth >= 2 * _MAX_DEPTH:
            wanted = {}
        return {key: self.make(properties.get(key, {}), key, depth + 1) for key in wanted}

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        prefix = schema.get("prefixItems") or []
        least = schema.get("minItems") or 0
        most = schema.get("maxItems")
        size = max(least, len(prefix), 0 if depth >= 4 else 1)
        size = size if most is None else min(size, max(most, least))
        items = schema.get("items", {})
        return [
            self.make(prefix[i] if i < len(prefix) else items, name, depth + 1) for i in range(min(size, 64))
        ]


def _merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    both = {**right, **{k: v for k, v in left.items() if k != "allOf"}}
    both["properties"] = {**(right.get("properties") or {}), **(left.get("properties") or {})}
    both["required"] = [*(left.get("required") or ()), *(right.get("required") or ())]
    if not both["properties"]:
        del both["properties"]
    return both


def _pointed(root: Any, reference: str) -> dict[str, Any]:
    place = root
    for step in reference.lstrip("#").split("/")[1:]:
        place = place.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(place, dict) else {}
    return place if isinstance(place, dict) else {}


def _chosen(options: list[Any], depth: int) -> Any:
    """The first branch, or, where it grows deep, one that ends."""
    if depth >= _MAX_DEPTH:
        flat = [o for o in options if isinstance(o, dict) and o.get("type") in ("null", "string", "number")]
        return (flat or options)[0]
    solid = [o for o in options if not (isinstance(o, dict) and o.get("type") == "null")]
    return (solid or options)[0]


def _type_of(schema: dict[str, Any], depth: int) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        solid = [k for k in kind if k != "null"]
        kind = "null" if "null" in kind and (depth >= _MAX_DEPTH or not solid) else solid[0]
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _number(schema: dict[str, Any], start: float) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    value = start
    if step:
        value = step
    whole = schema.get("type") == "integer"
    gap = step or (1 if whole else 0.5)
    if low is not None and value < low:
        value = low if not step else -(-low // step) * step
    if above is not None and value <= above:
        value = above + gap if not step else (above // step + 1) * step
    if high is not None and value > high:
        value = high if not step else (high // step) * step
    if below is not None and value >= below:
        value = below - gap
    return value


def _string(schema: dict[str, Any], name: str) -> str:
    known = _FORMATS.get(schema.get("format", ""))
    if known is not None:
        return known
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return _matching(pattern, name)
    text = _NAMED.get(name, name.replace("_", " "))
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    text = text + "." * max(0, least - len(text))
    return text if most is None else text[:most]


def _matching(pattern: str, name: str) -> str:
    try:
        expression = re.compile(pattern)
    except re.error:
        return name
    # Short texts only: a pattern made to backtrack cannot hold up the others.
    return next((text for text in (*_CANDIDATES, name[:16]) if expression.search(text)), name)
