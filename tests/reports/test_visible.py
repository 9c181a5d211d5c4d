"""What cannot be seen is spelt out, what is too long is cut."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from slashv1.harness.terminal import show_run
from slashv1.record import Run
from slashv1.reports import render_badge_svg, render_html, render_junit, render_markdown_run
from slashv1.reports.visible import clip, visible
from tests.reports import sample


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 日本語, 👩‍💻\n\ttab", "plain, ünïcode, 日本語, 👩‍💻\n\ttab"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb", "a\\r\nb"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\ud800", "\\ud800"),
        ("\u202egnp", "⟨U+202E⟩gnp"),
        ("\u2066\ufeff\u200b\u2028", "⟨U+2066⟩⟨U+FEFF⟩⟨U+200B⟩⟨U+2028⟩"),
        ("\ufffe\U000e0041", "⟨U+FFFE⟩⟨U+E0041⟩"),
    ],
)
def test_hidden_characters_are_spelt(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_whatever_the_text_the_result_can_be_written() -> None:
    everything = "".join(chr(code) for code in range(0x11000))
    assert visible(everything).encode()


def test_a_short_text_is_not_cut() -> None:
    assert clip("abc", 3) == "abc"


def test_a_cut_says_how_much_is_missing() -> None:
    assert clip("x" * 5_000, 10) == "xxxxxxxxxx… (4,990 more characters)"


@pytest.mark.parametrize("render", [render_html, render_junit, render_markdown_run, render_badge_svg])
def test_no_report_grows_with_what_a_target_says(render: Callable[[Run], str]) -> None:
    assert len(render(sample.endless())) < 500_000


def test_no_terminal_is_flooded_either() -> None:
    out = io.StringIO()
    show_run(sample.endless(500_000), Console(file=out, width=80, markup=False, highlight=False, emoji=False))
    assert len(out.getvalue()) < 200_000
