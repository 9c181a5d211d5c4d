"""Defects of embeddings and models: constants, vectors, entries of a list."""

from __future__ import annotations

import base64
import struct
from typing import Any

from slashv1.reference_server.defects.adapters import on_body, put
from slashv1.reference_server.defects.twist import Twist

EMBED = ("embeddings.create",)
LIST = ("models.list",)
RETRIEVE = ("models.retrieve",)


def _infinite(text: Any) -> Any:
    """The first number of a base64 vector is infinite."""
    if not isinstance(text, str):
        return text
    return base64.b64encode(struct.pack("<f", float("inf")) + base64.b64decode(text)[4:]).decode()


def _last_shorter(body: Any) -> None:
    vector = body["data"][-1]["embedding"]
    if isinstance(vector, list) and len(body["data"]) > 1:
        body["data"][-1]["embedding"] = vector[:-1]


def _first_nameless(body: Any) -> None:
    body["data"][0]["id"] = ""


DEFECTS = (
    Twist(
        "embeddings-object",
        "A list of embeddings calls itself embeddings",
        on_body(put("object", "embeddings")),
        EMBED,
        "embeddings.object",
    ),
    Twist(
        "embeddings-model-empty",
        "`model` of embeddings is empty",
        on_body(put("model", "")),
        EMBED,
        "embeddings.model",
    ),
    Twist(
        "embeddings-empty",
        "Vectors are empty",
        on_body(put("data.*.embedding", lambda v: [] if isinstance(v, list) else "")),
        EMBED,
        "embeddings.vector.non-empty",
        ("ignored.dimensions",),
    ),
    Twist(
        "embeddings-shorter",
        "The last of several vectors is shorter",
        on_body(_last_shorter),
        EMBED,
        "embeddings.vector.same-length",
        ("embeddings.model-length",),
    ),
    Twist(
        "embeddings-infinite",
        "A number of a vector is infinite",
        on_body(put("data.*.embedding", _infinite)),
        EMBED,
        "embeddings.vector.finite",
        ("embeddings.base64.equals-float",),
    ),
    Twist(
        "models-list-object",
        "The list of models calls itself models",
        on_body(put("object", "models")),
        LIST,
        "models.list.object",
    ),
    Twist(
        "models-none", "No model is listed", on_body(put("data", lambda _: [])), LIST, "models.list.non-empty"
    ),
    Twist(
        "models-twice",
        "A model is listed twice",
        on_body(put("data", lambda data: [*data, data[0]])),
        LIST,
        "models.list.ids-unique",
    ),
    Twist(
        "model-object",
        "A model calls itself language_model",
        on_body(put("object", "language_model")),
        RETRIEVE,
        "models.object",
        ("models.retrieve.agrees",),
    ),
    Twist("model-id-empty", "A listed model has no id", on_body(_first_nameless), LIST, "models.id"),
    Twist(
        "model-created-milliseconds",
        "`created` of models counts milliseconds",
        on_body(put("data.*.created", lambda seconds: seconds * 1000)),
        LIST,
        "models.created-seconds",
    ),
    Twist(
        "model-neighbour",
        "Another model is retrieved than the one asked for",
        on_body(put("id", lambda name: f"{name}-2024")),
        RETRIEVE,
        "models.retrieve.id",
    ),
    Twist(
        "model-owner-differs",
        "A model retrieved has another owner than in the list",
        on_body(put("owned_by", "somebody")),
        RETRIEVE,
        "models.retrieve.agrees",
    ),
)
