"""Run suites that were written elsewhere against `slashv1 serve` and write docs/thirdparty.md from what came.

Each suite of tests/thirdparty/suites.yaml is installed, pinned, into a folder of its own, and gets a gateway
of its own on loopback. Exit 1 where a test fails, or an official SDK leaves out an operation that is served.
Names after `--` select suites; `--cache DIR` keeps the installs; `nox -s thirdparty`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slashv1.reference_server.families import ROUTES
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.routes import find_route

ROOT = Path(__file__).parents[1]
SUITES = ROOT / "tests" / "thirdparty"
DOCUMENT = ROOT / "docs" / "thirdparty.md"
SERVED = [route.operation for route in ROUTES]
BEGIN, END = "<!-- suite {} -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one suite said."""

    name: str
    suite: Mapping[str, Any]
    versions: list[str]
    counts: dict[str, int]
    used: frozenset[str]
    """Operations that it reached."""
    requests: int
    text: str

    @property
    def missing(self) -> list[str]:
        return [name for name in SERVED if name not in self.used] if self.suite.get("everything") else []

    @property
    def good(self) -> bool:
        return self.counts["passed"] > 0 and not self.counts["failed"] and not self.missing


def install(suite: Mapping[str, Any], source: Path, folder: Path) -> list[str]:
    """Set the suite's environment up, once; what it pins."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "suite", ignore_errors=True)
    shutil.copytree(source, folder / "suite", ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    if "packages" in suite:
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder / file)
        _once(folder, ["npm ci --no-audit --no-fund"], (source / "package-lock.json").read_text())
        pinned = json.loads((source / "package.json").read_text())["dependencies"]
        return [f"{name} {pinned[name]}" for name in suite["packages"]]
    pins = " ".join(suite["versions"])
    _once(folder, ["python3 -m venv venv", f"venv/bin/pip install -q {pins}"], pins)
    return [pin.replace("==", " ") for pin in suite["versions"]]


def _once(folder: Path, commands: list[str], wanted: str) -> None:
    done = folder / ".installed"
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    for command in commands:
        subprocess.run(command, shell=True, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    done.write_text(wanted, encoding="utf-8")


@contextlib.contextmanager
def gateway(log: Path, script: Path | None) -> Iterator[str]:
    """`slashv1 serve` on a free port; its base URL."""
    command = [sys.executable, "-m", "slashv1", "serve", "--port", "0", "--request-log", str(log)]
    command += ["--script", str(script)] if script else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.terminate()


def run(name: str, suite: Mapping[str, Any], cache: Path) -> Ran:
    """One suite, installed and run."""
    source = SUITES / suite.get("tests", name)
    folder = cache / name
    versions = install(suite, source, folder)
    log = folder / "requests.jsonl"
    log.unlink(missing_ok=True)
    script = source / suite["script"] if "script" in suite else None
    with gateway(log, script) as url:
        own = {"SLASHV1_UNDER_TEST": url, "SLASHV1_SERVED": ",".join(SERVED)}
        ended = subprocess.run(
            ["/bin/bash", "-c", suite["run"]],
            cwd=folder,
            env={**os.environ, **own},
            check=False,
            timeout=900,
            capture_output=True,
            text=True,
        )
    text = ended.stdout + ended.stderr
    (folder / "output.txt").write_text(text, encoding="utf-8")
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    used = frozenset(_operation(entry) for entry in entries if entry["status"] < 400)
    return Ran(name, suite, versions, counts(text), used, len(entries), text)


def _operation(entry: Mapping[str, Any]) -> str:
    try:
        return find_route(entry["method"], entry["path"])[0]
    except ApiError:
        return ""


def counts(text: str) -> dict[str, int]:
    """What pytest's last line or TAP's summary says."""
    found = dict.fromkeys(("passed", "failed", "skipped", "deselected"), 0)
    for word, tap in (("passed", "pass"), ("failed", "fail"), ("skipped", "skipped")):
        tapped = re.search(rf"^# {tap} (\d+)$", text, re.MULTILINE)
        if tapped:
            found[word] = int(tapped[1])
    last = next(
        iter(re.findall(r"^.*\d+ (?:passed|failed|error).* in [\d.]+s.*$", text, re.MULTILINE)[-1:]), ""
    )
    for number, word in re.findall(r"(\d+) (passed|failed|skipped|deselected|error)", last):
        found["failed" if word == "error" else word] += int(number)
    return found


def section(ran: Ran) -> str:
    """What the document says of one suite."""
    said = ", ".join(f"{count} {word}" for word, count in ran.counts.items() if count)
    reached = [name for name in SERVED if name in ran.used]
    lines = [
        BEGIN.format(ran.name),
        f"## {ran.suite['title']}",
        "",
        f"{ran.suite['what']} Pinned: {', '.join(ran.versions)}.",
        "",
        f"**{said}**; {ran.requests} requests; {len(reached)} of {len(SERVED)} served operations used.",
    ]
    lines += ["", *(f"- {note}" for note in ran.suite.get("notes", ()))]
    return "\n".join([*lines, END, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--no-write", action="store_true")
    given = parser.parse_args()
    suites = yaml.safe_load((SUITES / "suites.yaml").read_text(encoding="utf-8"))
    good = True
    document = DOCUMENT.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        cache = (given.cache or Path(scratch)).resolve()
        for name in given.names or suites:
            ran = run(name, suites[name], cache)
            print(f"{name}: {ran.counts}, {ran.requests} requests, {len(ran.used - {''})} operations")
            for operation in ran.missing:
                print(f"{name}: {operation} is served and was not used")
            if not ran.good:
                good = False
                print(ran.text[-6000:])
            block = re.compile(f"{BEGIN.format(name)}.*?{END}\n", re.DOTALL)
            rest = block.sub("", document)
            document = re.sub(r"\n{3,}", "\n\n", rest).rstrip("\n") + "\n\n" + section(ran)
    if not given.no_write and good:
        DOCUMENT.write_text(document, encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
