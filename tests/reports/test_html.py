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
    page = Reader(render_html(run))
    rows = [attrs for tag, attrs in page.tags if tag == "li" and "data-o" in attrs]
    assert sorted(int(row["data-i"] or "") for row in rows) == list(range(len(run.results)))
    assert {row["data-o"] for row in rows} == {result.outcome for result in run.results}


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
        "<dd>2,023</dd>",
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
    assert html.count('<details class="finding"') == 10
    assert "990 more findings of this check" in html


def test_an_unreadable_date_is_shown_as_it_is() -> None:
    assert "yesterday" in render_html(replace(sample.run(), started_at="yesterday"))


def test_many_results_make_a_page_of_bearable_size() -> None:
    run: Run = sample.large()
    html = render_html(run)
    assert html.count("data-o=") == 2_500
    assert len(html) < 4_000_000


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to parse the script")
def test_the_script_parses() -> None:
    done = subprocess.run(
        ["node", "--check", TEMPLATES / "report.js"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_style_and_script_cannot_end_their_element() -> None:
    for name in ("report.js", "report.css"):
        text = (TEMPLATES / name).read_text().lower()
        assert "</" not in text
        assert "<!--" not in text
        assert "\r" not in text
