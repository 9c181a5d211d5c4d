"""How much a command says, in which colours, and whether it fits: -q, -v, --color, wide and hostile text."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from slashv1.harness.console import console
from slashv1.harness.indented import indented
from slashv1.harness.paragraph import folded, paragraph
from slashv1.harness.terminal import show_case, show_run
from slashv1.harness.terminal_wire import show_wire
from slashv1.record import Finding, Frame, Level, Outcome, Result, Run, Suite, Target, Wire
from tests.harness.raw_server import raw_server, reply, with_models
from tests.harness.saved_runs import Call, caller

CHAT = "chat.completions.create"
WIDE = "日本語の文章 🎉🎊 " * 40 + "漢" * 200
EVIL = "\x1b[31m[red]\x07\r\u202e\ud800"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)
    for name in ("SLASHV1_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return caller(capsys)


def a_wire(text: str = "x", case: str = "stream", **more: object) -> Wire:
    frames = (Frame(0, 0, 0.25, "delta", text), Frame(1, 90, 0.5, None, "[DONE]"))
    headers = (("Content-Type", "text/event-stream"), ("X-Odd", text))
    body = json.dumps({"input": text}, ensure_ascii=False)
    given = {"body": None, "frames": frames, "seconds": 0.75, "first_byte": 0.125, **more}
    return Wire(CHAT, case, "POST", "http://t.test/v1/x", headers, body, 200, headers, **given)  # type: ignore[arg-type]


def a_run(*wires: Wire, text: str = "it deviates") -> Run:
    finding = Finding("chat.x", Level.MUST, text, text, text, "/a", 1, 90)
    results = (
        Result(CHAT, "stream", "chat.x", Level.MUST, Outcome.FAILED, (finding,)),
        Result(CHAT, "plain", "chat.x", Level.MUST, Outcome.PASSED),
    )
    target = Target("http://t.test/v1", "m")
    return Run(Suite("1", "x"), target, "openai", "p", "2026-01-01T00:00:00Z", 1.0, 2, results, wires)


def on(width: int, terminal: bool = True) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    plain = {"markup": False, "highlight": False, "emoji": False}
    return Console(file=out, width=width, force_terminal=terminal, color_system=None, **plain), out  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "text", [WIDE, "word " * 90, "x" * 900, EVIL * 30], ids=["wide", "words", "long", "evil"]
)
def test_nothing_is_wider_than_the_terminal(width: int, text: str) -> None:
    run = a_run(a_wire(text), a_wire(text, "plain", body=text, frames=()), text=text)
    out, said = on(width)
    show_run(run, out, verbose=2, again=["--base-url http://t.test/v1", "--profile zumik", "--model m"])
    show_case(run, out, f"{CHAT}/stream", 1, verbose=1)
    assert max(map(cell_len, said.getvalue().splitlines())) <= width
    assert not set("\x1b\x07\r\u202e\ud800") & set(said.getvalue())


def test_wide_text_fills_its_lines_and_loses_nothing() -> None:
    lines = paragraph(WIDE, 60, indent=2, hang=4)
    assert max(map(cell_len, lines)) in (59, 60)
    assert "".join(lines).replace(" ", "") == WIDE.replace(" ", "")
    assert [line[:6].isspace() for line in lines] == [False, *[True] * (len(lines) - 1)]
    assert "".join(line[4 * (at > 0) :] for at, line in enumerate(folded(WIDE, 61, 4))) == WIDE


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("aa bb", ["  aa bb"]),
        ("label   value", ["  label   value"]),
        ("aaaaaaaaa bbbbbbbbbb ccc", ["  aaaaaaaaa", "    bbbbbbbbbb ccc"]),
        ("a" * 25, ["  " + "a" * 18, "    " + "a" * 7]),
        ("b " + "a" * 25, ["  b " + "a" * 16, "    " + "a" * 9]),
        ("   ", []),
    ],
)
def test_a_paragraph_breaks_at_blanks_and_hangs(text: str, lines: list[str]) -> None:
    assert paragraph(text, 20, indent=2, hang=2) == lines


def test_what_is_piped_keeps_the_lines_of_an_exchange_whole() -> None:
    out, said = on(60, terminal=False)
    show_wire(out, a_wire("x" * 500))
    assert f"< 0.250 s  #0  delta  {'x' * 500}\n" in said.getvalue()
    assert f'>   "input": "{"x" * 500}"\n' in said.getvalue()


def test_an_exchange_shows_heads_frames_and_the_one_that_is_objected_to() -> None:
    out, said = on(80)
    finding = Finding("chat.x", Level.MUST, "no", frame=1)
    show_wire(out, a_wire(frames_left_out=1200, failure="cut off", attempts=2), [finding])
    assert said.getvalue() == (
        "chat.completions.create::stream\n"
        "> POST http://t.test/v1/x\n> Content-Type: text/event-stream\n> X-Odd: x\n>\n"
        '> {\n>   "input": "x"\n> }\n\n'
        "< HTTP 200  (first byte 0.125 s, whole 0.750 s, 2 attempts)\n"
        "< Content-Type: text/event-stream\n< X-Odd: x\n<\n"
        "< 0.250 s  #0  delta  x\n! 0.500 s  #1 (chat.x)  [DONE]\n"
        "< … 1,200 frames more, left out here\n! cut off\n\n"
    )


def test_sound_is_not_poured_into_the_terminal_and_broken_text_is() -> None:
    out, said = on(80)
    sound = "\ufffd\ufffdD\x00\x00"
    heads = (("content-type", "audio/mpeg"),)
    show_wire(out, replace(a_wire(), frames=(), body=sound, response_headers=heads))
    assert "<\n< (audio/mpeg, no text)\n" in said.getvalue()
    show_wire(out, replace(a_wire(), frames=(), body=sound))
    assert "<\n< \ufffd\ufffdD\\x00\\x00\n" in said.getvalue()


def test_hostile_text_of_an_exchange_is_shown_as_escapes() -> None:
    out, said = on(200)
    show_wire(out, a_wire(EVIL))
    assert "\\x1b[31m[red]\\x07\\r\\u202e\\ud800" in said.getvalue()
    assert not set("\x1b\x07\r\u202e\ud800") & set(said.getvalue())


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ('{"a":1.0,"a":1e400}', '{\n  "a": 1.0,\n  "a": 1e400\n}'),
        ('{"v":[1, -2.5,3e9],"w":[],"x":{},"y":[[1],[]]}',
         '{\n  "v": [1, -2.5,3e9],\n  "w": [],\n  "x": {},\n  "y": [\n    [1],\n    []\n  ]\n}'),
        ('["}\\"],{",null]', '[\n  "}\\"],{",\n  null\n]'),
        ('{"a":', '{"a":'),
        ('"text"', '"text"'),
        ("[" * 5_000, "[" * 5_000),
        (f'[{"9" * 5_000}]', f'[{"9" * 5_000}]'),
    ],
)  # fmt: skip
def test_json_is_laid_out_and_no_literal_or_key_changed(text: str, laid_out: str) -> None:
    assert indented(text) == laid_out


COLOUR = "\x1b[1;31mdeviates"


@pytest.mark.parametrize(
    ("environ", "terminal", "option", "coloured"),
    [
        ({}, True, "auto", True),
        ({}, False, "auto", False),
        ({"NO_COLOR": "1"}, True, "auto", False),
        ({"NO_COLOR": ""}, True, "auto", True),
        ({"FORCE_COLOR": "1"}, False, "auto", True),
        ({"FORCE_COLOR": ""}, False, "auto", False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, "auto", False),
        ({"TERM": "dumb"}, True, "auto", False),
        ({"NO_COLOR": "1"}, False, "always", True),
        ({"TERM": "dumb"}, False, "always", True),
        ({"FORCE_COLOR": "1"}, True, "never", False),
    ],
)
def test_colour_is_where_it_is_wanted(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environ: dict[str, str],
    terminal: bool,
    option: str,
    coloured: bool,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    show_run(a_run(a_wire()), console(option), verbose=1, again=[])
    said = capsys.readouterr().out
    assert (COLOUR in said) is coloured
    assert ("\x1b" in said) is coloured


def test_how_to_send_a_case_again_is_told_as_a_shell_takes_it() -> None:
    out, said = on(60)
    show_run(a_run(), out, again=["--base-url http://t.test/v1", "--profile 'my own.yaml'"])
    assert (
        "  again: slashv1 replay chat.completions.create::stream \\\n"
        "    --base-url http://t.test/v1 --profile 'my own.yaml'\n"
    ) in said.getvalue()
    show_run(a_run(), out)
    assert said.getvalue().count("again: ") == 1


SELECT = ("--select", "models.list::plain", "--select", "chat.completions.create::plain")


def test_quiet_is_one_line_whether_it_conforms_or_deviates_and_nothing_on_stderr(
    call: Call, tmp_path: Path
) -> None:
    code, out, err = call("check", *SELECT, "-q", "--html", "a.html", "--save-exchanges", "e.gz")
    assert (code, out.count("\n"), err) == (0, 1, "")
    assert out.startswith("conforms: ")
    assert {path.name for path in tmp_path.iterdir()} == {"a.html", "e.gz"}
    with raw_server(with_models(lambda *_: reply({}))) as server:
        code, out, err = call("check", "--base-url", server.base_url, *SELECT, "-q")
    assert (code, out.count("\n"), err) == (1, 1, "")
    assert out.startswith("deviates: ")


def test_quiet_with_a_baseline_says_what_came_of_the_comparison(call: Call) -> None:
    call("check", *SELECT, "-q", "--report-json", "old.json")
    with raw_server(with_models(lambda *_: reply({}))) as server:
        code, out, err = call("check", "--base-url", server.base_url, *SELECT, "-q", "--baseline", "old.json")
    assert (code, out.count("\n"), err) == (1, 1, "")
    assert "regress" in out


def test_verbose_shows_the_cases_that_deviate_and_twice_verbose_all(call: Call) -> None:
    with raw_server(with_models(lambda *_: reply({"odd": "\x1b[31m\u202e"}))) as server:
        target = ("check", "--base-url", server.base_url, "--api-key", "sk-my-own-key", *SELECT)
        said = {mode: call(*target, *mode)[1] for mode in ((), ("-v",), ("-vv",))}
    assert [text.count("\n> POST ") for text in said.values()] == [0, 1, 1]
    assert said["-vv",].count("\n> GET ") == 1
    assert "\n> Authorization: [redacted]\n" in said["-v",]
    assert '\n<   "odd": "\\u001b[31m\\u202e"\n' in said["-v",]
    assert all("sk-my-own-key" not in text and "\x1b" not in text for text in said.values())


def test_less_and_more_do_not_go_together(call: Call) -> None:
    code, out, err = call("check", "-q", "-v")
    assert (code, out, err) == (2, "", "slashv1: --quiet and --verbose: give one of them\n")
