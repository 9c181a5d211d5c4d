"""The contract in other people's formats: one OpenAPI 3.1 document, or plain JSON Schema files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from slashv1.spec.contract import Operation, definitions, schema
from slashv1.spec.data import read
from slashv1.spec.example import examples
from slashv1.spec.unions import as_any_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SERVER = "https://api.openai.com"
ERROR = "errors#/$defs/ErrorResponse"
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
JSON, FORM, STREAM = "application/json", "multipart/form-data", "text/event-stream"


def openapi(chosen: Iterable[Operation], version: str, server: str = SERVER) -> dict[str, Any]:
    """One OpenAPI 3.1 document of operations, self-contained, with an example of each body.

    Paths begin with `/v1`. Operations whose path holds a query cannot be said in OpenAPI: they are named
    under `x-left-out`. A stream's schema is that of one event.
    """
    bundle = _Bundle()
    paths: dict[str, dict[str, Any]] = {}
    left_out = []
    parameters: Mapping[str, Any] = read("parameters.json")
    for one in chosen:
        if "?" in one.path:
            left_out.append(one.name)
            continue
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, parameters, bundle)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "OpenAI /v1, as slashv1 knows it", "version": version, "license": LICENSE},
        "jsonSchemaDialect": DIALECT,
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": bundle.schemas(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    return {**document, "x-left-out": left_out} if left_out else document


def schemas(chosen: Iterable[Operation]) -> dict[str, dict[str, Any]]:
    """The parts of operations as self-contained schemas by file name, `models.list.response.json`."""
    found = {}
    for one in chosen:
        parts = {"request": one.request or one.form, "response": one.response, "event": one.event}
        for part, reference in parts.items():
            if reference:
                whole = schema(reference)
                identity = {"$schema": whole["$schema"], "$id": f"urn:slashv1:{one.name}:{part}"}
                found[f"{one.name}.{part}.json"] = {**identity, **whole}
    return found


def text(value: Any) -> str:
    """A document as it is written to a file."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _operation(one: Operation, parameters: Mapping[str, Any], bundle: _Bundle) -> dict[str, Any]:
    names = {"operationId": one.upstream_id, "summary": one.name, "x-operation": one.name}
    out: dict[str, Any] = {**names, "tags": [_tag(one)]}
    said = parameters.get(one.name) or [_in_path(name) for name in re.findall(r"\{(\w+)\}", one.path)]
    if said:
        out["parameters"] = said
    bodies = {JSON: one.request, FORM: one.form}
    content = {media: bundle.content(reference) for media, reference in bodies.items() if reference}
    if content:
        out["requestBody"] = {"required": True, "content": content}
    out["responses"] = {
        "200": {"description": "Success", **_answers(one, bundle)},
        "default": {"description": "Error", "content": {JSON: bundle.content(ERROR)}},
    }
    return out


def _tag(one: Operation) -> str:
    return one.name.rsplit(".", 1)[0]


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _answers(one: Operation, bundle: _Bundle) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if one.response:
        content[JSON] = bundle.content(one.response)
    if one.event:
        content[STREAM] = {"schema": bundle.reference(one.event)}
    if one.answer == "any":
        content["*/*"] = {}
    return {"content": content} if content else {}


class _Bundle:
    """Components under names that are theirs alone: a request and a response may share upstream's name."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def reference(self, reference: str) -> dict[str, Any]:
        """A pointer to the component, which is bundled from now on."""
        family, _, name = reference.partition("#/$defs/")
        self._used.update(dict.fromkeys(f"{family}.{inner}" for inner in schema(reference)["$defs"]))
        return {"$ref": f"#/components/schemas/{family}.{name}"}

    def content(self, reference: str) -> dict[str, Any]:
        """A media type: the schema and an example."""
        return {"schema": self.reference(reference), "example": examples(reference)[0]}

    def schemas(self) -> dict[str, Any]:
        """Every component in use, by name."""
        out = {}
        for name in sorted(self._used):
            family, _, inner = name.partition(".")
            out[name] = _moved(definitions(family)[inner], family)
        return {name: as_any_of(one, out) for name, one in out.items()}


def _moved(node: Any, family: str) -> Any:
    if isinstance(node, list):
        return [_moved(item, family) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _moved(value, family) for key, value in node.items()}
    if isinstance(out.get("$ref"), str):
        out["$ref"] = f"#/components/schemas/{family}.{out['$ref'].removeprefix('#/$defs/')}"
    return out
