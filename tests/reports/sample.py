"""Runs to render: small builders, and the samples that the report's tests share."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

from slashv1.record import (
    DEVIATES,
    ClientReadiness,
    Finding,
    Frame,
    Level,
    Outcome,
    Readiness,
    Result,
    Run,
    Suite,
    Target,
    Waiver,
    Wire,
)

CHAT = "chat.completions.create"
RESPONSES = "responses.create"
URL = "https://gateway.example/v1"
HOSTILE = (
    "</script><script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "]]>\x1b[31mred\x07\u202egnp.exe\u2066\x00\ud800\r\n\ufeff'\"&amp;{{ 7*7 }}javascript:alert(1)"
)

TITLES = {
    "http.status": (
        "The status is the one the contract gives",
        "SDKs raise by status: a wrong one is the wrong exception.",
    ),
    "headers.request-id.present": (
        "Every answer carries an x-request-id",
        "Support tickets and traces quote it; `response._request_id` of the official SDK is None without it.",
    ),
    "body.schema": (
        "The body is what the contract's schema says",
        "Typed clients fail on a field of another type.",
    ),
    "error.envelope.all-four-keys": (
        "An error has message, type, param and code",
        "The SDKs read `error.code` and `error.param`; without them callers are left with a bare status.",
    ),
    "chat.stream.finish-reason-null-until-last": (
        "finish_reason is null until the last chunk of a choice",
        "Clients end a message at the first finish_reason that is not null: an empty string ends it at once, "
        "and LangChain and the AI SDK then drop everything behind it.",
    ),
    "chat.stream.role-first": (
        "The first delta says the role",
        "The SDK's accumulator takes the role from there.",
    ),
    "chat.stream.done-last": ("[DONE] stands once, and last", "Readers that wait for it hang without it."),
    "responses.stream.sequence-contiguous": (
        "sequence_number counts from 0 without a gap",
        "Clients order and resume by it.",
    ),
    "responses.stream.created-first": (
        "The first event is response.created",
        "It carries the id to cancel by.",
    ),
    "usage.total-is-the-sum": ("total_tokens is the sum of its parts", "Bills are computed from it."),
    "embeddings.order": (
        "Vectors come in the order of the input",
        "A wrong order gives wrong search results, silently.",
    ),
    "models.object": ("A model has id, object, created, owned_by", "Typed clients read all four."),
    "ignored.stop": (
        "`stop` is obeyed or refused",
        "A parameter that is ignored changes the result without a word.",
    ),
    "replay.shape": (
        "The answer has the shape of the golden one",
        "What differs from genuine traffic surprises someone.",
    ),
}


STOPPED = (
    '{"id":"chatcmpl-1","object":"chat.completion","created":1750000123,"model":"gpt-4o-mini","choices":[{"index":0,'
    '"message":{"role":"assistant","content":"one, two, three, four"},"finish_reason":"stop"}]}'
)


def finding(check: str, level: Level = Level.MUST, **at: object) -> Finding:
    """A finding with whatever place and texts are given."""
    return replace(Finding(check, level, "the body deviates"), **at)  # type: ignore[arg-type]


def result(
    operation: str, case: str, check: str, *found: Finding, level: Level = Level.MUST, **more: object
) -> Result:
    """A result whose outcome follows from its level and findings, unless given."""
    outcome = DEVIATES[level] if found else Outcome.PASSED
    return replace(Result(operation, case, check, level, outcome, found), **more)  # type: ignore[arg-type]


def run(*results: Result, wires: tuple[Wire, ...] = (), **more: object) -> Run:
    """A run of the given results against an invented gateway."""
    made = Run(
        suite=Suite("0.1.0", "sha256:4f1c09ab77d2e5a1"),
        target=Target(
            URL, model="gpt-4o-mini", embedding_model="text-embedding-3-small", server="gatewayd/2.4"
        ),
        profile="openai",
        plan_hash="sha256:9be2a17700c1d3f4",
        started_at="2026-03-04T09:15:00Z",
        seconds=4.218,
        request_count=121,
        results=results,
        wires=wires,
        titles={
            check: {"title": title, "why": why, "clause": "API reference, " + check.split(".")[0]}
            for check, (title, why) in TITLES.items()
        },
    )
    return replace(made, **more)  # type: ignore[arg-type]


def wire(operation: str, case: str, **more: object) -> Wire:
    """A plain exchange that went well."""
    path = "/chat/completions" if operation == CHAT else "/responses"
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say yes."}]})
    made = Wire(
        operation=operation,
        case=case,
        method="POST",
        url=URL + path,
        request_headers=(("authorization", "Bearer ***"), ("content-type", "application/json")),
        request_body=body,
        status=200,
        response_headers=(("content-type", "application/json"), ("x-request-id", "req_7d1f")),
        body='{"id":"chatcmpl-1","object":"chat.completion","created":1750000123}',
        seconds=0.412,
        first_byte=0.398,
        curl=f'curl -sS {URL}{path} -H "Authorization: Bearer $SLASHV1_API_KEY" '
        f"-H 'content-type: application/json' -d '{body}'",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def chat_frames(count: int = 24) -> tuple[Frame, ...]:
    """A chat stream whose chunks say finish_reason "" where null belongs."""
    frames: list[Frame] = []
    offset = 0
    for number in range(count):
        delta = {"role": "assistant", "content": ""} if number == 0 else {"content": f" word{number}"}
        choice = {"index": 0, "delta": delta, "finish_reason": "" if number else None}
        data = json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})
        frames.append(Frame(number, offset, round(0.21 + 0.05 * number + 0.2 * (number > 12), 3), None, data))
        offset += len(data) + 8
    frames.append(Frame(count, offset, frames[-1].at, None, "[DONE]"))
    return tuple(frames)


def conforming() -> Run:
    """Everything passed."""
    results = [result(op, "plain", check) for op, check in product((CHAT, RESPONSES), TITLES)]
    wires = (wire(CHAT, "plain"), wire(RESPONSES, "plain"))
    return run(*results, wires=wires, notes=("model gpt-4o-mini picked from GET /v1/models",))


def deviating() -> Run:
    """A gateway with the usual faults: streams, headers, errors, ignored parameters, things not judged."""
    finish, headers = "chat.stream.finish-reason-null-until-last", "headers.request-id.present"
    passed = [
        result(op, case, check)
        for op, cases, checks in (
            (
                CHAT,
                ("plain", "system", "tools-auto", "json-schema"),
                ("http.status", "body.schema", "usage.total-is-the-sum"),
            ),
            (
                CHAT,
                ("stream-plain", "stream-usage"),
                ("http.status", "chat.stream.role-first", "chat.stream.done-last"),
            ),
            (RESPONSES, ("plain", "instructions"), ("http.status", "body.schema", "usage.total-is-the-sum")),
            (RESPONSES, ("stream-plain",), ("http.status", "responses.stream.created-first")),
            ("responses.retrieve", ("stored", "unknown-id"), ("http.status", "body.schema")),
            ("embeddings.create", ("plain", "base64", "batch"), ("http.status", "embeddings.order")),
            ("models.list", ("plain",), ("http.status", "models.object")),
            ("models.retrieve", ("plain",), ("http.status", "models.object")),
        )
        for case in cases
        for check in checks
    ]
    found = [
        result(
            CHAT,
            "stream-plain",
            finish,
            finding(
                finish,
                message='choices[0].finish_reason is ""; expected null until the last chunk',
                expected="null",
                actual='""',
                pointer="/choices/0/finish_reason",
                frame=1,
                offset=160,
            ),
        ),
        result(
            CHAT,
            "stream-usage",
            finish,
            finding(
                finish,
                message='choices[0].finish_reason is ""; expected null until the last chunk',
                expected="null",
                actual='""',
                pointer="/choices/0/finish_reason",
                frame=14,
                offset=2023,
            ),
        ),
        result(
            CHAT,
            "empty-messages",
            "error.envelope.all-four-keys",
            finding(
                "error.envelope.all-four-keys",
                message="the error has no param and no code",
                expected='{"error": {"message": str, "type": "invalid_request_error", "param": str, …}}',
                actual='{"error": {"message": str, "type": "BadRequestError"}}',
                pointer="/error",
            ),
        ),
        result(
            CHAT,
            "stop",
            "ignored.stop",
            finding(
                "ignored.stop",
                message="the text goes on behind the stop sequence",
                expected="one, two, ",
                actual="one, two, three, four",
                pointer="/choices/0/message/content",
            ),
        ),
        result(
            RESPONSES,
            "stream-plain",
            "responses.stream.sequence-contiguous",
            finding(
                "responses.stream.sequence-contiguous",
                message="sequence_number is 4 behind 2",
                expected="3",
                actual="4",
                pointer="/sequence_number",
                frame=3,
                offset=900,
            ),
        ),
        *[
            result(
                CHAT,
                case,
                headers,
                finding(
                    headers, Level.SHOULD, message="no x-request-id", expected="req_…", header="x-request-id"
                ),
                level=Level.SHOULD,
            )
            for case in ("plain", "system", "stream-plain", "stream-usage")
        ],
        result(
            "models.list",
            "plain",
            "replay.shape",
            finding(
                "replay.shape",
                Level.MAY,
                message="a key beside the golden answer's",
                expected="absent",
                actual='"permission"',
                pointer="/data/0/permission",
            ),
            level=Level.MAY,
        ),
    ]
    unjudged = [
        result(
            CHAT,
            "tools-parallel",
            "body.schema",
            outcome=Outcome.INCONCLUSIVE,
            cause="the model called one tool",
        ),
        result(
            CHAT, "logprobs", "body.schema", outcome=Outcome.UNSUPPORTED, cause="rejected with 400: logprobs"
        ),
        *[
            result(
                "responses.delete",
                case,
                "http.status",
                outcome=Outcome.SKIPPED,
                cause="status 500 where 200 was expected (http.status)",
            )
            for case in ("stored", "twice")
        ],
    ]
    frames = chat_frames()
    order = [
        CHAT,
        RESPONSES,
        "responses.retrieve",
        "responses.delete",
        "embeddings.create",
        "models.list",
        "models.retrieve",
    ]
    results = sorted([*found, *passed, *unjudged], key=lambda each: (order.index(each.operation), each.case))
    stream = (("content-type", "text/event-stream; charset=utf-8"),)
    wires = (
        wire(CHAT, "plain"),
        wire(CHAT, "stop", body=STOPPED),
        wire(CHAT, "stream-plain", body=None, frames=frames, seconds=1.61, response_headers=stream),
        wire(CHAT, "stream-usage", body=None, frames=frames, seconds=1.61, response_headers=stream),
        wire(CHAT, "empty-messages", status=400, body='{"error":{"message":"bad","type":"BadRequestError"}}'),
        wire(RESPONSES, "stream-plain", body=None, frames=response_frames(), seconds=0.9, frames_left_out=40),
    )
    return run(
        *results,
        wires=wires,
        notes=("model gpt-4o-mini picked from GET /v1/models",),
        clients=tuple(
            ClientReadiness(f"client {state.value.lower()}", state, reasons, "https://client.example")
            for state, reasons in zip(
                Readiness, ((), ("tools: not offered",), ("none",), ("chat: broken",)), strict=True
            )
        ),
        waivers=(
            Waiver(
                headers, (CHAT,), "known", "edge", "2026-12-31", "https://t.example", "w.yaml:3", "used", 2
            ),
            Waiver(finish, (), "comes and goes", "edge", "2026-12-31", None, "w.yaml:9", "idle", 0, 5),
        ),
    )


def response_frames() -> tuple[Frame, ...]:
    """Events of a response whose sequence has a gap; arrival times were not kept."""
    names = (
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
    )
    return tuple(
        Frame(
            number,
            number * 300,
            None,
            name,
            json.dumps({"type": name, "sequence_number": number + (number > 2)}),
        )
        for number, name in enumerate(names)
    )


def hostile() -> Run:
    """A target that puts markup, escapes and direction overrides wherever it can."""
    check = "chat.stream.role-first"
    bad = finding(
        check,
        message=HOSTILE,
        expected="assistant" + HOSTILE,
        actual=HOSTILE,
        pointer="/" + HOSTILE,
        frame=0,
        offset=0,
        header=HOSTILE,
    )
    attacked = wire(
        CHAT,
        "plain",
        body=HOSTILE,
        failure=HOSTILE,
        request_body=HOSTILE,
        curl="curl " + HOSTILE,
        response_headers=((HOSTILE, HOSTILE),),
        frames=(Frame(0, 0, 0.1, HOSTILE, HOSTILE),),
        frames_left_out=3,
    )
    return run(
        result(CHAT, "plain", check, bad),
        result(CHAT, "plain", "body.schema", outcome=Outcome.INCONCLUSIVE, cause=HOSTILE),
        result(CHAT, "plain", "http.status", outcome=Outcome.ERROR, cause=HOSTILE),
        wires=(attacked,),
        notes=(HOSTILE,),
        target=Target(URL + HOSTILE, model=HOSTILE, server=HOSTILE, name=HOSTILE),
        titles={check: {"title": HOSTILE, "why": HOSTILE, "clause": HOSTILE}},
    )


def large(count: int = 2_500) -> Run:
    """Many results, one in eight deviating, with an exchange for every case."""
    checks = list(TITLES)
    results = []
    for number in range(count):
        operation, case = (CHAT, RESPONSES)[number // 20 % 2], f"case-{number // 40}"
        check = f"{checks[number % len(checks)]}-{number % 20}"
        found = (finding(check, expected="1", actual=str(number), pointer="/n"),) if number % 8 == 3 else ()
        results.append(result(operation, case, check, *found))
    keys = dict.fromkeys((each.operation, each.case) for each in results)
    return run(*results, wires=tuple(wire(*key) for key in keys))


def interrupted() -> Run:
    """Ctrl-C before much was learnt."""
    return run(
        result(CHAT, "plain", "http.status"), interrupted=True, notes=("interrupted after 3 of 118 cases",)
    )


def endless(length: int = 5_000_000) -> Run:
    """A target that says 5 MB wherever it says anything."""
    long = "x" * length
    bad = finding(
        "body.schema",
        message=long,
        expected=long,
        actual=long,
        pointer=f"/{long}",
        frame=0,
        offset=0,
        header=long,
    )
    said = wire(
        CHAT,
        "plain",
        url=long,
        body=long,
        failure=long,
        request_body=long,
        curl=long,
        response_headers=((long, long),),
        frames=(Frame(0, 0, 0.1, long, long),),
    )
    return run(
        result(CHAT, "plain", "body.schema", bad),
        result(CHAT, "next", "body.schema", outcome=Outcome.INCONCLUSIVE, cause=long),
        result(CHAT, "last", "body.schema", outcome=Outcome.ERROR, cause=long),
        wires=(said,),
        notes=(long,),
        target=Target(long, long, long, long, long),
        profile=long,
        titles={"body.schema": dict.fromkeys(("title", "why", "clause", "clients"), long)},
        waivers=(Waiver("k", (), long, long, "2026-12-31", long, long, "used", 1),),
        clients=(ClientReadiness("c", Readiness.LIMITS, (long,), long),),
    )
