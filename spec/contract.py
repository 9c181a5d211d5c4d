"""Loading the contract and asking it: which operation is this, what does this value break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["request", "response", "event"]
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
class Operation:
    """One method and path of /v1, by its upstream name."""

    name: str
    """As the SDKs spell it: `chat.completions.create`."""
    method: str
    path: str
    """Template from `/v1` on: `/v1/responses/{response_id}`."""
    upstream_id: str
    """`operationId` in upstream's OpenAPI document."""
    request: str | None = None
    """Reference of the request schema, `chat#/$defs/CreateChatCompletionRequest`."""
    response: str | None = None
    event: str | None = None
    """Reference of the schema of one stream event."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One place where a value breaks the contract."""

    kind: Kind
    pointer: str
    """JSON Pointer to the offending value; for `missing` and `unknown` to the key itself."""
    expected: str
    actual: str


def operations() -> Mapping[str, Operation]:
    """All operations the contract knows, by name, in upstream's order."""
    raise NotImplementedError


def operation(name: str) -> Operation:
    """One operation.

    Raises:
        KeyError: no such operation.
    """
    return operations()[name]


def find_operation(method: str, path: str) -> Operation | None:
    """The operation of a request line; ids in the path may hold slashes and dots where upstream's do."""
    raise NotImplementedError


def schema(reference: str) -> dict[str, Any]:
    """The JSON Schema 2020-12 that a reference names, with its `$defs` reachable."""
    raise NotImplementedError


def objections(reference: str, value: Any) -> list[Objection]:
    """What `value` breaks of the schema that `reference` names; empty where it keeps it."""
    raise NotImplementedError
