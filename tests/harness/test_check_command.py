"""`slashv1 check` as a user meets it: exit codes, reports, and every mistake in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from slashv1.fixtures import packaged as fixtures
from slashv1.harness.cli import main
from slashv1.harness.commands.conclusion import check_writable
from slashv1.harness.commands.options import size
from slashv1.record import load_run
from tests.harness.raw_server import raw_server, reply, with_models

ONE = ["--select", "models.list::plain"]
KEYS = ("SLASHV1_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL")


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def call(capsys):
    """Run `slashv1 check …`: exit code, what it said on stdout, what on stderr."""

    def run(*arguments, command="check"):
        with pytest.raises(SystemExit) as end:
            main([command, *map(str, arguments)])
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


@pytest.fixture
def mistake(call):
    """Run `slashv1 check …`, which must end in one line on stderr and exit code 2; that line."""

    def run(*arguments, command="check"):
        code, out, err = call(*arguments, command=command)
        assert code == 2
        assert out == ""
        assert err.startswith("slashv1: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err

    return run


def test_the_embedded_gateway_conforms_and_every_report_is_written(call, tmp_path):
    paths = [tmp_path / name for name in ("run.json", "report.html", "junit.xml")]
    options = zip(("--report-json", "--html", "--junit"), paths, strict=True)
    code, out, err = call("--tier", "quick", *(part for option in options for part in option))
    assert code == 0, out
    assert "this is the embedded reference gateway" in out
    assert out.splitlines()[-1].startswith("conforms: ")
    assert [line for line in err.splitlines() if line] == [f"wrote {path}" for path in paths]
    run = load_run(json.loads(paths[0].read_text("ascii")))
    assert run.exit_code == 0
    assert run.request_count <= 26
    assert "<html" in paths[1].read_text("utf-8")
    assert "<testsuite" in paths[2].read_text("utf-8")
    assert list(tmp_path.glob(".*")) == []


def test_the_key_of_the_environment_is_not_sent_to_the_embedded_gateway(call, monkeypatch):
    monkeypatch.setenv("SLASHV1_API_KEY", "sk-invalid-here")
    code, _, _ = call(*ONE)
    assert code == 0


def test_a_target_that_deviates_ends_with_1(call):
    with raw_server(with_models(lambda *_: reply({}))) as server:
        code, out, _ = call("--base-url", server.base_url, *ONE, "--select", "chat.completions.create::plain")
    assert code == 1
    assert out.splitlines()[-1].startswith("deviates: ")
    assert "expected" in out


def test_strict_makes_a_should_count(call):
    with raw_server(with_models(lambda *_: reply({}))) as server:
        lenient, _, _ = call("--base-url", server.base_url, *ONE)
        strict, out, _ = call("--base-url", server.base_url, *ONE, "--strict")
    assert (lenient, strict) == (0, 1), out


def test_a_run_without_a_must_that_passed_ends_with_2(call):
    with raw_server(lambda *_: b"") as server:
        code, _, err = call("--base-url", server.base_url, *ONE)
    assert code == 2
    assert "closed without an answer" in err


def test_the_options_of_the_connection_reach_the_target(call):
    with raw_server(with_models(lambda *_: reply({}))) as server:
        call(
            "--base-url", server.base_url + "/", "--api-key", "sk-my-own-key", "--model", "mine",
            "--header", "X-Team: blue-team", "--query", "api-version=7",
            "--select", "chat.completions.create::plain", "--timeout", 5,
        )  # fmt: skip
        got = server.asked("/v1/chat/completions")[0]
    assert got.path.endswith("?api-version=7")
    assert got.headers["authorization"] == "Bearer sk-my-own-key"
    assert got.headers["x-team"] == "blue-team"
    assert json.loads(got.body)["model"] == "mine"


def test_no_key_is_found_in_what_it_says_or_writes(call, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-my-own-key")
    path = tmp_path / "run.json"
    answer = reply({"echo": "sk-my-own-key blue-team"}, 200, "application/json", "X-Echo: sk-my-own-key")
    with raw_server(with_models(lambda *_: answer)) as server:
        _, out, err = call(
            "--base-url", server.base_url, "--api-key-env", "MY_KEY", "--header", "X-Token: blue-team",
            "--report-json", path, "--select", "chat.completions.create::plain",
        )  # fmt: skip
    for said in (out, err, path.read_text("ascii")):
        assert "my-own-key" not in said
        assert "blue-team" not in said


def test_a_plan_is_shown_and_nothing_is_sent(call):
    with raw_server(lambda *_: reply({})) as server:
        code, out, _ = call("--base-url", server.base_url, "--plan", *ONE)
        assert server.got == []
    assert code == 0
    assert "\n1 request and 1 for the preflight\nat most 0 tokens" in out
    assert "  models.list::plain::http.status\n" in out


@pytest.mark.parametrize("limit", ["--max-requests", "--max-tokens"])
def test_a_limit_that_is_too_low_sends_nothing(mistake, limit):
    with raw_server(lambda *_: reply({})) as server:
        line = mistake("--base-url", server.base_url, limit, 1)
        assert server.got == []
    assert f"{limit} allows 1" in line
    assert "nothing was sent" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "opnai"], "did you mean 'openai'"),
        (["--select", "chat.completions.create::plian"], "nearest: plain"),
        (["--select", "*::*::http.statuss"], "http.status"),
        (["--tier", "quik"], "one of quick, standard, full"),
        (["--phase", "9"], "'--phase': 9 is not in the range"),
        (["--modle", "x"], "--model"),
        (["--concurrency", "many"], "'--concurrency'"),
        (["--base-url", "https://target.invalid"], "did you mean https://target.invalid/v1?"),
        (["--base-url", "target.invalid/v1"], "did you mean https://target.invalid/v1?"),
        (["--base-url", "http://target.invalid/v1"], "does not resolve"),
        (["--base-url", "http://127.0.0.1:1/v1"], "connection refused"),
        (["--base-url", "http://127.0.0.1:1/v1", "--api-key-env", "NOT_THERE"], "NOT_THERE"),
        (["--base-url", "http://127.0.0.1:1/v1", "--header", "no colon"], "--header takes 'Name: value'"),
        (["--base-url", "http://127.0.0.1:1/v1", "--query", "x"], "--query takes name=value"),
        (["--base-url", "http://127.0.0.1:1/v1", "--proxy", "x"], "--proxy takes a URL"),
        (["--base-url", "http://127.0.0.1:1/v1", "--max-body", "lots"], "--max-body 'lots'"),
        (
            ["--base-url", "https://127.0.0.1:1/v1", "--ca-bundle", "/no/ca"],
            "--ca-bundle /no/ca: no such file",
        ),
        (["--fixtures", "/no/such/folder"], "--fixtures /no/such/folder: no such folder"),
        (["--matrix", "/no/such/folder"], "/no/such/folder"),
        (["--html", "/no/such/folder/report.html"], "--html /no/such/folder/report.html: there is no folder"),
        (["--report-json", "/"], "--report-json /: is a folder"),
        (["--timeout", "nan"], "'nan' is no number of seconds"),
        (["--max-wait", "inf"], "'--max-wait'"),
        (["--model", " "], "--model: not a model id"),
        (["stray"], "stray"),
    ],
)
def test_a_mistake_is_one_line_that_says_how_to_mend(mistake, arguments, said):
    assert said in mistake(*arguments)


def test_an_unknown_command_is_one_line_with_the_nearest(mistake):
    assert "did you mean check?" in mistake(command="chekc")


def test_bad_yaml_is_one_line_with_file_and_line(mistake, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nlevels: [\n")
    line = mistake("--profile", path)
    assert "mine.yaml" in line
    assert "line" in line or ":2" in line or ":3" in line


@pytest.mark.parametrize(
    ("answer", "arguments", "said"),
    [
        (reply({}, 401), [], "it wants a key, give one with --api-key"),
        (reply({}, 403), ["--api-key", "sk-mine"], "the key was refused, check --api-key"),
        (reply({}, 404), [], "name one with --model"),
        (b"nonsense\r\n\r\n", [], "does it speak https?"),
    ],
)
def test_a_target_that_cannot_be_judged_is_one_line(mistake, answer, arguments, said):
    with raw_server(lambda *_: answer) as server:
        assert said in mistake("--base-url", server.base_url, *arguments)


def test_fixtures_that_cannot_be_read_are_found_before_anything_is_sent(mistake, tmp_path):
    with raw_server(lambda *_: reply({})) as server:
        arguments = ["--base-url", server.base_url, "--fixtures", tmp_path, *ONE]
        assert "holds no fixture of a case to be sent" in mistake(*arguments)
        (tmp_path / "models.list").mkdir()
        (tmp_path / "models.list" / "plain.json").write_text("{")
        assert "plain.json: not a fixture" in mistake(*arguments)
        assert server.got == []


def test_fixtures_of_one_s_own_raise_the_comparison_to_a_should(call, tmp_path):
    code, _, _ = call("--fixtures", fixtures.RECORDED, "--report-json", tmp_path / "r.json", *ONE)
    run = load_run(json.loads((tmp_path / "r.json").read_text("ascii")))
    levels = {result.level for result in run.results if result.check == "replay.shape"}
    assert (code, levels) == (0, {"SHOULD"})


def test_openai_s_key_is_kept_from_third_parties_and_a_note_says_so(call, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    with raw_server(with_models(lambda *_: reply({}))) as proxy:
        address = proxy.base_url.removesuffix("/v1")
        base_url = "http://third.invalid/v1"
        _, out, _ = call("--base-url", base_url, "--proxy", address, *ONE, "--model", "m")
        assert proxy.got
        assert all("authorization" not in got.headers for got in proxy.got)
    assert "OPENAI_API_KEY is set but was not used" in out


def test_a_path_that_cannot_be_written_is_found_before_anything_is_sent(mistake, tmp_path):
    with raw_server(lambda *_: reply({})) as server:
        line = mistake("--base-url", server.base_url, "--junit", tmp_path / "no" / "x.xml")
        assert server.got == []
    assert "there is no folder" in line


def test_two_reports_in_one_file_are_refused(mistake, tmp_path):
    line = mistake("--html", tmp_path / "x", "--junit", tmp_path / "x")
    assert "--html writes there already" in line


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Exception, match="no permission to write there"):
        check_writable({"html": tmp_path / "x.html"})


def test_a_full_disk_is_one_line_and_ends_with_2(call):
    code, out, err = call(*ONE, "--report-json", "/dev/full")
    assert code == 2
    assert "conforms" in out
    assert err == "slashv1: cannot write /dev/full: No space left on device\n"


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("64M", 64 * 2**20), ("8k", 8192), ("0", 1)])
def test_sizes_are_bytes_or_carry_a_unit(text, count):
    assert size(text, "--max-body") == count


def start(*arguments, **options):
    """A process of its own that Ctrl-C reaches, also where a shell's background job ignores it."""
    ours = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    ours += "from slashv1.harness.cli import main; main()"
    command = [sys.executable, "-c", ours, "check", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_ctrl_c_writes_a_partial_record_and_ends_with_2(tmp_path):
    path = tmp_path / "run.json"

    def hang(got, sock, server):
        server.stopping.wait(20)

    with raw_server(with_models(hang)) as server:
        arguments = ["--base-url", server.base_url, "--report-json", path, "--select", "*::plain"]
        with start(*arguments, cwd=tmp_path) as process:
            waited = time.monotonic()
            while not server.asked("/v1/chat/completions") and time.monotonic() < waited + 20:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert out.splitlines()[-1].startswith("interrupted: ")
    run = load_run(json.loads(path.read_text("ascii")))
    assert run.interrupted
    assert any(result.cause == "interrupted before it was answered" for result in run.results)


def test_a_reader_that_closes_its_end_costs_no_report(tmp_path):
    path = tmp_path / "run.json"
    with start(*ONE, "--report-json", path, cwd=tmp_path) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 2
    assert "Traceback" not in err
    assert load_run(json.loads(path.read_text("ascii"))).results


def test_an_ascii_terminal_gets_escapes_and_no_crash(tmp_path):
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    with start(*ONE, cwd=tmp_path, env=environ) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out.isascii()
    assert "\x1b" not in out
