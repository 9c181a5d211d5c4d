"""The checks of the header signals: where each objects, and what it lets pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.judge.engine import checks, items_of, judge
from slashv1.harness.judge.signals import GRAMMARS
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, load_matrix, load_profile
from slashv1.record import Outcome
from tests.harness.chat_answers import completion
from tests.harness.readings import a_reading, deviations, ids_of, sse

BY_ID = {case.id: case for case in load_matrix()}
CHAT = "chat.completions.create"
PLAIN = BY_ID[f"{CHAT}/plain"]
ZUMIK, OPENAI = load_profile("zumik"), load_profile("openai")
TOPICS = ("signals", "signals_pairs", "signals_replays", "signals_beside")
GOOD = {
    "agent-trace-id": "trc_01jy7n3q8v",
    "agent-execution-profile": "byok",
    "agent-resolved-provider": "anthropic",
    "agent-region": "eu-west-1",
    "agent-qos-admission": "admitted",
    "agent-qos-target-met": "true",
    "agent-qos-fallback-used": "false",
    "agent-idempotent-replay": "false",
    "agent-hints-honored": "qos, reuse",
}
ERROR = {"error": {"message": "No.", "type": "x", "param": None, "code": None}}
STREAM = sse({"id": "chatcmpl-rsp_1", "model": "m", "choices": []}, done=True)


def case(name: str, operation: str = CHAT) -> Case:
    return BY_ID[f"{operation}/{name}"]


def answered(
    name: str, headers: Mapping[str, str] | None = None, body: Any = None, operation: str = CHAT, **more: Any
) -> Reading:
    """A case of the matrix with its answer: a plain completion with good headers unless told otherwise."""
    one = case(name, operation)
    said = body if body is not None else STREAM if one.stream else completion()
    more = {"status": one.expect.status[0], **more}
    return a_reading(one, said, headers=GOOD if headers is None else headers, **more)


def but(**changes: str | None) -> dict[str, str]:
    renamed = {f"agent-{name.replace('_', '-')}": value for name, value in changes.items()}
    return {name: value for name, value in {**GOOD, **renamed}.items() if value is not None}


def whole(**changes: Any) -> dict[str, Any]:
    return {**completion(), **changes}


def first(name: str, **more: Any) -> dict[str, Reading]:
    return {f"{CHAT}/{name}": answered(name, **more)}


def cached(tokens: int, prompt: int = 1_500) -> dict[str, Any]:
    usage = {"prompt_tokens": prompt, "prompt_tokens_details": {"cached_tokens": tokens}}
    return whole(usage=usage)


def usage(name: str, body: Any, status: int) -> Reading:
    before = {f"{CHAT}/plain": a_reading(PLAIN, completion(), headers=GOOD)}
    return answered(name, {}, body, "gateway.usage", status=status, others=before)


def code(name: str, value: str | None) -> Reading:
    return answered(name, body={"error": {**ERROR["error"], "code": value}})


MINE, YOURS = whole(id="chatcmpl-rsp_1"), whole(id="chatcmpl-rsp_2")
REPLAY = but(idempotent_replay="true")
OTHER_TRACE = but(trace_id="trc_other")
RECORD = {"data": [{"trace": GOOD["agent-trace-id"]}]}
OBJECTS: list[tuple[str, Reading, str]] = [
    ("signals.trace-id", answered("signals-inline", but(trace_id="01jy")), "01jy"),
    ("signals.trace-id", a_reading(PLAIN, ERROR, status=400, headers=but(trace_id="req_1")), "req_1"),
    ("signals.execution-profile", answered("signals-stream", but(execution_profile="BYOK")), "BYOK"),
    ("signals.resolved-provider", answered("signals-inline", but(resolved_provider="Open AI")), "Open AI"),
    ("signals.region", answered("signals-inline", but(region="")), '\\"\\"'),
    ("signals.qos-admission", answered("signals-inline", but(qos_admission="1")), "1"),
    ("signals.qos-target-met", answered("signals-inline", but(qos_target_met="True")), "True"),
    ("signals.qos-fallback-used", answered("signals-inline", but(qos_fallback_used="no")), "no"),
    ("signals.idempotent-replay", answered("idempotent-again", but(idempotent_replay="yes")), "yes"),
    ("signals.hints-honored", answered("signals-inline", but(hints_honored="qos;reuse")), "qos;reuse"),
    ("signals.present", answered("signals-inline", but(trace_id=None)), "absent: Agent-Trace-Id"),
    ("signals.present", answered("signals-stream", {}), "Agent-Execution-Profile, Agent-Resolved-Provider"),
    ("signals.region-told", answered("signals-inline", but(region=None)), "Agent-Region"),
    ("signals.error-trace", answered("trace-mode-unknown", {}, ERROR), "Agent-Trace-Id"),
    ("signals.qos-told", answered("signals-inline", but(qos_fallback_used=None)), "Fallback-Used"),
    ("signals.hints-told", answered("signals-stored", but(hints_honored=None)), "Hints-Honored"),
    ("signals.hints-told", answered("signals-inline", but(hints_honored="qos,safety")), "names safety"),
    (
        "signals.same-shape",
        answered("signals-inline", body=whole(agent={}), others=first("plain")),
        "is not in the recorded answer",
    ),
    (
        "signals.trace-unique",
        answered("idempotent-stranger", others=first("idempotent-first")),
        "the same as that of",
    ),
    ("signals.model-echo", answered("alias", body=whole(model="gpt"), asked={"model": "fast"}), "gpt"),
    ("signals.cached-fresh", answered("prefix-first", body=cached(8)), "new beginning"),
    ("signals.cached-prefix", answered("prefix-again", body=cached(0)), "none shows as cached"),
    (
        "signals.replay-body",
        answered("idempotent-again", REPLAY, YOURS, others=first("idempotent-first", body=MINE)),
        "differs from that of the first",
    ),
    (
        "signals.replay-told",
        answered("idempotent-again", GOOD, MINE, others=first("idempotent-first", body=MINE)),
        "is not true",
    ),
    ("signals.replay-first", answered("idempotent-first", REPLAY), "not sent before"),
    ("signals.replay-first", answered("signals-stream", REPLAY), "not sent before"),
    (
        "signals.replay-scope",
        answered("idempotent-stranger", REPLAY, MINE, others=first("idempotent-first", body=MINE)),
        "another account",
    ),
    ("signals.once", answered("once-a", body=MINE, others=first("once-b", body=YOURS)), "another answer"),
    ("signals.error-code", code("no-credits", None), "credits_required"),
    ("signals.error-code", code("deadline", "timeout"), "deadline_exceeded"),
    ("signals.usage-found", usage("own", {"data": []}, 200), "does not show"),
    ("signals.usage-found", usage("own", RECORD, 404), "status 404"),
    ("signals.usage-scope", usage("stranger", RECORD, 200), "to another account"),
    ("signals.usage-key", usage("no-key", {"data": []}, 200), "without a key"),
]
PASSES: list[tuple[str, Reading]] = [
    *((f"signals.{name.removeprefix('Agent-').lower()}", answered("signals-inline")) for name in GRAMMARS),
    *(
        (f"signals.{name.removeprefix('Agent-').lower()}", answered("signals-stream", {}))
        for name in GRAMMARS
    ),
    ("signals.present", answered("signals-stream")),
    ("signals.region-told", answered("signals-inline")),
    ("signals.error-trace", answered("trace-mode-unknown", body=ERROR)),
    ("signals.qos-told", answered("signals-inline")),
    ("signals.hints-told", answered("signals-inline", but(hints_honored="qos"))),
    ("signals.hints-told", answered("signals-stored", but(hints_honored="routing"))),
    ("signals.same-shape", answered("signals-inline", body=whole(id="other"), others=first("plain"))),
    (
        "signals.trace-unique",
        answered("idempotent-stranger", OTHER_TRACE, others=first("idempotent-first")),
    ),
    ("signals.trace-unique", answered("idempotent-again", REPLAY, others=first("idempotent-first"))),
    ("signals.model-echo", answered("alias", body=whole(model="fast"), asked={"model": "fast"})),
    ("signals.cached-fresh", answered("prefix-first", body=cached(0))),
    ("signals.cached-prefix", answered("prefix-again", body=cached(1_024))),
    (
        "signals.replay-body",
        answered("idempotent-again", REPLAY, MINE, others=first("idempotent-first", body=MINE)),
    ),
    (
        "signals.replay-told",
        answered("idempotent-again", REPLAY, MINE, others=first("idempotent-first", body=MINE)),
    ),
    ("signals.replay-first", answered("idempotent-first", but(idempotent_replay=None))),
    (
        "signals.replay-scope",
        answered("idempotent-stranger", GOOD, YOURS, others=first("idempotent-first", body=MINE)),
    ),
    ("signals.once", answered("once-a", body=MINE, others=first("once-b", body=MINE))),
    ("signals.error-code", code("no-credits", "credits_required")),
    ("signals.usage-found", usage("own", RECORD, 200)),
    ("signals.usage-scope", usage("stranger", ERROR, 404)),
    ("signals.usage-scope", usage("stranger", {"data": []}, 200)),
    ("signals.usage-key", usage("no-key", ERROR, 401)),
]


@pytest.mark.parametrize(("check", "reading", "said"), OBJECTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_defect_is_told(check: str, reading: Reading, said: str) -> None:
    (found, *_) = deviations(check, reading)
    assert said in json.dumps(found.message) + json.dumps(found.expected)


@pytest.mark.parametrize(("check", "reading"), PASSES, ids=lambda v: v if isinstance(v, str) else "")
def test_what_is_right_passes(check: str, reading: Reading) -> None:
    assert deviations(check, reading) == []


def test_every_check_is_shown_to_object_and_to_pass() -> None:
    assert {row[0] for row in OBJECTS} == {row[0] for row in PASSES} == ids_of(*TOPICS)


def test_a_header_that_is_sent_twice_is_told() -> None:
    twice = [*GOOD.items(), ("Agent-Region", "us-east-1")]
    (found,) = deviations("signals.region", a_reading(case("signals-inline"), completion(), headers=twice))
    assert "sent 2 times" in found.message


@pytest.mark.parametrize(
    ("check", "reading"),
    [
        ("signals.cached-prefix", answered("prefix-again", body=cached(0, prompt=900))),
        ("signals.cached-fresh", answered("prefix-first", body={})),
        ("signals.same-shape", answered("signals-inline")),
        ("signals.replay-body", answered("idempotent-again")),
        ("signals.once", answered("once-a")),
    ],
)
def test_what_cannot_be_told_is_inconclusive(check: str, reading: Reading) -> None:
    with pytest.raises(Inconclusive):
        deviations(check, reading)


def test_only_a_profile_that_asks_for_signals_has_their_checks() -> None:
    inline = case("signals-inline")
    assert items_of(inline, OPENAI) == []
    assert {item.check.id for item in items_of(PLAIN, OPENAI)} & ids_of(*TOPICS) == set()
    assert {item.check.id for item in items_of(inline, ZUMIK)} & ids_of(*TOPICS)
    assert {check.within for check in checks().values() if check.id in ids_of(*TOPICS)} == {"signals"}


def test_what_lies_beside_v1_is_asked_by_its_own_checks_alone() -> None:
    asked = {
        i.check.id for n in ("own", "stranger", "no-key") for i in items_of(case(n, "gateway.usage"), ZUMIK)
    }
    assert asked == {"signals.usage-found", "signals.usage-scope", "signals.usage-key"}


def test_two_answers_with_one_id_are_none_where_one_replays_the_other() -> None:
    others = first("idempotent-first", body=MINE)
    again = answered("idempotent-again", REPLAY, MINE, others=others)
    assert deviations("chat.id-unique", again) == []
    stranger = answered("idempotent-stranger", REPLAY, MINE, others=others)
    assert len(deviations("chat.id-unique", stranger)) == 1


EXAMPLE = (
    '{"id":"chatcmpl-rsp_01jy7n3q8v6m4k2x","object":"chat.completion","created":1750000123,"model":"code.fast",'
    '"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"usage":'
    '{"prompt_tokens":27,"completion_tokens":12,"total_tokens":39,"prompt_tokens_details":{"cached_tokens":8}}}'
)
_HEAD = '"id":"chatcmpl-rsp_01jy","object":"chat.completion.chunk","created":1750000123,"model":"code.fast"'
_BILL = (
    '{"prompt_tokens":18,"completion_tokens":9,"total_tokens":27,"prompt_tokens_details":{"cached_tokens":0}}'
)
FRAMES = (
    f'{{{_HEAD},"choices":[{{"index":0,"delta":{{"role":"assistant"}}}}]}}',
    f'{{{_HEAD},"choices":[{{"index":0,"delta":{{"content":"The bound should be "}}}}]}}',
    f'{{{_HEAD},"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}',
    f'{{{_HEAD},"choices":[],"usage":{_BILL}}}',
    "[DONE]",
)
HEADERS = {
    "x-request-id": "req_" + "0" * 32,
    "openai-version": "2020-10-01",
    "openai-processing-ms": "9",
    **GOOD,
}
SPARE = {"chat.message.refusal-key", "chat.stream.finish-present", "chat.stream.usage-null"}
"""What an example leaves away that genuine OpenAI always sends."""


@pytest.mark.parametrize(("name", "body"), [("plain", EXAMPLE), ("stream-usage", sse(*FRAMES))])
@pytest.mark.parametrize("profile", [ZUMIK, OPENAI], ids=lambda profile: profile.name)
def test_the_gateways_own_wire_examples_raise_nothing(name: str, body: str, profile) -> None:
    one = replace(case(name), beside=())
    asked = {**one.asked, "model": "code.fast"}
    headers = {name: value for name, value in HEADERS.items() if name != "agent-idempotent-replay"}
    limits = {
        f"x-ratelimit-{part}-{what}": "1ms" if part == "reset" else "1"
        for part in ("limit", "remaining", "reset")
        for what in ("requests", "tokens")
    }
    made = a_reading(one, body, headers={**headers, **limits}, asked=asked)
    reading = replace(made, exchange=replace(made.exchange, sent_at=1_750_000_123.0))
    results = judge(items_of(one, profile), reading, profile)
    told = {r.check for r in results if r.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.ERROR)}
    assert told <= (SPARE if profile is OPENAI else set())
