"""Field names that the openai SDK's models know beyond upstream's document; written to `sdk_names.json`.

Models and schemas are walked side by side, from what the method of each operation returns and the roots
below. Only maintainers run it, when the pinned SDK changes:
`python -m slashv1.spec.compile.sdk_names OPENAPI`. Judging never imports the SDK.
"""

from __future__ import annotations

import gzip
import json
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slashv1.spec.compile.normal import Normaliser, Schema
from slashv1.spec.contract import operations

ROOTS = {
    "CreateChatCompletionResponse": "openai.types.chat:ChatCompletion",
    "CreateChatCompletionStreamResponse": "openai.types.chat:ChatCompletionChunk",
    "Response": "openai.types.responses:Response",
    "ResponseStreamEvent": "openai.types.responses:ResponseStreamEvent",
    "CreateEmbeddingResponse": "openai.types:CreateEmbeddingResponse",
    "Model": "openai.types:Model",
    "Error": "openai.types:ErrorObject",
}
"""Upstream's component and the SDK's name for the same thing."""


class Names:
    """The names found so far, by place in the plain form."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.normal = Normaliser(document["components"]["schemas"])
        self.found: dict[str, set[str]] = {}
        self.seen: set[tuple[str, str]] = set()

    def walk(self, annotation: Any, schema: Schema, place: str) -> None:
        """Compare what the SDK types with what upstream says at one place."""
        while "$ref" in schema:
            place = schema["$ref"]
            schema = self.normal.named(place)
        for model, one, where in self._pairs(annotation, schema, place):
            if typing.get_origin(model) is list:
                if "items" in one:
                    self.walk(typing.get_args(model)[0], one["items"], f"{where}/items")
            elif hasattr(model, "model_fields") and one.get("properties"):
                self._model(model, one, where)

    def _model(self, model: Any, schema: Schema, place: str) -> None:
        key = (place, model.__qualname__)
        if key in self.seen:
            return
        self.seen.add(key)
        for field, info in model.model_fields.items():
            name = info.alias or field
            if name in schema["properties"]:
                self.walk(info.annotation, schema["properties"][name], f"{place}/properties/{name}")
            else:
                self.found.setdefault(place, set()).add(name)

    def _pairs(self, annotation: Any, schema: Schema, place: str) -> list[tuple[Any, Schema, str]]:
        models = [one for one in _members(annotation) if one is not type(None)]
        branches = self._branches(schema, place)
        lists = [one for one in models if typing.get_origin(one) is list]
        arrays = [(one, where) for one, where in branches if one.get("type") == "array"]
        pairs = [(lists[0], *arrays[0])] if len(lists) == len(arrays) == 1 else []
        objects = [(one, where) for one, where in branches if one.get("properties")]
        classes = [one for one in models if hasattr(one, "model_fields")]
        if len(classes) == len(objects) == 1:
            return [*pairs, (classes[0], *objects[0])]
        for model in classes:
            same = [(one, where) for one, where in objects if _tags(model) & self._enum(one)]
            pairs.extend((model, one, where) for one, where in same)
        return pairs

    def _branches(self, schema: Schema, place: str) -> list[tuple[Schema, str]]:
        if "$ref" in schema:
            return self._branches(self.normal.named(schema["$ref"]), schema["$ref"])
        if "anyOf" not in schema:
            return [(schema, place)]
        return [
            pair
            for index, branch in enumerate(schema["anyOf"])
            for pair in self._branches(branch, f"{place}/anyOf/{index}")
        ]

    def _enum(self, schema: Schema) -> set[str]:
        found = schema["properties"].get("type", {})
        while "$ref" in found:
            found = self.normal.named(found["$ref"])
        return set(found.get("enum", ()))


def _members(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [one for part in typing.get_args(annotation) for one in _members(part)]
    value = getattr(annotation, "__value__", None)
    return _members(value) if value is not None else [annotation]


def _tags(model: Any) -> set[str]:
    field = model.model_fields.get("type")
    return set() if field is None else {v for one in _members(field.annotation) for v in typing.get_args(one)}


def returned(name: str, client: Any) -> list[Any]:
    """The models that the SDK's method of an operation returns; none where it has no such method."""
    method: Any = client
    for step in name.split("."):
        method = getattr(method, step, None)
    if method is None:
        return []
    members = _members(typing.get_type_hints(method).get("return"))
    return [one for one in members if hasattr(one, "model_fields")]


def names(document: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `sdk_names.json`."""
    from importlib import import_module

    import openai

    found = Names(document)
    for component, spelt in ROOTS.items():
        module, name = spelt.split(":")
        found.walk(getattr(import_module(module), name), {"$ref": component}, component)
    client = openai.OpenAI(api_key="none", admin_api_key="none")
    for operation in operations().values():
        component = (operation.response or "").rpartition("/")[2]
        if component in found.normal.components:
            for model in returned(operation.name, client):
                found.walk(model, {"$ref": component}, component)
    by_place = {place: sorted(found.found[place]) for place in sorted(found.found)}
    return {"sdk": openai.__version__, "names": by_place}


if __name__ == "__main__":
    raw = Path(sys.argv[1]).read_bytes()
    text = json.dumps(names(json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)), indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n", "utf-8")
