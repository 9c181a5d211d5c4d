"""Embeddings: unit vectors drawn from a hash of the text, in JSON numbers or base64 float32."""

from __future__ import annotations

import base64
import math
import struct
from hashlib import shake_256
from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.tokens import count


def embed(asked: dict[str, Any], model: Model) -> dict[str, Any]:
    """The embeddings of a valid request, in the order of its input."""
    inputs = _inputs(asked["input"])
    size = asked.get("dimensions") or model.dimensions or 1536
    as_base64 = asked.get("encoding_format") == "base64"
    tokens = sum(count(item) if isinstance(item, str) else len(item) for item in inputs)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(_vector(item, size), as_base64)}
            for index, item in enumerate(inputs)
        ],
        "model": model.snapshot,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _inputs(raw: Any) -> list[Any]:
    """A string, an array of strings, a token array, or an array of token arrays: one entry a vector."""
    if isinstance(raw, str) or (raw and isinstance(raw[0], int)):
        return [raw]
    return list(raw)


def _vector(item: Any, size: int) -> list[float]:
    """A unit vector; the same text always gets the same one, and a shorter one is its beginning."""
    noise = shake_256(repr(item).encode()).digest(2 * size)
    raw = [value / 32768 for value in struct.unpack(f"<{size}h", noise)]
    norm = math.sqrt(sum(value * value for value in raw)) or 1.0
    return [struct.unpack("<f", struct.pack("<f", value / norm))[0] for value in raw]


def _encoded(vector: list[float], as_base64: bool) -> Any:
    if not as_base64:
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
