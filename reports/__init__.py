"""Reports of a run: HTML, JUnit XML, Markdown, a badge, a comparison. The run record is their only source."""

from __future__ import annotations

from slashv1.reports.badge import render_badge_json, render_badge_svg
from slashv1.reports.compare import compare
from slashv1.reports.html import render_html
from slashv1.reports.junit import render_junit
from slashv1.reports.load import parse_run, read_run
from slashv1.reports.markdown import render_markdown_run
from slashv1.reports.write import write_report

__all__ = [
    "compare",
    "parse_run",
    "read_run",
    "render_badge_json",
    "render_badge_svg",
    "render_html",
    "render_junit",
    "render_markdown_run",
    "write_report",
]
