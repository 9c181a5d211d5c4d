"""The official client reads plain answers and refusals: where it stumbles, and what it takes."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks, items_of, judge
from slashv1.harness.plan import with_sdk
from slashv1.matrix import ExpectedError, Profile
from slashv1.record import Outcome
from tests.harness.chat_answers import call, called, choice, completion, message
from tests.harness.readings import a_case, a_reading, deviations, ids_of
from tests.harness.response_values import a_response, refusal

pytest.importorskip("openai", reason="the extra `sdk` is not installed")

CHAT = a_case(model="gpt-4o", messages=[])
RESPONSE = a_case("responses.create", model="gpt-4o", input="x")
EMBED = a_case("embeddings.create", model="e", input="x")
IN_BASE64 = a_case("embeddings.create", model="e", input="x", encoding_format="base64")
MODELS = a_case("models.list")
MODEL = {"id": "m", "object": "model", "created": 1, "owned_by": "me"}
ERROR = {
    "message": "No such model",
    "type": "invalid_request_error",
    "param": None,
    "code": "model_not_found",
}
ID = {"x-request-id": "req_1"}


def refused(status: int) -> Any:
    return a_case(status=status, error=ExpectedError(), model="m", messages=[])


def vectors(*given: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": at, "embedding": one} for at, one in enumerate(given)]
    return {"object": "list", "data": data, "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


FLOATS = base64.b64encode(struct.pack("<4f", 0.5, 0.5, 0.5, 0.5)).decode()
OBJECTS: list[tuple[str, dict[str, Any], str]] = [
    ("sdk.reads", {"case": CHAT, "body": "{"}, "raises"),
    ("sdk.reads", {"case": CHAT, "body": [completion()]}, "gives a list, not a ChatCompletion"),
    ("sdk.reads", {"case": CHAT, "body": "Hello", "content_type": "text/plain"}, "gives a str"),
    ("sdk.reads", {"case": CHAT, "body": "null"}, "gives a NoneType"),
    ("sdk.reads", {"case": EMBED, "body": vectors()}, "No embedding data received"),
    ("sdk.reads", {"case": EMBED, "body": vectors("AAA")}, "raises"),
    (
        "sdk.fields",
        {"case": CHAT, "body": completion(choice(finish_reason=...))},
        "choices[0].finish_reason` is",
    ),
    ("sdk.fields", {"case": CHAT, "body": completion(choice(message=None))}, "message` is"),
    ("sdk.fields", {"case": CHAT, "body": completion(choices=None)}, "`.choices` is"),
    ("sdk.fields", {"case": CHAT, "body": completion(choice(said=message(content=[])))}, "says str"),
    ("sdk.fields", {"case": CHAT, "body": called(call(arguments={"a": 1}))}, "function.arguments` is"),
    ("sdk.fields", {"case": CHAT, "body": called(call(id=...))}, "tool_calls[0].id` is"),
    ("sdk.fields", {"case": RESPONSE, "body": a_response(output=None)}, "`.output` is"),
    (
        "sdk.raises",
        {
            "case": refused(400),
            "body": {"error": {"message": "no"}},
            "content_type": "application/json; charset=utf-16",
        },
        "raises UnicodeError for a 400, not BadRequestError",
    ),
    ("sdk.error-fields", {"case": refused(400), "body": {"error": "no"}}, "no code, param or type"),
    ("sdk.error-fields", {"case": refused(400), "body": "no"}, 'its body is "no"'),
    (
        "sdk.error-fields",
        {"case": refused(400), "body": {"error": ERROR | {"code": 400}}},
        '`.code` is "400"',
    ),
    ("sdk.error-fields", {"case": refused(400), "body": {"error": ERROR | {"type": 5}}}, "`.type` is 5"),
    ("sdk.request-id", {"case": CHAT, "body": completion()}, "shows the request id null"),
    ("sdk.request-id", {"case": refused(404), "body": {"error": ERROR}}, "shows the request id null"),
    (
        "sdk.request-id",
        {"case": CHAT, "body": completion(), "headers": [("x-request-id", "a"), ("X-Request-Id", "b")]},
        '"a, b", the header is "a"',
    ),
    (
        "sdk.output-text",
        {"case": RESPONSE, "body": a_response(output=None)},
        "`.output_text` raises TypeError",
    ),
    ("sdk.embedding-floats", {"case": EMBED, "body": vectors({"0": 1})}, "no list of floats"),
    ("sdk.embedding-floats", {"case": EMBED, "body": vectors([0.5, "0.5"])}, "no list of floats"),
    (
        "sdk.models-page",
        {"case": MODELS, "body": {"object": "list", "data": [[MODEL], MODEL]}},
        "gives 2 models",
    ),
]
PASSES: list[tuple[str, dict[str, Any]]] = [
    ("sdk.reads", {"case": CHAT, "body": completion(unknown=1)}),
    ("sdk.reads", {"case": CHAT, "body": completion(), "content_type": "application/json; charset=utf-8"}),
    ("sdk.reads", {"case": CHAT, "body": completion(), "headers": {"content-encoding": "gzip"}}),
    ("sdk.reads", {"case": a_case("responses.delete"), "body": {"id": "resp_1", "deleted": True}}),
    ("sdk.fields", {"case": CHAT, "body": called(call(), call("time"))}),
    ("sdk.fields", {"case": CHAT, "body": called({"id": "c", "type": "custom", "custom": {"name": "a"}})}),
    ("sdk.fields", {"case": RESPONSE, "body": a_response(refusal(), {"type": "new_kind", "id": 1})}),
    ("sdk.fields", {"case": RESPONSE, "body": a_response(usage=None, status="in_progress", output=[])}),
    ("sdk.error-fields", {"case": refused(404), "body": {"error": ERROR, "detail": 1}}),
    ("sdk.request-id", {"case": CHAT, "body": completion(), "headers": ID}),
    ("sdk.request-id", {"case": refused(404), "body": {"error": ERROR}, "headers": {"X-Request-ID": "r"}}),
    ("sdk.request-id", {"case": a_case("responses.delete"), "body": {}}),
    ("sdk.output-text", {"case": RESPONSE, "body": a_response(refusal())}),
    ("sdk.output-text", {"case": RESPONSE, "body": a_response()}),
    ("sdk.embedding-floats", {"case": EMBED, "body": vectors(FLOATS, [0.5, 1])}),
    ("sdk.models-page", {"case": MODELS, "body": {"object": "list", "data": [MODEL] * 3, "has_more": True}}),
    ("sdk.raises", {"case": refused(200), "status": 200, "body": completion()}),
    *(
        ("sdk.raises", {"case": refused(status), "body": {"error": ERROR}})
        for status in (400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 504)
    ),
]


def told(check: str, given: dict[str, Any]) -> list[str]:
    status = given["case"].expect.status[0]
    return [found.message for found in deviations(check, a_reading(**{"status": status, **given}))]


@pytest.mark.parametrize(("check", "given", "said"), OBJECTS)
def test_where_the_client_stumbles_is_told(check: str, given: dict[str, Any], said: str) -> None:
    (found,) = told(check, given)
    assert said in found


@pytest.mark.parametrize(("check", "given"), PASSES)
def test_what_the_client_takes_passes(check: str, given: dict[str, Any]) -> None:
    assert told(check, given) == []


def test_every_check_is_shown_to_object_and_to_pass() -> None:
    assert ids_of("sdk") == {row[0] for row in OBJECTS} == {row[0] for row in PASSES}


def test_an_answer_that_did_not_come_whole_is_left_to_the_check_that_tells_it() -> None:
    cut = Failure(FailureKind.TRUNCATED, "cut")
    with pytest.raises(Inconclusive, match=r"http\.answered"):
        told("sdk.reads", {"case": CHAT, "body": "{", "failure": cut})


def test_an_operation_that_the_client_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slashv1.harness.judge.sdk_reading.client", object)
    with pytest.raises(Inconclusive, match=r"knows no models\.list"):
        told("sdk.reads", {"case": MODELS, "body": {"data": []}})


PROFILE = Profile("test")


def results(case: Any, body: Any, profile: Profile, **given: Any) -> dict[str, Any]:
    reading = a_reading(case, body, status=case.expect.status[0], **given)
    return {found.check: found for found in judge(items_of(case, profile), reading, profile)}


def test_the_checks_are_there_only_where_they_are_asked_for() -> None:
    assert [item.id for item in items_of(CHAT, PROFILE) if item.check.extra] == []
    always_on = replace(PROFILE, levels={"sdk.*": "MUST"})
    assert [item.id for item in items_of(CHAT, always_on) if item.check.extra] == []
    asked = [item.check.id for item in items_of(CHAT, with_sdk(PROFILE)) if item.check.extra]
    assert asked == ["sdk.reads", "sdk.fields", "sdk.request-id"]


def test_a_deviation_that_the_suite_reports_is_left_to_it() -> None:
    found = results(CHAT, completion(choice(finish_reason=...)), with_sdk(PROFILE), headers=ID)
    assert found["sdk.fields"].outcome is Outcome.PASSED
    assert found["sdk.fields"].cause.startswith("reported by ")


@pytest.mark.parametrize(
    ("case", "body", "check", "by"),
    [
        (CHAT, "{", "sdk.reads", "body.json"),
        (CHAT, [completion()], "sdk.reads", "body.type"),
        (EMBED, {"object": "list", "model": "e"}, "sdk.reads", "body.missing-field"),
        (IN_BASE64, vectors("AAA"), "sdk.reads", "embeddings.base64.decodes"),
        (refused(400), {"error": "no"}, "sdk.error-fields", "error.envelope"),
        (refused(400), "no", "sdk.error-fields", "error.envelope"),
        (refused(400), {"error": ERROR | {"code": 400}}, "sdk.error-fields", "error.code-type"),
        (CHAT, completion(), "sdk.request-id", "headers.request-id"),
    ],
)
def test_each_points_to_what_the_suite_says_of_the_same_place(
    case: Any, body: Any, check: str, by: str
) -> None:
    found = results(case, body, with_sdk(PROFILE))[check]
    assert found.outcome is Outcome.PASSED, found
    assert f"reported by {by}" in found.cause


def test_alone_it_points_to_the_others_too() -> None:
    profile = with_sdk(PROFILE)
    reading = a_reading(CHAT, completion(id=...))
    (item,) = [item for item in items_of(CHAT, profile) if item.check.id == "sdk.fields"]
    (found,) = judge([item], reading, profile)
    assert (found.outcome, found.cause) == (Outcome.PASSED, "reported by body.missing-field")


def test_where_no_other_check_counts_it_reports_itself() -> None:
    quiet = replace(with_sdk(PROFILE), levels={"*": "off", "sdk.*": "MUST"})
    found = results(CHAT, completion(id=...), quiet)
    assert found["sdk.fields"].outcome is Outcome.FAILED
    assert [one.pointer for one in found["sdk.fields"].findings] == ["/id"]


def test_all_of_them_are_extras_of_one_name() -> None:
    mine = {one.id for one in checks().values() if one.id.startswith("sdk.")}
    assert mine == {one.id for one in checks().values() if one.extra == "sdk"} == ids_of("sdk", "sdk_stream")


DEEP = "[" * 10_000 + "]" * 10_000
HOSTILE = [
    DEEP,
    '{"choices": ' + DEEP + "}",
    '{"id": "\\ud800", "choices": [{"message": {"content": "\\udfff"}}]}',
    '{"created": ' + "9" * 5_000 + "}",
    '{"choices": [' + ",".join(["{}"] * 20_000) + "]}",
    b'\xff\xfe{"\x00',
    '{"choices": {"message": NaN}}',
    '{"model_fields": 1, "__class__": 2, "model_config": {}, "to_dict": 3, "choices": "abc"}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("case", [CHAT, RESPONSE, EMBED, MODELS, refused(400)], ids=lambda case: case.id)
def test_a_hostile_body_is_a_finding_and_never_a_crash(case: Any, body: Any) -> None:
    found = results(case, body, with_sdk(PROFILE))
    mine = [one for one in found.values() if one.check.startswith("sdk.")]
    assert mine
    assert not [one for one in mine if one.outcome is Outcome.ERROR]
    assert not all(one.outcome is Outcome.PASSED and not one.cause for one in mine)
