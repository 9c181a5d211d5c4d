"""The checks of drawn requests: what they object to, what they let pass, and whom they name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.fuzz.plan import case_for, plan_fuzz
from slashv1.harness.judge.engine import checks, items_of
from slashv1.harness.judge.fuzz import faults
from slashv1.harness.reading import Reading
from slashv1.matrix import Profile, RequestTemplate, load_matrix, load_profile
from tests.harness.chat_answers import chunk, completion, deltas, part
from tests.harness.readings import a_reading, ids_of, sse

PROFILE = load_profile("openai")
CHAT = "chat.completions.create"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
INNER = {"message": "no", "type": "invalid_request_error", "param": None, "code": None}
ENVELOPE = {"error": INNER}
DETAIL = {"detail": [{"loc": ["body"], "msg": "no", "type": "value_error"}]}
WHOLE = sse(*deltas({"content": "a"}), done=True)
LATE_ROLE = sse(chunk(part({"content": "a"})), chunk(part({}, "stop")), done=True)


def reading(
    kind: Any, body: Any = b"", *, mistake: str = "", profile: Any = PROFILE, **given: Any
) -> Reading:
    stream = given.pop("stream", False)
    asked = {**ASKED, "stream": True} if stream else ASKED
    request = RequestTemplate("POST", "/v1/chat/completions", json=asked)
    case = replace(case_for(CHAT, "fuzz", kind), request=request, title=mistake, source="kind of mistake")
    return replace(a_reading(case, body, **given), profile=profile)


def found(check: str, looked_at: Reading) -> list[tuple[str, str]]:
    return [(fault.kind, fault.deviation.message) for fault in faults(check, looked_at)]


OBJECTS: list[tuple[str, Reading, str, str]] = [
    ("fuzz.server-error", reading("valid", ENVELOPE, status=500), "5xx", "answered 500 to a valid request"),
    ("fuzz.server-error", reading("valid", b"", status=501), "5xx", "answered 501"),
    (
        "fuzz.server-error",
        reading("broken", status=None, failure=Failure(FailureKind.RESET, "closed"), mistake="n is 0"),
        "no answer",
        "no whole answer came (reset: closed) to a request in which n is 0",
    ),
    ("fuzz.valid-answer", reading("valid", completion(id=...)), "body.missing-field", "(body.missing-field)"),
    (
        "fuzz.valid-answer",
        reading("valid", LATE_ROLE, stream=True),
        "chat.stream.role-first",
        "(chat.stream.role-first)",
    ),
    ("fuzz.valid-answer", reading("valid", b"<html>x", content_type="text/html"), "http.html", "(http.html)"),
    ("fuzz.honest-rejection", reading("valid", DETAIL, status=422), "error.framework-leak", "framework"),
    (
        "fuzz.honest-rejection",
        reading("valid", {"error": {"message": "no", "type": "x", "code": None}}, status=400),
        "error.keys",
        "error.param is absent",
    ),
    (
        "fuzz.honest-rejection",
        reading("valid", b"", status=302, headers={"location": "/x"}),
        "http.redirect",
        "(http.redirect)",
    ),
    (
        "fuzz.broken-refused",
        reading("broken", completion(), mistake="n is 0"),
        "kind of mistake",
        "answered 200 to a request in which n is 0: POST /v1/chat/completions, {",
    ),
    (
        "fuzz.broken-refused",
        reading("broken", sse(ENVELOPE, done=True), stream=True),
        "kind of mistake",
        "answered 200 and told the error in the stream",
    ),
    ("fuzz.broken-envelope", reading("broken", DETAIL, status=422), "error.framework-leak", "framework"),
    ("fuzz.broken-envelope", reading("broken", b"no", status=400), "error.envelope", "is not JSON"),
]
PASSES: list[tuple[str, Reading]] = [
    ("fuzz.server-error", reading("valid", completion())),
    ("fuzz.server-error", reading("valid", ENVELOPE, status=400)),
    ("fuzz.server-error", reading("valid", ENVELOPE, status=501)),
    ("fuzz.valid-answer", reading("valid", completion())),
    ("fuzz.valid-answer", reading("valid", WHOLE, stream=True)),
    ("fuzz.valid-answer", reading("valid", DETAIL, status=422)),
    ("fuzz.honest-rejection", reading("valid", ENVELOPE, status=400)),
    ("fuzz.honest-rejection", reading("valid", ENVELOPE, status=404)),
    ("fuzz.honest-rejection", reading("valid", ENVELOPE, status=501)),
    ("fuzz.honest-rejection", reading("valid", {"oops": 1}, status=500)),
    ("fuzz.broken-refused", reading("broken", ENVELOPE, status=400)),
    ("fuzz.broken-refused", reading("broken", ENVELOPE, status=500)),
    ("fuzz.broken-envelope", reading("broken", ENVELOPE, status=422)),
    ("fuzz.broken-envelope", reading("broken", completion())),
]


@pytest.mark.parametrize(("check", "looked_at", "kind", "said"), OBJECTS)
def test_objects(check: str, looked_at: Reading, kind: str, said: str) -> None:
    seen = found(check, looked_at)
    assert [one for one in seen if one[0] == kind and said in one[1]], seen


@pytest.mark.parametrize(("check", "looked_at"), PASSES)
def test_lets_pass(check: str, looked_at: Reading) -> None:
    assert found(check, looked_at) == []


def test_every_check_is_shown_to_object_and_to_let_pass() -> None:
    assert {row[0] for row in OBJECTS} == {row[0] for row in PASSES} == ids_of("fuzz")


def test_a_check_that_the_profile_turned_down_is_not_asked() -> None:
    mild = Profile("mild", levels={"body.missing-field": "SHOULD"})
    assert found("fuzz.valid-answer", reading("valid", completion(id=...), profile=mild)) == []
    assert found("fuzz.valid-answer", reading("valid", completion(id=...), profile=None))


def test_no_case_of_the_matrix_is_judged_by_them() -> None:
    judged = {item.check.id for case in load_matrix() for item in items_of(case, PROFILE)}
    assert judged & ids_of("fuzz") == set()
    assert ids_of("fuzz") <= set(checks())


def test_they_apply_to_what_is_drawn_alone_and_nothing_else_does() -> None:
    for item in plan_fuzz(1, 1, phase=1, profile=PROFILE).items:
        assert item.check.applies(item.case)
        assert item.check.id.startswith("fuzz.")


def test_a_level_of_the_profile_counts_and_off_takes_the_items_away() -> None:
    strict = Profile("strict", levels={"fuzz.broken-refused": "MUST", "fuzz.server-error": "off"})
    items = plan_fuzz(1, 1, phase=1, profile=strict).items
    levels = {item.check.id: item.level.value for item in items}
    assert levels["fuzz.broken-refused"] == "MUST"
    assert "fuzz.server-error" not in levels
