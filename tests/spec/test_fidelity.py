"""Genuine traffic is never wrong: the contract objects to none of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from slashv1.spec import find_operation, objections, parse
from tests.spec.evidence import exchanges

pytestmark = pytest.mark.evidence


def messages() -> Iterator[tuple[str, str, Any]]:
    """What of each genuine, accepted exchange a schema speaks of: a label, the reference, the value."""
    for exchange in exchanges():
        request, response = exchange["request"], exchange["response"]
        found = find_operation(request["method"], request["path"])
        if found is None or response["status"] >= 300:
            continue
        retired = request["headers"].get("openai-beta") == "assistants=v1"
        kept = isinstance(request.get("json"), dict) and not exchange.get("request_truncated")
        if found.request and kept and not retired:
            yield "request", found.request, request["json"]
        if response.get("sse") and found.event:
            for line in response["sse"].splitlines():
                if line.startswith("data:") and "[DONE]" not in line:
                    yield "event", found.event, parse(line[5:]).value
        elif found.response and response.get("json") is not None:
            yield "response", found.response, response["json"]


def test_no_genuine_message_is_objected_to() -> None:
    seen: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for part, reference, value in messages():
        seen[part] += 1
        wrong.update(f"{reference} {one.kind} {one.pointer}" for one in objections(reference, value))
    assert wrong == Counter()
    assert seen["response"] > 3_000
    assert seen["event"] > 20_000
    assert seen["request"] > 3_500


def test_the_beta_of_responses_takes_every_genuine_message_of_responses() -> None:
    seen: Counter[str] = Counter()
    for part, reference, value in messages():
        family, cut, name = reference.partition("#/$defs/")
        if family.removesuffix("-request") == "responses":
            seen[part] += 1
            assert objections(f"beta-{family}{cut}Beta{name}", value) == []
    assert seen["response"] > 900
    assert seen["event"] > 14_000
    assert seen["request"] > 1_200


def test_every_genuine_error_keeps_the_envelope() -> None:
    seen = 0
    for exchange in exchanges():
        body = exchange["response"].get("json")
        if exchange["response"]["status"] >= 400 and isinstance(body, dict):
            seen += 1
            assert objections("errors#/$defs/ErrorResponse", body) == [], exchange["id"]
    assert seen > 1_000


SHAPE_CODES = {
    "decimal_above_max_value",
    "decimal_below_min_value",
    "invalid_parameter_combination",
    "integer_below_min_value",
    "invalid_type",
    "missing_required_parameter",
    "object_above_max_properties",
    "property_name_above_max_length",
    "string_above_max_length",
}
"""Codes of rejections that no model has a part in."""


def test_what_genuine_openai_rejects_for_its_shape_is_objected_to() -> None:
    seen = 0
    for exchange in exchanges():
        body = exchange["response"].get("json")
        error = body.get("error") if isinstance(body, dict) else None
        found = find_operation(exchange["request"]["method"], exchange["request"]["path"])
        if not isinstance(error, dict) or error.get("code") not in SHAPE_CODES or found is None:
            continue
        seen += 1
        assert objections(found.request or "", exchange["request"]["json"]), exchange["id"]
    assert seen > 150
