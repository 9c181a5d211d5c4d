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
Registry = Any
"""Of `jsonschema_rs`, which is imported only where something is compiled."""


def validator(schema: dict[str, Any], known: Registry = None) -> IsValid:
    """Compile a schema, its references to be found in itself or in `known`.

    The function raises ValueError for lone surrogates and keys that are no text.
    """
    if not _tells_integers_apart():
        return lambda value: False  # whatever it is given goes to the slow judge, which can tell
    return _compiled(strict(schema), known)


def registry(*documents: tuple[str, dict[str, Any]]) -> Registry:
    """What schemas may refer to: documents by their `$id`, each gone through `strict`."""
    import jsonschema_rs

    return jsonschema_rs.Registry([(_INTEGER, _DRAFT_4), *documents])


@cache
def _tells_integers_apart() -> bool:
    """Whether the installed validator keeps the drafts apart."""
    is_valid = _compiled(strict({"type": "integer"}))
    return is_valid(1) and not is_valid(1.0)


def _compiled(schema: dict[str, Any], known: Registry = None) -> IsValid:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema, registry=known or registry()).is_valid


def strict(node: Any) -> Any:
    """A schema, or a part of one, whose integers are draft 4's."""
    return rebuilt(node, _strict)


def rebuilt(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A JSON value with every object changed, the inner ones first; what does not change stays itself."""
    kind = type(node)
    if kind is not dict and kind is not list:
        return node
    made = node
    for key, value in node.items() if kind is dict else enumerate(node):
        if type(value) is dict or type(value) is list:
            inner = rebuilt(value, change)
            if inner is not value:
                made = node.copy() if made is node else made
                made[key] = inner
    return made if kind is list else change(made)


def _strict(node: dict[str, Any]) -> dict[str, Any]:
    said = node.get("type")
    types = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if types == ["integer"] and "$ref" not in node:
        return {**{key: value for key, value in node.items() if key != "type"}, "$ref": _INTEGER}
    if "integer" in types and "number" not in types:
        whole = {"if": {"type": "number"}, "then": {"$ref": _INTEGER}}
        return {**node, "allOf": [*node.get("allOf", ()), whole]}
    return node
