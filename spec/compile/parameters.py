"""The parameters of the operations (path, query, headers) in upstream's document, to `parameters.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from slashv1.spec.compile.normal import Normaliser

_METHODS = ("get", "post", "put", "patch", "delete")
_SERIAL = ("style", "explode")
"""How a list or an object is written; where it is not said, OpenAPI's default counts."""


def parameters(document: Mapping[str, Any], upstream: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The parameters of each operation that has some, by our name; `upstream`: operationIds by our names."""
    normal = Normaliser(document["components"]["schemas"])
    raw = {
        operation["operationId"]: [*methods.get("parameters", ()), *operation.get("parameters", ())]
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method in _METHODS and "operationId" in operation
    }
    found = {name: [_one(each, normal) for each in raw.get(known, ())] for name, known in upstream.items()}
    return {name: rows for name, rows in found.items() if rows}


def text(found: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """The file: a parameter a line."""
    rows = [
        f" {json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(one)}" for one in each) + "\n ]"
        for name, each in found.items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _one(raw: Mapping[str, Any], normal: Normaliser) -> dict[str, Any]:
    out: dict[str, Any] = {"name": raw["name"], "in": raw["in"]}
    if raw.get("required") or raw["in"] == "path":
        out["required"] = True
    out.update({key: raw[key] for key in _SERIAL if key in raw})
    return {**out, "schema": _inline(normal.schema(raw.get("schema", {})), normal)}


def _inline(node: Any, normal: Normaliser) -> Any:
    """A schema without references: those of parameters are enums and small objects."""
    if isinstance(node, list):
        return [_inline(item, normal) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline(normal.named(node["$ref"]), normal)
    return {key: _inline(value, normal) for key, value in node.items() if key != "x-tag"}
