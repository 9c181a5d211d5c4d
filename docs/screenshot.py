"""The pictures of the documents: `python docs/screenshot.py` makes them anew, from a gateway with one defect.

`python docs/screenshot.py PAGE.html OUT.png [WIDTH HEIGHT light|dark]` takes one of any page.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
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
SLASHV1 = str(Path(sys.executable).parent / "slashv1")
DEFECT = "text-differs"
TARGET = "http://127.0.0.1:8080/v1"
COMMAND = ("slashv1", "check", "--base-url", TARGET, "--html", "report.html")
COLUMNS, ROWS = "80", 47
TERMINAL = """<!doctype html><meta charset="utf-8"><style>{stylesheet}
body {{ margin: 0; padding: 20px 24px; background: {background}; color: {foreground}; width: max-content; }}
pre {{ font: 15px/1.35 "DejaVu Sans Mono", "Liberation Mono", monospace; margin: 0; }}
</style><pre>{code}</pre>"""


def main() -> None:
    """`report.png` and `terminal.png`, of one run."""
    with tempfile.TemporaryDirectory() as folder, served():
        said = coloured(COMMAND, Path(folder))
        page = Path(folder, "terminal.html")
        page.write_text(as_page(said), encoding="utf-8")
        taken(page, FOLDER / "terminal.png", "700", "0")
        taken(Path(folder, "report.html"), FOLDER / "report.png", "1280", "2290")


@contextmanager
def served() -> Iterator[None]:
    """The reference gateway with its defect, at the port that the documents name."""
    command = [SLASHV1, "serve", "--port", "8080", "--defect", DEFECT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        if not running.stdout or not running.stdout.readline():
            sys.exit("the gateway did not start")
        try:
            yield
        finally:
            running.terminate()


def coloured(command: tuple[str, ...], folder: Path) -> str:
    """What a command prints in a terminal, escapes included."""
    above, below = pty.openpty()
    environment = {**os.environ, "COLUMNS": COLUMNS, "TERM": "xterm-256color", "SLASHV1_API_KEY": "sk-docs"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [SLASHV1, *command[1:]], cwd=folder, env=environment, stdout=below, stderr=subprocess.DEVNULL
    ) as running:
        os.close(below)
        parts = []
        try:
            while part := os.read(above, 65_536):
                parts.append(part)
        except OSError:  # the far end of a terminal is closed by an error
            pass
        running.wait()
    os.close(above)
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def as_page(said: str) -> str:
    """The command and the first rows that it printed, as HTML."""
    rows = said.splitlines()
    shown = [f"\x1b[1;32m$\x1b[0m {' '.join(COMMAND)}", *rows[:ROWS]]
    if len(rows) > ROWS:
        shown += ["\x1b[2m…\x1b[0m", *rows[-1:]]
    console = Console(record=True, width=int(COLUMNS), file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(shown)))
    return console.export_html(theme=SVG_EXPORT_THEME, code_format=TERMINAL)


def taken(
    page_file: Path, picture: Path, width: str = "1280", height: str = "900", scheme: str = "light"
) -> None:
    """Open the page as a reader would and keep what fits the window; height 0 keeps the whole page."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            viewport={"width": int(width), "height": int(height) or 800},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.goto(page_file.resolve().as_uri())
        page.screenshot(path=picture, full_page=int(height) == 0)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        taken(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
    elif len(sys.argv) == 1:
        main()
    else:
        sys.exit(__doc__)
