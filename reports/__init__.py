"""Reports of a run: one HTML page, JUnit XML, a comparison. The run record is their only source."""

from __future__ import annotations

from slashv1.reports.compare import compare
from slashv1.reports.html import render_html
from slashv1.reports.junit import render_junit
from slashv1.reports.load import parse_run, read_run
from slashv1.reports.write import write_report

__all__ = ["compare", "parse_run", "read_run", "render_html", "render_junit", "write_report"]
