"""`slashv1 rejudge`: what was saved says the same again; what must be sent to be known is named."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml

from slashv1.harness.plan import make_plan
from slashv1.matrix import load_matrix, load_profile
from slashv1.record import Outcome, Run
from slashv1.reports import read_run
from tests.harness.chat_answers import completion
from tests.harness.raw_server import raw_server, reply, with_models
from tests.harness.saved_runs import (
    KEY,
    Call,
    lines_of,
    saved_and_rejudged,
    told_apart,
    write_lines,
)

DEFECTS = (
    "error-plain-text",
    "stream-after-done",
    "chat-usage-float",
    "text-done-missing",
    "stream-usage-choices",
)
FLAKY = "body.integer-literal"
"""What finds the defect `chat-usage-float`."""
QUICK = ("--phase", 3, "--tier", "quick")


def same(first: Run, again: Run) -> list[str]:
    """The two records say the same of everything; the notes that the second has beyond the first."""
    told, more = told_apart(first, again)
    assert told == first
    assert more[0].startswith("judged again from ")
    return more[1:]


def cases_of(run: Run) -> set[str]:
    return {f"{result.operation}/{result.case}" for result in run.results}


def test_a_clean_run_says_the_same_again(call: Call, tmp_path: Path) -> None:
    first, again = saved_and_rejudged(call, tmp_path, *QUICK)
    assert len(first.results) > 1_500
    assert same(first, again) == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_run_with_a_defect_says_the_same_again(call: Call, tmp_path: Path, gateway: str, name: str) -> None:
    target = ("--base-url", f"{gateway}/defect/{name}/v1", "--api-key", KEY)
    first, again = saved_and_rejudged(call, tmp_path, *target, *QUICK)
    assert any(result.outcome is Outcome.FAILED for result in first.results)
    assert same(first, again) == []


def test_steps_polls_and_cases_sent_together_say_the_same_again(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    target = ("--base-url", f"{gateway}/defect/streams-swapped/v1", "--api-key", KEY, "--phase", 3)
    select = [part for glob in ("batches.*", "*::together-*", "files.*") for part in ("--select", glob)]
    first, again = saved_and_rejudged(call, tmp_path, *target, "--tier", "full", *select)
    assert same(first, again) == []
    known = {case.id: case for case in load_matrix()}
    cases = [known[name] for name in cases_of(first)]
    assert any(case.after for case in cases)
    assert any(case.beside for case in cases)
    assert any(case.together for case in cases)
    assert any(wire.attempts > 1 for wire in first.wires if known[f"{wire.operation}/{wire.case}"].poll)
    assert {r.outcome for r in first.results if r.check == "isolation.text"} >= {Outcome.FAILED}


def test_when_the_chunks_came_is_judged_again(call: Call, tmp_path: Path, gateway: str) -> None:
    target = ("--base-url", f"{gateway}/defect/stream-buffered/v1", "--api-key", KEY, "--tier", "full")
    first, again = saved_and_rejudged(call, tmp_path, *target, "--select", "*::long-stream")
    buffered = [result for result in first.results if result.check == "framing.buffered"]
    assert {result.outcome for result in buffered} & {Outcome.FAILED, Outcome.WARNED}
    assert same(first, again) == []


def test_a_model_that_was_asked_again_says_the_same_again(call: Call, tmp_path: Path) -> None:
    with raw_server(with_models(lambda *_: reply(completion()))) as server:
        target = ("--base-url", server.base_url, "--select", "chat.completions.create::max-tokens")
        first, again = saved_and_rejudged(call, tmp_path, *target)
    assert first.wires[0].attempts > 1
    assert any(result.outcome is Outcome.INCONCLUSIVE for result in first.results)
    assert same(first, again) == []


def test_signals_and_what_was_provoked_say_the_same_again(call: Call, tmp_path: Path) -> None:
    select = ("--select", "chat.completions.create::*")
    first, again = saved_and_rejudged(call, tmp_path, "--profile", "zumik", *select)
    assert any(case.provoke for case in load_matrix() if case.id in cases_of(first))
    assert same(first, again) == []


def test_drawn_requests_say_the_same_again_and_under_other_rules_that_they_are_not_known(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    pytest.importorskip("hypothesis")
    target = ("--base-url", f"{gateway}/defect/error-plain-text/v1", "--api-key", KEY)
    fuzz = ("--fuzz", 40, "--select", "embeddings.create::*", "--tier", "quick")
    first, again = saved_and_rejudged(call, tmp_path, *target, *fuzz)
    drawn = [result for result in first.results if result.check.startswith("fuzz.")]
    assert {result.outcome for result in drawn} >= {Outcome.PASSED, Outcome.FAILED}
    assert same(first, again) == []
    file = tmp_path / "exchanges.gz"
    head, *rest = lines_of(file)
    head["suite"]["rules"] = "0" * 64
    write_lines(file, [head, *rest])
    _, out, _ = call("rejudge", file)
    assert "judged by other rules than then: slashv1" in " ".join(out.split())
    assert "of the drawn requests only those that failed are kept" in " ".join(out.split())


def test_flaky_rounds_and_waivers_say_the_same_again(call: Call, tmp_path: Path, gateway: str) -> None:
    entry = {"reason": "known", "owner": "me", "expires": "2999-12-31"}
    waivers = {
        "waivers": [{"check": "http.status", "case": "models.list::plain", **entry}],
        "flaky": [{"check": FLAKY, "case": "chat.completions.create::plain", "repeat": 3, **entry}],
    }
    (tmp_path / "known.yaml").write_text(yaml.safe_dump(waivers), "utf-8")
    target = ("--base-url", f"{gateway}/defect/chat-usage-float/v1", "--api-key", KEY)
    first, again = saved_and_rejudged(call, tmp_path, *target, "--tier", "quick", "--waivers", "known.yaml")
    assert sum("round" in line for line in lines_of(tmp_path / "exchanges.gz")) == 3
    assert any("passed 0 of 3 times" in (result.cause or "") for result in first.results)
    assert same(first, again) == []
    (tmp_path / "known.yaml").unlink()
    _, out, _ = call("rejudge", tmp_path / "exchanges.gz")
    assert "the run's waivers known.yaml are not here" in " ".join(out.split())


def test_nothing_is_sent(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick")

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    code, out, _ = call("rejudge", tmp_path / "exchanges.gz", "-q")
    assert (code, out.startswith("conforms: ")) == (0, True)


def test_every_report_is_written_and_a_baseline_compared(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    names = {"--html": "a.html", "--junit": "a.xml", "--markdown": "a.md", "--badge": "a.svg"}
    options = [part for pair in names.items() for part in pair]
    file = tmp_path / "exchanges.gz"
    code, out, err = call("rejudge", file, *options, "--baseline", tmp_path / "first.json")
    assert code == 0
    assert err.splitlines() == [f"wrote {name}" for name in names.values()]
    assert "no regression" in out
    assert all((tmp_path / name).stat().st_size for name in names.values())


def test_a_case_that_asks_otherwise_today_is_named_with_what_comes_after_it(
    call: Call, tmp_path: Path
) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    file = tmp_path / "exchanges.gz"
    lines = lines_of(file)
    for line in lines:
        if line.get("case") == "models.list/plain":
            line["digest"] = "0" * 16
    write_lines(file, lines)
    code, out, _ = call("rejudge", file)
    said = " ".join(out.split())
    assert code == 0
    assert "asks for something else than the saved exchange answers: it must be sent in models.list" in said
    after = [case.name for case in load_matrix() if "models.list/plain" in case.after]
    assert after == [] or "step models.list/plain" in said


def test_a_case_that_was_not_sent_then_is_named(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    file = tmp_path / "exchanges.gz"
    code, out, _ = call("rejudge", file, "--select", "models.list::*", "--select", "embeddings.create::plain")
    said = " ".join(out.split())
    assert code == 0
    assert "not among the saved exchanges: it must be sent in embeddings.create: plain" in said
    assert "saved and not judged, no case of this plan: models.retrieve/plain" in said


def test_a_profile_of_today_gives_its_own_levels(call: Call, tmp_path: Path, gateway: str) -> None:
    target = ("--base-url", f"{gateway}/defect/chat-usage-float/v1", "--api-key", KEY)
    first, _ = saved_and_rejudged(call, tmp_path, *target, "--tier", "quick")
    failing = {result.check for result in first.results if result.outcome is Outcome.FAILED}
    lax = {"extends": "openai", "levels": dict.fromkeys(sorted(failing), "MAY")}
    (tmp_path / "lax.yaml").write_text(yaml.safe_dump({"title": "lax", **lax}), "utf-8")
    code, out, _ = call("rejudge", tmp_path / "exchanges.gz", "--profile", "lax.yaml", "-q")
    assert (code, out.startswith("conforms: ")) == (0, True), out


def test_what_the_run_selected_and_is_gone_today_is_named(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    file = tmp_path / "exchanges.gz"
    head, *rest = lines_of(file)
    head["asked"]["select"] = ["models.list::plain", "models.polish::*"]
    write_lines(file, [head, *rest])
    code, out, _ = call("rejudge", file)
    assert code == 0
    assert "selected then, and not there today: models.polish::*" in " ".join(out.split())
    head["asked"]["select"] = ["models.polish::*"]
    write_lines(file, [head, *rest])
    code, _, err = call("rejudge", file)
    assert code == 2
    assert "nothing of what the run selected is there today" in err


def test_an_interrupted_run_stays_one(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    file = tmp_path / "exchanges.gz"
    lines = [line for line in lines_of(file) if line.get("case") != "models.list/plain"]
    lines[1]["round"]["interrupted"] = True
    write_lines(file, lines)
    code, out, _ = call("rejudge", file)
    assert code == 2
    assert "interrupted before it was answered" in out
    assert out.splitlines()[-1].startswith("interrupted: ")


def test_a_folder_of_fixtures_is_compared_with_again_or_named(call: Call, tmp_path: Path) -> None:
    select = ("--select", "models.*", "--tier", "quick")
    assert call("record", *select, "--out", "golden")[0] == 0
    first, again = saved_and_rejudged(call, tmp_path, *select, "--fixtures", "golden")
    assert same(first, again) == []
    (tmp_path / "golden").rename(tmp_path / "elsewhere")
    _, out, _ = call("rejudge", "exchanges.gz")
    assert "the run's fixtures golden are not here (--fixtures): compared with" in " ".join(out.split())
    assert call("rejudge", "exchanges.gz", "--fixtures", "elsewhere", "-q")[0] == 0


def test_the_official_client_reads_the_saved_answers_too_or_is_left_out(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("openai")
    first, again = saved_and_rejudged(call, tmp_path, "--sdk", "--tier", "quick", "--select", "models.*")
    assert any(result.check.startswith("sdk.") for result in first.results)
    assert same(first, again) == []
    call("rejudge", "exchanges.gz", "--no-sdk", "-q", "--report-json", "without.json")
    assert not any(r.check.startswith("sdk.") for r in read_run(tmp_path / "without.json").results)


def test_another_day_may_be_asked_for(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick", "--select", "models.*")
    code, out, _ = call("rejudge", "exchanges.gz", "--as-of", "2024-01-01")
    assert (code, "note: as of 2024-01-01\n" in out) == (0, True)


def test_waivers_are_written_for_what_fails_in_saved_exchanges(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    target = ("--base-url", f"{gateway}/defect/chat-usage-float/v1", "--api-key", KEY)
    saved_and_rejudged(call, tmp_path, *target, "--tier", "quick")
    filled = ("--waiver-owner", "me", "--waiver-expires", "2999-12-31", "--waiver-reason", "known")
    code, out, err = call("rejudge", "exchanges.gz", "--waivers-update", *filled, "-q")
    assert (code, "waived" in out, "wrote 1 entry to waivers.yaml" in err) == (0, True, True), err


def test_every_case_of_the_quick_tier_is_kept(call: Call, tmp_path: Path) -> None:
    saved_and_rejudged(call, tmp_path, "--tier", "quick")
    plan = make_plan(load_matrix(), load_profile("openai"), tier="quick")
    lines = lines_of(tmp_path / "exchanges.gz")
    assert {line["case"] for line in lines if "case" in line} == {case.id for case in plan.cases}
    assert sum("preflight" in line for line in lines) == 1
