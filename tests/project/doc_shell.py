"""A shell for the commands of the documents: a folder, two gateways, the placeholders mapped to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.project.documents import Step

SECONDS = 120
_LOCAL = re.compile(r"http://127\.0\.0\.1:(\d+)/v1")
_ELSEWHERE = re.compile(
    r"https://(?:[a-z]+\.)*gateway\.example/v1|https://api\.example\.com/v1"
    r"|http://localhost:\d+/v1|\bURL/v1|https://third\.party/v1"
)
_KEYS = ("SLASHV1_API_KEY", "GATEWAY_KEY", "STAGING_KEY", "LIVE_KEY")
_ENDS = "2027-01-31"
"""The last day in the documents' examples; it must not come while the tests run."""


@dataclass
class Shell:
    """Where the commands of one section run."""

    folder: Path
    base_url: str
    """What stands in for every target of the documents that is not served by the section itself."""
    narrowed: bool
    """Whether the quick tier is enough: nothing that is printed is compared."""
    exports: list[str] = field(default_factory=list)
    served: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """The port that a document names, and the one that is served in its place."""

    def write(self, name: str, lines: Iterable[str]) -> None:
        """A file that the page shows, its targets mapped too."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(self.mapped, lines)) + "\n", encoding="utf-8")

    def mapped(self, text: str) -> str:
        """The text with targets, keys and days that this machine has."""
        text = _ELSEWHERE.sub(self.base_url, text)
        text = _LOCAL.sub(self._local, text)
        text = text.replace("sk-…", "sk-documents").replace("--api-key …", "--api-key sk-documents")
        return text.replace(_ENDS, "2099-01-31")

    def run(self, step: Step) -> tuple[int, str]:
        """Exit code and everything printed, stderr behind stdout."""
        if step.command.startswith("slashv1 serve"):
            return self._serve(step.command.partition(" #")[0])
        command = self.mapped(step.command)
        if command.startswith("export "):
            self.exports.append(command)
            return 0, ""
        done = subprocess.run(
            ["bash", "-c", "\n".join((*self.exports, command))],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def close(self) -> None:
        """End what was served."""
        for port in list(self.served):
            self._end(port)

    def _serve(self, command: str) -> tuple[int, str]:
        """Start a gateway, in place of the one at the same port, and wait until it says where it is.

        The first at a port that a document names gets a free one, those after it the same.
        """
        named = (re.search(r" --port (\d+)", command) or ["", "8000"])[1]
        self._end(named)
        bare = self.mapped(command.replace(f" --port {named}", ""))
        self.served[named] = subprocess.Popen(
            ["bash", "-c", f"exec {bare} --port {self.ports.get(named, 0)}"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = self.served[named].stdout
        said = output.readline() if output else ""
        at = re.match(r"slashv1 reference gateway at http://127\.0\.0\.1:(\d+)/v1 ", said)
        if at:
            self.ports[named] = int(at[1])
        return (0 if at else 2), said

    def _end(self, port: str) -> None:
        running = self.served.pop(port, None)
        if running is not None:
            running.terminate()
            try:
                running.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.communicate()

    def _local(self, found: re.Match[str]) -> str:
        """What the section serves, or a gateway that is there anyway."""
        own = self.ports.get(found[1])
        return self.base_url if own is None else f"http://127.0.0.1:{own}/v1"

    def _environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TMPDIR") if key in os.environ}
        quick = {"SLASHV1_TIER": "quick", "PYTEST_ADDOPTS": "--slashv1-tier quick -p no:cacheprovider"}
        return {
            **kept,
            **dict.fromkeys(_KEYS, "sk-documents"),
            **(quick if self.narrowed else {}),
            "TENANT": "documents",
            "HOME": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "COLUMNS": "80",
        }


def differs(printed: Iterable[str], came: str) -> str | None:
    """The first line of a document that did not come, or None.

    Figures and spaces may differ; `…` is anything within a line, and any lines where it is alone.
    """
    left = [_loose(line) for line in came.splitlines() if line.strip()]
    gap = True
    for line in filter(str.strip, printed):
        if line.strip() == "…":
            gap = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in _loose(line).split("…")))
        found = next((n for n, one in enumerate(left) if pattern.fullmatch(one)), None)
        if found is None or (found and not gap):
            return line
        left, gap = left[found + 1 :], False
    return None


def _loose(line: str) -> str:
    line = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:N", line)
    return re.sub(r"\d[\d,.]*", "N", " ".join(line.split()))
