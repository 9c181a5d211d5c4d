"""One pytest session over the matrix: collect, send what was selected once, hand out verdicts, report.

Under xdist the controlling process sends and judges, as soon as the first worker has said what is
selected and before any test is given out; workers only read the record. So nothing is sent twice,
whatever the number of workers and however they die.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Generator, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest

from slashv1.errors import Slashv1Error
from slashv1.harness.commands.conclusion import record_text
from slashv1.harness.commands.saving import save
from slashv1.harness.judge.engine import Item
from slashv1.harness.pytest_invocation import ROOT, Invocation
from slashv1.harness.pytest_items import SKIPS, Check, Matrix, operation_mark
from slashv1.harness.pytest_settings import Settings, as_pytest_says, read_settings
from slashv1.harness.pytest_text import Verdict
from slashv1.harness.run_record import Traffic
from slashv1.record import Outcome, Run, load_run

RECORD = "slashv1_record"
"""Where a worker finds the record: key in xdist's `workerinput`."""


class MatrixSession:
    """The hooks of an active session; pytest calls them, nobody else does."""

    def __init__(
        self, config: pytest.Config, settings: Settings, items: Sequence[Item], record: Path | None
    ) -> None:
        self.config = config
        self.settings = settings
        self.items = items
        """What the command line names; pytest selects among them."""
        self.record = record
        """In a worker: the file the controlling process leaves its record in."""
        self.folder: Path | None = None
        self.run: Run | None = None
        self.verdicts: dict[str, Verdict] = {}

    @classmethod
    def start(cls, config: pytest.Config, invocation: Invocation) -> MatrixSession:
        """Read the options and register the markers.

        Raises:
            pytest.UsageError: a wrong option value or an unknown node id.
        """
        try:
            settings = read_settings(config, invocation.base_url)
            items = named(settings.plan.items, invocation.targets)
        except Slashv1Error as error:
            raise pytest.UsageError(as_pytest_says(str(error))) from None
        for line in _markers(settings.plan.items):
            config.addinivalue_line("markers", line)
        said = getattr(config, "workerinput", {}).get(RECORD)
        return cls(config, settings, items, Path(said) if said else None)

    # Collection

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Beside what the paths hold, the session holds the matrix."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            matrix = Matrix.from_parent(
                collector, name=ROOT, nodeid=ROOT, items=self.items, judged=self.judged
            )
            report.result = [*report.result, matrix]
        return report

    # Sending: in the only process, or in xdist's controlling one

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Send what the selected items need, before the first of them runs."""
        broken = session.testsfailed and not self.config.getoption("continue_on_collection_errors")
        if self.record is None and not broken and not self.config.getoption("collectonly"):
            self.judge(item.item.id for item in session.items if isinstance(item, Check))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the record will be."""
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="slashv1-"))
        node.workerinput[RECORD] = str(self.folder / "run.json")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """The first worker to come names what is selected; no test is given out before this returns."""
        if self.run is not None or self.folder is None:
            return
        prefix = f"{ROOT}::"
        run = self.judge(name.removeprefix(prefix).split("@")[0] for name in ids if name.startswith(prefix))
        if run is not None:
            (self.folder / "run.json").write_text(record_text(run), "utf-8")

    def judge(self, selected: Iterable[str]) -> Run | None:
        """Send, judge and write the reports; ends the session where the target cannot be judged."""
        chosen = set(selected)
        if not chosen or self.config.getoption("setuponly", False):
            return None
        try:
            self._say(f"slashv1: asking {self.settings.connection.base_url} for {len(chosen)} checks")
            self.run = run = run_selected(self.settings, chosen)
            write_reports(self.settings, run)
        except Slashv1Error as error:
            pytest.exit(f"slashv1: {as_pytest_says(str(error))}", returncode=2)
        if run.interrupted:
            raise KeyboardInterrupt
        return run

    def _say(self, line: str) -> None:
        """Why nothing moves for a while."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and self.config.get_verbosity() >= 0:
            terminal.write_line(line)

    # Verdicts

    def judged(self, name: str) -> Verdict:
        """What came of `operation::case::check`."""
        if not self.verdicts:
            if self.run is None and self.record is not None:
                self.run = load_run(json.loads(self.record.read_text("utf-8")))
            self.verdicts = verdicts_of(self.run) if self.run else {}
        return self.verdicts[name]

    # What the terminal says

    def pytest_report_header(self) -> str:
        """The target, and what a full run of it costs."""
        settings = self.settings
        model = settings.connection.model or "from its list"
        return (
            f"slashv1: {settings.connection.base_url}, model {model}, profile {settings.profile.name}, "
            f"{settings.plan.requests} requests planned"
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Outcomes finer than pytest's, requests, notes and reports."""
        if self.run is None or terminalreporter.config.get_verbosity() < -1:
            return
        terminalreporter.section("slashv1")
        for line in summary(self.run, self.settings):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Take the workers' record away."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def named(items: Sequence[Item], targets: Sequence[tuple[str, ...]]) -> list[Item]:
    """The items that the given node ids name; all where none is given.

    Raises:
        pytest.UsageError: a node id names nothing; the nearest is told.
    """
    if not targets:
        return list(items)
    parts = {item.id: tuple(item.id.split("::")) for item in items}
    for target in targets:
        if not any(have[: len(target)] == target for have in parts.values()):
            raise pytest.UsageError(_unknown(target, parts.values()))
    return [item for item in items if any(parts[item.id][: len(t)] == t for t in targets)]


def run_selected(settings: Settings, chosen: set[str]) -> Run:
    """The run for some items. All checks of their cases judge, so that a broad one sees the narrow
    ones it leaves a deviation to, and an item has the same verdict alone as among all.

    Raises:
        TargetError: the target cannot be judged at all.
    """
    from slashv1.harness.gate.run import gated, run_rounds

    plan = settings.part(chosen)
    gate = settings.gate(plan, chosen)
    traffic: list[Traffic] = []
    runs = run_rounds(
        plan,
        settings.connection,
        settings.profile,
        gate,
        fixtures=settings.fixtures,
        strict=settings.strict,
        as_of=settings.as_of,
        keep=traffic if "save_exchanges" in settings.reports else None,
    )
    if "save_exchanges" in settings.reports:
        plans = [plan, *(one.plan for one in (gate.rounds if gate else ()))]
        save(settings.reports["save_exchanges"], runs[0].suite, settings.selected(chosen), plans, traffic)
    return gated(runs, gate, only=chosen)


def verdicts_of(run: Run) -> dict[str, Verdict]:
    """By `operation::case::check`."""
    curls = {(wire.operation, wire.case): wire.curl for wire in run.wires}
    return {
        result.id: Verdict(
            result,
            curl=curls.get((result.operation, result.case), ""),
            title=run.titles.get(result.check, {}).get("title", ""),
            clients=run.titles.get(result.check, {}).get("clients", ""),
            strict=run.strict,
        )
        for result in run.results
    }


def write_reports(settings: Settings, run: Run) -> None:
    """The run record and the page, the same as the command line writes.

    Raises:
        UsageError: the disk is full, or the folder has gone.
    """
    if not settings.reports:
        return
    from slashv1.reports import render_html, write_report

    renderers = {"report_json": record_text, "html": render_html}
    for name, path in settings.reports.items():
        if name in renderers:
            write_report(path, renderers[name](run))


def summary(run: Run, settings: Settings) -> list[str]:
    """The lines under the heading `slashv1`."""
    counts = ", ".join(f"{number} {outcome}" for outcome, number in run.summary.items() if number)
    lines = [
        f"{len(run.results)} checks: {counts}",
        f"{run.request_count} requests to {run.target.base_url} in {run.seconds:.1f} s",
        *map(as_pytest_says, run.notes),
    ]
    if all(result.outcome in (*SKIPS, Outcome.ERROR) for result in run.results):
        lines.append("nothing was learnt about this target: no check came to a verdict")
    return [*lines, *(f"wrote {path}" for path in settings.reports.values())]


def _markers(items: Iterable[Item]) -> list[str]:
    operations = dict.fromkeys(item.case.operation for item in items)
    return [
        "must: an official SDK or the documented contract breaks where this fails",
        "should: genuine OpenAI always does this",
        "may: information",
        "stream: the request asks for a stream",
        *(f"{operation_mark(name)}: checks of {name}" for name in operations),
    ]


def _unknown(target: tuple[str, ...], known: Iterable[tuple[str, ...]]) -> str:
    prefixes = dict.fromkeys("::".join(parts[: len(target)]) for parts in known)
    near = get_close_matches("::".join(target), list(prefixes), n=1, cutoff=0.5)
    hint = f"did you mean {ROOT}::{near[0]}?" if near else "--collect-only -q lists them"
    return f"no check is called {ROOT}::{'::'.join(target)}: {hint}"
