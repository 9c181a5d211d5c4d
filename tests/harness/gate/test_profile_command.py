"""`slashv1 profile`, and what a profile's new keys do to a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slashv1.harness.cli import main
from slashv1.harness.commands.options import settled
from slashv1.harness.judge.engine import items_of
from slashv1.harness.run_record import known_of
from slashv1.matrix import ExpectedError, Known, Profile, load_profile
from tests.harness.chat_answers import chunk, completion, part
from tests.harness.readings import a_case, a_reading, deviations, sse
from tests.reports import sample

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def test_what_init_writes_is_without_objection_commented_or_not(call: Call, tmp_path: Path) -> None:
    assert call("profile", "init", "ours.yaml", "--extends", "openai")[0] == 0
    assert call("profile", "lint", "ours.yaml") == (0, "ours.yaml: no objection\n", "")
    text = (tmp_path / "ours.yaml").read_text()
    lines = [line.removeprefix("# ") for line in text.splitlines() if _is_yaml(line)]
    (tmp_path / "whole.yaml").write_text("\n".join(lines))
    assert call("profile", "lint", "whole.yaml")[:2] == (0, "whole.yaml: no objection\n")
    told = json.loads(call("profile", "show", "whole.yaml", "--json")[1])
    assert told["extensions"] == ["reasoning_content", "usage.cost"]
    assert told["levels"]["error.code"] == "MUST"
    code, _, err = call("profile", "init", "ours.yaml")
    assert code == 2
    assert "--force overwrites" in err


def _is_yaml(line: str) -> bool:
    bare = line.removeprefix("# ")
    return not line.startswith("#") or bare.startswith((" ", "-")) or bare.split(":")[0].isidentifier()


def test_lint_names_every_line_that_leads_nowhere(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "capabilities: [plain, tolls]\nlevels:\n  heders.*: MAY\nknown:\n"
        "  - {says: a, source: b, checks: [http.statsu]}\n"
    )
    code, out, _ = call("profile", "lint", "bad.yaml")
    assert code == 1
    assert [line.split(": ")[0] for line in out.splitlines()] == ["bad.yaml:1", "bad.yaml:3", "bad.yaml:5"]
    assert "did you mean 'tools'?" in out
    code, _, err = call("check", "--profile", "bad.yaml", "--plan")
    assert code == 2
    assert "'tolls' is no operation and no tag of the matrix; did you mean 'tools'?" in err


def test_show_lists_profiles_and_tells_of_one(call: Call) -> None:
    assert "ollama" in call("profile", "show")[1]
    out = call("profile", "show", "ollama")[1]
    assert "known of this target" in out
    assert "https://github.com/ollama/ollama/issues/17921" in out
    assert call("profile", "show", "olama")[0] == 2


def test_a_profile_says_phase_and_tier_where_no_option_does(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text("extends: openai\ntier: quick\n")
    hashes = [
        call("check", "--plan", *options)[1].split("hash ")[1].split()[0]
        for options in (
            ("--profile", "quick.yaml"),
            ("--tier", "quick"),
            ("--profile", "quick.yaml", "--tier", "standard"),
            (),
        )
    ]
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]
    assert settled({"phase": None, "tier": None}, Profile("p", phase=3)) == {"phase": 3, "tier": "standard"}


def test_what_is_known_is_told_where_a_check_that_shows_it_fails() -> None:
    profile = Profile("them", known=(Known("they do", "there", ("chat.*",)), Known("else", "there")))
    bad = sample.result(sample.CHAT, "plain", "chat.object", sample.finding("chat.object"))
    assert known_of(profile, [bad]) == ["known of them: they do (there)"]
    assert known_of(profile, [sample.result(sample.CHAT, "plain", "chat.object")]) == []


PLAIN = a_case(messages=[], model="m")
REFUSING = a_case(messages=[], model="m", status=400, error=ExpectedError())
STREAM = a_case(messages=[], model="m", stream=True)
ANSWER = completion(timings={"ms": 1}, x_cost=2)
CHUNKS = sse(chunk(part({"reasoning_content": "hm"})), chunk(part({"content": "a"}, "stop")), done=True)
REFUSED = {"error": {"message": "m", "type": "t", "param": None, "code": None, "n_ctx": 512}}


@pytest.mark.parametrize(
    ("case", "body", "check", "extensions", "left"),
    [
        (PLAIN, ANSWER, "body.unknown-field", (), 2),
        (PLAIN, ANSWER, "body.unknown-field", ("timings",), 1),
        (PLAIN, ANSWER, "body.unknown-field", ("timings", "x_*"), 0),
        (PLAIN, ANSWER, "body.unknown-field", ("usage.timings", "cost"), 2),
        (STREAM, CHUNKS, "body.unknown-field", (), 1),
        (STREAM, CHUNKS, "body.unknown-field", ("reasoning_content",), 0),
        (STREAM, CHUNKS, "body.unknown-field", ("choices.delta.reasoning_content",), 0),
        (REFUSING, REFUSED, "error.unknown-key", ("timings",), 1),
        (REFUSING, REFUSED, "error.unknown-key", ("error.n_ctx",), 0),
    ],
)
def test_fields_of_the_vendors_own_are_allowed_by_name(
    case: Any, body: Any, check: str, extensions: tuple[str, ...], left: int
) -> None:
    reading = replace(
        a_reading(case, body, status=case.expect.status[0]),
        profile=Profile("p", extensions=frozenset(extensions)),
    )
    assert len(deviations(check, reading)) == left


@pytest.mark.parametrize(
    ("check", "headers", "found"),
    [
        ("profile.headers-required", {"x-request-id": "r", "X-Tenant": "t"}, []),
        ("profile.headers-required", {"x-request-id": "r"}, ["x-tenant"]),
        ("profile.headers-forbidden", {"x-request-id": "r"}, []),
        ("profile.headers-forbidden", {"Server": "nginx", "x-vendor-cost": "1"}, ["server", "x-vendor-cost"]),
    ],
)
def test_headers_are_required_and_forbidden_by_name_or_glob(
    check: str, headers: dict[str, str], found: list[str], tmp_path: Path
) -> None:
    (tmp_path / "p.yaml").write_text(
        "headers: {required: [x-request-id, x-tenant], forbidden: [server, x-vendor-*]}\n"
    )
    profile = load_profile(tmp_path / "p.yaml")
    reading = replace(a_reading(PLAIN, completion(), headers=headers), profile=profile)
    assert [one.header for one in deviations(check, reading)] == found
    asked = {item.check.id for item in items_of(PLAIN, profile)}
    assert check in asked
    assert check not in {item.check.id for item in items_of(PLAIN, Profile("p"))}
