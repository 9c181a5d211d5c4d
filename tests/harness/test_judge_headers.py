"""Response headers: one defect per row, and what is legal."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import ExpectedError
from slashv1.record import Level
from tests.harness.readings import a_case, a_reading, deviations, ids_of

CASE = a_case(model="gpt-4o", beside=("chat.completions.create/other",))
UNAUTHORIZED = a_case("responses.create", status=401, error=ExpectedError())
RATE = {"error": {"message": "slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
SPENT = {
    "error": {"message": "pay", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}
}
FULL = {
    "x-request-id": "req_0123456789abcdef0123456789abcdef",
    "openai-version": "2020-10-01",
    "openai-processing-ms": "412",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-limit-tokens": "30000000",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-remaining-tokens": "29999987",
    "x-ratelimit-reset-requests": "6ms",
    "x-ratelimit-reset-tokens": "0s",
}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in FULL.items() if name not in names}


OBJECTS: list[tuple[str, dict[str, Any], str]] = [
    ("headers.request-id", {"headers": without("x-request-id")}, "x-request-id"),
    ("headers.request-id", {"headers": {}, "status": 500}, "x-request-id"),
    ("headers.request-id-grammar", {"headers": {"x-request-id": ""}}, "x-request-id"),
    ("headers.request-id-grammar", {"headers": {"x-request-id": "réq 1"}}, "x-request-id"),
    ("headers.request-id-unique", {"headers": {"x-request-id": "req_other"}}, "x-request-id"),
    ("headers.processing-ms", {"headers": {"openai-processing-ms": "0.4"}}, "openai-processing-ms"),
    ("headers.openai-version", {"headers": {"openai-version": "v1"}}, "openai-version"),
    ("headers.openai-present", {"headers": without("openai-version")}, "openai-version"),
    ("headers.single", {"headers": [*FULL.items(), ("X-Request-Id", "req_2")]}, "x-request-id"),
    (
        "headers.ratelimit-count",
        {"headers": {"x-ratelimit-limit-requests": "10k"}},
        "x-ratelimit-limit-requests",
    ),
    (
        "headers.ratelimit-count",
        {"headers": {"x-ratelimit-remaining-tokens": "-1"}},
        "x-ratelimit-remaining-tokens",
    ),
    ("headers.ratelimit-reset", {"headers": {"x-ratelimit-reset-tokens": "60"}}, "x-ratelimit-reset-tokens"),
    ("headers.ratelimit-reset", {"headers": {"x-ratelimit-reset-tokens": ""}}, "x-ratelimit-reset-tokens"),
    (
        "headers.ratelimit-remaining",
        {"headers": {**FULL, "x-ratelimit-remaining-requests": "10001"}},
        "x-ratelimit-remaining-requests",
    ),
    (
        "headers.ratelimit-complete",
        {"headers": without("x-ratelimit-reset-tokens")},
        "x-ratelimit-reset-tokens",
    ),
    ("headers.ratelimit-present", {"headers": {}}, "x-ratelimit-limit-requests"),
    ("headers.retry-after", {"status": 429, "body": RATE}, "retry-after"),
    ("headers.retry-after-grammar", {"headers": {"retry-after": "soon"}}, "retry-after"),
    ("headers.retry-after-grammar", {"headers": {"retry-after-ms": "1s"}}, "retry-after-ms"),
    ("headers.www-authenticate", {"case": UNAUTHORIZED, "status": 401}, "www-authenticate"),
    ("headers.no-leak", {"headers": {"Authorization": "Bearer x"}}, "authorization"),
    ("headers.no-leak", {"headers": {"x-debug": "key=[redacted]"}}, "x-debug"),
]
PASSES: list[tuple[str, dict[str, Any]]] = [
    *((check, {"headers": FULL}) for check in sorted(ids_of("headers") - {"headers.www-authenticate"})),
    ("headers.request-id", {"status": None}),
    ("headers.request-id-grammar", {"headers": {"x-request-id": "0b6d8a57-1c1f-4e0e-9d5a-5d0c0c2e9a11"}}),
    ("headers.request-id-grammar", {}),
    ("headers.processing-ms", {"headers": without("openai-processing-ms")}),
    ("headers.ratelimit-count", {"headers": {"x-ratelimit-limit-requests": "9223372036854767616"}}),
    ("headers.ratelimit-complete", {"headers": without(*(n for n in FULL if n.endswith("-tokens")))}),
    ("headers.retry-after", {"status": 429, "body": RATE, "headers": {"retry-after": "2"}}),
    ("headers.retry-after", {"status": 429, "body": SPENT}),
    ("headers.retry-after-grammar", {"headers": {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}}),
    ("headers.retry-after-grammar", {"headers": {"retry-after": "0.5", "retry-after-ms": "500"}}),
    ("headers.www-authenticate", {"case": UNAUTHORIZED, "status": 400}),
    (
        "headers.www-authenticate",
        {"case": UNAUTHORIZED, "status": 401, "headers": {"www-authenticate": 'Bearer realm="x"'}},
    ),
    ("headers.no-leak", {"headers": {"set-cookie": "[redacted]", "openai-organization": "[redacted]"}}),
]


def judged(check: str, given: dict[str, Any]) -> list[Deviation]:
    other = a_reading(a_case(name="other"), headers={"x-request-id": "req_other"})
    others: dict[str, Reading] = {"chat.completions.create/other": other}
    return deviations(check, a_reading(**{"case": CASE, "others": others, **given}))


@pytest.mark.parametrize(("check", "given", "header"), OBJECTS)
def test_a_defect_is_told_with_its_header(check: str, given: dict[str, Any], header: str) -> None:
    (found,) = judged(check, given)
    assert found.header == header


@pytest.mark.parametrize(("check", "given"), PASSES)
def test_what_is_legal_passes(check: str, given: dict[str, Any]) -> None:
    assert judged(check, given) == []


@pytest.mark.parametrize(
    "duration",
    ["72ms", "1s", "6m0s", "8.64s", "4h43m36.314s", "17m59.9s", "1h0m0s", "0s", "1d2h0m3s", "0.5ms"],
)
def test_every_duration_that_genuine_limits_use_passes(duration: str) -> None:
    assert judged("headers.ratelimit-reset", {"headers": {"x-ratelimit-reset-requests": duration}}) == []


@pytest.mark.parametrize("duration", ["s", "1", "1.5", "1sec", "-1s", "2026-01-01T00:00:00Z", "1s1m"])
def test_what_is_no_duration_is_told(duration: str) -> None:
    assert judged("headers.ratelimit-reset", {"headers": {"x-ratelimit-reset-requests": duration}}) != []


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("headers") == {row[0] for row in OBJECTS}


def test_no_header_alone_fails_a_run() -> None:
    assert Level.MUST not in {checks()[check].level for check in ids_of("headers")}
