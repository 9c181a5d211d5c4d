"""The page as text: one file, a strict policy, everything escaped, nothing missing."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import slashv1.reports
from slashv1.record import Outcome, Run
from slashv1.reports import render_html
from slashv1.reports.visible import visible
from slashv1.reports.words import DEVIATING, UNJUDGED
from tests.reports import sample

TEMPLATES = Path(slashv1.reports.__file__).parent / "templates"


class Reader(HTMLParser):
    """Tags with their attributes, and the text of each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.inside, []).append(data)

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


RUNS = [sample.conforming, sample.deviating, sample.hostile, sample.interrupted, sample.run]


@pytest.fixture(params=RUNS, ids=lambda make: make.__name__)
def page(request: pytest.FixtureRequest) -> Reader:
    return Reader(render_html(request.param()))


def test_nothing_is_loaded_from_anywhere(page: Reader) -> None:
    assert not {"img", "link", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in page.tags}
    assert page.attributes("src") == []
    assert all(href.startswith("#") for href in page.attributes("href"))
    css = (TEMPLATES / "report.css").read_text()
    assert "url(" not in css
    assert "@import" not in css


def test_the_policy_allows_just_the_page_s_own_style_and_script(page: Reader) -> None:
    (policy,) = [
        attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = ["".join(page.texts[tag][:1])]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_no_inline_handler_or_style_needs_a_looser_policy(page: Reader) -> None:
    names = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in names if name.startswith("on") or name == "style"]


def test_ids_are_unique_and_every_link_leads_somewhere() -> None:
    from urllib.parse import unquote

    for make in RUNS:
        page = Reader(render_html(make()))
        ids = page.attributes("id")
        assert [name for name, count in Counter(ids).items() if count > 1] == []
        anchors = [unquote(href[1:]) for href in page.attributes("href")]
        assert [a for a in anchors if not re.match(r"(outcome|op)=", a) and a not in ids] == []


def test_a_name_that_is_not_seen_whole_is_linked_as_it_is_seen() -> None:
    from urllib.parse import unquote

    names = ("a\u202eb", "c\ud800", 'd"<e>', "f g%")
    bad = [sample.result("op", case, "x.y\x07", sample.finding("x.y\x07")) for case in names]
    not_judged = [sample.result("op", case, "x.z", outcome=Outcome.SKIPPED) for case in names]
    page = Reader(render_html(sample.run(*bad, *not_judged)))
    anchors = [unquote(href[1:]) for href in page.attributes("href")]
    assert [a for a in anchors if not re.match(r"(outcome|op)=", a) and a not in page.attributes("id")] == []
    assert sum(a.startswith("op/") for a in anchors) == 8


def test_hostile_text_makes_no_element() -> None:
    page = Reader(render_html(sample.hostile()))
    tags = Counter(tag for tag, _ in page.tags)
    assert (tags["script"], tags["style"], tags["img"]) == (1, 1, 0)
    assert any("<script>document.title" in text for text in page.texts["pre"])


@pytest.mark.parametrize(
    "character", ["\x1b", "\x00", "\x07", "\x9b", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_hidden_characters_reach_no_page(character: str) -> None:
    html = render_html(sample.hostile())
    assert character not in html
    assert html.encode()


def test_a_template_in_a_text_is_not_run() -> None:
    assert "{{ 7*7 }}" in render_html(sample.hostile())


def test_every_result_stands_in_the_page_once_as_a_row() -> None:
    run = sample.deviating()
    html = render_html(run)
    rows = [
        (outcome, level, check)
        for outcome, level, rows in GROUP.findall(html)
        for check in re.findall(r"<li>(\S+)", rows)
    ]
    assert sorted(rows) == sorted((one.outcome, one.level, one.check) for one in run.results)


GROUP = re.compile(
    r'<div class="group [^"]*" data-o="(\w+)" data-l="(\w+)">.*?<ul class="checks">(.*?)</ul>', re.DOTALL
)


def test_what_refers_to_a_result_has_its_number() -> None:
    run = sample.deviating()
    html = render_html(run)
    rows = [
        (operation, case, check)
        for operation, case, rows in re.findall(
            r'<details class="case" id="([^"/]+)/([^"]+)"(.*?)\n  </details>', html, re.DOTALL
        )
        for _, _, checks in GROUP.findall(rows)
        for check in re.findall(r"<li>(\S+)", checks)
    ]
    places = re.findall(r'<li id="([^"]+)" data-i="(\d+)"', html)
    assert len(places) == sum(one.outcome in DEVIATING for one in run.results)
    assert all(place == "::".join(rows[int(number)]) for place, number in places)
    stretches = re.findall(r'<li data-i="(\d+)-(\d+)"><a href="#([^"]+)"', html)
    held = [at for first, last, _ in stretches for at in range(int(first), int(last) + 1)]
    ids = {"::".join(rows[at]) for at in held}
    assert ids == {one.id for one in run.results if one.outcome in UNJUDGED}
    assert all("/".join(rows[int(first)][:2]) == name for first, _, name in stretches)


def test_what_deviates_alike_is_told_once_with_all_its_places() -> None:
    html = render_html(sample.deviating())
    assert html.count("no x-request-id") == 1
    assert ">4 cases</span>" in html
    assert html.count('::headers.request-id.present" data-i=') == 4


def test_what_differs_is_told_apart() -> None:
    bad = [
        sample.result("op", case, "a.b", sample.finding("a.b", actual=actual, pointer=pointer))
        for case, actual, pointer in (("x", "1", "/n"), ("y", "2", "/n"), ("z", "1", "/m"), ("w", "1", "/n"))
    ]
    html = render_html(sample.run(*bad))
    assert html.count('<details class="finding"') == 3


def test_the_place_of_a_value_is_counted_as_scripts_count() -> None:
    bodies = ['{"a":1}', '{"smile 😀\x1b":0,"a":1}']
    bad = [
        sample.result(sample.CHAT, case, "a.b", sample.finding("a.b", actual="1", pointer="/a"))
        for case in "xy"
    ]
    wires = tuple(sample.wire(sample.CHAT, case, body=body) for case, body in zip("xy", bodies, strict=True))
    (mark,) = re.findall(r'data-m="(\d+)-(\d+)"', render_html(sample.run(*bad, wires=wires)))
    shown = visible(bodies[1]).encode("utf-16-le")
    assert shown[2 * int(mark[0]) : 2 * int(mark[1])].decode("utf-16-le") == "1"


def test_many_deviations_of_one_check_are_folded_behind_the_first() -> None:
    bad = [sample.result("op", f"c{at}", "a.b", sample.finding("a.b", pointer=f"/{at}x")) for at in range(12)]
    html = render_html(sample.run(*bad))
    assert "6 more deviations" in html
    assert html.count('<details class="finding"') == 12


def test_deviations_that_differ_in_a_value_alone_are_one_where_they_are_many() -> None:
    def told(count: int) -> str:
        return render_html(
            sample.run(
                *(
                    sample.result(
                        "op",
                        f"c{at}",
                        "a.b",
                        sample.finding(
                            "a.b", message=f'id is "{at:032x}"', actual=f'"{at:032x}"', pointer="/id"
                        ),
                    )
                    for at in range(count)
                )
            )
        )

    assert told(3).count('<details class="finding"') == 3
    html = told(12)
    assert html.count('<details class="finding"') == 1
    assert "id is …" in html
    assert "(and 11 other values)" in html
    places = html[html.index("(and 11 other values)") :]
    assert all(f'<li id="op::c{at}::a.b"' in places for at in range(12))


def test_what_deviates_stands_on_top_the_worst_and_most_frequent_first() -> None:
    html = render_html(sample.deviating())
    top = html[html.index('id="h-broken"') : html.index('id="h-grid"')]
    checks = re.findall(r"</a> <code>([^<]+)", top)
    assert checks[0] == "chat.stream.finish-reason-null-until-last"
    assert checks[-1] == "headers.request-id.present"
    assert len(checks) == 5
    assert 'id="h-broken"' not in render_html(sample.conforming())


def test_a_finding_tells_everything_known_about_it() -> None:
    html = render_html(sample.deviating())
    for told in (
        "finish_reason is null until the last chunk of a choice",
        "Clients end a message at the first finish_reason",
        "API reference, chat",
        "<mark>null</mark>",
        "<mark>&#34;&#34;</mark>",
        "/choices/0/finish_reason",
        "&#34;finish_reason&#34;: <mark>&#34;&#34;</mark>}]}",
        "&#34;content&#34;:<mark>&#34;one, two, three, four&#34;</mark>}",
        "frame 14 (byte 2,023), +1.11 s",
        "offending frame",
        "$SLASHV1_API_KEY",
        "the model called one tool",
        "model gpt-4o-mini picked from GET /v1/models",
    ):
        assert told in html


def test_one_raw_exchange_stands_in_the_page_once() -> None:
    run = sample.deviating()
    html = render_html(run)
    assert html.count('class="exchange"') == len(run.wires)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_shown_with_its_cause(outcome: Outcome) -> None:
    html = render_html(
        sample.run(sample.result("op", "x", "http.a", outcome=outcome, cause="because of that"))
    )
    assert "because of that" in html
    assert f'data-outcome="{outcome}"' in html


def test_a_result_without_exchange_or_title_is_shown() -> None:
    bad = sample.result("op", "x", "new.check", sample.finding("new.check"))
    html = render_html(replace(sample.run(bad), titles={}))
    assert "new.check" in html


def test_a_huge_value_is_cut() -> None:
    huge = "x" * 5_000_000
    bad = sample.result("op", "x", "a.b", sample.finding("a.b", message=huge, expected=huge, actual=huge))
    assert len(render_html(sample.run(bad))) < 200_000


def test_a_check_that_finds_a_thousand_faults_in_one_case_shows_a_few() -> None:
    found = [sample.finding("chat.stream.a", frame=number % 24) for number in range(1_000)]
    stream = sample.wire(sample.CHAT, "x", body=None, frames=sample.chat_frames())
    html = render_html(sample.run(sample.result(sample.CHAT, "x", "chat.stream.a", *found), wires=(stream,)))
    assert len(re.findall(r'<li id="[^"]+" data-i="0" data-f="\d+"', html)) == 10
    assert "990 more findings of this check" in html


def test_an_unreadable_date_is_shown_as_it_is() -> None:
    assert "yesterday" in render_html(replace(sample.run(), started_at="yesterday"))


def test_many_results_make_a_page_of_bearable_size() -> None:
    run: Run = sample.large()
    html = render_html(run)
    assert sum(rows.count("<li>") for _, _, rows in GROUP.findall(html)) == 2_500
    assert len(html) < 800_000


def test_a_passed_result_costs_its_name() -> None:
    checks = [f"topic.check-{at}" for at in range(300)]
    run = sample.run(*(sample.result("op", f"case-{case}", check) for case in range(100) for check in checks))
    names = sum(len(result.check) for result in run.results)
    assert len(render_html(run)) < names + 6 * len(run.results) + 200_000


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to parse the script")
@pytest.mark.parametrize("name", ["example.js", "report.js", "tools.js"])
def test_the_script_parses(name: str) -> None:
    done = subprocess.run(["node", "--check", TEMPLATES / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_style_and_script_cannot_end_their_element() -> None:
    for name in ("example.js", "report.js", "tools.js", "report.css", "overview.css"):
        text = (TEMPLATES / name).read_text().lower()
        assert "</" not in text
        assert "<!--" not in text
        assert "\r" not in text
