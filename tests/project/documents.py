"""The documents as a reader has them: headings, fenced blocks, commands with what they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_SHELLS = {"console", "sh", "bash", "shell"}
_WORDS = re.compile(r"^(?:\$ )?(?:[\w./]*/)?(?:slashv1|pytest|python3?|pip|nox|npx|eval|export)\s")
_NAMED = re.compile(r"^# (\S+\.(?:yaml|yml|toml|py))$")
_EXIT = re.compile(r"\s# .*?\bexit (\d)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: Path
    heading: str
    line: int
    """Of its first line of text, from 1."""
    language: str
    lines: tuple[str, ...]

    @property
    def shell(self) -> bool:
        """Whether it holds commands, as its language or its first words say."""
        return self.language in _SHELLS or (
            not self.language and any(_WORDS.match(line) for line in self.lines)
        )

    @property
    def file(self) -> str | None:
        """The file that it is, or is a part of: its first line says so."""
        named = _NAMED.match(self.lines[0]) if self.lines else None
        return named[1] if named else None


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a block, the exit code that the page names, and what it is said to print."""

    command: str
    line: int
    exit: int
    printed: tuple[str, ...]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, each under its heading."""
    heading, opened, lines, start = "", None, [], 0
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = re.match(r"^```(\w*)\s*$", line)
        if opened is not None and fence:
            yield Block(page, heading, start, opened, tuple(lines))
            opened = None
        elif opened is not None:
            lines.append(line)
        elif fence:
            opened, lines, start = fence[1], [], number + 1
        elif line.startswith("#"):
            heading = line.lstrip("# ")


def steps(block: Block) -> Iterator[Step]:
    """The commands of a shell block; only one of `console` says what they print."""
    prompt = "$ " if any(line.startswith("$ ") for line in block.lines) else ""
    at = [n for n, line in enumerate(block.lines) if line.strip() and line.startswith(prompt)]
    for n, following in zip(at, [*at[1:], len(block.lines)], strict=True):
        command = block.lines[n].removeprefix(prompt)
        told = _EXIT.search(command)
        printed = block.lines[n + 1 : following] if prompt else ()
        yield Step(command, block.line + n, int(told[1]) if told else 0, printed)


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", bare).replace(" ", "-")


def relative(page: Path) -> str:
    """Its name in the repository."""
    return page.relative_to(ROOT).as_posix()
