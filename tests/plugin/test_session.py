"""Beginning and end of a session: usage errors, unreachable targets, header, summary, reports."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from slashv1.harness.commands.check import command
from slashv1.harness.plugin import OPTIONS, REPEATABLE
from slashv1.record import load_run
from tests.plugin.conftest import KEY, Start, Target

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--base-url", "http://127.0.0.1:9"], "*does not end in /v1: did you mean http://127.0.0.1:9/v1?"),
        (["--base-url", NOWHERE, "--slashv1-profile", "openia"], "*unknown profile 'openia'*openai*"),
        (["--base-url", NOWHERE, "--slashv1-select", "chta"], "*--slashv1-select 'chta' selects nothing*"),
        (["--base-url", NOWHERE, "--slashv1-header", "x"], "*--slashv1-header takes 'Name: value'*"),
        (["--base-url", NOWHERE, "--slashv1-matrix", "nix"], "*--slashv1-matrix nix: no such folder"),
        (["--base-url", NOWHERE, "--slashv1-fixtures", "nix"], "*--slashv1-fixtures nix: no such folder"),
        (["--base-url", NOWHERE, "--slashv1-api-key-env", "NIX"], "*--slashv1-api-key-env NIX*not set*"),
        (["--base-url", NOWHERE, "--slashv1-api-key", ""], "*--slashv1-api-key*empty*"),
        (["--base-url", NOWHERE, "--slashv1-html", "no/such/x.html"], "*--slashv1-html *there is no folder*"),
        (["--base-url", NOWHERE, "--slashv1-timeout", "0"], "*'--slashv1-timeout': 0*range*"),
        (
            ["--base-url", NOWHERE, "--slashv1-concurrency", "nan"],
            "*'--slashv1-concurrency': 'nan' is not a valid integer*",
        ),
        (["--slashv1"], "*--slashv1 needs --base-url URL*"),
        (["slashv1::models.list"], "*slashv1::models.list needs --base-url URL*"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_4(run: Start, arguments: list[str], line: str) -> None:
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([line])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_every_option_of_the_check_command_has_its_counterpart() -> None:
    names = {option for parameter in command.params for option in parameter.opts}
    pytests_own = {
        "--base-url",
        "--plan",
        "--junit",
        "--markdown",
        "--md",
        "--badge",
        "--target",
        "--baseline",
    }
    pytests_own |= {"-q", "--quiet", "-v", "--verbose", "--color"}
    acts = {"--waivers-update", "--waivers-prune"} | {name for name in names if name.startswith("--waiver-")}
    interleaved = {"--fuzz", "--fuzz-seed"}  # a search needs verdicts between its requests
    assert {f"--{name}" for name in OPTIONS} == names - pytests_own - acts - interleaved
    assert set(REPEATABLE) == {p.opts[0].lstrip("-") for p in command.params if getattr(p, "multiple", False)}


def test_a_users_mistake_stops_xdist_before_it_starts(run_apart: Start) -> None:
    result = run_apart("--base-url", NOWHERE, "-n", "2", "--slashv1-profile", "nix")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.no_fnmatch_line("*gw0*")


@pytest.mark.parametrize("processes", ["0", "2"])
def test_an_unreachable_target_ends_the_session_with_one_line(run_apart: Start, processes: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run_apart("--base-url", f"http://127.0.0.1:{port}/v1", "-n", processes, "slashv1::models.list")
    assert result.ret == 2
    said = [line for line in result.outlines if "slashv1: http" in line and "Exit" in line]
    assert len(said) == 1
    assert f"127.0.0.1:{port}" in said[0]
    for text in ("*Traceback*", "*INTERNALERROR*", "*crashed*", "*node down*"):
        result.stdout.no_fnmatch_line(text)


def test_a_refused_key_ends_the_session_with_one_line(run: Start, gateway: Target) -> None:
    bad = "sk-invalid-0123456789"
    result = run("--base-url", gateway.base_url, "--slashv1-api-key", bad, "slashv1::models.list")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*answered 401 to GET /v1/models*the key was refused*"])
    assert bad not in result.stdout.str() + result.stderr.str()


@pytest.fixture
def dying() -> Iterator[str]:
    """A server that lists a model once and then closes every connection."""

    class Handler(BaseHTTPRequestHandler):
        served = 0

        def do_GET(self) -> None:
            Handler.served += 1
            if Handler.served > 1:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            body = b'{"object":"list","data":[{"id":"m","object":"model"}]}'
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_target_that_dies_under_way_gives_errors_not_failures(run: Start, dying: str) -> None:
    result = run("--base-url", dying, "slashv1::models.list::plain")
    outcomes = result.parseoutcomes()
    assert outcomes["errors"] > 0
    assert "failed" not in outcomes


def test_header_and_summary_name_target_and_requests(run: Start, gateway: Target) -> None:
    result = run(
        "--base-url", gateway.base_url, "--slashv1-model", "gpt-4o-mini", "slashv1::models.list::plain"
    )
    result.stdout.fnmatch_lines(
        [
            f"slashv1: {gateway.base_url}, model gpt-4o-mini, profile openai, * requests planned",
            f"slashv1: asking {gateway.base_url} for * checks",
            "*= slashv1 =*",
            "* checks: * passed",
            f"2 requests to {gateway.base_url} in * s",
        ]
    )


@pytest.mark.parametrize("processes", ["0", "2"])
def test_reports_are_written_once_and_hold_what_was_selected(
    run_apart: Start, gateway: Target, pytester: pytest.Pytester, processes: str
) -> None:
    reports = ("--slashv1-report-json", "run.json", "--slashv1-html", "run.html")
    run_apart("--base-url", gateway.base_url, *reports, "-n", processes, "slashv1::models.list::plain")
    record = load_run(json.loads((pytester.path / "run.json").read_text("utf-8")))
    assert {(result.operation, result.case) for result in record.results} == {("models.list", "plain")}
    assert record.request_count == len(gateway.requests) == 2
    page = (pytester.path / "run.html").read_text("utf-8")
    assert gateway.base_url in page
    assert KEY not in page + (pytester.path / "run.json").read_text("utf-8")


def test_the_record_is_the_one_the_command_line_writes(
    run: Start, gateway: Target, pytester: pytest.Pytester
) -> None:
    run("--base-url", gateway.base_url, "--slashv1-select", "models.*", "--slashv1-report-json", "a.json")
    command = [sys.executable, "-m", "slashv1", "check", "--base-url", gateway.base_url]
    subprocess.run(
        [*command, "--select", "models.*", "--report-json", "b.json"],
        cwd=pytester.path,
        capture_output=True,
        check=True,
        timeout=120,
    )
    ours, theirs = (json.loads((pytester.path / name).read_text("utf-8")) for name in ("a.json", "b.json"))
    for key in ("results", "plan_hash", "suite", "titles", "summary", "request_count", "target"):
        assert ours[key] == theirs[key], key


def test_the_key_is_shown_nowhere(run_apart: Start, deviating: Target, pytester: pytest.Pytester) -> None:
    result = run_apart(
        "--base-url",
        deviating.base_url,
        "-vv",
        "-l",
        "--junitxml=j.xml",
        "slashv1::chat.completions.create::plain",
    )
    written = (pytester.path / "j.xml").read_text("utf-8")
    assert KEY not in result.stdout.str() + result.stderr.str() + written


def test_nothing_but_the_options_is_loaded_until_it_is_asked_for(tmp_path: Path) -> None:
    code = (
        "import sys, pytest; pytest.main(['--co', '-q', '-p', 'slashv1.harness.plugin']);"
        "print(sorted({n.split('.')[0] for n in sys.modules} &"
        " {'openai', 'httpx', 'jsonschema', 'rich', 'yaml', 'click', 'deepdiff', 'starlette'}),"
        " sorted(n for n in sys.modules if n.startswith('slashv1')))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout.splitlines()[-1] == "[] ['slashv1', 'slashv1.harness', 'slashv1.harness.plugin']"
