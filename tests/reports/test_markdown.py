"""A run as Markdown and as a badge: what they say, and that a stranger's text stays text."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from slashv1.record import ClientReadiness, Outcome, Readiness, Run, Waiver
from slashv1.reports import markdown as module
from slashv1.reports import render_badge_json, render_badge_svg, render_markdown_run
from slashv1.reports.overview import Entry, make_overview
from slashv1.reports.overview_text import overview_markdown
from tests.reports import sample


def test_it_says_verdict_operations_and_deviations() -> None:
    text = render_markdown_run(sample.deviating())
    assert text.startswith("## ✕ slashv1: Deviates")
    assert "| ✕ failed, MUST | chat.stream.finish-reason-null-until-last |" in text
    assert "| chat.completions.create |" in text
    assert "chat.completions.create/stream-plain" in text


def test_a_conforming_run_lists_no_deviation() -> None:
    text = render_markdown_run(sample.conforming())
    assert text.startswith("## ✓ slashv1: Conforming")
    assert "failed, MUST" not in text


def test_clients_and_waivers_are_told() -> None:
    client = ClientReadiness("Codex", Readiness.LIMITS, ("tools: x in y",), "https://x.example")
    idle = ClientReadiness("Other", Readiness.NOT_JUDGED, (), "https://x.example")
    waiver = Waiver("http.status", (), "known", "edge", "2026-12-31", None, "w.yaml:3", "used", 2)
    text = render_markdown_run(replace(sample.conforming(), clients=(client, idle), waivers=(waiver,)))
    assert "| Codex | READY WITH LIMITS | tools: x in y |" in text
    assert "Other" not in text
    assert "| http.status | 2026-12-31 | edge | known | 2 |" in text


def test_a_strangers_text_stays_text() -> None:
    text = render_markdown_run(sample.hostile())
    assert "<script" not in text
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "](" not in text


def test_it_fits_into_the_summary_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 400)
    text = render_markdown_run(sample.deviating())
    assert len(text.encode()) <= 400
    assert text.endswith("\n\n…\n")


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u20ac", "\U0001f600", "|"])
def test_a_huge_run_fits_into_the_summary_of_a_step(letter: str) -> None:
    """GitHub drops a summary above 1 MiB, counted in bytes."""
    waiver = Waiver("http.status", (), letter * 5_000, "edge", "2026-12-31", None, "w.yaml:3", "used", 2)
    results = [
        sample.result(f"op-{n}{letter * 60}", letter * 60, f"c-{n % 50}", sample.finding("c", message=letter))
        for n in range(5_000)
    ]
    run = sample.run(sample.result("op", "c", "c-0"), *results, waivers=(waiver,) * 2_000)
    text = render_markdown_run(run)
    assert 900_000 < len(text.encode()) < 1_048_576
    assert text.startswith("## ✕ slashv1: Deviates")
    assert text.endswith("\n\n…\n")
    assert text.splitlines()[-3].endswith(" |"), "no row is cut"
    many = overview_markdown(make_overview([Entry(run), Entry(replace(run, profile="other"))]))
    assert len(many.encode()) < 1_048_576


def _with(*outcomes: Outcome, **more: object) -> Run:
    results = [sample.result("op", "case", f"c.{n}", outcome=one) for n, one in enumerate(outcomes)]
    return sample.run(*results, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "message", "broken"),
    [
        (_with(Outcome.PASSED), "conforming", False),
        (_with(Outcome.PASSED, Outcome.WAIVED), "conforming, 1 waived", False),
        (_with(Outcome.PASSED, Outcome.FAILED, Outcome.WARNED), "1 of 3 deviate", False),
        (_with(Outcome.PASSED, Outcome.FAILED, Outcome.WARNED, strict=True), "2 of 3 deviate", False),
        (_with(Outcome.PASSED, Outcome.ERROR), "not judged", True),
        (_with(Outcome.SKIPPED), "nothing learnt", True),
    ],
)
def test_a_badge_says_the_verdict(run: Run, message: str, broken: bool) -> None:
    told = json.loads(render_badge_json(run))
    assert (told["schemaVersion"], told["label"], told["message"]) == (1, "/v1", message)
    assert told["isError"] is broken
    drawn = ET.fromstring(render_badge_svg(run))
    assert drawn.get("aria-label") == f"/v1: {message}"
    assert int(drawn.get("width", "0")) > 6 * len(message)
