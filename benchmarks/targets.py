"""Run `slashv1 check` against servers written elsewhere and write docs/targets.md from what came.

`nox -s targets` installs each server of `targets.yaml` into a folder of its own, starts it on loopback,
judges it and holds the outcome against the deviations seen there by hand. Exit 1 where one of those is not
reported, a run crashes or a run does not end. Names after `--` select servers; `--cache DIR` keeps the
installs for the next time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "targets.md"
DEVIATES = {"failed", "warned", "noted"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run of `slashv1 check` said of one server."""

    name: str
    server: Mapping[str, Any]
    exit_code: int
    seconds: float
    record: Mapping[str, Any]

    @property
    def deviating(self) -> list[Mapping[str, Any]]:
        return [r for r in self.record["results"] if r["outcome"] in DEVIATES]

    def reports(self, deviation: Mapping[str, Any]) -> list[str]:
        """The ids of deviating results that match one of the patterns `operation::case::check`."""
        ids = [f"{r['operation']}::{r['case']}::{r['check']}" for r in self.deviating]
        return [i for i in ids if any(fnmatchcase(i, pattern) for pattern in deviation["reported_by"])]


def install(server: Mapping[str, Any], folder: Path) -> None:
    """Run the server's install commands in its folder, once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in server.get("files", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    done = folder / ".installed"
    wanted = json.dumps(server["install"])
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    for command in server["install"]:
        subprocess.run(command, shell=True, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    done.write_text(wanted, encoding="utf-8")


@contextlib.contextmanager
def running(server: Mapping[str, Any], folder: Path) -> Iterator[None]:
    """The server, started and answering; ended on the way out."""
    environment = {**os.environ, **server.get("env", {})}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {server['start']}"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(server["ready"], process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 300) -> None:
    """Wait for any HTTP answer."""
    for _ in range(int(seconds / 0.2)):
        if process.poll() is not None:
            raise SystemExit(f"{url}: the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url}: no answer after {seconds:.0f} s")


def judged(name: str, server: Mapping[str, Any], folder: Path, reports: Path) -> Seen:
    """One run of the command line against a running server."""
    record = reports / f"{name}.json"
    command = [sys.executable, "-m", "slashv1", "check", *server["check"].split()]
    command += ["--report-json", str(record), "--html", str(reports / f"{name}.html")]
    began = time.monotonic()
    ended = subprocess.run(command, check=False, timeout=600, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if not record.exists():
        raise SystemExit(f"{name}: no record; exit {ended.returncode}\n{ended.stderr}")
    if "Traceback" in ended.stderr + ended.stdout:
        raise SystemExit(f"{name}: crashed\n{ended.stderr}")
    return Seen(name, server, ended.returncode, seconds, json.loads(record.read_text(encoding="utf-8")))


def section(seen: Seen) -> str:
    """What the document says of one server."""
    summary = {k: v for k, v in seen.record["summary"].items() if v}
    lines = [
        f"## {seen.name} {seen.server['version']}",
        "",
        seen.server["what"],
        "",
        "```",
        f"slashv1 check {seen.server['check']}",
        "```",
        "",
        f"Exit {seen.exit_code}; {seen.record['request_count']} requests; "
        + ", ".join(f"{count} {outcome}" for outcome, count in summary.items())
        + ".",
        "",
        "Seen by hand, and what reports it:",
        "",
        "| deviation | reported by | results |",
        "|---|---|---|",
    ]
    for deviation in seen.server["deviations"]:
        ids = seen.reports(deviation)
        by = ", ".join(f"`{check}`" for check in sorted({i.split("::")[2] for i in ids}))
        lines.append(f"| {deviation['what']} | {by or '**not reported**'} | {len(ids)} |")
    return "\n".join([*lines, "", *everything(seen), ""])


def everything(seen: Seen) -> list[str]:
    """Every check that deviates, with one example each."""
    counts = Counter((r["check"], r["outcome"]) for r in seen.deviating)
    first = {r["check"]: r["findings"][0]["message"] for r in reversed(seen.deviating) if r["findings"]}
    rows = [
        f"| `{check}` | {outcome} | {count} | {plain(first.get(check, ''))} |"
        for (check, outcome), count in sorted(counts.items())
    ]
    return [
        "All checks that deviate, with one of their findings:",
        "",
        "| check | outcome | cases | for example |",
        "|---|---|---|---|",
        *rows,
    ]


def plain(text: str) -> str:
    """A message as one Markdown table cell."""
    cut = text if len(text) <= 160 else text[:157] + "…"
    return cut.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    given = parser.parse_args()
    servers = yaml.safe_load((HERE / "targets.yaml").read_text(encoding="utf-8"))
    chosen = {n: s for n, s in servers.items() if not given.names or n in given.names}
    missed = []
    sections = []
    with tempfile.TemporaryDirectory() as scratch:
        cache = (given.cache or Path(scratch)).resolve()
        for name, server in chosen.items():
            install(server, cache / name)
            with running(server, cache / name):
                seen = judged(name, server, cache / name, cache)
            missed += [f"{name}: {d['what']}" for d in server["deviations"] if not seen.reports(d)]
            sections.append(section(seen))
            print(f"{name}: exit {seen.exit_code}, {seen.seconds:.1f} s, {seen.record['summary']}")
    if not given.names:
        by_hand = (HERE / "by_hand.md").read_text(encoding="utf-8")
        given.out.write_text("\n".join([INTRODUCTION, *sections, by_hand]), encoding="utf-8")
    for line in missed:
        print(f"not reported: {line}")
    return 1 if missed else 0


INTRODUCTION = """\
# Servers written elsewhere

What `slashv1 check` says of servers that are not ours. This page is written by `nox -s targets`, which
installs each of them, starts it on loopback, judges it and fails where a deviation that was seen by hand is
not reported. A mock is no worse for what stands here: these are differences on the wire between it and
api.openai.com.
"""

if __name__ == "__main__":
    sys.exit(main())
