"""Embedding vectors in both encodings."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import pytest

from slashv1.harness.judge.vectors import distance, far_apart, norm, raw_bytes, vector

CODED = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ([0.5, -2], (0.5, -2.0)),
        (CODED, (0.5, -2.0)),
        ([], ()),
        ("", ()),
        ([0.5, "x"], None),
        ([True], None),
        ([10**399], None),
        ("AAA=", None),
        ("not base64!", None),
        ({"a": 1}, None),
        (None, None),
    ],
)
def test_a_vector_is_read_in_either_encoding(value: Any, numbers: tuple[float, ...] | None) -> None:
    assert vector(value) == numbers


def test_base64_is_read_strictly() -> None:
    assert raw_bytes("AAAA") == b"\0\0\0"
    assert raw_bytes("AA AA") is None
    assert raw_bytes("ü") is None


def test_length_and_distance() -> None:
    assert norm((3.0, 4.0)) == 5.0
    assert math.isnan(norm((math.inf, 1.0)))
    assert distance((1.0, 0.0), (0.0, 0.0)) == 1.0


def test_the_first_place_that_differs_is_found() -> None:
    assert far_apart((0.1, 0.2, 0.3), (0.1, 0.2001, 0.3)) is None
    assert far_apart((0.1, 0.2, 0.3), (0.1, 0.25, 0.9)) == 1
    assert far_apart((0.1, math.nan), (0.1, 0.2)) == 1
