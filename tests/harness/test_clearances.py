"""A clearance says that checks pass only where each of them, asked by itself, does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import ALL_FACETS, Facet, Failure, FailureKind
from slashv1.harness.judge.check import Check, Inconclusive
from slashv1.harness.judge.clearance import Clearance, clearances
from slashv1.harness.judge.engine import applying, checks
from slashv1.harness.mutants import pick
from slashv1.harness.mutants.edit import with_header
from slashv1.harness.mutants.model import Baseline, operators
from slashv1.harness.mutants.run import picked
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import case_of
from slashv1.matrix import load_profile
from tests.harness.readings import a_case
from tests.spec.evidence import evidence

PROFILE = load_profile("openai")


NAMES = (
    "chat.completions.create/plain",
    "chat.completions.create/stream-usage",
    "chat.completions.create/tools-required",
    "chat.completions.create/tools-required-stream",
    "chat.completions.create/wrong-key",
    "embeddings.create/float",
    "models.list/plain",
    "models.retrieve/unknown",
    "responses.create/plain",
    "responses.create/stream",
    "responses.create/tools-required",
    "responses.create/tools-required-stream",
    "responses.delete/stored",
    "responses.input_tokens.count/tools",
    "responses.retrieve/stored",
)


def some() -> list[Baseline]:
    """A fixture of each kind."""
    return [one for one in pick.fixtures() if one.record.id in NAMES]


@dataclass
class Seen:
    """What came of many readings."""

    readings: int = 0
    given: Counter[str] = field(default_factory=Counter)
    """Clearances that said yes, by the name of their look."""
    refused: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """Covered checks that did not pass."""
    wrong: list[str] = field(default_factory=list)


def name_of(clearance: Clearance) -> str:
    return f"{clearance.look.__module__.rpartition('.')[2]}.{clearance.look.__name__}"


def passes(check: Check, reading: Reading) -> bool:
    try:
        return not list(check.judge(reading))
    except Inconclusive:
        return False


def look_at(readings: Iterable[tuple[str, Reading]]) -> Seen:
    """Ask all clearances and, each by itself, the checks that they cover."""
    seen = Seen()
    for name, reading in readings:
        seen.readings += 1
        kept, expected = reading.exchange.facets, reading.expected_status
        asked = [check for check, _ in applying(reading.case, PROFILE).checks]
        asked = [check for check in asked if check.needs <= kept and (check.always or expected)]
        for one in clearances():
            covered = [check for check in asked if check.id in one.covers]
            if not covered:
                continue
            sure = one.given(reading)
            (seen.given if sure else seen.refused)[name_of(one)] += 1
            for check in covered:
                if not passes(check, reading):
                    seen.told[check.id] += 1
                    seen.wrong += [f"{name_of(one)} clears {check.id}: {name}"] if sure else []
    return seen


def read(base: Baseline, exchange: Exchange) -> Reading:
    record = replace(base.record, exchange=exchange)
    return Reading(case_of(record, base.operation), exchange, asked=record.asked)


def mutated(baselines: Iterable[Baseline]) -> Iterator[tuple[str, Reading]]:
    """Exchanges as they stand, and with one violation each."""
    for base in baselines:
        yield base.record.id, read(base, base.exchange)
        for operator in operators().values():
            for site in picked(operator, base, 3, Counter()):
                if site.make is not None:
                    yield f"{base.record.id} {operator.name} {site.place}", read(base, site.make())


def strange() -> Iterator[tuple[str, Reading]]:
    """Answers that no operator makes."""
    for base in some():
        body = base.exchange.body
        for name, other in (
            ("empty", b""),
            ("page", b"<html>" + body),
            ("array", b"[" + body + b"]"),
            ("null", b"null"),
            ("cut", body[: len(body) // 2]),
            ("latin", body.replace(b"e", b"\xe9")),
            ("carriage returns", body.replace(b"\n", b"\r")),
            ("marked", b"\xef\xbb\xbf" + body),
            ("infinite", body.replace(b":0", b":NaN").replace(b":1", b":1e999")),
            ("pointed", body.replace(b":1", b":1.0")),
            ("negative", body.replace(b'_tokens":', b'_tokens":-')),
            ("booleans", body.replace(b":0", b":false").replace(b":1,", b":true,")),
            ("uncounted", re.sub(rb'_tokens": ?\d+', b'_tokens":0', body)),
            ("texts", body.replace(b"null", b'""')),
            (
                "lists",
                body.replace(b"null", b"[]").replace(b'"content":"', b'"content":["').replace(b'",', b'"],'),
            ),
        ):
            # ids and headers that were not kept are judged less
            for kept in (base.exchange.facets, base.exchange.facets - {Facet.HEADERS, Facet.VALUES}):
                exchange = replace(base.exchange, reads=(Read(other, 0.0),), facets=kept)
                yield f"{base.record.id} {name}", read(base, exchange)


def headed() -> Iterator[tuple[str, Reading]]:
    """Answers with another status or other headers than the case expects, or none."""
    failure = Failure(FailureKind.RESET, "reset")
    for base in some():
        case, asked = case_of(base.record, base.operation), base.record.asked
        more = {**asked, "frobnicate": 1} if isinstance(asked, dict) else asked
        for name, exchange in (
            ("redirect", replace(base.exchange, status=302)),
            ("broken", replace(base.exchange, status=500)),
            ("throttled", replace(base.exchange, status=429)),
            ("denied", replace(base.exchange, status=401)),
            ("reset", replace(base.exchange, failure=failure)),
            ("timed", replace(base.exchange, facets=ALL_FACETS)),
            ("unanswered", replace(base.exchange, status=None, failure=failure)),
            *((f"{key}: {value}", with_header(base.exchange, key, value)) for key, value in HEADERS),
        ):
            yield f"{base.record.id} {name}", Reading(case, exchange, asked=more)


HEADERS = (
    ("content-type", "application/json; charset=latin-1"),
    ("content-length", "12"),
    ("retry-after", "soon"),
    ("authorization", "Bearer x"),
    ("x-note", "[redacted]"),
    ("openai-version", None),
    ("openai-processing-ms", "1.5"),
    ("date", None),
    ("cookie", "x"),
    ("cache-control", "public"),
    ("x-note", "caf\u00e9"),
    ("x-note", "sk-" + 24 * "a"),
    ("x-note", 20_000 * "a"),
)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return look_at([*mutated(some()), *strange(), *headed()])


def test_no_clearance_covers_what_a_check_objects_to(seen: Seen) -> None:
    assert seen.wrong == []
    assert seen.readings > 1_000


def test_every_clearance_is_given_and_refused(seen: Seen) -> None:
    names = {name_of(one) for one in clearances()}
    assert names - seen.given.keys() == set()
    assert names - seen.refused.keys() == set()


def test_a_clearance_covers_checks_that_there_are_and_none_is_covered_twice() -> None:
    covered = Counter(check for one in clearances() for check in one.covers)
    assert covered.keys() - checks().keys() == set()
    assert [check for check, times in covered.items() if times > 1] == []


UNTOLD = frozenset(
    {
        "body.range",
        "chat.message.empty",
        "chat.model-resolved",
        "chat.stream.error-clean-end",
        "chat.stream.whole-characters",
        "error.code",
        "error.key-echo",
        "error.message-template",
        "error.param",
        "error.type-value",
        "framing.content-length",
        "headers.www-authenticate",
        "ignored.strict",
        "request.bounds",
        "request.shape",
        "responses.call.outputs",
        "responses.created-now",
        "responses.output.annotations-within",
        "responses.output.ids-unique",
        "responses.reasoning.summary",
        "responses.stream.error-event",
    }
)
"""Covered checks that object to nothing in this sample, which holds no mistake of theirs."""


def test_the_checks_that_are_covered_object_to_something_here(seen: Seen) -> None:
    covered = {check for one in clearances() for check in one.covers}
    assert covered - seen.told.keys() - UNTOLD == set()
    assert len(some()) == len(NAMES)


@pytest.mark.evidence
def test_no_clearance_covers_what_a_check_objects_to_in_genuine_traffic() -> None:
    known = [one for one in pick.pool(evidence("openai.jsonl.gz")).baselines if one.source == "recorded"]
    genuine = look_at((one.record.id, read(one, one.exchange)) for one in known)
    assert genuine.wrong == []
    assert genuine.readings > 3_000
    assert look_at(mutated(pick.sample(known, 60, 4))).wrong == []


def test_a_look_that_stumbles_clears_nothing() -> None:
    exchange = Exchange(Request("GET", "/v1/models"), 200, (), (), 0.0)
    stumbling = Clearance(frozenset({"http.status"}), lambda reading: 1 / 0 == 1)
    assert not stumbling.given(Reading(a_case(), exchange))
