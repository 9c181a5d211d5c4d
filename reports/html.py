"""The run as one self-contained HTML page: no network, a strict content policy, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from slashv1.record import Outcome, Run
from slashv1.reports import words
from slashv1.reports.deviations import LONGEST_BODY
from slashv1.reports.grid import make_grid, topic_of
from slashv1.reports.page import make_page
from slashv1.reports.timeline import LONGEST_DATA
from slashv1.reports.visible import clip, visible

_SCRIPTS = ("example.js", "report.js", "tools.js")


def render_html(run: Run) -> str:
    """The page of a run; it needs nothing but itself and works without scripts, then unfiltered."""
    return render_page(
        "report.html",
        run=run,
        verdict=words.verdict(run),
        grid=make_grid(run.results),
        page=make_page(run),
        segments=segments(run),
    )


def render_page(template: str, *, styles: Sequence[str] = ("report.css",), **values: Any) -> str:
    """One of our pages with our style sheets and the script that all share, under a strict policy."""
    style, script = ("".join(map(_template, names)) for names in (styles, _SCRIPTS))
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            policy=Markup(policy),  # noqa: S704 - of hashes
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            **values,
        )
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the bar under the verdict, which is 1,000 wide."""

    outcome: Outcome
    x: float
    width: float


def segments(run: Run) -> list[Segment]:
    """The outcomes to scale, the worst first, none too thin to see."""
    counts = {outcome: run.summary[outcome] for outcome in words.SIGNS if run.summary[outcome]}
    widths = {outcome: max(6.0, 1000 * count / len(run.results)) for outcome, count in counts.items()}
    scale = 1000 / sum(widths.values()) if widths else 1
    made: list[Segment] = []
    x = 0.0
    for outcome, width in widths.items():
        made.append(Segment(outcome, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return made


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        loader=FunctionLoader(_template),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(words=words, LONGEST_BODY=LONGEST_BODY, LONGEST_DATA=LONGEST_DATA)
    return environment


def _shown(value: Any) -> Any:
    """Every value on its way into the page: no control character passes, however it came here."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _template(name: str) -> str:
    return files("slashv1.reports").joinpath("templates", name).read_text("utf-8")


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return clip(text, 40)
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M} UTC".lstrip("0")


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.{1 if value < 0.1 else 0}f} ms"
    return f"{value:.2f} s"


def _prose(text: str) -> Markup:
    """Text in which `words like this` are code."""
    parts = enumerate(visible(clip(text)).split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in parts)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _fragment(text: str) -> str:
    """For a link to what the page calls so, which is what is seen of it."""
    return quote(visible(text))


def _needed(reason: str) -> str:
    """`tool calls` of `tool calls: ignored.tool_choice in tools-required`."""
    return reason.partition(":")[0]


def _thousands(value: int) -> str:
    return f"{value:,}"


_FILTERS: Mapping[str, Any] = {
    "clip": clip,
    "clip_hash": _short,
    "fragment": _fragment,
    "moment": _moment,
    "needed": _needed,
    "prose": _prose,
    "seconds": _seconds,
    "thousands": _thousands,
    "topic": topic_of,
    "sign": words.SIGNS.__getitem__,
}
