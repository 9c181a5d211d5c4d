"""Was the request answered: one defect per row, and what is legal."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.matrix import ExpectedError
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse

PLAIN = a_case(model="gpt-4o")
STREAM = a_case(model="gpt-4o", stream=True)
REFUSED = a_case(status=400, error=ExpectedError())
REFUSED_STREAM = a_case(status=400, error=ExpectedError(), stream=True)
CUT = Failure(FailureKind.TRUNCATED, "the body ended after 20 of 90 bytes")
GARBLED = Failure(FailureKind.ENCODING, "the body is not the gzip it claims")
ERROR = {"error": {"message": "No such model", "type": "t", "param": None, "code": None}}


def packed(allowed: str, coding: str) -> dict[str, Any]:
    """What was sent and what came, as words for `a_reading`."""
    return {
        "request_headers": (("Accept-Encoding", allowed),),
        "headers": {"content-encoding": coding},
    }


OBJECTS: list[tuple[str, dict[str, Any], str]] = [
    ("http.answered", {"case": PLAIN, "status": None, "failure": CUT}, "truncated"),
    ("http.answered", {"case": STREAM, "body": "data: {}\n\ndata: {", "failure": CUT}, "20 of 90"),
    ("http.answered", {"case": PLAIN, "status": None}, "no answer"),
    ("http.status", {"case": PLAIN, "status": 404, "body": ERROR}, "No such model"),
    ("http.status", {"case": PLAIN, "status": 201}, "answered 201 instead of 200"),
    ("http.status", {"case": REFUSED, "status": 200}, "silently accepted"),
    ("http.status", {"case": REFUSED, "status": 500}, "retry what can never work"),
    ("http.status", {"case": REFUSED, "status": 422}, "refused with 422 instead of 400"),
    (
        "http.status",
        {"case": REFUSED_STREAM, "status": 200, "body": sse(ERROR)},
        "told the error in the stream",
    ),
    (
        "http.redirect",
        {"case": PLAIN, "status": 307, "headers": {"location": "https://else.where/"}},
        "else.where",
    ),
    ("http.html", {"case": PLAIN, "body": "\n <!DOCTYPE html><p>Bad gateway"}, "HTML"),
    ("http.html", {"case": PLAIN, "status": 502, "body": "x", "content_type": "text/html"}, "HTML"),
    ("http.content-type-json", {"case": PLAIN, "body": {}, "content_type": "text/plain"}, "text/plain"),
    ("http.content-type-json", {"case": PLAIN, "body": {}, "content_type": ""}, "absent"),
    ("http.charset", {"case": PLAIN, "content_type": "application/json; charset=ISO-8859-1"}, "iso-8859-1"),
    ("http.encoding", {"case": PLAIN, **packed("identity", "gzip")}, "compressed (gzip)"),
    ("http.encoding", {"case": STREAM, **packed("identity", "GZIP")}, "allows identity"),
    ("http.encoding", {"case": PLAIN, **packed("gzip", "br")}, "compressed (br)"),
    ("http.encoding", {"case": PLAIN, **packed("gzip;q=0, identity", "gzip")}, "compressed (gzip)"),
]
PASSES: list[tuple[str, dict[str, Any]]] = [
    ("http.answered", {"case": PLAIN, "body": {}}),
    ("http.status", {"case": PLAIN}),
    ("http.status", {"case": a_case(status=(400, 404), error=ExpectedError()), "status": 404}),
    ("http.status", {"case": PLAIN, "status": None, "failure": CUT}),
    ("http.status", {"case": PLAIN, "status": 302}),
    ("http.redirect", {"case": PLAIN, "status": 404}),
    ("http.html", {"case": PLAIN, "body": {"choices": "<html>"}}),
    ("http.html", {"case": STREAM, "body": "data: <html>\n\n"}),
    ("http.content-type-json", {"case": PLAIN, "content_type": "application/json; charset=utf-8"}),
    ("http.content-type-json", {"case": PLAIN, "content_type": "Application/JSON"}),
    ("http.content-type-json", {"case": PLAIN, "body": "<html>", "content_type": "text/html"}),
    ("http.charset", {"case": PLAIN}),
    ("http.charset", {"case": STREAM, "content_type": 'text/event-stream; charset="UTF-8"'}),
    ("http.encoding", {"case": PLAIN}),
    ("http.encoding", {"case": PLAIN, **packed("identity", "identity")}),
    ("http.encoding", {"case": PLAIN, **packed("gzip, deflate", "x-gzip")}),
    ("http.encoding", {"case": PLAIN, **packed("gzip;q=0.5, *;q=0.1", "br")}),
    ("http.encoding", {"case": PLAIN, "headers": {"content-encoding": "gzip"}}),
    ("http.encoding", {"case": PLAIN, **packed("identity", "gzip"), "failure": GARBLED}),
]


def judged(check: str, given: dict[str, Any]) -> list[Deviation]:
    return deviations(check, a_reading(**given))


@pytest.mark.parametrize(("check", "given", "said"), OBJECTS)
def test_a_defect_is_told(check: str, given: dict[str, Any], said: str) -> None:
    (found,) = judged(check, given)
    assert said in found.message


@pytest.mark.parametrize(("check", "given"), PASSES)
def test_what_is_legal_passes(check: str, given: dict[str, Any]) -> None:
    assert judged(check, given) == []


def test_every_check_is_shown_to_object_and_to_pass() -> None:
    assert ids_of("http") == {row[0] for row in OBJECTS} == {row[0] for row in PASSES}


def test_a_cut_stream_points_at_its_last_frame() -> None:
    (found,) = judged("http.answered", {"case": STREAM, "body": "data: {}\n\ndata: {", "failure": CUT})
    assert found.frame == 1


def lacking(
    said: str, param: str | None = "temperature", kind: str = "invalid_request_error"
) -> dict[str, Any]:
    return {"error": {"message": said, "type": kind, "param": param, "code": "unsupported_parameter"}}


HOT = a_case(model="o4-mini", temperature=0)
NOT_HERE = "Unsupported parameter: 'temperature' is not supported with this model."


@pytest.mark.parametrize("said", [NOT_HERE, "Unsupported value: 'low' is not supported with the 'o1' model."])
def test_what_the_model_lacks_decides_nothing_about_the_protocol(said: str) -> None:
    with pytest.raises(Inconclusive, match="try another"):
        judged("http.status", {"case": HOT, "status": 400, "body": lacking(said)})


def test_a_model_without_log_probabilities_decides_nothing_either() -> None:
    refusal = lacking("You are not allowed to request logprobs from this model", param=None)
    for status, case, inconclusive in (
        (403, a_case(logprobs=True), True),
        (403, HOT, False),
        (400, HOT, False),
    ):
        given = {"case": case, "status": status, "body": refusal}
        if inconclusive:
            with pytest.raises(Inconclusive, match="not allowed to request logprobs"):
                judged("http.status", given)
        else:
            assert judged("http.status", given) != []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, lacking("temperature is not supported")),
        (400, lacking(NOT_HERE, param="top_p")),
        (400, lacking(NOT_HERE, param=None)),
        (400, lacking(NOT_HERE, kind="BadRequestError")),
        (422, lacking(NOT_HERE)),
        (400, {"detail": NOT_HERE}),
    ],
)
def test_other_refusals_of_what_must_work_are_told(status: int, body: Any) -> None:
    assert judged("http.status", {"case": HOT, "status": status, "body": body})
