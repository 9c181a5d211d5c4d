"""What the contract says of a value: the words of an objection."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "missing",
    "unknown",
    "type",
    "null",
    "enum",
    "const",
    "range",
    "length",
    "pattern",
    "count",
    "unknown-variant",
    "integer-literal",
    "other",
]


class Objection(NamedTuple):
    """One place where a value breaks the contract."""

    kind: Kind
    pointer: str
    """JSON Pointer to the offending value; for `missing` and `unknown` to the key itself."""
    expected: str
    actual: str
