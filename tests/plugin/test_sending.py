"""What is sent: only what the selected items need, once, whatever the number of processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from slashv1.harness.connection import Connection
from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judging import read_plan
from slashv1.harness.plan import make_plan
from slashv1.harness.reading import Reading
from slashv1.harness.run import gather
from slashv1.matrix import load_matrix, load_profile
from slashv1.reports import read_run
from tests.plugin.conftest import KEY, Start, Target

PREFLIGHT = ["GET /v1/models"]


def test_one_item_sends_one_request_after_the_preflight(run: Start, gateway: Target) -> None:
    run(
        "--base-url", gateway.base_url, "slashv1::chat.completions.create::plain::http.status"
    ).assert_outcomes(passed=1)
    assert gateway.requests == [*PREFLIGHT, "POST /v1/chat/completions"]


def test_all_items_of_a_case_share_its_exchange(run: Start, gateway: Target) -> None:
    result = run("--base-url", gateway.base_url, "slashv1::chat.completions.create::plain")
    assert result.parseoutcomes()["passed"] > 10
    assert gateway.requests == [*PREFLIGHT, "POST /v1/chat/completions"]


def test_a_step_is_sent_for_its_follower(run: Start, gateway: Target) -> None:
    listed = run(
        "--base-url", gateway.base_url, "--co", "-q", "-k", "responses.delete and http.status"
    ).outlines
    name = next(line for line in listed if line.startswith("slashv1::"))
    run("--base-url", gateway.base_url, name).assert_outcomes(passed=1)
    assert gateway.requests[:2] == [*PREFLIGHT, "POST /v1/responses"]
    assert any(request.startswith("DELETE /v1/responses/") for request in gateway.requests)


def test_another_case_is_sent_only_for_a_check_that_compares_with_it(run: Start, gateway: Target) -> None:
    start = "slashv1::models.retrieve::plain"
    run("--base-url", gateway.base_url, f"{start}::http.status").assert_outcomes(passed=1)
    assert len(gateway.requests) == 2
    gateway.log.clear()
    run("--base-url", gateway.base_url, f"{start}::models.retrieve.agrees").assert_outcomes(passed=1)
    assert len(gateway.requests) == 3


def test_a_check_that_compares_with_other_cases_applies_only_because_of_them(gateway: Target) -> None:
    plan = make_plan(load_matrix(), load_profile("openai"), tier="full")
    _, captured = gather(plan, Connection(gateway.base_url, KEY))
    readings = read_plan(plan, captured)
    silent = []
    for item in (item for item in plan.items if item.case.beside):
        seen: list[str] = []
        others = Watched(readings[item.case.id].others, seen)
        with suppress(Inconclusive):
            list(item.check.judge(replace(readings[item.case.id], others=others)))
        if seen and item.check.applies(replace(item.case, after=(), beside=())):
            silent.append(item.id)
    assert silent == []


class Watched(Mapping[str, Reading]):
    """A mapping that notes when it is looked at."""

    def __init__(self, inner: Mapping[str, Reading], seen: list[str]) -> None:
        self.inner, self.seen = inner, seen

    def __getitem__(self, name: str) -> Reading:
        self.seen.append(name)
        return self.inner[name]

    def __iter__(self) -> Iterator[str]:
        self.seen.extend(self.inner)
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


def test_nothing_is_sent_where_nothing_is_selected(run: Start, gateway: Target) -> None:
    result = run("--base-url", gateway.base_url, "-k", "no-such-thing")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert gateway.requests == []


@pytest.mark.parametrize(("dist", "workers"), [("load", 4), ("worksteal", 2), ("loadscope", 2), ("each", 2)])
def test_under_xdist_each_case_is_sent_once(
    run: Start, run_apart: Start, gateway: Target, dist: str, workers: int
) -> None:
    select = ("--slashv1-select", "models.*", "--slashv1-select", "embeddings.*")
    alone = run("--base-url", gateway.base_url, *select)
    expected = Counter(gateway.requests)
    gateway.log.clear()
    result = run_apart("--base-url", gateway.base_url, *select, "-n", str(workers), "--dist", dist)
    assert Counter(gateway.requests) == expected
    copies = workers if dist == "each" else 1
    assert result.parseoutcomes()["passed"] == copies * alone.parseoutcomes()["passed"]
    assert result.ret == 0


def test_a_worker_that_dies_costs_its_item_and_no_request(
    run_apart: Start, gateway: Target, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import os
        def pytest_runtest_setup(item):
            if item.name == "http.status" and "PYTEST_XDIST_WORKER" in os.environ:
                os._exit(1)
        """
    )
    result = run_apart("--base-url", gateway.base_url, "-n", "2", "slashv1::models.list::plain")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes["passed"] > 10
    assert gateway.requests == [*PREFLIGHT, *PREFLIGHT]


def test_the_workers_record_is_taken_away(
    run_apart: Start, gateway: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    run_apart("--base-url", gateway.base_url, "-n", "2", "slashv1::models.list::plain", "-p", "no:tmpdir")
    assert [path for path in tmp_path.iterdir() if path.name.startswith("slashv1-")] == []


def test_last_failed_sends_only_for_what_failed(run: Start, deviating: Target) -> None:
    chosen = ("--base-url", deviating.base_url, "--slashv1-select", "*::plain")
    first = run(*chosen)
    failed = first.parseoutcomes()["failed"]
    assert len(deviating.requests) > 2
    deviating.log.clear()
    again = run(*chosen, "--lf")
    assert again.parseoutcomes()["failed"] == failed
    assert "passed" not in again.parseoutcomes()
    assert deviating.requests == [*PREFLIGHT, "POST /v1/chat/completions"]
    first_of_all = run(*chosen, "--ff", "-x", "-v")
    first_of_all.stdout.fnmatch_lines(["slashv1::chat.completions.create::plain::* FAILED*"])


def test_exitfirst_stops_at_the_first_failure(run: Start, deviating: Target) -> None:
    result = run("--base-url", deviating.base_url, "-x", "slashv1::chat.completions.create::plain")
    assert result.parseoutcomes()["failed"] == 1
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_limit_on_requests_ends_the_session_before_any_is_sent(run: Start, gateway: Target) -> None:
    result = run("--base-url", gateway.base_url, "--slashv1-max-requests", "3", "slashv1::embeddings.create")
    result.stdout.fnmatch_lines(["*--slashv1-max-requests allows 3*nothing was sent*"])
    assert result.ret == 2
    assert gateway.requests == []


def test_setup_plan_sends_nothing(run: Start, gateway: Target) -> None:
    run("--base-url", gateway.base_url, "--setup-plan", "slashv1::models.list::plain")
    assert gateway.requests == []


def test_what_was_sent_is_kept_and_judged_again_without_a_request(
    run: Start, gateway: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, record = tmp_path / "e.gz", tmp_path / "r.json"
    name = "slashv1::models.retrieve::plain"
    run(
        *("--base-url", gateway.base_url, f"{name}::models.retrieve.agrees", f"{name}::http.status"),
        *(f"--slashv1-save-exchanges={file}", f"--slashv1-report-json={record}"),
    ).assert_outcomes(passed=2)
    gateway.log.clear()
    again = tmp_path / "again.json"
    with pytest.raises(SystemExit) as end:
        main(["rejudge", str(file), "--report-json", str(again)])
    assert (end.value.code, gateway.requests) == (0, [])
    assert read_run(again).results == read_run(record).results
    assert len(read_run(again).results) == 2
