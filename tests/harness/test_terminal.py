"""What a run says in a terminal: at 80 columns, with nothing of the target's left raw, nothing hidden."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from slashv1.harness.capture import Event
from slashv1.harness.grouping import deviating, ranges, unjudged
from slashv1.harness.plan import make_plan
from slashv1.harness.printable import printable
from slashv1.harness.terminal import progress, show_plan, show_run
from slashv1.matrix import Profile
from slashv1.record import Finding, Level, Outcome, Result, Run, Suite, Target
from tests.harness.readings import a_case

CHAT = "chat.completions.create"


def a_finding(check="chat.x", level=Level.MUST, **said):
    return Finding(check, level, **{"message": "it deviates", **said})


def a_result(case, outcome, *findings, operation=CHAT, cause=None):
    level = Level.SHOULD if outcome is Outcome.WARNED else Level.MUST
    check = findings[0].check if findings else "http.status"
    return Result(operation, case, check, level, outcome, findings, cause)


def a_run(*results, **more):
    given = {"notes": ("a note",), **more}
    return Run(
        Suite("1", "x"),
        Target("http://127.0.0.1:1/v1", "tiny-chat", "tiny-embed"),
        "openai",
        "plan",
        "2026-01-01T00:00:00Z",
        1.25,
        7,
        results,
        **given,
    )


def shown(run, width=80, **console):
    out = io.StringIO()
    show_run(run, Console(file=out, width=width, markup=False, highlight=False, emoji=False, **console))
    return out.getvalue()


OPERATION = "responses.input_tokens.count"
EVERY = a_run(
    *(
        a_result(
            f"case-{outcome}",
            outcome,
            *([a_finding()] if outcome in ("failed", "warned") else []),
            operation=OPERATION,
        )
        for outcome in Outcome
    )
)


def test_every_outcome_has_its_column_and_its_count():
    text = shown(EVERY)
    head = next(line for line in text.splitlines() if "operation" in line)
    heads = ["pass", "fail", "warn", "note", "unsup", "incon", "skip", "waiv", "unwv", "err"]
    assert head.split() == ["operation", *heads]
    row = next(line for line in text.splitlines() if line.strip().startswith(OPERATION))
    assert row.split() == [OPERATION, *["1"] * 10]


def test_outcomes_that_did_not_happen_take_no_column():
    head = next(
        line for line in shown(a_run(a_result("a", Outcome.PASSED))).splitlines() if "operation" in line
    )
    assert head.split() == ["operation", "pass", "fail", "warn"]


@pytest.mark.parametrize("width", [80, 60, 132])
def test_no_line_is_wider_than_the_terminal(width):
    long = a_finding(message="word " * 50 + "x" * 200, expected="e" * 300, actual="a b " * 99)
    run = a_run(a_result("c", Outcome.FAILED, long), *EVERY.results, notes=("n " * 99,))
    assert max(map(len, shown(run, width).splitlines())) <= width


def test_a_failure_is_shown_with_expected_against_actual_and_its_place():
    finding = a_finding(
        expected="null", actual='""', pointer="/choices/0/finish_reason", frame=3, offset=1204
    )
    text = shown(a_run(a_result("stream", Outcome.FAILED, finding)))
    assert "MUST chat.x: failed in 1 case" in text
    assert '  it deviates\n    expected null\n    actual   ""\n' in text
    where = "at choices[0].finish_reason of frame 3 (byte 1,204) in chat.completions.create: stream"
    assert where in " ".join(text.split())


def test_why_a_check_matters_is_told_with_it_and_whom_it_breaks():
    words = {"chat.x": {"title": "T", "why": "Clients\nstop.\n\nMore.", "clients": "LangChain, Codex"}}
    run = replace(a_run(a_result("a", Outcome.FAILED, a_finding())), titles=words)
    assert "failed in 1 case\n  Clients stop.\n  Known to break: LangChain, Codex.\n  it deviates\n" in shown(
        run
    )


def test_the_same_deviation_in_many_cases_is_said_once_and_no_case_is_left_out():
    names = [f"case-{number}" for number in range(40)]
    others = [a_result(f"other-{number}", Outcome.PASSED) for number in range(9)]
    text = shown(a_run(*(a_result(name, Outcome.FAILED, a_finding()) for name in names), *others))
    assert text.count("it deviates") == 1
    assert "failed in 40 cases" in text
    words = text.replace(",", " ").split()
    assert all(name in words for name in names)


def test_different_deviations_of_one_check_are_all_said():
    findings = [a_finding(message=f"deviation {number}") for number in range(20)]
    text = shown(a_run(a_result("a", Outcome.FAILED, *findings)))
    assert all(f"deviation {number}\n" in text for number in range(20))


def test_what_a_check_has_to_say_beside_its_findings_is_said():
    result = a_result("a", Outcome.FAILED, a_finding(), cause="reported by chat.y")
    assert "  reported by chat.y (in chat.completions.create: a)\n" in shown(a_run(result))


def test_failures_come_before_warnings():
    groups = deviating(
        [
            a_result("a", Outcome.WARNED, a_finding("chat.warned", Level.SHOULD)),
            a_result("b", Outcome.FAILED, a_finding("chat.failed")),
        ]
    )
    assert [group.check for group in groups] == ["chat.failed", "chat.warned"]


def test_what_was_not_judged_is_told_with_its_cause_errors_first():
    results = [
        a_result("a", Outcome.SKIPPED, cause="a step failed"),
        a_result("b", Outcome.SKIPPED, cause="a step failed"),
        a_result("c", Outcome.ERROR, cause="the target is gone"),
    ]
    assert [(group.outcome, group.count) for group in unjudged(results)] == [("error", 1), ("skipped", 2)]
    text = shown(a_run(*results))
    assert "skipped, 2 checks: a step failed" in text
    assert "in chat.completions.create: a, b" in text


def test_cases_are_told_as_all_of_their_operation_where_they_are():
    def told(failed, passed):
        bad = [a_result(name, Outcome.FAILED, a_finding()) for name in failed]
        (group,) = deviating([*bad, *(a_result(name, Outcome.PASSED) for name in passed)])
        return group.kinds[0].places

    assert told("abcdef", "") == (f"in {CHAT}: all 6 cases",)
    assert told("abcdef", "xyz") == (f"in {CHAT}: all 9 cases but x, y, z",)
    assert told("abcdef", "wxyz") == (f"in {CHAT}: a, b, c, d, e, f",)
    assert told("abcde", "") == (f"in {CHAT}: a, b, c, d, e",)


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (a_run(a_result("a", Outcome.PASSED)), "conforms: 1 passed; 7 requests, 1.2 s"),
        (a_run(a_result("a", Outcome.PASSED), a_result("b", Outcome.FAILED, a_finding())), "deviates: "),
        (a_run(), "not learnt: no results"),
        (a_run(a_result("a", Outcome.PASSED), interrupted=True), "interrupted: 1 passed"),
        (a_run(a_result("a", Outcome.PASSED), strict=True), "(strict: a SHOULD counts)"),
    ],
)
def test_the_last_line_is_the_verdict(run, word):
    assert word in shown(run).splitlines()[-1]


def test_notes_and_target_stand_on_top():
    lines = shown(a_run(a_result("a", Outcome.PASSED))).splitlines()
    assert lines[0] == "http://127.0.0.1:1/v1, profile openai, tiny-chat, tiny-embed"
    assert lines[1] == "  note: a note"


def test_nothing_of_a_target_reaches_the_terminal_raw():
    evil = "\x1b[31m[red]\x07\r\u202e\ud800"
    run = a_run(
        a_result("a", Outcome.FAILED, a_finding(message=evil, expected=evil, actual=evil, header=evil)),
        a_result("b", Outcome.SKIPPED, cause=evil),
        notes=(evil,),
    )
    text = shown(run)
    assert not set("\x1b\x07\r\u202e\ud800") & set(text)
    assert "\\x1b[31m[red]\\x07\\r\\u202e\\ud800" in text


def test_colour_is_for_terminals_and_no_color_is_honoured(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in shown(EVERY)
    assert "\x1b[3" in shown(EVERY, force_terminal=True, color_system="standard", legacy_windows=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in shown(EVERY, force_terminal=True, color_system="standard", legacy_windows=False)


def test_progress_is_for_terminals_alone(capsys):
    with progress(3) as on_event:
        assert on_event is None
    assert capsys.readouterr().err == ""


def test_progress_shows_the_case_that_is_under_way(monkeypatch, capsys):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress(3) as on_event:
        on_event(Event("answered", 1, 3, "chat.completions.create/plain\x1b[31m"))
    said = capsys.readouterr().err
    assert "1/3" in said
    assert "chat.completions.create/plain\\x1b[31m" in said


def test_a_plan_is_shown_with_requests_tokens_and_items(capsys):
    plan = make_plan((a_case(name="one", messages=[], max_tokens=3), a_case(name="two")), Profile("t"))
    show_plan(plan)
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[:-3]] == [item.id for item in plan.items]
    assert lines[-3].startswith(f"{len(plan.items)} items of 2 cases, hash ")
    assert lines[-2] == "2 requests and 1 for the preflight"
    assert lines[-1].startswith(f"at most {plan.max_tokens} tokens")
    assert "of 1 case without a limit" in lines[-1]


def test_a_plan_tells_what_may_be_sent_again_and_what_is_not_sent(capsys):
    coy = replace(a_case(name="coy", messages=[], max_tokens=3), cooperative=True, tries=3)
    show_plan(make_plan((coy, replace(a_case(name="spent", messages=[]), provoke="quota")), Profile("t")))
    *_, sent, tokens, again, left = capsys.readouterr().out.splitlines()
    assert sent == "1 request and 1 for the preflight"
    assert tokens.startswith("at most ")
    assert again.startswith("up to 2 more requests and ")
    assert again.endswith("where the model does not play along and is asked again")
    assert left.startswith("not sent: chat.completions.create/spent, profile t does not say how")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([4], "4"), ([1, 2], "1, 2"), ([5, 1, 2, 3, 3, 9, 10], "1–3, 5, 9, 10")],
)
def test_runs_of_frames_are_drawn_together(numbers, text):
    assert ranges(numbers) == text


@pytest.mark.parametrize(
    ("text", "limit", "safe"),
    [
        ("plain — ünïcode 日本 🎉", None, "plain — ünïcode 日本 🎉"),
        ("a\tb\nc", None, "a\\tb\\nc"),
        ("\x00\x7f\x9b\u2028\ufeff\udfff", None, "\\x00\\x7f\\x9b\\u2028\\ufeff\\udfff"),
        ("abcdef", 4, "abc…"),
    ],
)
def test_what_is_no_plain_character_is_shown_as_its_escape(text, limit, safe):
    assert printable(text, limit) == safe


def test_one_deviation_at_many_indices_and_events_is_said_once():
    spots = [
        a_finding(
            message=f"choices[{place}].id is unknown (event {place + 40} and 2 more)",
            expected="no such key",
            actual=str(place),
            pointer=f"/choices/{place}/id",
            frame=place + 40,
        )
        for place in range(9)
    ]
    run = a_run(a_result("a", Outcome.FAILED, *spots), a_result("b", Outcome.FAILED, spots[0]))
    text = shown(run)
    assert text.count("is unknown") == 1
    assert "choices[*].id is unknown\n" in text
    assert "actual   0 (and 8 other values)" in text
    assert f"at choices[*].id in {CHAT}: a, b" in text


def test_the_same_said_of_many_fields_is_one_line_with_all_of_them():
    names = [f"field_{letter}" for letter in "abcdef"]
    spots = [a_finding(message=f"{name} is missing", actual="absent", pointer=f"/{name}") for name in names]
    text = shown(a_run(*(a_result(case, Outcome.FAILED, *spots) for case in "xy")))
    assert text.count("is missing") == 1
    assert "  … is missing\n    actual   absent\n    at field_a; field_b;" in text
    assert " ".join(text.split()).count(f"at {'; '.join(names)} in {CHAT}: x, y") == 1


def test_ids_times_and_numbers_of_others_make_no_deviation_of_their_own():
    spots = [
        a_finding(message=f'id is "{place:09x}" at {17e8 + place:.0f} and in {place} more', pointer="/id")
        for place in range(1, 9)
    ]
    text = shown(a_run(*(a_result(f"case-{spot.message[9:14]}", Outcome.FAILED, spot) for spot in spots)))
    assert text.count("id is") == 1
    assert "  id is … at … and in … more\n" in text


def test_the_event_is_named_where_there_is_but_one():
    one, other = (a_finding(message=f"x is wrong (event {at})", pointer="/x", frame=at) for at in (4, 7))
    assert "x is wrong (event 4)\n" in shown(a_run(a_result("a", Outcome.FAILED, one)))
    text = shown(a_run(a_result("a", Outcome.FAILED, one, other)))
    assert text.count("x is wrong\n") == 1
    assert f"at x of frame 4, 7 in {CHAT}: a" in text


def test_a_few_wordings_are_told_apart():
    spots = [
        a_finding(message=f"choices[{place}] is wrong", pointer=f"/choices/{place}") for place in range(3)
    ]
    text = shown(a_run(a_result("a", Outcome.FAILED, *spots)))
    assert [f"choices[{place}] is wrong" in text for place in range(3)] == [True] * 3
