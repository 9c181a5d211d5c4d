"""A run as a badge: shields' endpoint JSON, or an SVG of our own that needs no network."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from slashv1.record import Run
from slashv1.reports.words import verdict

LABEL = "/v1"
_COLOURS = {"passed": "#2f7d32", "failed": "#b3261e", "warned": "#8a5a00", "error": "#5f6368"}
_CHARACTER = 6.6
_PADDING = 12


def badge_text(run: Run) -> tuple[str, str]:
    """What it says, and its tone: `conforming`, `3 of 820 deviate`, `not judged`."""
    told = verdict(run)
    bad = run.summary["failed"] + run.summary["unwaived"]
    if run.exit_code == 1:
        warned = run.summary["warned"] if run.strict else 0
        return f"{bad + warned:,} of {len(run.results):,} deviate", told.tone
    waived = run.summary["waived"]
    if run.exit_code == 0 and waived:
        return f"conforming, {waived:,} waived", "warned"
    return told.word.lower(), told.tone


def render_badge_json(run: Run) -> str:
    """By the schema of shields.io's endpoint badge."""
    message, tone = badge_text(run)
    values = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": _COLOURS[tone].removeprefix("#"),
        "isError": tone == "error",
    }
    return json.dumps(values, ensure_ascii=True, indent=1) + "\n"


def render_badge_svg(run: Run) -> str:
    """An SVG of two fields, with its text for a screen reader."""
    message, tone = badge_text(run)
    left = round(len(LABEL) * _CHARACTER + _PADDING)
    right = round(len(message) * _CHARACTER + _PADDING)
    title = escape(f"{LABEL}: {message}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<rect width="{left}" height="20" fill="#3c4043"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[tone]}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2}" y="14">{escape(LABEL)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(message)}</text></g></svg>\n'
    )
