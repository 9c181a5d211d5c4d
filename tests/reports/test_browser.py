"""The page as people use it, in Debian's chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slashv1.reports import render_html
from tests.reports import sample
from tests.reports.conftest import Reader, dominant, lightness, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def shown(page: Page) -> int:
    """Rows of results that the filter leaves."""
    return page.locator(".group:not([hidden]) .checks > li:not([hidden])").count()


@pytest.mark.parametrize(
    "make", [sample.conforming, sample.deviating, sample.hostile, sample.interrupted, sample.run]
)
def test_a_page_opens_silently_and_asks_the_network_for_nothing(reader: Reader, make: object) -> None:
    assert callable(make)
    page = reader.open(make())
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert reader.said == []
    assert [url for url in reader.asked if not url.startswith("file:")] == []
    assert len(reader.asked) == 1


def test_hostile_text_is_shown_and_not_run(reader: Reader) -> None:
    page = reader.open(sample.hostile())
    assert "pwned" in page.locator("h1").inner_text()
    assert page.title().startswith("Not judged · ")
    assert page.evaluate("document.images.length + document.scripts.length") == 1
    assert page.locator("a[href^='javascript' i]").count() == 0
    assert page.locator(".facts").get_by_text("pwned").count() > 0
    assert page.locator(".flag").first.is_visible()
    assert page.locator("h2", has_text="Every case").is_visible()


def test_filters_narrow_the_results_and_land_in_the_fragment(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    total = shown(page)
    page.get_by_role("button", name="failed").click()
    assert shown(page) == 5
    assert page.url.endswith("#outcome=failed")
    page.get_by_label("Operation", exact=True).select_option(sample.CHAT)
    assert shown(page) == 4
    page.get_by_label("Search in checks").fill("FINISH_reason usage")
    assert shown(page) == 1
    assert page.url.endswith(f"#outcome=failed&op={sample.CHAT}&q=FINISH_reason+usage")
    assert page.locator("#f-count").inner_text() == f"1 of {total}"
    assert page.locator(".card:visible").count() == 1
    page.get_by_role("button", name="Clear").click()
    assert shown(page) == total


def test_a_level_and_a_topic_filter_too(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.get_by_role("button", name="SHOULD").click()
    assert shown(page) == 4
    page.get_by_role("button", name="SHOULD").click()
    page.get_by_label("Topic", exact=True).select_option("chat.stream")
    assert page.url.endswith("#topic=chat.stream")
    rows = page.locator(".group:not([hidden]) .checks > li:not([hidden])")
    topics = {
        text.strip().rpartition(".")[0]
        for text in rows.evaluate_all("all => all.map((e) => e.firstChild.data)")
    }
    assert topics == {"chat.stream"}


def test_a_fragment_restores_the_filter(reader: Reader) -> None:
    page = reader.open(sample.deviating(), f"#outcome=failed,warned&op={sample.CHAT}&q=stream-plain")
    assert shown(page) == 2
    assert page.get_by_label("Operation", exact=True).input_value() == sample.CHAT
    assert page.get_by_label("Search in checks").input_value() == "stream-plain"
    assert page.get_by_role("button", name="warned").get_attribute("aria-pressed") == "true"


def test_a_link_to_a_filtered_page_leads_to_what_is_left(reader: Reader) -> None:
    page = reader.open(sample.deviating(), "#outcome=failed", viewport={"width": 1280, "height": 500})
    assert page.evaluate("scrollY") > 0
    assert page.locator("#h-dev").is_visible()
    assert abs(page.evaluate("document.querySelector('#filter').getBoundingClientRect().top")) < 20
    assert reader.open(sample.deviating()).evaluate("scrollY") == 0


def test_a_filter_that_nothing_matches_says_so(reader: Reader) -> None:
    page = reader.open(sample.deviating(), "#q=no-such-thing")
    assert page.get_by_text("Nothing matches this filter.").is_visible()


def test_a_cell_of_the_grid_leads_to_its_results(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.get_by_role("link", name="chat.completions.create, chat.stream: 2 failed").click()
    page.wait_for_function("document.querySelector('#f-topic').value === 'chat.stream'")
    assert page.url.endswith("#op=chat.completions.create&topic=chat.stream")
    assert page.locator(".card:visible").count() == 1


def test_a_link_to_a_finding_opens_it(reader: Reader) -> None:
    name = f"{sample.CHAT}::stream-usage::chat.stream.finish-reason-null-until-last"
    page = reader.open(sample.deviating(), f"#{name}")
    one = page.locator(".finding", has=page.locator(f'[id="{name}"]'))
    assert one.get_attribute("open") is not None
    assert one.locator(".frames .bad .n").inner_text() == "#14"
    assert one.locator(".frames .bad mark").inner_text() == '""'
    assert one.locator("[aria-current]").get_attribute("id") == name
    page.wait_for_function("document.activeElement.matches('.finding > summary')")
    assert 0 <= one.evaluate("(e) => e.getBoundingClientRect().top") < 200


def test_a_chosen_place_is_shown_and_can_be_linked_to(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    one = page.locator(".finding", has_text="no x-request-id")
    shown = one.locator(".example h4").first
    assert shown.text_content() == f"For example {sample.CHAT} / plain"
    one.get_by_role("link", name="stream-plain").click()
    assert shown.inner_text() == f"For example {sample.CHAT} / stream-plain"
    assert page.url.endswith(f"#{sample.CHAT}%3A%3Astream-plain%3A%3Aheaders.request-id.present")
    assert one.locator("[aria-current]").count() == 1


def test_the_example_of_a_deviation_is_one_that_the_filter_leaves(reader: Reader) -> None:
    page = reader.open(sample.deviating(), "#q=x-request-id+stream-usage")
    one = page.locator(".finding:visible")
    assert one.locator(".where .n").inner_text() == "1 of 4 places"
    assert one.locator(".example h4").first.inner_text() == f"For example {sample.CHAT} / stream-usage"
    page.get_by_role("button", name="Clear").click()
    assert (
        page.locator(".finding", has_text="no x-request-id").locator(".where .n").text_content() == "4 cases"
    )


def test_words_have_to_stand_in_one_finding(reader: Reader) -> None:
    check = "a.b"
    both = [sample.finding(check, message=said) for said in ("the left hand", "the right foot")]
    page = reader.open(sample.run(sample.result("op", "x", check, *both)), "#q=left+foot")
    assert shown(page) == 0
    page.get_by_label("Search in checks").fill("right foot")
    assert shown(page) == 1
    assert page.locator(".finding:visible .msg").inner_text() == "the right foot"


def test_what_deviates_leads_to_its_card(reader: Reader) -> None:
    page = reader.open(sample.deviating(), "#outcome=passed")
    page.locator(".broken").get_by_role("link", name="obeyed or refused").click()
    page.wait_for_function("document.querySelector('#f-clear').disabled")
    card = page.locator(".card", has_text="ignored.stop")
    assert page.evaluate("(e) => Math.abs(e.getBoundingClientRect().top) < 300", card.element_handle())


def test_a_folded_deviation_opens_when_it_alone_is_left(reader: Reader) -> None:
    bad = [
        sample.result("op", f"c{at}", "a.b", sample.finding("a.b", message=f"said {at}.")) for at in range(12)
    ]
    page = reader.open(sample.run(*bad))
    assert page.locator(".finding:visible").count() == 6
    page.get_by_label("Search in checks").fill("said 11.")
    assert page.locator(".finding:visible .msg").inner_text() == "said 11."
    page.get_by_role("button", name="Clear").click()
    assert page.locator(".finding:visible").count() == 6


def test_a_case_that_the_record_does_not_hold_breaks_nothing(reader: Reader) -> None:
    bad = sample.result("op", "a\u202eb", "a.b", sample.finding("a.b", frame=3, pointer="/x"))
    page = reader.open(sample.run(bad))
    assert page.locator(".finding .links").inner_text().startswith("Link to this finding")
    assert reader.said == []


def test_causes_count_what_the_filter_leaves(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    count = page.locator(".cause", has_text="status 500").locator(".count").first
    assert count.text_content() == "2"
    page.get_by_label("Search in checks").fill("twice")
    assert count.text_content() == "1"
    assert page.locator(".cause:visible").count() == 1


def test_a_place_that_the_record_lost_is_told(reader: Reader) -> None:
    lost = sample.finding("chat.stream.a", frame=90, offset=9_000, pointer="/a")
    kept = sample.finding("chat.stream.b", frame=2, offset=300)
    stream = sample.wire(
        sample.CHAT, "x", body=None, frames=sample.chat_frames(), frames_left_out=80, seconds=9.0
    )
    run = sample.run(
        sample.result(sample.CHAT, "x", "chat.stream.a", lost),
        sample.result(sample.CHAT, "x", "chat.stream.b", kept),
        wires=(stream,),
    )
    page = reader.open(run)
    one = page.locator(".finding", has_text="frame 90")
    assert "Frame #90 is not in the record." in one.inner_text()
    assert one.locator(".frames .bad").count() == 0
    other = page.locator(".finding", has_text="frame 2 ")
    assert other.locator(".frames .bad .n").inner_text() == "#2"
    assert reader.said == []


def test_a_case_says_what_its_checks_look_at(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    case = page.locator(f'[id="{sample.CHAT}/plain"]')
    case.locator("> summary").click()
    assert "http.status The status is the one the contract gives" in " ".join(case.inner_text().split())


def test_a_link_to_what_the_filter_hides_clears_the_filter(reader: Reader) -> None:
    page = reader.open(sample.deviating(), "#outcome=passed")
    page.evaluate(f"location.hash = '{sample.CHAT}/stop'")
    page.wait_for_function("document.querySelector('#f-clear').disabled")
    assert page.locator(f'[id="{sample.CHAT}/stop"]').get_attribute("open") is not None


def test_a_failure_shows_expected_actual_and_the_offending_frame(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    card = page.locator(".card", has_text="chat.stream.finish-reason-null-until-last")
    one = card.locator(".finding").first
    assert one.locator(".expected mark").inner_text() == "null"
    assert one.locator(".actual mark").inner_text() == '""'
    assert one.locator(".frames .bad").count() == 1
    assert "offending frame" in one.locator(".frames .bad").inner_text()
    at = one.locator(".at").inner_text().replace("\n", " ")
    assert "/choices/0/finish_reason" in at
    assert "frame 1 (byte 160), +260 ms" in one.locator("[aria-current]").inner_text()


def test_the_raw_exchange_unfolds_in_the_finding(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    one = page.locator(".finding", has_text="empty-messages").first
    assert not one.locator(".exchange").is_visible()
    one.get_by_text("Raw exchange").click()
    exchange = one.locator(".exchange")
    exchange.wait_for()
    assert "400" in exchange.inner_text()
    assert "BadRequestError" in exchange.inner_text()


def test_the_copy_button_copies_the_curl_line(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the curl line").first.click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == sample.wire(sample.CHAT, "stop").curl


def test_the_keyboard_reaches_the_filter_and_the_first_finding(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    reached: list[str] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.parentElement.className")
        )
        if reached[-1] == "finding":
            break
    assert "f-q" in reached
    first = page.locator(".finding").first
    assert reached[-1] == "finding"
    was = first.get_attribute("open")
    page.keyboard.press("Enter")
    assert first.get_attribute("open") != was


def test_slash_goes_to_the_search(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "f-q"
    assert page.get_by_label("Search in checks").input_value() == ""


def test_everything_that_acts_has_a_name(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("a, button, select, input, summary")].filter(
            (e) => !(e.getAttribute("aria-label") || e.textContent).trim()).map((e) => e.outerHTML)"""
    )
    assert unnamed == []


def test_the_colours_follow_the_system_and_the_button(reader: Reader) -> None:
    light = reader.open(sample.deviating(), color_scheme="light")
    dark = reader.open(sample.deviating(), color_scheme="dark")
    assert lightness(light) > 0.9
    assert lightness(dark) < 0.2
    dark.get_by_role("button", name="Switch to light colours").click()
    assert lightness(dark) > 0.9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(reader: Reader, scheme: str) -> None:
    page = reader.open(sample.deviating(), color_scheme=scheme)
    faint = page.evaluate(CONTRAST)
    assert faint == []


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || element.closest(":disabled, .none, script, style")) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const least = element.matches(".sign, .sign *, .disk, .cell, .cell *") ? 3 : 4.5;
    if (ratio < least) faint.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...faint];
}"""


def test_print_leaves_the_tools_out_and_the_findings_in(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator("#filter").is_visible()
    assert not page.get_by_role("button", name="Copy the curl line").first.is_visible()
    assert page.locator(".finding .sides:visible").count() == page.locator(".finding .sides").count()


@pytest.mark.parametrize("width", [360, 420, 768, 1280])
def test_no_width_scrolls_the_page_sideways(reader: Reader, width: int) -> None:
    page = reader.open(sample.hostile(), viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_page_is_whole(reader: Reader) -> None:
    run = sample.deviating()
    context = reader.browser.new_context(java_script_enabled=False)
    path = reader.folder / "plain.html"
    path.write_text(render_html(run), encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    assert not page.locator("#filter").is_visible()
    told = " ".join(page.locator(".finding .msg").all_text_contents())
    assert [f.message for one in run.results for f in one.findings if f.message not in told] == []
    assert page.locator(".checks > li").count() == len(run.results)
    finding = page.locator(".finding", has_text="until the last chunk")
    assert finding.locator(".expected mark").text_content() == "null"
    assert finding.locator(".excerpt mark").text_content() == '""'
    finding.get_by_role("link", name="stream-usage").click()
    case = page.locator(f'[id="{sample.CHAT}/stream-usage"]')
    case.locator("> summary").click()
    case.get_by_text("Raw exchange").click()
    assert "#14" in case.locator(".frames .bad").inner_text()
    assert case.locator(".curl").is_visible()
    context.close()


def test_thousands_of_results_filter_at_once(reader: Reader) -> None:
    page = reader.open(sample.large())
    page.get_by_label("Search in checks").fill("case-11 http.status")
    left = shown(page)
    assert 0 < left < 100
    page.get_by_role("button", name="failed").click()
    assert shown(page) <= left
    assert reader.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [sample.deviating, sample.hostile])
def test_axe_finds_nothing_serious(reader: Reader, make: object, scheme: str) -> None:
    assert callable(make)
    page = reader.open(make(), color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == []


def test_axe_would_find_what_is_wrong(reader: Reader) -> None:
    page = reader.open(sample.conforming())
    page.evaluate(
        """() => {
          document.querySelector("#f-q").removeAttribute("aria-label");
          document.querySelector("#f-q").removeAttribute("placeholder");
          document.querySelector(".sentence").className = "wrong";
          const style = document.querySelector("style").sheet;
          style.insertRule(".wrong { color: #ddd; background: #fff }");
        }"""
    )
    assert {one.split(":")[0] for one in violations(page)} == {"critical label", "serious color-contrast"}


BOXES = """() => Object.fromEntries(["#filter", ".top", ".verdict", ".disk", ".grid", ".card", "footer"].map(
  (name) => { const { x, width, height } = document.querySelector(name).getBoundingClientRect();
              return [name, [Math.round(x), Math.round(width), Math.round(height)]]; }))"""


def near(boxes: dict[str, list[int]], name: str, x: int, width: int) -> bool:
    return abs(boxes[name][0] - x) <= 25 and abs(boxes[name][1] - width) <= 50


def test_the_page_looks_as_it_is_meant_to(reader: Reader) -> None:
    """Loosely: boxes in their places, and the colour of the verdict; fonts differ from machine to machine."""
    page = reader.open(sample.deviating(), viewport={"width": 1280, "height": 900})
    boxes = page.evaluate(BOXES)
    assert near(boxes, ".top", 0, 1280)
    assert near(boxes, "#filter", 0, 1280)
    assert near(boxes, ".verdict", 52, 1176)
    assert near(boxes, ".card", 52, 1176)
    assert near(boxes, ".disk", 52, 54)
    assert abs(boxes[".disk"][1] - boxes[".disk"][2]) <= 1, "a disk is round"
    assert boxes["#filter"][2] < 160, "two rows of tools, not a wall of them"


def test_the_disk_has_the_colour_of_the_verdict(reader: Reader) -> None:
    page = reader.open(sample.deviating())
    page.evaluate("document.querySelector('.disk').textContent = ''")
    red, green, blue = dominant(page, ".disk")
    assert red > 150
    assert red > 2 * green > 2 * blue
    page = reader.open(sample.conforming())
    page.evaluate("document.querySelector('.disk').textContent = ''")
    red, green, blue = dominant(page, ".disk")
    assert green > 2 * red
