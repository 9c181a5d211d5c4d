"""Requests of recorded traffic that were accepted, against the contract's request schemas.

Only recordings are judged: what a live run sends is the matrix's, and half of it is wrong on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.place import dotted
from slashv1.record import Level
from slashv1.spec import Objection, objections, operation, schema

NAMES = frozenset({"unknown", "unknown-variant"})
_RETIRED = frozenset({"assistants=v1"})
"""Versions of the API that took other requests than the present one."""

BOUNDS = frozenset({"range", "length", "pattern", "count"})


def _recorded(case: Case) -> bool:
    return case.name == "recorded" and case.expect.status[0] < 300


TAKEN = on().where(_recorded)


def faults(reading: Reading) -> tuple[Objection, ...]:
    """What the request schema objects to; nothing where the request was not kept."""
    return reading.once(_faults)


def _faults(reading: Reading) -> tuple[Objection, ...]:
    if reading.asked is None:
        return ()
    found, request = operation(reading.case.operation), reading.exchange.request
    said = {name.lower(): value for name, value in request.headers}
    if said.get("openai-beta") in _RETIRED:
        return ()
    if "multipart" in said.get("content-type", ""):
        fields = reading.asked
        return tuple(objections(found.form, coerced(found.form, fields))) if found.form else ()
    return tuple(objections(found.request, reading.asked)) if found.request else ()


def coerced(reference: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form with the types their schema says: on the wire all are text."""
    whole = schema(reference)
    root = whole["$defs"][reference.rpartition("/")[2]]
    known = root.get("properties", {})
    return {name: _typed(value, _types(known.get(name, {}), whole)) for name, value in fields.items()}


def _types(node: Mapping[str, Any], whole: Mapping[str, Any]) -> frozenset[str]:
    while "$ref" in node:
        node = whole["$defs"][node["$ref"].rpartition("/")[2]]
    said = node.get("type", ())
    types = frozenset([said] if isinstance(said, str) else said)
    return types.union(*(_types(one, whole) for one in node.get("anyOf", ())))


def _typed(value: Any, types: frozenset[str]) -> Any:
    if isinstance(value, list):
        return value
    if "array" in types and not types & {"string", "object"}:
        return [value]
    if isinstance(value, str) and types & {"integer", "number", "boolean", "object"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _of(reading: Reading, wanted: frozenset[str] | None) -> Iterator[Deviation]:
    for fault in faults(reading):
        if fault.kind in wanted if wanted else fault.kind not in NAMES | BOUNDS:
            name = dotted(fault.pointer)
            message = f"{name} of the request is {fault.actual}; expected {fault.expected}"
            # No pointer: it would be taken for one into the answer.
            yield Deviation(message, f"in the request, {name}: {fault.expected}", fault.actual)


@check(
    "request.names",
    level=Level.SHOULD,
    title="An accepted request has only parameters that OpenAI knows",
    clause="RQ-1",
    when=TAKEN,
    needs=[Facet.REQUEST],
)
def _names(reading: Reading) -> Iterator[Deviation]:
    """A client that grew used to a server's own parameter fails with `unknown_parameter` elsewhere."""
    yield from _of(reading, NAMES)


@check(
    "request.shape",
    level=Level.SHOULD,
    title="An accepted request has what OpenAI requires, in its types and values",
    clause="RQ-2",
    when=TAKEN,
    needs=[Facet.REQUEST],
)
def _shape(reading: Reading) -> Iterator[Deviation]:
    """What one server takes and OpenAI refuses is found only on the day the base URL changes."""
    yield from _of(reading, None)


@check(
    "request.bounds",
    level=Level.SHOULD,
    title="An accepted request keeps the bounds that OpenAI enforces",
    clause="RQ-3",
    when=TAKEN,
    needs=[Facet.REQUEST],
)
def _bounds(reading: Reading) -> Iterator[Deviation]:
    """Ranges, lengths and counts are refused with a code of their own (`decimal_above_max_value`)."""
    yield from _of(reading, BOUNDS)
