"""What makes judging fast must not change a verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from slashv1.fixtures import Exchange, Read
from slashv1.fixtures.store import load_fixture
from slashv1.harness.judge import body
from slashv1.harness.judge.engine import Item, checks, items_of, judge, judge_all, level_of
from slashv1.harness.judge.when import When, on
from slashv1.harness.plan import with_cors
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Profile, load_matrix, load_profile
from slashv1.record import Result
from slashv1.spec import jsontext
from tests.harness.readings import a_case

PROFILE = load_profile("openai")


def twisted(exchange: Exchange) -> Iterator[Exchange]:
    """The exchange, and some that deviate."""
    yield exchange
    for old, new in (
        (b'"created":', b'"created":1,"created":'),
        (b'"object":', b'"objekt":'),
        (b'"index":0', b'"index":0.0'),
        (b'"model":', b'"trace_id":"x", "model" :'),
        (b'"id":', b'"id" : "\\ud800", "id":'),
        (b"null", b"NaN"),
    ):
        data = exchange.body.replace(old, new)
        if data != exchange.body:
            yield dataclasses.replace(exchange, reads=(Read(data, 0.0),))


def readings() -> list[Reading]:
    made = []
    for case in load_matrix():
        golden = load_fixture(None, case.id)
        if golden is not None and ("plain" in case.name or "stream" in case.name or case.error):
            made += [Reading(case, one, asked=case.request.json) for one in twisted(golden)]
    return made


def applied_by_hand(case: Case, profile: Profile) -> list[Item]:
    """The checks that apply, each asked by itself."""
    found = ((check, level_of(check, profile)) for check in checks().values() if check.applies(case))
    return [Item(case, check, level) for check, level in found if level is not None]


@pytest.mark.parametrize(
    "profile", [with_cors(PROFILE), with_cors(load_profile("zumik"))], ids=["openai", "zumik"]
)
def test_which_checks_apply_is_the_same_by_kind_as_one_by_one(profile: Profile) -> None:
    for case in filter(profile.tries, load_matrix()):
        assert items_of(case, profile) == applied_by_hand(case, profile), case.id


def test_verdicts_are_the_same_with_and_without_the_short_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    given = readings()
    # Without the quick answer sound events count too towards those that are looked into.
    monkeypatch.setattr(body, "MOST_EVENTS", 10_000)
    quick = [judge_all(one, PROFILE) for one in given]
    monkeypatch.setattr(body, "flawless", lambda reference, day: lambda document: False)
    monkeypatch.setattr(jsontext, "_quickly", lambda text: None)
    slow = [judge(applied_by_hand(one.case, PROFILE), again(one), PROFILE) for one in given]
    assert quick == slow
    assert len(given) > 100
    assert sum(bool(result.findings) for results in quick for result in results) > 100


def again(reading: Reading) -> Reading:
    """The same, unread."""
    return Reading(reading.case, dataclasses.replace(reading.exchange), asked=reading.asked)


def test_checks_left_out_change_no_other_verdict() -> None:
    but = frozenset(one for one in checks() if one.startswith("chat."))
    for one in readings()[:20]:
        kept: list[Result] = [result for result in judge_all(one, PROFILE) if result.check not in but]
        assert judge_all(again(one), PROFILE, but) == kept


def test_a_test_is_asked_only_where_those_before_it_hold() -> None:
    asked: list[str] = []

    def second(case: Case) -> bool:
        asked.append(case.name)
        return True

    when = on().where(lambda case: case.name == "right").where(second)
    assert when(a_case(name="right"))
    assert not when(a_case(name="wrong"))
    assert asked == ["right"]


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        (on(), True),
        (on("models.list"), False),
        (on("chat.completions.create", stream=True), False),
        (on("chat.completions.create", error=True), False),
        (on(error=None).where(lambda case: False), False),
    ],
)
def test_where_a_check_applies(when: When, applies: bool) -> None:
    assert when(a_case()) is applies


def test_a_profile_made_anew_is_not_taken_for_an_earlier_one() -> None:
    case = a_case()
    for _ in range(3):
        everything = len(items_of(case, Profile("all")))
        less = len(items_of(case, Profile("less", levels={"http.*": "off"})))
        assert less < everything
