"""Operators: each breaks one thing, the same thing every time, and a check whose name fits sees it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.engine import checks
from slashv1.harness.mutants.edit import cuts
from slashv1.harness.mutants.model import RULES, Baseline, Operator, operator, operators
from slashv1.harness.mutants.run import inside, judged, picked
from slashv1.spec import parse
from tests.harness.mutants.baselines import everything, fixture, openai

OPERATORS = sorted(operators())
Judge = Callable[[Any], bool]


@cache
def made(one: Operator) -> tuple[Baseline, Exchange, str, str]:
    """The first mutant that an operator makes of the small exchanges."""
    for base in everything():
        for site in picked(one, base, 0, Counter()):
            assert site.make
            return base, site.make(), site.place, site.key
    raise AssertionError(f"{one.name} finds nothing to break")


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_breaks_one_exchange_and_a_fitting_check_objects(name: str) -> None:
    one = operators()[name]
    base, mutant, place, key = made(one)
    before, after = base.exchange, mutant
    assert (before.status, before.headers, before.body) != (after.status, after.headers, after.body)
    objections = judged(base, mutant, openai()).objections
    assert any(one.fitting(each.check, key) or inside(each.where, place) for each in objections), objections


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_does_the_same_every_time(name: str) -> None:
    base, mutant, place, _ = made(operators()[name])
    again = picked(operators()[name], base, 0, Counter())[0]
    assert again.make
    assert (again.make().body, again.make().headers, again.place) == (mutant.body, mutant.headers, place)


def test_there_are_enough_of_them_and_each_says_in_one_line_what_it_does() -> None:
    assert len(OPERATORS) >= 40
    for one in operators().values():
        assert one.does, one.name
        assert "\n" not in one.does, one.name


def test_every_fitting_name_is_one_that_a_check_bears() -> None:
    known = checks()
    for one in operators().values():
        globs = [glob for glob in one.fits if "{key}" not in glob]
        named = [glob for glob in globs if any(fnmatchcase(check, glob) for check in known)]
        assert named or any("{key}" in glob for glob in one.fits), one.name


def test_two_operators_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="defined twice"):

        @operator("drop-required-key", "body.missing-field")
        def _again(base: Baseline) -> list[Any]:
            """does the same"""
            return []


def of(name: str, base: Baseline, place: str = "") -> Exchange:
    """The mutant of one exchange, at a place where one is named."""
    for site in operators()[name].sites(base):
        if site.make and place in site.place:
            return site.make()
    raise AssertionError(f"{name} has no site at {place!r}")


PLAIN, STREAM, EVENTS = (
    "chat.completions.create/plain",
    "chat.completions.create/stream-usage",
    "responses.create/stream",
)

BODIES: list[tuple[str, str, str, Judge]] = [
    ("drop-required-key", PLAIN, "/choices", lambda v: "choices" not in v),
    ("rename-key", PLAIN, "/choices/0/finish_reason", lambda v: "finishReason" in v["choices"][0]),
    ("unknown-key", PLAIN, "/usage", lambda v: v["usage"]["x_vendor_note"] == "cached"),
    ("null", PLAIN, "/usage", lambda v: v["usage"] is None),
    ("object-as-string", PLAIN, "/usage", lambda v: isinstance(json.loads(v["usage"]), dict)),
    ("array-as-object", PLAIN, "/choices", lambda v: v["choices"]["0"]["index"] == 0),
    ("number-as-string", PLAIN, "/created", lambda v: v["created"].isdigit()),
    ("enum-invented", PLAIN, "/finish_reason", lambda v: v["choices"][0]["finish_reason"] == "x_invented"),
    ("wrong-object", PLAIN, "/object", lambda v: v["object"] == "text_completion"),
    ("negative-integer", PLAIN, "/created", lambda v: v["created"] < 0),
    ("total-above-sum", PLAIN, "", lambda v: v["usage"]["total_tokens"] > _sum(v["usage"])),
    ("cached-above-prompt", PLAIN, "", lambda v: _cached(v["usage"]) > v["usage"]["prompt_tokens"]),
    ("delta-for-message", PLAIN, "", lambda v: "delta" in v["choices"][0]),
    ("error-as-text", "chat.completions.create/no-key", "", lambda v: isinstance(v["error"], str)),
    ("error-without-param", "chat.completions.create/no-key", "", lambda v: "param" not in v["error"]),
    ("error-code-integer", "chat.completions.create/no-key", "", lambda v: v["error"]["code"] == 400),
    ("error-unwrapped", "chat.completions.create/no-key", "", lambda v: "error" not in v),
    ("model-without-owner", "models.list/plain", "", lambda v: "owned_by" not in v["data"][0]),
]


def _sum(usage: dict[str, Any]) -> int:
    return int(usage["prompt_tokens"] + usage["completion_tokens"])


def _cached(usage: dict[str, Any]) -> int:
    return int(usage["prompt_tokens_details"]["cached_tokens"])


@pytest.mark.parametrize(("name", "base", "place", "claim"), BODIES, ids=[row[0] for row in BODIES])
def test_a_body_is_broken_as_the_name_says(name: str, base: str, place: str, claim: Judge) -> None:
    document = parse(of(name, fixture(base), place).body)
    assert document.ok
    assert claim(document.value)


TEXTS = [
    ("truncated-json", "syntax"),
    ("trailing-text", "syntax"),
    ("single-quotes", "syntax"),
    ("invalid-utf8", "encoding"),
    ("nan", "nan"),
    ("duplicate-key", "duplicate-key"),
    ("lone-surrogate", "surrogate"),
]


@pytest.mark.parametrize(("name", "kind"), TEXTS)
def test_a_text_is_broken_as_the_name_says(name: str, kind: str) -> None:
    document = parse(of(name, fixture(PLAIN)).body)
    assert kind in {problem.kind for problem in document.problems}


def test_an_integer_keeps_its_value_and_loses_its_form() -> None:
    body = of("integer-as-float-literal", fixture(PLAIN), "/created").body.decode()
    assert f'"created": {fixture(PLAIN).object["created"]}.0' in body
    assert "e0" in of("integer-with-exponent", fixture(PLAIN), "/created").body.decode()


def kinds(exchange: Exchange) -> list[str]:
    return [frame.kind or ("[DONE]" if frame.done else "") for frame in cuts(exchange)]


def test_an_event_is_dropped_with_and_without_a_gap_in_the_numbers() -> None:
    base = fixture(EVENTS)
    for name, wanted in (("event-lost", False), ("event-lost-renumbered", True)):
        mutant = of(name, base, "frame 2")
        assert len(kinds(mutant)) == len(base.frames) - 1
        numbers = [frame.object["sequence_number"] for frame in cuts(mutant)]
        assert (numbers == list(range(len(numbers)))) is wanted


def test_two_events_change_places_and_nothing_else_changes() -> None:
    base = fixture(EVENTS)
    mutant = kinds(of("events-out-of-order", base, "frames 0 and 1"))
    before = kinds(base.exchange)
    assert mutant == [before[1], before[0], *before[2:]]


def test_the_terminal_event_is_dropped_doubled_or_followed() -> None:
    base = fixture(EVENTS)
    assert "response.completed" not in kinds(of("terminal-lost", base))
    assert kinds(of("terminal-twice", base)).count("response.completed") == 2
    assert kinds(of("event-after-end", base))[-1] != "response.completed"
    assert kinds(of("done-added", base))[-1] == "[DONE]"


def test_done_is_dropped_doubled_or_followed() -> None:
    base = fixture(STREAM)
    assert kinds(of("done-lost", base)).count("[DONE]") == 0
    assert kinds(of("done-twice", base)).count("[DONE]") == 2
    assert kinds(of("text-after-done", base))[-1] != "[DONE]"
    assert kinds(of("done-early", base))[-2] == "[DONE]"


def test_the_usage_chunk_goes_or_comes_early() -> None:
    base = fixture(STREAM)
    usages = [bool(frame.object.get("usage")) for frame in cuts(of("usage-chunk-lost", base))]
    assert not any(usages)
    early = [bool(frame.object.get("usage")) for frame in cuts(of("usage-before-finish", base))]
    assert early.index(True) < len(early) - 2


def test_only_the_frame_that_is_named_changes() -> None:
    base = fixture(STREAM)
    mutant = cuts(of("chunk-finish-unknown", base))
    changed = [n for n, (old, new) in enumerate(zip(base.frames, mutant, strict=True)) if old.raw != new.raw]
    assert len(changed) == 1


def test_a_header_is_changed_and_the_body_is_not() -> None:
    base = fixture(PLAIN)
    mutant = of("reset-without-unit", base)
    assert mutant.header("x-ratelimit-reset-requests") == "60"
    assert mutant.body == base.exchange.body
    assert of("request-id-removed", base).header("x-request-id") is None


def test_what_a_recording_did_not_keep_is_not_broken() -> None:
    from dataclasses import replace

    base = fixture(PLAIN)
    blind = replace(base.exchange, facets=base.exchange.facets - {Facet.BYTES, Facet.VALUES, Facet.HEADERS})
    poor = Baseline(replace(base.record, exchange=blind), base.operation, "recorded")
    for name in ("integer-as-float-literal", "duplicate-key", "request-id-removed", "empty-id"):
        assert list(operators()[name].sites(poor)) == []


def test_every_rule_that_an_operator_gives_is_explained() -> None:
    given = {site.rule for one in operators().values() for base in everything() for site in one.sites(base)}
    assert given - {None} <= set(RULES)
