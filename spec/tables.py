"""The tables beside the schemas: errors by cause, header grammar, stream machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType
from typing import Any

from slashv1.spec.data import read

PATH = "$path"
"""As `ErrorRow.param`: the path of the parameter that is wrong."""


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How one mistake is answered."""

    cause: str
    """`wrong-key`, `unknown-model`, `wrong-type`, …"""
    status: int
    type: str
    code: str | None
    param: str | None
    """A fixed name, `PATH`, or None for JSON null."""
    operations: str
    """Glob over operation names."""
    seen: int
    """Genuine exchanges it rests on; 0: as documented."""


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """What a header looks like and where it is due."""

    name: str
    pattern: str
    """Regular expression for the whole value."""
    operations: tuple[str, ...] = ("*",)
    """Globs over operation names."""
    on: str = "sometimes"
    """`any` answer, `success` (2xx), `sometimes` (legal, not expected), or a status."""
    seen: int = 0
    profile: str | None = None
    """The one profile it belongs to; None: OpenAI's own."""


@cache
def error_table() -> tuple[ErrorRow, ...]:
    """Status, type, code and param by cause, the narrower operations first."""
    return tuple(ErrorRow(**row) for row in read("errors.json")["rows"])


def error_row(cause: str, operation: str) -> ErrorRow:
    """The row of a cause on an operation.

    Raises:
        KeyError: no such cause there.
    """
    for row in error_table():
        if row.cause == cause and fnmatchcase(operation, row.operations):
            return row
    raise KeyError(f"{cause} on {operation}")


@cache
def header_grammar() -> Mapping[str, HeaderRule]:
    """Response headers by their name in lower case."""
    return MappingProxyType({raw["name"].lower(): _rule(raw) for raw in read("headers.json")["response"]})


@cache
def request_header_grammar() -> Mapping[str, HeaderRule]:
    """Request headers of the header signals, by their name in lower case."""
    return MappingProxyType({raw["name"].lower(): _rule(raw) for raw in read("headers.json")["request"]})


def _rule(raw: Mapping[str, Any]) -> HeaderRule:
    return HeaderRule(**{**raw, "operations": tuple(raw.get("operations", ("*",)))})


@cache
def stream_machine(name: str) -> Mapping[str, Any]:
    """Which event may follow which: `chat` or `responses`, as it stands in `streams.json`.

    `responses`: `first`, `anywhere`, `terminal`; `next` between items and `inside` an item by its type
    (event to the events that may follow it there); `scopes` (item, part, summary part: added, done, the
    keys that tell one from another); `families` (delta events joined by `keys` equal `done_field` of the
    done event and the value at `final` of the item); `items` by type (the `prefix` of their ids, the `tools`
    that bring them, their `steps` as events of one rank in order, what each `needs` at least once, what
    its `ends` say of the item); `status` of the response that an event carries.
    `chat`: `states` of each choice, `constant` keys, `terminator`.
    `others`: by operation the `kind` (what names an event: SSE's `event`, or a key of its data), the kinds a
    stream may begin with (`first`) and end in (`last`), `terminator` (None: not known), `seen`.

    Raises:
        KeyError: no such machine.
    """
    found: Mapping[str, Any] = MappingProxyType(read("streams.json")[name])
    return found
