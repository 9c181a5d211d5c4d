"""Requests that nobody wrote down: whatever is asked, the answer is valid or an honest refusal.

A search draws the requests (`harness/fuzz`); here each answer is judged like any other. What an answer
breaks, the checks of the other topics say: these name them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from slashv1.harness.judge.check import Check, Deviation, check
from slashv1.harness.judge.engine import items_of, judge
from slashv1.harness.judge.look import mapping, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import tags_of
from slashv1.matrix import Case, Expect, ExpectedError, Profile
from slashv1.record import Level, Outcome

_OWN_LEVELS = Profile("none")
_UNSUPPORTED = 501


def _fuzzed(case: Case) -> bool:
    return "fuzz" in case.tags


FUZZED = on(error=None).where(_fuzzed)


@dataclass(frozen=True, slots=True)
class Fault:
    """One deviation and its kind: of each kind a search keeps the least request that shows it."""

    kind: str
    deviation: Deviation


def faults(check_id: str, reading: Reading) -> list[Fault]:
    """What a check of this topic objects to, with the kinds."""
    return list(_FAULTS[check_id](reading))


def _deviations(check_id: str, reading: Reading) -> Iterator[Deviation]:
    return (fault.deviation for fault in faults(check_id, reading))


@check(
    "fuzz.server-error", title="No request ends as a server error", clause="FZ-1", when=FUZZED, always=True
)
def _server_error(reading: Reading) -> Iterator[Deviation]:
    """Clients retry a 5xx and a cut connection: a request that can never work is sent again and again.

    An empty text, a rare character or a long list in a valid request, or any mistake in a broken one, must
    end as an answer or a 4xx. 501 in the envelope says honestly that something is not offered.
    """
    return _deviations("fuzz.server-error", reading)


@check(
    "fuzz.valid-answer", title="A valid request is answered validly", clause="FZ-2", when=FUZZED, always=True
)
def _valid_answer(reading: Reading) -> Iterator[Deviation]:
    """An answer that keeps the contract only for usual requests breaks typed clients on the others.

    Every MUST of body, stream and framing is asked of the answer to any valid request.
    """
    return _deviations("fuzz.valid-answer", reading)


@check(
    "fuzz.honest-rejection",
    title="What is not taken of a valid request is refused in the envelope",
    clause="FZ-3",
    when=FUZZED,
    always=True,
)
def _honest_rejection(reading: Reading) -> Iterator[Deviation]:
    """A server need not take everything; but SDKs read why from the envelope, and from nothing else."""
    return _deviations("fuzz.honest-rejection", reading)


@check(
    "fuzz.broken-refused",
    level=Level.SHOULD,
    title="A request with a mistake is refused",
    clause="FZ-4",
    when=FUZZED,
    always=True,
)
def _broken_refused(reading: Reading) -> Iterator[Deviation]:
    """A mistake that is accepted is found when the client is pointed at genuine OpenAI, and fails there."""
    return _deviations("fuzz.broken-refused", reading)


@check(
    "fuzz.broken-envelope",
    title="A request with a mistake is refused in the envelope",
    clause="FZ-5",
    when=FUZZED,
    always=True,
)
def _broken_envelope(reading: Reading) -> Iterator[Deviation]:
    """A validator of the framework answers in its own shape: SDKs show a status and no cause."""
    return _deviations("fuzz.broken-envelope", reading)


def _crashes(reading: Reading) -> Iterator[Fault]:
    exchange, status = reading.exchange, reading.exchange.status
    if exchange.failure is not None:
        said = f"{exchange.failure.kind}: {exchange.failure.message}"
        message = f"no whole answer came ({said}) to {told(reading)}"
        yield Fault("no answer", Deviation(message, "an answer or a 4xx", said))
    elif status is not None and status >= 500 and not (status == _UNSUPPORTED and _enveloped(reading)):
        message = f"answered {status} to {told(reading)}"
        yield Fault("5xx", Deviation(message, "an answer or a 4xx", str(status)))


def _invalid(reading: Reading) -> Iterator[Fault]:
    if not _answered(reading):
        return
    expect = Expect((reading.exchange.status or 200,))
    yield from _narrower(reading, expect, lambda one: not one.extra)  # no client reads in many threads


def _dishonest(reading: Reading) -> Iterator[Fault]:
    if _refused(reading):
        yield from _unenveloped(reading)


def _accepted(reading: Reading) -> Iterator[Fault]:
    if _answered(reading):
        status = reading.exchange.status
        told_too = " and told the error in the stream" if _error_event(reading) else ""
        message = f"answered {status}{told_too} to {told(reading)}"
        yield Fault(reading.case.source, Deviation(message, "a 4xx", str(status)))


def _unenveloped(reading: Reading) -> Iterator[Fault]:
    if not _refused(reading):
        return
    expect = Expect((reading.exchange.status or 400,), ExpectedError())
    yield from _narrower(reading, expect, lambda one: one.id.startswith("error.") or one.id in _OF_ERRORS)


_OF_ERRORS = ("http.html", "http.redirect", "http.charset")
_FAULTS: dict[str, Callable[[Reading], Iterator[Fault]]] = {
    "fuzz.server-error": _crashes,
    "fuzz.valid-answer": _invalid,
    "fuzz.honest-rejection": _dishonest,
    "fuzz.broken-refused": _accepted,
    "fuzz.broken-envelope": _unenveloped,
}


def _narrower(reading: Reading, expect: Expect, wanted: Callable[[Check], bool]) -> Iterator[Fault]:
    """What the other topics' checks say of this answer, at the level MUST: of each the first finding."""
    case = replace(reading.case, name="drawn", expect=expect, tags=tags_of(reading.asked), cooperative=True)
    profile = reading.profile or _OWN_LEVELS
    items = [item for item in items_of(case, profile) if item.level is Level.MUST and wanted(item.check)]
    for result in judge(items, replace(reading, case=case), profile):
        if result.outcome is not Outcome.FAILED:
            continue
        found, more = result.findings[0], len(result.findings) - 1
        whom = f"{found.check}, {more} more like it" if more else found.check
        message = f"{found.message} ({whom}), in answer to {told(reading)}"
        yield Fault(
            found.check,
            Deviation(message, found.expected, found.actual, found.pointer, found.frame, found.header),
        )


def told(reading: Reading) -> str:
    """The request in few words: what is wrong with it, and its body."""
    request = reading.exchange.request
    what = f"a request in which {reading.case.title}" if reading.case.title else "a valid request"
    sent = f", {short(reading.asked, 400)}" if reading.asked is not None else ""
    if reading.asked is None and request.body is not None:
        sent = f", {short(request.body.decode('utf-8', 'replace'), 400)}"
    return f"{what}: {request.method} {request.path}{sent}"


def _answered(reading: Reading) -> bool:
    status, failure = reading.exchange.status, reading.exchange.failure
    return failure is None and status is not None and 200 <= status < 300


def _refused(reading: Reading) -> bool:
    status, failure = reading.exchange.status, reading.exchange.failure
    return failure is None and status is not None and (300 <= status < 500 or status == _UNSUPPORTED)


def _enveloped(reading: Reading) -> bool:
    error = mapping(reading.object.get("error"))
    return {"message", "type", "param", "code"} <= error.keys()


def _error_event(reading: Reading) -> bool:
    return reading.case.stream and any("error" in event.object for event in reading.events[:3])
