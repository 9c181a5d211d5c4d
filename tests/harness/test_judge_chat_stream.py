"""Chat streams: one defect per row, and what genuine streams look like."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.fixtures import Failure
from slashv1.fixtures.exchange import ALL_FACETS, Facet, FailureKind
from slashv1.harness.judge.check import Deviation, Inconclusive
from slashv1.matrix import Case
from slashv1.record import Level
from tests.harness.chat_answers import FIRST, ID, TOOLS, USAGE, begun, chunk, deltas, part, piece, token
from tests.harness.readings import a_case, a_reading, deviations, ids_of, sse
from tests.harness.test_judge_chat import objecting

CASE = a_case(model="gpt-4o", stream=True)
TWO = a_case(model="gpt-4o", stream=True, n=2)
LENGTH = a_case(model="gpt-4o", stream=True, max_tokens=2, finish_reason=("length",))
USAGES = a_case(model="gpt-4o", stream=True, stream_options={"include_usage": True})
TOOLED = a_case(model="gpt-4o", stream=True, tags=["tools"], tools=TOOLS)
NAMED = a_case(
    model="gpt-4o",
    stream=True,
    tags=["tools"],
    tools=TOOLS,
    tool_choice={"type": "function", "function": {"name": "weather"}},
)
PROBABLE = a_case(model="gpt-4o", stream=True, tags=["logprobs"], logprobs=True, top_logprobs=1)
SPOKEN = a_case(
    model="gpt-4o", stream=True, modalities=["text", "audio"], stream_options={"include_usage": True}
)
HELLO = deltas({"content": "Hel"}, {"content": "lo"})
ERROR = {"error": {"message": "overloaded", "type": "server_error", "param": None, "code": None}}
TOPICS = (
    "chat",
    "chat_stream",
    "chat_deltas",
    "chat_tokens",
    "chat_finish",
    "chat_ending",
    "framing",
    "usage",
)

Wire = list[Any]


def done(*payloads: Any) -> str:
    return sse(*payloads, done=True)


def changed(place: int, **given: Any) -> list[dict[str, Any]]:
    return [{**payload, **given} if at == place else payload for at, payload in enumerate(HELLO)]


def billed(*payloads: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**payload, "usage": None} for payload in payloads] + [chunk(usage=USAGE)]


def calls(*given: dict[str, Any], finish: str = "tool_calls") -> list[dict[str, Any]]:
    return deltas(*given, finish=finish)


def probable(*tokens: dict[str, Any], text: str = "Hello") -> list[dict[str, Any]]:
    logprobs = {"content": list(tokens), "refusal": None}
    return [HELLO[0], chunk(part({"content": text}, logprobs=logprobs)), HELLO[-1]]


FINISH = "/choices/0/finish_reason"
CALL = "/choices/0/delta/tool_calls/0"
TOKEN = "/choices/0/logprobs/content/0"
OBJECTS: list[tuple[str, Case, str, int | None, str | None]] = [
    ("chat.stream.object", CASE, done(*changed(1, object="chat.completion")), 1, "/object"),
    ("chat.stream.id-constant", CASE, done(*changed(2, id="chatcmpl-2")), 2, "/id"),
    ("chat.stream.created-constant", CASE, done(*changed(2, created=1)), 2, "/created"),
    ("chat.stream.model-constant", CASE, done(*changed(3, model="gpt-4o")), 3, "/model"),
    (
        "chat.stream.fingerprint-constant",
        CASE,
        done(*changed(3, system_fingerprint="fp_2")),
        3,
        "/system_fingerprint",
    ),
    ("chat.stream.unnamed", CASE, "event: chunk\n" + done(*HELLO), 0, None),
    ("chat.stream.choices", CASE, done(chunk(), chunk()), 0, "/choices"),
    ("chat.stream.index", CASE, done(*HELLO, *deltas({"content": "x"}, index=1)), 4, "/choices/0/index"),
    ("chat.stream.role-first", CASE, done(*HELLO[1:]), 0, "/choices/0/delta/role"),
    (
        "chat.stream.role-first",
        TWO,
        done(*HELLO, chunk(part({"content": "x"}, index=1))),
        4,
        "/choices/0/delta/role",
    ),
    (
        "chat.stream.role-first",
        CASE,
        done(chunk(part({"role": "model"})), *HELLO[1:]),
        0,
        "/choices/0/delta/role",
    ),
    (
        "chat.stream.role-once",
        CASE,
        done(*HELLO[:2], chunk(part({"role": "assistant", "content": "lo"})), HELLO[-1]),
        2,
        "/choices/0/delta/role",
    ),
    (
        "chat.stream.finish-present",
        CASE,
        done(HELLO[0], chunk(part({"content": "x"}, finish_reason=...)), HELLO[-1]),
        1,
        FINISH,
    ),
    (
        "chat.stream.finish-value",
        CASE,
        done(HELLO[0], chunk(part({"content": "x"}, "")), chunk(part({"content": "y"}, "")), HELLO[-1]),
        1,
        FINISH,
    ),
    ("chat.stream.finish-value", CASE, done(*deltas({"content": "x"}, finish="eos")), 2, FINISH),
    ("chat.stream.finish", CASE, done(*HELLO[:-1]), 2, FINISH),
    ("chat.stream.finish", TWO, done(*HELLO, *deltas(index=1, finish=None)), 5, FINISH),
    ("chat.stream.finish-value", CASE, done(*HELLO[:-1], chunk(part({}, ""))), 3, FINISH),
    ("chat.stream.finish-once", CASE, done(*HELLO, HELLO[-1]), 4, FINISH),
    (
        "chat.stream.after-finish",
        CASE,
        done(*HELLO, chunk(part({"content": "!"}))),
        4,
        "/choices/0/delta",
    ),
    ("chat.stream.finish-expected", LENGTH, done(*HELLO), 3, FINISH),
    ("chat.stream.finish-tools", TOOLED, done(*calls(begun(arguments="{}"), finish="stop")), 2, FINISH),
    ("chat.stream.finish-tools", TOOLED, done(*deltas({"content": "x"}, finish="tool_calls")), 2, FINISH),
    ("chat.stream.failed", CASE, sse(*HELLO[:2], ERROR), 2, "/error"),
    ("chat.stream.error-envelope", CASE, sse(*HELLO[:2], {"error": "boom"}), 2, "/error"),
    ("chat.stream.error-envelope", CASE, sse({"error": {"message": "boom"}}), 0, "/error"),
    ("chat.stream.error-clean-end", CASE, done(*HELLO[:2], ERROR), 3, None),
    ("chat.stream.error-clean-end", CASE, sse(*HELLO[:2], ERROR, HELLO[-1]), 3, None),
    ("chat.stream.usage", USAGES, done(*HELLO), 3, "/usage"),
    ("chat.stream.usage-choices", USAGES, done(*HELLO[:-1], {**HELLO[-1], "usage": USAGE}), 3, "/choices"),
    ("chat.stream.usage-last", USAGES, done(*HELLO[:-1], chunk(usage=USAGE), HELLO[-1]), 4, ""),
    ("chat.stream.usage-null", USAGES, done(*HELLO, chunk(usage=USAGE)), 0, "/usage"),
    ("chat.stream.usage-null", USAGES, done({**HELLO[0], "usage": USAGE}, *billed(*HELLO[1:])), 0, "/usage"),
    ("chat.stream.usage-unasked", CASE, done(*HELLO, chunk(usage=USAGE)), 4, "/usage"),
    ("chat.stream.usage-unasked", CASE, done(*HELLO[:-1], {**HELLO[-1], "usage": USAGE}), 3, "/usage"),
    ("chat.stream.done", CASE, sse(*HELLO), 3, None),
    ("chat.stream.done-exact", CASE, sse(*HELLO, "[done]"), 4, None),
    ("chat.stream.done-exact", CASE, sse(*HELLO, " [DONE]"), 4, None),
    ("chat.stream.done-exact", CASE, sse(*HELLO, '"[DONE]"'), 4, None),
    ("chat.stream.done-once", CASE, done(*HELLO, "[DONE]"), 5, None),
    ("chat.stream.done-last", CASE, done(*HELLO) + sse(HELLO[-1]), 5, None),
    ("chat.stream.tools.index", TOOLED, done(*calls(begun(index=...))), 1, f"{CALL}/index"),
    ("chat.stream.tools.index", TOOLED, done(*calls(begun(index="0"))), 1, f"{CALL}/index"),
    ("chat.stream.tools.index-order", TOOLED, done(*calls(begun(1, arguments="{}"))), 1, f"{CALL}/index"),
    ("chat.stream.tools.id-first", TOOLED, done(*calls(begun(id=...), piece(0, "{}"))), 1, f"{CALL}/id"),
    ("chat.stream.tools.id-first", TOOLED, done(*calls(begun(id=""), piece(0, "{}"))), 1, f"{CALL}/id"),
    (
        "chat.stream.tools.name-first",
        TOOLED,
        done(*calls(begun(name=None), piece(0, "{}"))),
        1,
        f"{CALL}/function/name",
    ),
    ("chat.stream.tools.type-first", TOOLED, done(*calls(begun(type=...))), 1, f"{CALL}/type"),
    ("chat.stream.tools.type-first", TOOLED, done(*calls(begun(type=""))), 1, f"{CALL}/type"),
    (
        "chat.stream.tools.id-stable",
        TOOLED,
        done(*calls(begun(arguments="{}"), begun(0, "time", "{}", id="call_9"))),
        2,
        f"{CALL}/id",
    ),
    (
        "chat.stream.tools.id-once",
        TOOLED,
        done(*calls(begun(), piece(0, "{}", id="call_0"))),
        2,
        f"{CALL}/id",
    ),
    (
        "chat.stream.tools.name-once",
        TOOLED,
        done(
            *calls(
                begun(), {"tool_calls": [{"index": 0, "function": {"name": "weather", "arguments": "{}"}}]}
            )
        ),
        2,
        f"{CALL}/function/name",
    ),
    (
        "chat.stream.tools.ids-unique",
        TOOLED,
        done(*calls(begun(arguments="{}"), begun(1, arguments="{}", id="call_0"))),
        2,
        f"{CALL}/id",
    ),
    (
        "chat.stream.tools.name-offered",
        TOOLED,
        done(*calls(begun(name="functions.weather", arguments="{}"))),
        1,
        f"{CALL}/function/name",
    ),
    (
        "chat.stream.tools.arguments-text",
        TOOLED,
        done(*calls(begun(), piece(0, {"a": 1}))),
        2,
        f"{CALL}/function/arguments",
    ),
    (
        "chat.stream.tools.arguments-json",
        TOOLED,
        done(
            *calls(begun(), piece(0, '{"a":'), piece(0, " ")),
        ),
        3,
        f"{CALL}/function/arguments",
    ),
    ("chat.stream.tools.arguments-json", TOOLED, done(*calls(begun())), 1, f"{CALL}/function/arguments"),
    (
        "chat.stream.surrogates",
        CASE,
        done(*deltas({"content": "\ud83d"}, {"content": "\ude00"})),
        1,
        "",
    ),
    (
        "chat.stream.whole-characters",
        CASE,
        done(*deltas({"content": "\ufffd"}, {"content": "\ufffd"})),
        1,
        "/choices/0/delta/content",
    ),
    ("chat.stream.logprobs.values", PROBABLE, done(*probable(token("Hello", 0.5, 1))), 1, f"{TOKEN}/logprob"),
    (
        "chat.stream.logprobs.bytes",
        PROBABLE,
        done(*probable(token("Hello", top=1, bytes=[]))),
        1,
        f"{TOKEN}/bytes",
    ),
    (
        "chat.stream.logprobs.top-count",
        PROBABLE,
        done(*probable(token("Hello", top=2))),
        1,
        f"{TOKEN}/top_logprobs",
    ),
    ("chat.stream.logprobs.unasked", CASE, done(*probable(token("Hello"))), 1, "/choices/0/logprobs"),
    (
        "chat.stream.tier-constant",
        CASE,
        done(*({**payload, "service_tier": "auto" if at else "flex"} for at, payload in enumerate(HELLO))),
        1,
        "/service_tier",
    ),
    ("chat.stream.logprobs.text", PROBABLE, done(*probable(token("Hell", top=1))), 2, "/choices/0/logprobs"),
]
INTERLEAVED = [
    payload
    for pair in zip(deltas({"content": "a"}), deltas({"content": "b"}, index=1), strict=True)
    for payload in pair
]
PARALLEL = calls(
    begun(0, "weather"),
    piece(0, '{"city"'),
    piece(0, ': "Bern"}'),
    begun(1, "time"),
    piece(1, "{"),
    piece(1, "}"),
)
GENUINE: list[tuple[Case, str]] = [
    (CASE, done(*HELLO)),
    (CASE, ": hi\n\n" + done(*HELLO).replace("data: ", "data:").replace("\n", "\r\n")),
    (CASE, done(*({**payload, "obfuscation": ""} for payload in HELLO))),
    (CASE, done(*HELLO[:-1], chunk(part({"content": "!"}, "stop")))),
    (CASE, done(*deltas(finish="content_filter"))),
    (CASE, done(*deltas({"refusal": "No."}))),
    (CASE, done(*deltas())),
    (CASE, done(chunk(part({"role": "assistant"})), *HELLO[1:])),
    (CASE, done(*HELLO[:2], chunk(moderation={"flagged": False}), *HELLO[2:])),
    (CASE, done(*deltas({"content": "😀"}))),
    (LENGTH, done(*deltas({"content": "Hel"}, finish="length"))),
    (TWO, done(*INTERLEAVED)),
    (TWO, done(chunk(part(FIRST), part(FIRST, index=1)), chunk(part({}, "stop"), part({}, "stop", 1)))),
    (USAGES, done(*billed(*HELLO))),
    (TOOLED, done(*PARALLEL)),
    (TOOLED, done(*calls(begun(), piece(0, '{"cut'), finish="length"))),
    (TOOLED, done(chunk(part({**FIRST, **begun(arguments="{}")})), chunk(part({}, "tool_calls")))),
    (NAMED, done(*calls(begun(arguments="{}"), finish="stop"))),
    (PROBABLE, done(*probable(token("Hel", top=1), token("lo", 0, 1)))),
    (
        SPOKEN,
        done(*billed(HELLO[0]), chunk(part({"audio": {"expires_at": 1}}, finish_reason=...), usage=None)),
    ),
]
HEAD = '"id":"chatcmpl-rsp_01jy","object":"chat.completion.chunk","created":1750000123,"model":"code.fast"'
WIRE_EXAMPLE = sse(
    f'{{{HEAD},"choices":[{{"index":0,"delta":{{"role":"assistant"}}}}]}}',
    f'{{{HEAD},"choices":[{{"index":0,"delta":{{"content":"The bound should be "}}}}]}}',
    f'{{{HEAD},"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}',
    f'{{{HEAD},"choices":[],"usage":{{"prompt_tokens":18,"completion_tokens":9,"total_tokens":27,'
    '"prompt_tokens_details":{"cached_tokens":0}}}',
    done=True,
)
OWN = ("chat_stream", "chat_deltas", "chat_tokens", "chat_finish", "chat_ending")


def judged(check: str, case: Case, body: str) -> list[Deviation]:
    return deviations(check, a_reading(case, body))


@pytest.mark.parametrize(("check", "case", "body", "frame", "pointer"), OBJECTS)
def test_a_defect_is_told_at_its_frame(
    check: str, case: Case, body: str, frame: int | None, pointer: str | None
) -> None:
    (found,) = judged(check, case, body)
    assert (found.frame, found.pointer) == (frame, pointer)


@pytest.mark.parametrize("size", [None, 1])
@pytest.mark.parametrize(("case", "body"), GENUINE)
def test_a_genuine_stream_passes_in_any_chunking(case: Case, body: str, size: int | None) -> None:
    assert objecting(a_reading(case, body, chunk=size), *TOPICS) == {}


def test_every_check_is_shown_to_object() -> None:
    assert ids_of(*OWN) == {row[0] for row in OBJECTS}


def test_the_gateways_own_example_lacks_finish_reason_and_usage_null_and_nothing_else() -> None:
    case = a_case(model="code.fast", stream=True, stream_options={"include_usage": True})
    reading = a_reading(case, WIRE_EXAMPLE, facets=ALL_FACETS - {Facet.VALUES})
    assert objecting(reading, *TOPICS) == {
        "chat.stream.finish-present": Level.SHOULD,
        "chat.stream.usage-null": Level.SHOULD,
    }


@pytest.mark.parametrize("check", sorted(check for check in ids_of("chat_deltas") if ".tools." in check))
def test_a_model_that_calls_no_tool_decides_nothing(check: str) -> None:
    with pytest.raises(Inconclusive, match="called no tool"):
        judged(check, TOOLED, done(*HELLO))


@pytest.mark.parametrize("check", ["chat.stream.done", "chat.stream.finish", "chat.stream.role-first"])
def test_a_plain_answer_to_a_stream_request_is_told_elsewhere(check: str) -> None:
    reading = a_reading(CASE, {"id": ID, "choices": []}, content_type="application/json")
    with pytest.raises(Inconclusive, match=r"framing\.content-type"):
        deviations(check, reading)


@pytest.mark.parametrize("check", sorted(ids_of("chat_ending", "chat_finish")))
def test_a_stream_that_the_network_cut_is_not_blamed_for_its_missing_end(check: str) -> None:
    case = LENGTH if check == "chat.stream.finish-expected" else USAGES
    case = CASE if check == "chat.stream.usage-unasked" else case
    usage = {} if case is CASE else {"usage": None}
    body = sse(*({**payload, **usage} for payload in HELLO[:2])) + 'data: {"id'
    cut = Failure(FailureKind.TRUNCATED, "cut")
    assert deviations(check, a_reading(case, body, failure=cut)) == []


@pytest.mark.parametrize("check", ["chat.stream.done", "chat.stream.finish", "chat.stream.usage"])
def test_a_stream_that_broke_off_with_an_error_is_not_blamed_for_its_missing_end(check: str) -> None:
    assert judged(check, USAGES, sse(*HELLO[:2], ERROR)) == []


def test_a_choice_in_the_chunk_with_the_usage_is_told_once() -> None:
    before = [{**one, "usage": None} for one in HELLO]
    reading = a_reading(USAGES, done(*before, chunk(part({}), usage=USAGE)))
    assert set(objecting(reading, "chat_ending", "chat_finish")) == {"chat.stream.usage-choices"}


def test_an_error_midway_in_the_envelope_is_told_once() -> None:
    assert set(objecting(a_reading(CASE, sse(*HELLO[:2], ERROR)), *OWN)) == {"chat.stream.failed"}


@pytest.mark.parametrize(
    "payloads", [deltas({"content": "Hi"}), [*deltas(), chunk(usage={"completion_tokens": 1})]]
)
def test_a_model_that_ends_by_itself_before_the_limit_decides_nothing(payloads: Wire) -> None:
    with pytest.raises(Inconclusive, match="limit of 2"):
        judged("chat.stream.finish-expected", LENGTH, done(*payloads))


def test_sibling_choices_may_share_the_id_of_a_call() -> None:
    body = done(*calls(begun(arguments="{}")), *deltas(begun(arguments="{}"), finish="tool_calls", index=1))
    assert judged("chat.stream.tools.ids-unique", TOOLED, body) == []


def test_a_misspelt_done_is_told_once() -> None:
    assert set(objecting(a_reading(CASE, sse(*HELLO, "[done]")), *TOPICS)) == {"chat.stream.done-exact"}


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (done(*HELLO[:-1], chunk(part({}, ""))), "chat.stream.finish-value"),
        (done(*calls(begun(arguments="{}"), begun(0, "time", "{}", id="c"))), "chat.stream.tools.id-stable"),
    ],
)
def test_one_defect_is_told_by_one_check(body: str, check: str) -> None:
    assert set(objecting(a_reading(TOOLED, body), *TOPICS)) == {check}


def test_a_server_that_ignores_include_usage_is_told_once() -> None:
    assert set(objecting(a_reading(USAGES, done(*HELLO)), *TOPICS)) == {"chat.stream.usage"}


@pytest.mark.parametrize(
    ("case", "payloads", "late"),
    [(CASE, HELLO, HELLO[-1]), (USAGES, billed(*HELLO)[:-1], chunk(usage=USAGE))],
)
def test_what_comes_behind_done_is_told_once(case: Case, payloads: Wire, late: dict[str, Any]) -> None:
    reading = a_reading(case, done(*payloads) + sse(late))
    assert set(objecting(reading, *OWN)) == {"chat.stream.done-last"}


def test_the_same_head_is_judged_in_both_forms() -> None:
    reading = a_reading(CASE, done(*({**payload, "id": "gen-1", "model": "llama"} for payload in HELLO)))
    assert set(objecting(reading, "chat")) == {"chat.id-prefix", "chat.model-resolved"}


STOPPED = a_case(model="gpt-4o", stream=True, stop=["5"], max_tokens=50, finish_reason=("stop",))


def test_an_unbilled_stream_that_ends_at_its_limit_decides_nothing() -> None:
    cut = deltas({"content": "Hi"}, finish="length")
    with pytest.raises(Inconclusive, match="limit of 50 tokens first"):
        judged("chat.stream.finish-expected", STOPPED, done(*cut))
    assert judged("chat.stream.finish-expected", STOPPED, done(*cut, chunk(usage={"completion_tokens": 1})))


@pytest.mark.parametrize("said", ["\ufffd?", "whole"])
def test_a_mark_that_the_plain_answer_has_too_decides_nothing(said: str) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    plain = a_reading(a_case(model="gpt-4o"), {"choices": [choice]})
    reading = a_reading(CASE, done(*deltas({"content": "\ufffd"})), others={"plain": plain})
    if said == "whole":
        assert deviations("chat.stream.whole-characters", reading)
        return
    with pytest.raises(Inconclusive, match="may have said it"):
        deviations("chat.stream.whole-characters", reading)
