"""The comparison of many runs as people use it, in Debian's chromium."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slashv1.record import Outcome, Run, Target
from slashv1.reports.overview import Entry, make_overview
from slashv1.reports.overview_html import render_overview
from tests.reports import sample
from tests.reports.conftest import Reader, dominant, lightness, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def called(run: Run, name: str, **more: object) -> Run:
    """The run as that of another target."""
    return replace(run, target=replace(run.target, name=name, base_url=f"https://{name}.example/v1"), **more)  # type: ignore[arg-type]


def page_of(*runs: Run) -> str:
    return render_overview(make_overview([Entry(run) for run in runs]))


def three() -> str:
    """One that deviates, in two runs, one that conforms, and one that is not up."""
    bad = called(sample.deviating(), "bad")
    better = replace(bad, started_at="2026-05-01T00:00:00Z", results=bad.results[2:])
    good = replace(
        called(sample.deviating(), "good"),
        results=tuple(replace(one, findings=(), outcome=Outcome.PASSED) for one in bad.results),
    )
    return render_overview(
        make_overview(
            [Entry(better), Entry(bad), Entry(good), Entry(None, "down", "https://down: is it up?")]
        )
    )


def many(count: int = 20, checks: int = 2_000) -> str:
    """Twenty targets, each deviating elsewhere."""
    runs = []
    for at in range(count):
        run = called(sample.large(checks), f"vendor-{at}")
        results = tuple(
            replace(one, outcome=Outcome.WARNED) if place % 97 == at else one
            for place, one in enumerate(run.results)
        )
        runs.append(replace(run, results=results, wires=()))
    return page_of(*runs)


def shown(page: Page) -> int:
    """Checks that the filter leaves."""
    return page.locator(".group:not([hidden]) .checks > li:not([hidden])").count()


def test_it_opens_silently_and_asks_the_network_for_nothing(reader: Reader) -> None:
    page = reader.open(three())
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert page.locator("h1").inner_text() == "3 targets in 3 runs"
    assert page.locator(".targets").first.get_by_text("is it up?").is_visible()
    assert reader.said == []
    assert len(reader.asked) == 1


def test_hostile_text_is_shown_and_not_run(reader: Reader) -> None:
    name = sample.HOSTILE + "\x1b]0;pwned\x07"
    attacked = replace(
        sample.hostile(), target=Target("https://x.example/v1", name, name, name, name), profile=name
    )
    page = reader.open(page_of(attacked, sample.hostile(), sample.deviating()))
    assert "pwned" in page.locator(".targets").first.inner_text()
    assert page.title() == "3 targets compared · slashv1"
    assert page.evaluate("document.images.length + document.scripts.length") == 1
    assert page.locator("a[href^='javascript' i]").count() == 0
    assert reader.said == []


def test_a_label_of_5_mb_is_cut(reader: Reader) -> None:
    page = reader.open(page_of(called(sample.conforming(), "x" * 5_000_000), sample.deviating()))
    assert len(page.content()) < 300_000


def test_filters_narrow_the_checks_and_land_in_the_fragment(reader: Reader) -> None:
    page = reader.open(three())
    total = shown(page)
    page.get_by_role("button", name="failed").click()
    failed = shown(page)
    assert 0 < failed < total
    page.get_by_label("Target", exact=True).select_option("good")
    assert shown(page) == 0
    assert page.get_by_text("Nothing matches this filter.").is_visible()
    page.get_by_label("Target", exact=True).select_option("bad")
    assert shown(page) == failed
    page.get_by_label("Operation", exact=True).select_option(sample.RESPONSES)
    page.get_by_label("Search in checks").fill("SEQUENCE")
    assert shown(page) == 1
    assert page.url.endswith("#outcome=failed&target=bad&op=responses.create&q=SEQUENCE")
    page.get_by_role("button", name="Clear").click()
    assert shown(page) == total


def test_a_fragment_restores_the_filter(reader: Reader) -> None:
    page = reader.open(three(), "#outcome=warned&target=bad&level=SHOULD")
    assert shown(page) == 4
    assert page.get_by_label("Target", exact=True).input_value() == "bad"
    assert page.get_by_role("button", name="warned").get_attribute("aria-pressed") == "true"
    assert page.locator("details.case[open]").count() == 1


def test_a_target_that_is_not_there_filters_nothing(reader: Reader) -> None:
    page = reader.open(three(), "#target=gone")
    assert page.get_by_label("Target", exact=True).input_value() == ""
    assert shown(page) == page.locator(".checks > li").count()


def test_what_is_alike_at_all_targets_can_be_left_out(reader: Reader) -> None:
    page = reader.open(three())
    page.get_by_role("button", name="targets differ").click()
    assert page.url.endswith("#spread=differs")
    assert 0 < shown(page) < page.locator(".checks > li").count()
    assert page.locator(".group:not([hidden]):not([data-spread])").count() == 0


def test_a_cell_of_each_grid_leads_on(reader: Reader) -> None:
    page = reader.open(three())
    page.get_by_role("link", name="bad, responses.create: 1 failed").click()
    page.wait_for_function("document.querySelector('#f-target').value === 'bad'")
    assert page.url.endswith("#op=responses.create&target=bad")
    page.get_by_role("link", name="bad, client not ready: NOT READY").click()
    page.wait_for_function("location.hash === '#t-0'")
    assert page.locator("#t-0").get_attribute("open") is not None


def test_what_only_one_fails_leads_to_its_cases(reader: Reader) -> None:
    page = reader.open(three())
    page.locator(".alone").get_by_role("link", name="finish-reason-null").click()
    page.wait_for_function("document.querySelector('#f-target').value === 'bad'")
    assert shown(page) == 2
    assert page.locator(".checks > li:visible").count() == 2


def test_the_count_of_an_operation_is_of_what_is_left(reader: Reader) -> None:
    page = reader.open(three())
    count = page.locator("details.case", has_text=sample.RESPONSES).first.locator("summary .count")
    total = int(count.text_content() or "")
    page.get_by_role("button", name="failed").click()
    assert int(count.text_content() or "") == 1 < total


def test_the_trend_tells_counts_and_changes(reader: Reader) -> None:
    page = reader.open(three())
    chart = page.get_by_role("img", name="bad, 2 runs, the oldest first: failed 5, ")
    assert chart.is_visible()
    change = page.locator(".change", has_text="missing")
    change.locator("summary").click()
    assert "→ not there" in change.inner_text()


def test_the_keyboard_alone_does(reader: Reader) -> None:
    page = reader.open(three())
    page.keyboard.press("/")
    page.keyboard.type("stream-plain")
    assert "q=stream-plain" in page.url
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName"))
        if reached[-1] == "SUMMARY":
            break
    assert reached[-1] == "SUMMARY"
    one = page.locator("details:focus-within")
    was = one.get_attribute("open")
    page.keyboard.press("Enter")
    assert one.get_attribute("open") != was
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#results') !== null")


def test_the_colours_follow_the_system_and_the_button(reader: Reader) -> None:
    page = reader.open(three(), color_scheme="dark")
    assert lightness(page) < 0.2
    page.get_by_role("button", name="Switch to light colours").click()
    assert lightness(page) > 0.9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(reader: Reader, scheme: str) -> None:
    page = reader.open(three(), color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == []


def test_it_looks_as_it_is_meant_to(reader: Reader) -> None:
    """Loosely: fonts differ from machine to machine."""
    page = reader.open(three(), viewport={"width": 1280, "height": 900})
    for selector in (".top", "#filter"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert (round(box["x"]), round(box["width"])) == (0, 1280)
    why, last = (page.locator(part).first.bounding_box() for part in (".absent", ".targets tbody tr"))
    assert why is not None
    assert last is not None
    assert why["width"] > last["width"] / 2, "the reason has the room of all figures"
    assert why["height"] < 60
    red, green, blue = dominant(page, ".cell.o-failed >> nth=0")
    assert red > 2 * green > 2 * blue
    red, green, blue = dominant(page, ".cell.o-passed >> nth=0")
    assert green > red


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_scrolls_the_page_sideways(reader: Reader, width: int) -> None:
    page = reader.open(three(), viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_leaves_the_tools_out(reader: Reader) -> None:
    page = reader.open(three())
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    assert page.locator(".grid").first.is_visible()


def test_twenty_runs_of_two_thousand_checks_open_and_filter(reader: Reader) -> None:
    page = reader.open(many())
    assert shown(page) == 2_000
    page.get_by_label("Target", exact=True).select_option("vendor-7")
    page.get_by_role("button", name="warned").click()
    assert shown(page) == len(range(7, 2_000, 97))
    page.get_by_label("Search in checks").fill("no-such-thing")
    assert shown(page) == 0
    assert reader.said == []
