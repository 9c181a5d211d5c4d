"""Response headers: one defect per row, and what is legal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.harness.judge.engine import checks
from slashv1.harness.reading import Reading
from slashv1.matrix import ExpectedError
from slashv1.record import Level
from tests.harness.readings import a_case, a_reading, deviations, ids_of

TOPICS = ("headers", "headers_whole", "headers_parity")
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


BARE = without(*(name for name in FULL if name.startswith("x-ratelimit-")))
PLAIN = a_case(name="plain")
STREAM = a_case(stream=True, beside=("chat.completions.create/plain",))
REFUSED = a_case(
    status=400, error=ExpectedError(), tags=("validation",), beside=("chat.completions.create/plain",)
)
TWIN = {"chat.completions.create/plain": a_reading(PLAIN, headers=FULL)}
BARE_TWIN = {"chat.completions.create/plain": a_reading(PLAIN)}
RESPONSE_STREAM = a_case("responses.create", stream=True, beside=("responses.create/plain",))
VERSION = {"openai-version": "2020-10-01"}
RESPONSE_TWIN = {
    "responses.create/plain": a_reading(a_case("responses.create", name="plain"), headers={**BARE, **VERSION})
}
NOT_ALWAYS = {"headers.www-authenticate", "headers.date"}


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
    ("headers.size", {"headers": {**FULL, "X-Trace": "span;" * 3_300}}, "x-trace"),
    ("headers.ascii", {"headers": {"X-Region": "Zürich"}}, "x-region"),
    ("headers.ascii", {"headers": {"x-note": "a\x7fb"}}, "x-note"),
    ("headers.hop-by-hop", {"headers": {"Proxy-Authorization": "Basic eDp5"}}, "proxy-authorization"),
    ("headers.hop-by-hop", {"headers": {"proxy-authenticate": "Basic"}}, "proxy-authenticate"),
    ("headers.no-secret", {"headers": {"x-upstream": f"Bearer sk-{'a1' * 20}"}}, "x-upstream"),
    ("headers.no-secret", {"headers": {"x-provider": f"id=1;key=AIza{'b2' * 18}"}}, "x-provider"),
    ("headers.shared-cache", {"headers": {"cache-control": "public, max-age=60"}}, "cache-control"),
    ("headers.shared-cache", {"headers": {"cache-control": "max-age=0,S-MaxAge=60"}}, "cache-control"),
    ("headers.date", {"headers": FULL}, "date"),
    ("headers.stream-parity", {"case": STREAM, "others": TWIN, "headers": BARE}, "x-ratelimit-"),
    (
        "headers.stream-parity",
        {"case": RESPONSE_STREAM, "others": RESPONSE_TWIN, "headers": {"openai-processing-ms": "7"}},
        "openai-version",
    ),
    (
        "headers.error-parity",
        {"case": REFUSED, "status": 400, "others": TWIN, "headers": BARE},
        "x-ratelimit-",
    ),
]
PASSES: list[tuple[str, dict[str, Any]]] = [
    *((check, {"headers": FULL}) for check in sorted(ids_of("headers", "headers_whole") - NOT_ALWAYS)),
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
    ("headers.size", {"headers": {"x-trace": "span;" * 3_000}}),
    ("headers.ascii", {"headers": {"x-request-id": "réq"}}),
    ("headers.hop-by-hop", {"status": 407, "headers": {"proxy-authenticate": "Basic"}}),
    ("headers.hop-by-hop", {"headers": {"connection": "keep-alive", "keep-alive": "timeout=5"}}),
    ("headers.no-secret", {"headers": {"www-authenticate": 'Bearer realm="OpenAI API"'}}),
    (
        "headers.no-secret",
        {"headers": {"x-task-id": f"task-sk-{'a1' * 4}", "etag": 'W/"disk-0123456789abcdef0123"'}},
    ),
    ("headers.no-secret", {"headers": {"Authorization": f"Bearer sk-{'a1' * 20}"}}),
    ("headers.shared-cache", {"headers": {"cache-control": "private, max-age=60, no-cache"}}),
    ("headers.date", {"headers": {"Date": "Wed, 21 Oct 2026 07:28:00 GMT"}}),
    ("headers.stream-parity", {"case": STREAM, "others": TWIN, "headers": FULL}),
    ("headers.stream-parity", {"case": STREAM, "others": BARE_TWIN}),
    ("headers.stream-parity", {"case": RESPONSE_STREAM, "others": RESPONSE_TWIN, "headers": BARE}),
    ("headers.error-parity", {"case": REFUSED, "status": 400, "others": TWIN, "headers": FULL}),
    ("headers.error-parity", {"case": REFUSED, "status": 400, "others": BARE_TWIN}),
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
    assert ids_of(*TOPICS) == {row[0] for row in OBJECTS}


def test_no_header_alone_fails_a_run_but_a_head_that_a_client_cannot_read() -> None:
    assert {check for check in ids_of(*TOPICS) if checks()[check].level is Level.MUST} == {"headers.size"}


@pytest.mark.parametrize("missing", [{}, {"chat.completions.create/plain": a_reading(PLAIN, status=500)}])
def test_without_a_plain_answer_parity_cannot_be_told(missing: dict[str, Reading]) -> None:
    with pytest.raises(Inconclusive, match="no plain answer"):
        judged("headers.stream-parity", {"case": STREAM, "others": missing})


def test_streams_that_are_sent_together_have_no_twin() -> None:
    assert not checks()["headers.stream-parity"].applies(replace(STREAM, together="eight"))


def test_the_key_that_is_found_is_not_repeated() -> None:
    (found,) = judged("headers.no-secret", {"headers": {"x-upstream": f"sk-{'a1' * 20}"}})
    assert "a1a1a1" not in f"{found}"
