"""JSON Schemas in requests: broken ones, and what strict tools and strict structured output demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.reference_server.problems import ApiError

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_KEYWORDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("properties", "$defs", "definitions"), ("object", lambda v: isinstance(v, dict))),
    **dict.fromkeys(("required", "enum", "prefixItems"), ("array", lambda v: isinstance(v, list))),
    **dict.fromkeys(("anyOf", "oneOf", "allOf"), ("array", lambda v: isinstance(v, list) and bool(v))),
    **dict.fromkeys(("$ref", "pattern", "format"), ("string", lambda v: isinstance(v, str))),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), ("number", lambda v: _is_number(v))),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), ("number", lambda v: _is_number(v))),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), ("integer", lambda v: _is_size(v))),
}
"""What the value of a keyword must be."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000


def refuse_function_schema(function: dict[str, Any], param: str) -> None:
    """Judge the parameters of a function tool.

    Raises:
        ApiError: broken, or loose though the function is strict.
    """
    owner = f"function '{function['name']}'"
    refuse_schema(function, function["parameters"], owner, param=param, code="invalid_function_parameters")


def refuse_schema(holder: dict[str, Any], schema: Any, owner: str, *, param: str, code: str | None) -> None:
    """Judge a schema by whether what holds it is `strict`.

    Raises:
        ApiError: broken, or loose though strict.
    """
    refuse_broken_schema(schema, owner, param=param, code=code)
    if holder.get("strict"):
        refuse_loose_schema(schema, owner, param=param, code=code)


def refuse_broken_schema(schema: Any, owner: str, *, param: str, code: str | None) -> None:
    """What is no JSON Schema at all is refused.

    Raises:
        ApiError: at the first keyword that cannot be.
    """
    for fault in _breaks(schema, 0):
        raise ApiError(f"Invalid schema for {owner}: {fault}", param=param, code=code)


def _breaks(schema: Any, depth: int) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict) or depth > 100:
        yield f"{str(schema)[:80]} is not of type 'object', 'boolean'."
        return
    kinds = schema.get("type", "object")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in _TYPES:
            yield f"{kind!r} is not valid under any of the given schemas."
    if kinds == []:
        yield "[] should be non-empty."
    for keyword, (kind, fits) in _KEYWORDS.items():
        if keyword in schema and schema[keyword] is not None and not fits(schema[keyword]):
            yield f"{schema[keyword]!r} is not of type '{kind}'."
            return
    if not all(isinstance(name, str) for name in schema.get("required") or ()):
        yield "'required' names properties."
    for inner in _inner(schema):
        yield from _breaks(inner, depth + 1)


def _inner(schema: dict[str, Any]) -> Iterator[Any]:
    for keyword in ("properties", "$defs", "definitions"):
        yield from (schema.get(keyword) or {}).values()
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from schema.get(keyword) or ()
    items = schema.get("items")
    if items is not None:
        yield from items if isinstance(items, list) else (items,)


def refuse_loose_schema(schema: Any, owner: str, *, param: str, code: str | None) -> None:
    """Under `strict` every object closes itself and requires all its properties.

    Raises:
        ApiError: at the first object that does not.
    """
    for context, fault in _faults(schema, ()):
        place = ", ".join(f"'{step}'" for step in context)
        place = f"({place},)" if len(context) == 1 else f"({place})"
        raise ApiError(f"Invalid schema for {owner}: In context={place}, {fault}", param=param, code=code)


def _faults(schema: Any, context: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    if schema.get("type") == "object" or properties is not None:
        if schema.get("additionalProperties") is not False:
            yield context, "'additionalProperties' is required to be supplied and to be false."
        required = schema.get("required")
        missing = [name for name in properties or () if name not in (required or ())]
        if missing:
            yield (
                context,
                "'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{missing[0]}'.",
            )
    for key, inner in (*(properties or {}).items(), *(schema.get("$defs") or {}).items()):
        yield from _faults(inner, (*context, "properties", key))
    yield from _faults(schema.get("items"), (*context, "items"))
    for number, inner in enumerate(schema.get("anyOf") or ()):
        yield from _faults(inner, (*context, "anyOf", str(number)))
