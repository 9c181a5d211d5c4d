"""`slashv1 fleet`: targets judged side by side, what becomes of one, and every mistake in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from slashv1.harness.commands.check import command as check
from slashv1.harness.fleet import Job, judge_one
from slashv1.record import load_run
from tests.harness.raw_server import Server, raw_server, reply, with_models

Call = Callable[..., tuple[int, str, str]]
SELECT = "select: ['models.list::plain', 'chat.completions.create::plain']\n"


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)
    for name in ("SLASHV1_API_KEY", "OPENAI_API_KEY", "SLASHV1_CONFIG", "SLASHV1_TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLEET_KEY", "sk-fleet-tests")

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["fleet", *map(str, arguments)])
        said = capfd.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def entry(name: str, url: str, *more: str) -> str:
    lines = [f"base-url: {url}", "api-key-env: FLEET_KEY", *more]
    return f"  {name}:\n" + "".join(f"    {line}\n" for line in lines)


def test_what_becomes_of_one_target_keeps_no_other_from_being_judged(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "down.json").write_text("of an earlier day")
    (tmp_path / "t.yaml").write_text(
        SELECT
        + "junit: junit.xml\ntargets:\n"
        + entry("bad", f"{gateway}/defect/chat-finish-empty/v1")
        + entry("down", "http://127.0.0.1:9/v1")
        + entry("misled", f"{gateway}/v1", "profile: opena1")
        + entry("good", f"{gateway}/v1")
    )
    code, out, err = call("t.yaml")
    assert code == 2
    made = {path.name for path in (tmp_path / "fleet").iterdir()}
    comparison = {f"comparison.{end}" for end in ("html", "md", "json")}
    assert made == {"bad.json", "bad.html", "good.json", "good.html"} | comparison
    assert not (tmp_path / "junit.xml").exists()
    said = json.loads((tmp_path / "fleet" / "comparison.json").read_text())
    assert [(one["label"], one["exit_code"]) for one in said["targets"]] == [
        ("bad", 1), ("down", 2), ("misled", 2), ("good", 0),
    ]  # fmt: skip
    assert "connection refused" in said["targets"][1]["error"]
    assert "did you mean 'openai'?" in said["targets"][2]["error"]
    assert said["targets"][0]["only"] == ["chat.completions.create::plain::chat.finish-reason"]
    assert load_run(json.loads((tmp_path / "fleet" / "good.json").read_text())).target.name == "good"
    assert 'href="bad.html"' in (tmp_path / "fleet" / "comparison.html").read_text()
    assert max(map(len, out.splitlines())) <= 80
    assert out.splitlines()[-1] == "not judged: 2, deviates: 1, conforming: 1"
    assert sorted(err.splitlines())[:2] == ["bad: deviates", err_line(err, "down")]
    everything = out + err + "".join(path.read_text() for path in (tmp_path / "fleet").iterdir())
    assert "sk-fleet-tests" not in everything


def err_line(err: str, name: str) -> str:
    return next(line for line in err.splitlines() if line.startswith(f"{name}: "))


def test_names_of_the_configuration_and_the_built_in_gateway_are_targets(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    (tmp_path / "slashv1.toml").write_text(
        'select = ["models.list::plain"]\n[targets.live]\n'
        f'base-url = "{gateway}/v1"\napi-key-env = "FLEET_KEY"\n'
    )
    (tmp_path / "t.yaml").write_text(SELECT + "targets: [live]\n")
    assert call("t.yaml", "--out", "a")[0] == 0
    assert call("--out", "b")[0] == 0
    assert (tmp_path / "a" / "live.json").is_file()
    assert (tmp_path / "b" / "live.json").is_file()
    code, _, err = call("t.yaml", "live")
    assert (code, err) == (2, "slashv1: target 'live' is named twice\n")


def test_a_plan_says_what_each_may_cost_and_sends_nothing(call: Call, tmp_path: Path) -> None:
    with raw_server(with_models(lambda *_: reply({}))) as server:
        (tmp_path / "t.yaml").write_text(SELECT + "targets:\n" + entry("a", server.base_url))
        code, out, _ = call("t.yaml", "embedded", "--plan")
        assert not server.got
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "a"
    assert lines[2] == "  2 requests and 1 for the preflight"
    assert "embedded" in lines
    assert not (tmp_path / "fleet").exists()
    (tmp_path / "t.yaml").write_text("targets:\n" + entry("a", "http://127.0.0.1:9/v1", "profile: opena1"))
    code, out, _ = call("t.yaml", "--plan")
    assert code == 2
    assert "cannot be judged: unknown profile 'opena1'" in out


def test_a_strict_should_and_a_baseline_count_as_they_do_for_check(
    call: Call, tmp_path: Path, gateway: str
) -> None:
    targets = entry("a", f"{gateway}/defect/chat-finish-empty/v1", "baseline: out/a.json")
    (tmp_path / "out").mkdir()
    (tmp_path / "first.yaml").write_text(
        SELECT + "targets:\n" + targets.replace("    baseline: out/a.json\n", "")
    )
    (tmp_path / "then.yaml").write_text(SELECT + "targets:\n" + targets)
    assert call("first.yaml", "--out", "out")[0] == 1
    code, out, _ = call("then.yaml", "--out", "again")
    assert code == 0
    assert "* a: no worse than its baseline" in out


def test_the_key_of_the_environment_goes_to_no_target_that_names_none(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLASHV1_API_KEY", "sk-of-somebody")
    with raw_server(with_models(lambda *_: reply({}))) as server:
        (tmp_path / "t.yaml").write_text(
            f"select: ['models.list::plain']\ntargets:\n  a:\n    base-url: {server.base_url}\n"
        )
        call("t.yaml")
        assert server.got
        assert all("sk-of-somebody" not in str(got) for got in server.got)
    with raw_server(lambda *_: reply({}, 401)) as server:
        (tmp_path / "t.yaml").write_text(f"targets:\n  a:\n    base-url: {server.base_url}\n")
        assert "SLASHV1_API_KEY goes to no target of a fleet" in call("t.yaml")[2]


def test_what_crashes_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(check, "callback", lambda **_: broken())
    was = signal.getsignal(signal.SIGINT)
    try:
        ended = judge_one(Job("embedded", "", str(tmp_path)))
    finally:
        signal.signal(signal.SIGINT, was)
    assert (ended.exit_code, ended.error) == (2, "slashv1 broke: RuntimeError: no such luck")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("targets:\n  a:\n    base_url: x\n", "t.yaml:3: unknown key 'base_url'; did you mean 'base-url'?"),
        ("teir: quick\ntargets: [a]\n", "t.yaml:1: unknown key 'teir'; did you mean 'tier'?"),
        ("targets:\n  a:\n    api-key: sk-secret\n", "t.yaml:3: api-key: a key is a secret"),
        (
            "targets:\n  a:\n    base-url: http://x/v1\n    header: ['authorization: Bearer sk-secret']\n",
            "t.yaml:4: header 'authorization' is a secret",
        ),
        ("targets:\n  v.1:\n    tier: quick\n", "t.yaml:2: target 'v.1' has no base-url"),
        ("targets:\n  'a/b':\n    base-url: http://x/v1\n", "t.yaml:2: target 'a/b': its files are called"),
        ("targets:\n  comparison:\n    base-url: http://x/v1\n", "call it otherwise"),
        ("targets:\n  a:\n  a:\n", "t.yaml:3: 'a' stands here twice"),
        ("targets: 3\n", "t.yaml:1: targets is a table of tables: NAME: and its options below"),
        ("targets: [3]\n", "t.yaml:1: a list of targets holds names"),
        ("targets: {}\n", "names no targets"),
        ("target: a\ntargets:\n  a:\n    base-url: x\n", "t.yaml:1: target: a fleet judges all"),
        ("targets: [live]\n", "t.yaml:1: live has no options here, and target 'live': there is no slashv1"),
        ("- a\n", "t.yaml:1: expected keys with values"),
        ("targets: [a\n", "t.yaml:2: "),
    ],
)
def test_a_mistake_in_the_file_is_one_line_and_nothing_is_sent(
    call: Call, tmp_path: Path, file: str, said: str
) -> None:
    (tmp_path / "t.yaml").write_text(file)
    code, out, err = call("t.yaml")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert "sk-secret" not in err
    assert not (tmp_path / "fleet").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("header: {authorization: sk-secret}", "header is of another form; expected a text"),
        ("api-key-env: sk-secret", "--api-key-env takes the name of a variable"),
        ("base-url: ['https://sk-secret.example']", "base-url is of another form"),
    ],
)
def test_a_secret_put_in_a_wrong_place_is_not_shown(call: Call, tmp_path: Path, line: str, said: str) -> None:
    url = "" if line.startswith("base-url") else "    base-url: http://127.0.0.1:9/v1\n"
    (tmp_path / "t.yaml").write_text(f"targets:\n  a:\n{url}    {line}\n")
    code, out, err = call("t.yaml")
    assert code == 2
    assert said in err
    assert "sk-secret" not in out + err + (tmp_path / "fleet" / "comparison.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no targets (there is no slashv1.toml here)"),
        (("none.yaml",), "none.yaml: cannot be read: No such file"),
        (("live",), "target 'live': there is no slashv1.toml here"),
        (("here.txt",), "here.txt: a file of targets is called .yaml or .yml"),
        (("embedded", "--jobs", "0"), "Invalid value for '--jobs'"),
        (("embedded", "--out", "here.txt"), "--out here.txt: cannot be made: File exists"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "here.txt").write_text("")
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def _hears_ctrl_c() -> None:
    """Where these tests run in the background, a shell has made all processes deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_what_was_learnt(tmp_path: Path) -> None:
    asked: list[int] = []

    def hang(got: object, _: object, server: Server) -> bytes:
        asked.append(1)
        server.stopping.wait(20)
        return b""

    with raw_server(with_models(hang)) as server:
        (tmp_path / "t.yaml").write_text(
            "targets:\n" + "".join(f"  {name}:\n    base-url: {server.base_url}\n" for name in ("one", "two"))
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "slashv1", "fleet", "t.yaml", "--jobs", "1"],
            cwd=tmp_path,
            env={key: value for key, value in os.environ.items() if not key.startswith("SLASHV1_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hears_ctrl_c,
        )
        while not asked and process.poll() is None:
            server.stopping.wait(0.05)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert load_run(json.loads((tmp_path / "fleet" / "one.json").read_text())).interrupted
    assert "two: interrupted before its turn" in out
    assert (tmp_path / "fleet" / "comparison.html").is_file()
