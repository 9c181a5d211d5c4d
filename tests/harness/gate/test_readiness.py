"""Which clients will work: what they need, judged by what was found; every statement with its source."""

from __future__ import annotations

import json

import jsonschema
import pytest

from slashv1.harness.gate.readiness import musts_of, readiness_of, with_readiness
from slashv1.harness.judge.engine import items_of
from slashv1.harness.notes.clients import Client, Need, clients
from slashv1.harness.plan import matches
from slashv1.matrix import load_matrix, load_profile
from slashv1.record import Level, Outcome, Readiness, Result, load_run
from slashv1.reports import render_html
from slashv1.reports.load import run_schema
from tests.reports import sample

CLIENT = Client(
    "it",
    "https://it.example",
    (
        Need("chat", (f"{sample.CHAT}::plain",), "https://it.example"),
        Need("tools", (f"{sample.CHAT}::tools-*",), "https://it.example", optional=True),
    ),
    tolerates=("body.unknown-*",),
)


def result(case: str, outcome: str, check: str = "chat.object", level: Level = Level.MUST) -> Result:
    found = (sample.finding(check, level),) if outcome in ("failed", "waived", "warned") else ()
    return Result(sample.CHAT, case, check, level, Outcome(outcome), found, "because")


@pytest.mark.parametrize(
    ("results", "state", "reasons"),
    [
        ([("plain", "passed"), ("tools-auto", "passed")], "READY", []),
        (
            [("plain", "passed"), ("tools-auto", "failed"), ("tools-named", "failed")],
            "READY WITH LIMITS",
            ["tools: chat.object in tools-auto, tools-named"],
        ),
        ([("plain", "failed"), ("tools-auto", "passed")], "NOT READY", ["chat: chat.object in plain"]),
        ([("plain", "waived"), ("tools-auto", "passed")], "NOT READY", ["chat: chat.object in plain"]),
        ([("plain", "unsupported"), ("tools-auto", "passed")], "NOT READY", ["chat: not offered (plain)"]),
        (
            [("plain", "passed"), ("tools-auto", "unsupported")],
            "READY WITH LIMITS",
            ["tools: not offered (tools-auto)"],
        ),
        (
            [("plain", "skipped"), ("tools-auto", "passed")],
            "NOT JUDGED",
            ["chat: not judged in this run"],
        ),
        (
            [("plain", "passed"), ("tools-auto", "skipped")],
            "READY WITH LIMITS",
            ["tools: not judged in this run"],
        ),
        ([("plain", "passed")], "READY WITH LIMITS", ["tools: not judged in this run"]),
        (
            [("system", "failed")],
            "NOT JUDGED",
            ["chat: not judged in this run", "tools: not judged in this run"],
        ),
    ],
)
def test_a_client_is_as_ready_as_what_it_needs(
    results: list[tuple[str, str]], state: str, reasons: list[str]
) -> None:
    made = readiness_of(CLIENT, musts_of(result(*one) for one in results))
    assert (made.state, list(made.reasons)) == (state, reasons)


def test_what_a_client_does_not_notice_and_what_is_no_must_do_not_count() -> None:
    passed = [result("plain", "passed"), result("tools-auto", "passed")]
    more = [result("plain", "failed", "body.unknown-field"), result("plain", "warned", level=Level.SHOULD)]
    assert readiness_of(CLIENT, musts_of(passed + more)).state is Readiness.READY


def test_every_need_of_every_client_is_judged_by_the_standard_tier() -> None:
    profile = load_profile("openai")
    ids = [item.id for case in load_matrix() if case.tier != "full" for item in items_of(case, profile)]
    idle = [
        f"{client.name}: {glob}"
        for client in clients()
        for need in client.needs
        for glob in need.items
        if not any(matches(glob, name) for name in ids)
    ]
    assert idle == []
    assert {
        "Codex",
        "openai-python",
        "openai-node",
        "LangChain",
        "Vercel AI SDK",
        "Agents SDK",
        "LlamaIndex",
    } == {client.name for client in clients()}


def test_the_record_and_the_page_show_it() -> None:
    made = with_readiness(sample.run(result("plain", "failed")))
    raw = json.loads(json.dumps(made.to_json()))
    jsonschema.Draft202012Validator(run_schema()).validate(raw)
    assert load_run(raw) == made
    assert {one.client: one.state for one in made.clients}["openai-python"] is Readiness.NOT_READY
    assert 'id="h-clients"' in render_html(made)
    del raw["clients"]
    assert load_run(raw).clients == ()
