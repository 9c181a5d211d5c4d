"""What a browser asks for a page: one defect per row, and what is legal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from slashv1.errors import UsageError
from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.engine import items_of
from slashv1.harness.plan import make_plan, with_cors
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, load_matrix, load_profile
from tests.harness.readings import a_reading, deviations, ids_of

CASES = {case.id: case for case in load_matrix()}
CHAT, DELETE = CASES["cors.preflight/chat"], CASES["cors.preflight/delete"]
PAGE = CASES["chat.completions.create/from-page"]
WANTED = CHAT.request.headers["access-control-request-headers"] or ""
GOOD = {
    "access-control-allow-origin": "https://app.example",
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-allow-headers": WANTED.upper(),
    "access-control-expose-headers": "X-Request-ID",
}
SIGNALLED = {**GOOD, "agent-trace-id": "trc_1", "Agent-Region": "us-east-1", "agent-of-its-own": "1"}
SEEN = "x-request-id, Agent-Trace-Id,agent-region"
STAR = dict.fromkeys(GOOD, "*")
PROFILE = load_profile("openai")


def answered(case: Case, headers: Mapping[str, str], status: int | None = 200) -> Reading:
    sent = tuple((name, value) for name, value in case.request.headers.items() if value is not None)
    return a_reading(case, "", status=status, headers=headers, content_type="", request_headers=sent)


def but(**changes: str | None) -> dict[str, str]:
    renamed = {f"access-control-{name.replace('_', '-')}": value for name, value in changes.items()}
    return {name: value for name, value in {**GOOD, **renamed}.items() if value is not None}


OBJECTS: list[tuple[str, Case, dict[str, str], str]] = [
    ("cors.allow-origin", CHAT, but(allow_origin=None), "absent"),
    ("cors.allow-origin", PAGE, but(allow_origin="https://other.example"), "other.example"),
    ("cors.allow-origin", PAGE, but(allow_origin="null"), "null"),
    ("cors.allow-headers", CHAT, but(allow_headers=None), "authorization, content-type"),
    ("cors.allow-headers", CHAT, but(allow_headers="authorization, content-type"), "x-stainless-lang"),
    ("cors.allow-authorization", CHAT, but(allow_headers="*"), "does not cover"),
    ("cors.allow-methods", DELETE, but(allow_methods="GET,POST"), "DELETE"),
    ("cors.allow-methods", DELETE, but(allow_methods=None), "DELETE"),
    ("cors.expose-headers", PAGE, but(expose_headers=None), "x-request-id"),
    ("cors.expose-signals", PAGE, SIGNALLED, "leaves out Agent-Trace-Id, Agent-Region"),
    ("cors.expose-signals", PAGE, {**SIGNALLED, **but(expose_headers="Agent-Region")}, "out Agent-Trace-Id"),
]
PASSES: list[tuple[str, Case, dict[str, str]]] = [
    ("cors.allow-origin", PAGE, GOOD),
    ("cors.allow-origin", CHAT, STAR),
    ("cors.allow-headers", CHAT, GOOD),
    ("cors.allow-headers", CHAT, STAR),
    ("cors.allow-authorization", CHAT, GOOD),
    ("cors.allow-authorization", CHAT, but(allow_headers="*, Authorization")),
    ("cors.allow-methods", DELETE, GOOD),
    ("cors.allow-methods", DELETE, STAR),
    ("cors.allow-methods", CHAT, but(allow_methods=None)),
    ("cors.expose-headers", PAGE, GOOD),
    ("cors.expose-headers", PAGE, STAR),
    ("cors.expose-signals", PAGE, SIGNALLED | {"access-control-expose-headers": SEEN}),
    ("cors.expose-signals", PAGE, SIGNALLED | {"access-control-expose-headers": "*"}),
    ("cors.expose-signals", PAGE, GOOD),
    ("cors.preflight", CHAT, {}),
]


@pytest.mark.parametrize(("check", "case", "headers", "said"), OBJECTS)
def test_a_defect_is_told(check: str, case: Case, headers: dict[str, str], said: str) -> None:
    (found,) = deviations(check, answered(case, headers))
    assert said in found.message


@pytest.mark.parametrize(("check", "case", "headers"), PASSES)
def test_what_a_browser_takes_passes(check: str, case: Case, headers: dict[str, str]) -> None:
    assert deviations(check, answered(case, headers)) == []


@pytest.mark.parametrize("status", [401, 404, 405, 302, None])
def test_a_preflight_that_is_not_granted_is_told(status: int | None) -> None:
    assert [found.actual for found in preflight(status)] == [str(status)]


def preflight(status: int | None, failure: Failure | None = None) -> list[Deviation]:
    reading = answered(CHAT, GOOD, status)
    return deviations("cors.preflight", replace(reading, exchange=replace(reading.exchange, failure=failure)))


def test_a_preflight_that_breaks_is_told_with_the_cause() -> None:
    (found,) = preflight(None, Failure(FailureKind.RESET, "connection reset"))
    assert "connection reset" in found.message


def test_a_preflight_is_asked_by_its_own_checks_alone() -> None:
    asked = {item.check.id for item in items_of(CHAT, with_cors(PROFILE))}
    assert asked == ids_of("cors") - {"cors.expose-headers", "cors.expose-signals"}


def test_signals_of_an_answer_are_judged_only_under_a_profile_that_has_them() -> None:
    asked = {
        name: {item.check.id for item in items_of(PAGE, with_cors(load_profile(name)))}
        for name in ("openai", "zumik")
    }
    assert "cors.expose-signals" in asked["zumik"] - asked["openai"]


def test_every_check_is_shown_to_object() -> None:
    assert ids_of("cors") == {row[0] for row in OBJECTS} | {"cors.preflight"}


def test_pages_are_tried_only_where_that_is_asked_for() -> None:
    plain, wanted = (make_plan(tuple(CASES.values()), p) for p in (PROFILE, with_cors(PROFILE)))
    more = {case.id for case in wanted.cases} - {case.id for case in plain.cases}
    assert more == {CHAT.id, DELETE.id, PAGE.id}
    with pytest.raises(UsageError, match="selects nothing"):
        make_plan(tuple(CASES.values()), PROFILE, select=["cors.preflight::*"])
