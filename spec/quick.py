"""Whether a value keeps a schema, said quickly and without a reason; to typed clients `1.0` is no integer.

JSON Schema took `1.0` for an integer from draft 6 on. In draft 4 it is none, and a schema may refer to one of
an older draft: so every `integer` becomes a reference to draft 4's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

_INTEGER = "urn:slashv1:integer"
_DRAFT_4 = {"$schema": "http://json-schema.org/draft-04/schema#", "id": _INTEGER, "type": "integer"}

IsValid = Callable[[Any], bool]


def validator(schema: dict[str, Any]) -> IsValid:
    """Compile a schema; the function raises ValueError for lone surrogates and keys that are no text."""
    if not _tells_integers_apart():
        return lambda value: False  # whatever it is given goes to the slow judge, which can tell
    return _compiled(_strict(schema))


@cache
def _tells_integers_apart() -> bool:
    """Whether the installed validator keeps the drafts apart."""
    is_valid = _compiled(_strict({"type": "integer"}))
    return is_valid(1) and not is_valid(1.0)


def _compiled(schema: dict[str, Any]) -> IsValid:
    import jsonschema_rs

    registry = jsonschema_rs.Registry([(_INTEGER, _DRAFT_4)])
    return jsonschema_rs.Draft202012Validator(schema, registry=registry).is_valid


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _strict(value) for key, value in node.items()}
    said = node.get("type")
    types = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if types == ["integer"] and "$ref" not in made:
        del made["type"]
        made["$ref"] = _INTEGER
    elif "integer" in types and "number" not in types:
        whole = {"if": {"type": "number"}, "then": {"$ref": _INTEGER}}
        made["allOf"] = [*made.get("allOf", ()), whole]
    return made
