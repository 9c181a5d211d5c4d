"""`check --fuzz N` as a user meets it: planned without a request, bounded, absent without Hypothesis."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.harness.cli import main
from slashv1.harness.commands import check as check_command
from slashv1.harness.commands import selftest
from slashv1.harness.fuzz.bounds import bounds
from slashv1.harness.fuzz.plan import plan_fuzz
from slashv1.harness.plan import PREFLIGHT_REQUESTS, check_limits, make_plan
from slashv1.record import load_run
from slashv1.reference_server import DEFECTS
from tests.harness.fuzz.target import CRASH, PROFILE, target
from tests.harness.raw_server import raw_server, with_models
from tests.harness.test_check_command import start


def call(capsys: Any, *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["check", *arguments])
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


def test_the_plan_names_every_item_and_bound_and_sends_nothing(capsys: Any) -> None:
    code, out, _ = call(
        capsys, "--base-url", "http://127.0.0.1:9/v1", "--plan", "--fuzz", "40", "--select", CRASH
    )
    assert code == 0
    lines = out.splitlines()
    assert lines[0].strip() == f"{CRASH}::fuzz.server-error"
    assert lines[2:] == [
        "0 requests and 1 for the preflight",
        "and at most 40 requests drawn with seed 1",
        f"at most {40 * 1024 + 40 * 32} tokens: {40 * 1024} in, {40 * 32} out",
    ]


def test_what_is_drawn_counts_against_the_limits() -> None:
    plan = make_plan([], PROFILE, fuzz=plan_fuzz(40, 1, phase=1, profile=PROFILE))
    check_limits(plan, max_requests=40 + PREFLIGHT_REQUESTS, max_tokens=plan.max_tokens)
    with pytest.raises(UsageError, match="the plan needs 41 requests"):
        check_limits(plan, max_requests=40)
    with pytest.raises(UsageError, match="tokens"):
        check_limits(plan, max_tokens=plan.max_tokens - 1)


def test_without_fuzz_nothing_is_drawn_and_the_hash_is_what_it_was() -> None:
    from slashv1.matrix import load_matrix

    plain = make_plan(load_matrix(), PROFILE)
    both = make_plan(load_matrix(), PROFILE, fuzz=plan_fuzz(40, 1, phase=1, profile=PROFILE))
    assert plain.fuzz is None
    assert both.items == plain.items
    assert both.hash != plain.hash
    other = make_plan(load_matrix(), PROFILE, fuzz=plan_fuzz(40, 2, phase=1, profile=PROFILE))
    assert other.hash != both.hash


def test_every_operation_of_the_first_phase_that_takes_a_body_or_an_id_is_drawn() -> None:
    halves = {half.id for half in plan_fuzz(1, 1, phase=1, profile=PROFILE).halves}
    assert halves == {
        *(f"{name}/{kind}" for name in list(bounds())[:4] for kind in ("valid", "broken")),
        *(f"responses.{name}/broken" for name in ("retrieve", "delete", "cancel")),
        "models.retrieve/broken",
    }


def test_the_record_holds_the_request_the_seed_and_the_reason(capsys: Any, tmp_path: Any) -> None:
    file = tmp_path / "run.json"
    page = tmp_path / "run.html"
    with target(lambda asked: b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" if asked else None) as server:
        code, out, _ = call(
            capsys,
            *("--base-url", server.base_url, "--fuzz", "12", "--fuzz-seed", "7", "--select", CRASH),
            *("--report-json", str(file), "--html", str(page)),
        )
    assert code == 2  # no MUST passed
    run = load_run(json.loads(file.read_text("ascii")))
    assert run.notes[-1].endswith("--fuzz 12 --fuzz-seed 7")
    assert run.wires[0].curl.startswith("curl ")
    assert run.titles["fuzz.server-error"]["clause"].startswith("FZ-1: ")
    assert "answered 500 to a valid request" in " ".join(out.split())
    assert "fuzz-valid-crash" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fuzz-seed", "3"), "--fuzz-seed goes with --fuzz N"),
        (("--fuzz", "0"), "--fuzz"),
        (("--fuzz", "many"), "--fuzz"),
    ],
)
def test_a_mistake_is_one_line(capsys: Any, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_without_hypothesis_one_line_says_how_to_install_it(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(check_command, "find_spec", lambda name: None)
    code, out, err = call(capsys, "--fuzz", "5")
    assert (code, out) == (2, "")
    assert err == "slashv1: --fuzz needs Hypothesis, which is not installed: pip install 'slashv1[fuzz]'\n"


def test_hypothesis_is_loaded_only_where_requests_are_drawn() -> None:
    code = (
        "import sys; from slashv1.harness.cli import main\n"
        "try: main(['check', '--plan', '--fuzz', '5', '--base-url', 'http://127.0.0.1:9/v1'])\n"
        "except SystemExit: pass\n"
        "print('hypothesis' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "False"


def test_ctrl_c_ends_a_search_that_waits_for_an_answer(tmp_path: Any) -> None:
    with raw_server(with_models(lambda got, sock, server: server.stopping.wait(60) and None)) as server:
        arguments = ["--base-url", server.base_url, "--fuzz", "20", "--select", "chat*::fuzz-*"]
        with start(*arguments, cwd=tmp_path) as process:
            waited = time.monotonic()
            while not server.asked("/v1/chat/completions") and time.monotonic() < waited + 30:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert out.splitlines()[-1].startswith("interrupted: ")
    assert "interrupted before it was answered" in out
    assert list(tmp_path.iterdir()) == []


def test_the_self_test_leaves_out_what_it_cannot_draw_and_says_so(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(selftest, "find_spec", lambda name: None)
    drawn, plain = DEFECTS["drawn-id-500"], DEFECTS["error-bare"]
    assert selftest.drawable([plain, drawn], asked=False) == [plain]
    assert "drawn-id-500" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"drawn-id-500: needs Hypothesis"):
        selftest.drawable([drawn], asked=True)


def test_a_drawn_defect_is_caught_in_the_self_test() -> None:
    (verdict,) = selftest.run([DEFECTS["drawn-empty-text-500"]])
    assert verdict.good
    assert verdict.fired == ("fuzz.server-error",)
