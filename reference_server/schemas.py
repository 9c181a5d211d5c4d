"""The subset of JSON Schema that strict tools and strict structured output demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.reference_server.problems import ApiError


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
