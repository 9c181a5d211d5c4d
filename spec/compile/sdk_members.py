"""A model of the SDK as a schema of the plain form, for members of unions that upstream's document lacks."""

from __future__ import annotations

from typing import Any

from slashv1.spec.compile.normal import Schema, union
from slashv1.spec.drift.alternatives import ANY, Alternative, Node
from slashv1.spec.drift.sdk_models import Models

_MODELS = Models()


def schema_of(annotation: Any) -> Schema:
    """What an annotation takes; models are written out in line.

    Raises:
        RecursionError: a model that holds itself.
    """
    return _schema((annotation,))


def _schema(node: Node) -> Schema:
    found = [_one(alternative) for alternative in _MODELS.alternatives(node)]
    return found[0] if len(found) == 1 else union(found)


def _one(found: Alternative) -> Schema:
    if found.kind == ANY:
        return {}
    out: Schema = {"type": found.kind}
    if found.values is not None:
        out["enum"] = list(found.values)
    if found.items:
        out["items"] = _schema(found.items)
    if found.extra:
        out["additionalProperties"] = _schema(found.extra)
    if found.fields:
        out["properties"] = {name: _schema(one.node) for name, one in found.fields.items()}
        required = sorted(name for name, one in found.fields.items() if one.required)
        out |= {"required": required} if required else {}
    return out
