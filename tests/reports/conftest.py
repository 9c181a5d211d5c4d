"""What the browser tests share: chromium, a reader of pages, and what it may complain about."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slashv1.record import Run
from slashv1.reports import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
        pytest.skip(f"{CHROMIUM} is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Reader:
    """Opens reports and keeps what the browser complained about or asked the network for."""

    browser: Browser
    folder: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def open(self, shown: Run | str, fragment: str = "", **options: object) -> Page:
        """Open the page of a run, or a page already rendered."""
        path = self.folder / "report.html"
        path.write_text(shown if isinstance(shown, str) else render_html(shown), encoding="utf-8")
        page = self.browser.new_page(**options)  # type: ignore[arg-type]
        page.set_default_timeout(5_000)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.on("request", lambda request: self.asked.append(request.url))
        self.pages.append(page)
        page.goto(path.as_uri() + fragment)
        return page


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    made = Reader(browser, tmp_path)
    yield made
    for page in made.pages:
        page.close()


def lightness(page: Page) -> float:
    """Of the page's ground, 0 black to 1 white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(channels) / 765


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong and calls serious or critical, by rule, with the first elements."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def dominant(page: Page, selector: str) -> tuple[int, int, int]:
    """The colour that most of an element is seen in, decoded by the browser."""
    shot = base64.b64encode(page.locator(selector).screenshot()).decode()
    found: list[int] = page.evaluate(COLOURS, f"data:image/png;base64,{shot}")
    return found[0], found[1], found[2]


COLOURS = """async (url) => {
  const raw = Uint8Array.from(atob(url.split(",")[1]), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([raw], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  const counts = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const key = `${data[i]},${data[i + 1]},${data[i + 2]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0][0].split(",").map(Number);
}"""
