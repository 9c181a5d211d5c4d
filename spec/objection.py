"""What the contract says of a value: the words of an objection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Objection:
    """One place where a value breaks the contract."""

    kind: Kind
    pointer: str
    """JSON Pointer to the offending value; for `missing` and `unknown` to the key itself."""
    expected: str
    actual: str
