"""The error envelope: one defect per row, and what genuine errors look like."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.engine import checks
from slashv1.matrix import ExpectedError
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse

EXPECTED = ExpectedError(("invalid_request_error",), ("invalid_type", None), ("messages[0].role",))
CASE = a_case(status=400, error=EXPECTED, headers={"authorization": "Bearer sk-slashv1-invalid-key"})
STREAM = a_case(status=400, error=EXPECTED, stream=True)
NO_CODE = a_case(status=400, error=ExpectedError(("invalid_request_error",), (None,), (None,)))
QUOTA = {"case": replace(NO_CODE, provoke="quota"), "status": 429}
INNER = {
    "message": "Invalid type for 'messages[0].role': expected one of 'system' or 'user'.",
    "type": "invalid_request_error",
    "param": "messages[0].role",
    "code": "invalid_type",
}


def envelope(**changed: Any) -> dict[str, Any]:
    return {"error": {**INNER, **changed}}


def lacking(*keys: str) -> dict[str, Any]:
    return {"error": {key: value for key, value in INNER.items() if key not in keys}}


TRACE = 'Traceback (most recent call last):\n  File "/srv/app.py", line 12, in chat'
OBJECTS: list[tuple[str, Any, dict[str, Any], str | None]] = [
    ("error.envelope", {"message": "x", "type": "y"}, {}, ""),
    ("error.envelope", {"error": "boom"}, {}, "/error"),
    ("error.envelope", {"error": None}, {}, "/error"),
    ("error.envelope", [envelope()], {}, ""),
    ("error.envelope", "not json", {}, None),
    ("error.envelope", "", {}, None),
    ("error.keys", lacking("param"), {}, "/error/param"),
    ("error.keys", lacking("code"), {}, "/error/code"),
    ("error.keys", lacking("type"), {}, "/error/type"),
    ("error.keys", lacking("message"), {}, "/error/message"),
    ("error.unknown-key", envelope(provider_specific_fields={}), {}, "/error/provider_specific_fields"),
    ("error.unknown-key", envelope(**{"a/b": 1}), {}, "/error/a~1b"),
    ("error.message", envelope(message=""), {}, "/error/message"),
    ("error.message", envelope(message={"text": "x"}), {}, "/error/message"),
    ("error.message", envelope(message=None), {}, "/error/message"),
    ("error.type", envelope(type=None), {}, "/error/type"),
    ("error.type", envelope(type=""), {}, "/error/type"),
    ("error.code-type", envelope(code=400), {}, "/error/code"),
    ("error.param-type", envelope(param=["messages"]), {}, "/error/param"),
    ("error.type-value", envelope(type="server_error"), {}, "/error/type"),
    ("error.code", envelope(code="bad"), {}, "/error/code"),
    ("error.code", envelope(code="invalid_type"), {"case": NO_CODE}, "/error/code"),
    ("error.quota-told", envelope(type="requests", code="rate_limit_exceeded"), QUOTA, "/error/code"),
    ("error.quota-told", envelope(type=None, code=None), QUOTA, "/error/code"),
    ("error.param", envelope(param=None), {}, "/error/param"),
    ("error.param", envelope(param="role"), {}, "/error/param"),
    ("error.framework-leak", {"detail": "Not Found"}, {}, ""),
    ("error.framework-leak", {"detail": [{"loc": ["body"], "msg": "x"}]}, {}, ""),
    ("error.framework-leak", {"statusCode": 400, "message": "x", "error": "Bad Request"}, {}, ""),
    ("error.framework-leak", "Internal Server Error", {"content_type": "text/plain"}, None),
    ("error.stack-trace", envelope(message=TRACE), {}, "/error/message"),
    ("error.stack-trace", envelope(message="x\n    at run (/srv/app.js:10:5)"), {}, "/error/message"),
    ("error.stack-trace", TRACE, {}, None),
    ("error.message-template", envelope(message="No model {model_name}."), {}, "/error/message"),
    ("error.message-template", envelope(message="No {{ model }} there."), {}, "/error/message"),
    ("error.message-template", envelope(message="No ${model.id} there."), {}, "/error/message"),
    ("error.message-template", envelope(message="No model %s."), {}, "/error/message"),
    ("error.message-template", envelope(message="No %(model)s."), {}, "/error/message"),
    ("error.message-template", envelope(message="No model %!s(MISSING)."), {}, "/error/message"),
    ("error.message-template", envelope(message="Failed: [object Object]"), {}, "/error/message"),
    ("error.content-type", envelope(), {"content_type": "text/plain"}, None),
    ("error.plain-on-stream", sse(envelope()), {"case": STREAM}, None),
    ("error.plain-on-stream", sse(envelope()), {"case": STREAM, "content_type": "application/json"}, None),
    ("error.key-echo", envelope(message="Bad key: sk-slashv1-invalid-key"), {}, None),
    ("error.on-success", envelope(), {"case": a_case(model="gpt-4o"), "status": 200}, "/error"),
    ("error.key-echo", envelope(message="Bad key: [redacted]"), {}, None),
]
ELSEWHERE = {"error.plain-on-stream", "error.on-success", "error.quota-told"}
GENUINE: list[tuple[Any, dict[str, Any]]] = [
    (envelope(), {}),
    (json.dumps(envelope(), indent=2), {"content_type": "application/json; charset=utf-8"}),
    (envelope(code=None, param="messages[0].role"), {}),
    (envelope(message="Incorrect API key provided: sk-slash*********-key."), {}),
    (envelope(message="Unknown model '{x}'."), {"asked": {"model": "{x}"}}),
    (envelope(message='Cannot read {"model": "gpt-4o"} at 100% of it, {"a": {}}, {1}.'), {}),
    (envelope(message="'{}' is not of type 'object' - 'tools.0.function'"), {}),
    ({**envelope(), "status": 400, "detail": "x", "usage": {}}, {}),
    (envelope(), {"case": STREAM, "content_type": "application/json"}),
]


def judged(check: str, body: Any, given: dict[str, Any]) -> list[Deviation]:
    return deviations(check, a_reading(**{"case": CASE, "status": 400, **given}, body=body))


@pytest.mark.parametrize(("check", "body", "given", "pointer"), OBJECTS)
def test_a_defect_is_told_at_its_place(
    check: str, body: Any, given: dict[str, Any], pointer: str | None
) -> None:
    (found,) = judged(check, body, given)
    assert found.pointer == pointer


@pytest.mark.parametrize(("body", "given"), GENUINE)
@pytest.mark.parametrize("check", sorted(ids_of("errors") - ELSEWHERE))
def test_a_genuine_error_passes(check: str, body: Any, given: dict[str, Any]) -> None:
    assert judged(check, body, given) == []


def test_a_plain_error_to_a_stream_request_passes() -> None:
    given = {"case": STREAM, "content_type": "application/json"}
    assert judged("error.plain-on-stream", envelope(), given) == []


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ({"detail": "Not Found"}, {}),
        ("<html>Bad Gateway</html>", {"content_type": "text/html", "status": 502}),
        ("oops", {"content_type": "text/plain"}),
        (sse(envelope()), {"case": STREAM}),
    ],
)
def test_what_a_narrower_check_tells_is_not_told_of_the_envelope_again(
    body: Any, given: dict[str, Any]
) -> None:
    assert judged("error.envelope", body, given) == []


@pytest.mark.parametrize("check", sorted(ids_of("errors") - ELSEWHERE))
@pytest.mark.parametrize("status", [200, 302, None])
def test_what_is_no_error_is_not_looked_at(check: str, status: int | None) -> None:
    assert judged(check, {"detail": "[redacted]", "error": None}, {"status": status}) == []


@pytest.mark.parametrize(
    "body", [{"object": "chat.completion", "error": None}, {"object": "response", "error": {}}]
)
def test_an_error_of_null_or_a_responses_own_passes(body: Any) -> None:
    assert deviations("error.on-success", a_reading(a_case(model="gpt-4o"), body)) == []


def test_the_content_of_a_file_is_no_answer() -> None:
    assert not checks()["error.on-success"].applies(a_case("files.content"))


def test_an_unexpected_error_is_judged_too() -> None:
    reading = a_reading(a_case(model="gpt-4o"), {"error": {"message": "overloaded"}}, status=503)
    assert [found.pointer for found in deviations("error.keys", reading)] == [
        "/error/type",
        "/error/param",
        "/error/code",
    ]


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("errors") == {row[0] for row in OBJECTS}


@pytest.mark.parametrize("told", [{"type": "insufficient_quota"}, {"code": "quota_exceeded"}])
def test_a_budget_is_told_by_type_or_code(told: dict[str, Any]) -> None:
    assert judged("error.quota-told", envelope(**told), QUOTA) == []
