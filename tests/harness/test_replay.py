"""`slashv1 replay`: one case again, with its steps; found by the id that reports print; or from a file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from slashv1.harness.commands.replay import command
from slashv1.reference_server import DEFECTS
from tests.harness.raw_server import raw_server, reply, with_models
from tests.harness.saved_runs import KEY, Call, lines_of, saved_and_rejudged, write_lines

STREAM = "chat.completions.create::stream"
DEFECT = "stream-after-done"
FOUND = DEFECTS[DEFECT].caught_by


def test_request_answer_and_findings_are_shown(call: Call) -> None:
    code, out, err = call("replay", STREAM, "--defect", DEFECT)
    assert (code, err) == (1, "")
    assert re.search(r"^> POST http://127.0.0.1:\d+/v1/chat/completions$", out, re.M)
    assert "> Authorization: [redacted]\n" in out
    assert '>   "stream": true,\n' in out
    assert re.search(r"^< HTTP 200  \(first byte \d\.\d{3} s, whole \d\.\d{3} s\)$", out, re.M)
    assert "\n< content-type: text/event-stream; charset=utf-8\n" in out
    assert re.search(r'^< \d\.\d{3} s  #0  \{"id":"chatcmpl-\w+","object":"chat.completion.chunk"', out, re.M)
    assert re.search(rf"^! \d\.\d{{3}} s  #\d+ \({re.escape(FOUND or '')}", out, re.M)
    assert f"MUST {FOUND}: failed in 1 case" in out
    assert out.splitlines()[-1].startswith("deviates: ")


def test_a_case_that_conforms_ends_with_0_and_its_steps_are_sent_and_named(call: Call) -> None:
    code, out, _ = call("replay", "responses.delete/stored", "-v")
    assert code == 0
    assert "\nresponses.create::" in out
    assert ", sent for it\n" in out
    assert "> DELETE " in out
    assert out.splitlines()[-1].startswith("conforms: ")
    code, out, _ = call("replay", "responses.delete/stored")
    assert "sent for it: responses.create::" in out
    assert out.count("\n> POST ") == 0


@pytest.mark.parametrize("id_", [f"slashv1::{STREAM}", STREAM.replace("::", "/"), f"{STREAM}::{FOUND}"])
def test_an_id_is_taken_as_any_report_prints_it(call: Call, id_: str) -> None:
    code, out, _ = call("replay", id_, "--defect", DEFECT)
    assert code == 1
    assert f"\n{STREAM}\n> POST" in out


def test_of_a_check_that_is_named_its_findings_alone_count(call: Call) -> None:
    code, out, _ = call("replay", f"{STREAM}::{FOUND}", "--defect", DEFECT)
    assert (code, out.count("MUST ")) == (1, 1)
    assert out.splitlines()[-1].startswith("deviates: 1 failed; ")
    code, out, _ = call("replay", f"{STREAM}::http.status", "--defect", DEFECT)
    assert (code, out.count("MUST ")) == (0, 0)
    code, out, _ = call("replay", "models.list::plain::headers.request-id", "-q")
    assert (code, out.startswith("conforms: 1 passed; ")) == (0, True)
    request_id = ("--defect", "request-id-missing", "-q")
    assert call("replay", "models.list::plain::headers.request-id", *request_id)[0] == 0
    assert call("replay", "models.list::plain::headers.request-id", *request_id, "--strict")[0] == 1
    assert call("replay", "embeddings.create::plain::http.status", "--embedding-model", "gpt-4o-mini")[0] != 0


def test_the_verdict_alone_where_no_more_is_wanted(call: Call) -> None:
    code, out, err = call("replay", "models.list::plain", "-q")
    assert (code, out.count("\n"), err) == (0, 1, "")
    assert out.startswith("conforms: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chat.completions.create::steam"], "nearest: chat.completions.create::stream"),
        (["chat.completions.create"], "name one of its cases, chat.completions.create::"),
        (["nothing"], "`slashv1 matrix` lists them"),
        ([f"{STREAM}::chat.stream.done-lst"], "is no check of chat.completions.create/stream"),
        ([f"{STREAM}::chat.stream.done-lst"], "nearest: chat.stream.done-last"),
        (["embeddings.create::fuzz-valid-crash::fuzz.server-error"], "`check --fuzz N --fuzz-seed S`"),
        (["chat.completions.create::once-a"], "the profile openai does not try it; --profile names another"),
        ([STREAM, "--defect", "stream-after-dun"], "stream-after-done"),
        ([STREAM, "--defect", DEFECT, "--base-url", "http://x.test/v1"], "--defect is of the embedded"),
        ([STREAM, "-q", "-v"], "--quiet and --verbose: give one of them"),
        ([STREAM, "--from", "nowhere.gz"], "cannot read nowhere.gz"),
        (
            [STREAM, "--from", "f", "--base-url", "http://x.test/v1"],
            "--from sends nothing: leave --base",
        ),
        ([STREAM, "--color", "pink"], "'pink' is not one of 'auto', 'always', 'never'"),
        ([STREAM, "--base-url", "http://x.test"], "did you mean http://x.test/v1?"),
    ],
)
def test_a_mistake_is_one_line(call: Call, arguments: list[str], said: str) -> None:
    code, out, err = call("replay", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_target_that_cannot_be_reached_is_one_line(call: Call) -> None:
    code, out, err = call("replay", STREAM, "--base-url", "http://127.0.0.1:1/v1")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_target_of_the_configuration_is_asked_whatever_else_it_says(call: Call, tmp_path: Path) -> None:
    with raw_server(with_models(lambda *_: reply({}))) as server:
        (tmp_path / "slashv1.toml").write_text(
            f'html = "a.html"\nquiet = true\n[targets.mine]\nbase-url = "{server.base_url}"\nmodel = "m"\n'
        )
        code, out, _ = call("replay", "chat.completions.create::plain", "--target", "mine")
        assert len(server.asked("/v1/chat/completions")) == 1
    assert (code, out.count("\n")) == (1, 1)
    assert not (tmp_path / "a.html").exists()


def test_a_shell_completes_the_ids_of_cases() -> None:
    (id_,) = [param for param in command.params if param.name == "id_"]
    found = id_.shell_complete(click.Context(command), f"{STREAM}-us")
    assert [item.value for item in found] == [f"{STREAM}-usage", f"{STREAM}-usage-off"]


def test_a_saved_exchange_is_shown_and_nothing_sent(call: Call, tmp_path: Path, gateway: str) -> None:
    target = ("--base-url", f"{gateway}/defect/{DEFECT}/v1", "--api-key", KEY)
    saved_and_rejudged(call, tmp_path, *target, "--select", "chat.completions.create::stream*")
    file = tmp_path / "exchanges.gz"
    code, out, _ = call("replay", STREAM, "--from", file)
    assert code == 1
    assert f"> POST {gateway}/defect/{DEFECT}/v1/chat/completions\n" in out
    assert f"MUST {FOUND}: failed in 1 case" in out
    assert "nothing was sent" in out
    assert "saved and not judged" not in out
    code, _, err = call("replay", "models.list::plain", "--from", file)
    assert (code, err.count("\n")) == (2, 1)
    assert "the run did not send models.list::plain" in err
    lines: list[dict[str, Any]] = lines_of(file)
    for line in lines:
        line.update({"digest": "0" * 16} if "digest" in line else {})
    write_lines(file, lines)
    code, out, _ = call("replay", STREAM, "--from", file)
    assert code == 2
    assert f"\n{STREAM}\n> POST {gateway}" in out
    assert "asks for something else than the saved exchange answers" in " ".join(out.split())


def test_what_a_check_prints_to_send_a_case_again_sends_it_again(call: Call, gateway: str) -> None:
    target = f"{gateway}/defect/{DEFECT}/v1"
    _, out, _ = call("check", "--base-url", target, "--api-key", KEY, "--select", f"{STREAM}::*")
    assert KEY not in out
    line = out.replace("\\\n    ", "").split("again: slashv1 ")[1].splitlines()[0]
    assert line == f"replay {STREAM} --base-url {target}"
    code, out, _ = call(*line.split(), "--api-key", KEY)
    assert code == 1
    assert f"> POST {target}/chat/completions\n" in out


def test_what_reaches_the_target_is_repeated_and_what_is_secret_is_not(call: Call, gateway: str) -> None:
    target = f"{gateway}/defect/{DEFECT}/v1"
    given = [
        "--header",
        "X-Portkey-Provider: openai",
        "--header",
        "X-Own-Token: hidden-1",
        "--query",
        "sig=hidden-2",
    ]
    given += ["--query", "v=2", "--proxy", "http://me:hidden-3@proxy.example:1"]
    _, out, _ = call("check", "--base-url", target, "--api-key", KEY, "--select", f"{STREAM}::*", *given)
    assert "hidden" not in out
    assert "repeats the API key" not in out
    line = out.replace("\\\n    ", "").split("again: slashv1 ")[1].splitlines()[0]
    assert shlex.split(line)[4:] == [
        *("--proxy", "http://…@proxy.example:1"),
        *("--header", "X-Portkey-Provider: openai", "--header", "X-Own-Token: …"),
        *("--query", "sig=…", "--query", "v=2"),
    ]
