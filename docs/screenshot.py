"""A picture of a report: `python docs/screenshot.py RUN.html OUT.png [WIDTH HEIGHT light|dark]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
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


def main(
    page_file: str, picture: str, width: str = "1280", height: str = "900", scheme: str = "light"
) -> None:
    """Open the page as a reader would and keep what fits the window; height 0 keeps the whole page."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            viewport={"width": int(width), "height": int(height) or 800},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.goto(Path(page_file).resolve().as_uri())
        page.screenshot(path=picture, full_page=int(height) == 0)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
