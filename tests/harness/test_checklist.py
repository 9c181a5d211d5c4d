"""`slashv1 checklist` as a person meets it: six points, evidence beside each, JSON and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from slashv1.harness.checklist import POINTS, Answer, Checklist, PartAnswer, PointAnswer, selection
from slashv1.harness.cli import main
from slashv1.harness.embedded import embedded_gateway
from slashv1.matrix import load_matrix, load_profile
from slashv1.record import Run, Suite, Target
from tests.harness.raw_server import raw_server, reply, with_models

ZUMIK = load_profile("zumik")
PASSES, FAILS, LACKS = Answer.PASS.value, Answer.FAIL.value, Answer.NOT_OFFERED.value


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch):
    for name in ("SLASHV1_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def zumik() -> Iterator[str]:
    with embedded_gateway(profile="zumik") as url:
        yield url.removesuffix("/v1")


@pytest.fixture
def ask(capsys, tmp_path):
    """Run `slashv1 checklist …`: exit code, stdout, and the JSON."""

    def run(*arguments):
        file = tmp_path / "list.json"
        with pytest.raises(SystemExit) as end:
            main(["checklist", *map(str, arguments), "--json", str(file)])
        told = capsys.readouterr()
        return end.value.code, told.out, json.loads(file.read_text("ascii")) if file.exists() else told.err

    return run


@pytest.fixture
def own_profile(tmp_path):
    """A profile that says how the 429 is provoked."""
    path = tmp_path / "ours.yaml"
    path.write_text("extends: zumik\nprovoke: {quota: {key: zk_live_slashv1_budget_spent}}\n")
    return path


def answers(said: dict) -> list[str]:
    return [point["answer"] for point in said["points"]]


def test_the_reference_gateway_passes_all_six_points_with_evidence(ask):
    code, out, said = ask()
    assert (code, answers(said), said["exit_code"]) == (0, [PASSES] * 6, 0)
    assert out.splitlines()[-1].startswith("6 pass, 0 fail, 0 not offered; ")
    evidence = [
        " ".join(line for part in point["parts"] for line in part["evidence"]) for point in said["points"]
    ]
    assert 'content is "' in evidence[0]
    assert "total_tokens" in evidence[1]
    assert "[DONE]" in evidence[2]
    assert "Agent-Trace-Id: trc_" in evidence[3]
    assert '"trace_id": "trc_' in evidence[3]
    assert "quota_exceeded" in evidence[4]
    assert "Agent-Resolved-Provider: openai" in evidence[5]
    assert "\x1b" not in out
    assert "zk_live" not in out + json.dumps(said)


def test_every_point_stands_for_checks_that_were_judged(ask):
    _, _, said = ask()
    assert [p["case"] for point in said["points"] for p in point["parts"] if not p["checks"]] == []
    assert {o for point in said["points"] for p in point["parts"] for o in p["checks"].values()} == {"passed"}


BROKEN = [
    ("chat-usage-missing", 1),
    ("chat-content-array", 1),
    ("chat-finish-null", 2),
    ("chat-created-text", 2),
    ("stream-no-done", 3),
    ("stream-usage-missing", 3),
    ("signals-trace-id-form", 4),
    ("signals-usage-gone", 4),
    ("error-text", 5),
    ("signals-model-resolved", 6),
]


@pytest.mark.parametrize(("defect", "number"), BROKEN)
def test_a_point_that_does_not_hold_fails_and_says_why(ask, zumik, own_profile, defect, number):
    code, out, said = ask(
        "--base-url", f"{zumik}/defect/{defect}/v1", "--api-key", "sk-a", "--profile", own_profile
    )
    point = said["points"][number - 1]
    assert (code, point["answer"]) == (1, FAILS)
    failed = [
        check for part in point["parts"] for check, outcome in part["checks"].items() if outcome == "failed"
    ]
    assert failed
    assert any(
        f"{check}: " in line for check in failed for part in point["parts"] for line in part["evidence"]
    )
    assert f"{number}. fail" in out


def test_a_target_that_did_not_say_how_is_not_offered_the_429(ask, zumik):
    code, out, said = ask("--base-url", f"{zumik}/v1", "--api-key", "sk-a")
    assert (code, answers(said)) == (0, [PASSES] * 4 + [LACKS, PASSES])
    refused, budget = said["points"][4]["parts"]
    assert (refused["answer"], budget["answer"]) == (PASSES, LACKS)
    assert "does not say how it is provoked" in out


def test_a_target_without_signals_is_told_as_not_offering_them(ask):
    with embedded_gateway() as url:
        code, out, said = ask("--base-url", url, "--api-key", "sk-a")
    assert (code, answers(said)) == (0, [PASSES] * 3 + [LACKS] * 3)
    assert "the answer has no Agent-* header at all" in out


def test_another_profile_asks_for_what_it_knows(ask):
    code, _, said = ask("--profile", "openai")
    assert (code, answers(said)) == (0, [PASSES] * 3 + [LACKS, PASSES, LACKS])


def test_a_target_that_answers_nothing_right_is_not_learnt_from(ask):
    dead = with_models(
        lambda *_: reply({"error": {"message": "x", "type": "y", "param": None, "code": None}}, 500)
    )
    with raw_server(dead) as server:
        code, _, said = ask("--base-url", server.base_url, "--api-key", "sk-a", "--model", "tiny-chat")
    assert (code, answers(said)[:3]) == (1, [FAILS] * 3)


def test_a_target_that_is_not_there_is_one_line_and_exit_two(ask):
    code, out, err = ask("--base-url", "http://127.0.0.1:9/v1", "--api-key", "sk-a")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_the_cases_of_the_points_are_the_matrix_own():
    assert len(POINTS) == 6
    assert len(selection(load_matrix(), ZUMIK)) == 6
    assert "chat.completions.create::alias" not in selection(load_matrix(), load_profile("openai"))


def a_list(*answers: Answer, interrupted: bool = False, outcome: str = "passed") -> Checklist:
    run = Run(Suite("1", "h"), Target("u"), "p", "h", "t", 1.0, 1, (), interrupted=interrupted)
    parts = [PartAnswer("a/b", answer, (), {"c": outcome}) for answer in answers]
    return Checklist(run, tuple(PointAnswer(1, "t", part.answer, (part,)) for part in parts))


@pytest.mark.parametrize(
    ("checklist", "code"),
    [
        (a_list(Answer.PASS, Answer.NOT_OFFERED), 0),
        (a_list(Answer.PASS, Answer.FAIL), 1),
        (a_list(Answer.NOT_OFFERED), 2),
        (a_list(Answer.PASS, interrupted=True), 2),
        (a_list(Answer.FAIL, outcome="error"), 2),
    ],
)
def test_the_exit_code_says_whether_anything_fails_and_was_learnt(checklist, code):
    assert checklist.exit_code == code
