"""Embedding vectors as they travel: arrays of numbers, or base64 of little-endian float32."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from operator import mul
from typing import Any

_NUMBERS = frozenset({int, float})


def vector(value: Any) -> tuple[float, ...] | None:
    """The numbers of an embedding in either encoding; None where it is neither."""
    if isinstance(value, str):
        raw = raw_bytes(value)
        return None if raw is None or len(raw) % 4 else struct.unpack(f"<{len(raw) // 4}f", raw)
    if not isinstance(value, list) or not _NUMBERS.issuperset(map(type, value)):
        return None
    try:
        return tuple(map(float, value))
    except OverflowError:
        return None


def raw_bytes(text: str) -> bytes | None:
    """What strict base64 decodes to; None where it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def norm(values: tuple[float, ...]) -> float:
    """Euclidean length; NaN and infinity where a value is."""
    return math.sqrt(math.fsum(map(mul, values, values))) if all(map(math.isfinite, values)) else math.nan


def distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Euclidean distance of two vectors; NaN where a number is not finite."""
    return norm(tuple(a - b for a, b in zip(one, other, strict=False)))


def far_apart(one: tuple[float, ...], other: tuple[float, ...]) -> int | None:
    """The first place where two vectors differ by more than 0.001; None where none does.

    Genuine models answer the same input with vectors that differ a little from call to call.
    """
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if not abs(a - b) <= 1e-3), None)
