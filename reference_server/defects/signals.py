"""Defects of the header signals, and what of them is unusual and legal; both of the profile `zumik` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_body, on_error, on_header, put
from slashv1.reference_server.defects.pages import PAGES
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call, Handler

CHAT = "chat.completions.create"
_REPLAY = "agent-idempotent-replay"
_KEY = "agent-idempotency-key"
_USAGE = "/v2/usage"
_MODES = ("metadata", "tokenized", "encrypted_full_fidelity")


def _chat(*names: str) -> tuple[str, ...]:
    return tuple(f"{CHAT}::{name}" for name in names)


INLINE = _chat("signals-inline")


def _on_headers(change: Callable[[Call, dict[str, str]], Mapping[str, str]]) -> Change:
    """Change what the gateway reads of a request's headers."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        return await handler(replace(call, headers=change(call, dict(call.headers))))

    return changed


def _without(*names: str) -> Change:
    return _on_headers(lambda call, headers: {n: v for n, v in headers.items() if n not in names})


def _unread(name: str, good: Callable[[str], bool]) -> Change:
    """A value that is not good is passed over."""
    return _on_headers(lambda _, said: {n: v for n, v in said.items() if n != name or good(v)})


def _bare(*starts: str) -> Callable[[Answer], Answer]:
    def bare(answer: Answer) -> Answer:
        kept = tuple((n, v) for n, v in answer.headers if not n.lower().startswith(starts))
        return replace(answer, headers=kept)

    return bare


def _signalled(call: Call) -> bool:
    return any(name.startswith("agent-") for name in call.headers)


def _resolved(call: Call, answer: Answer) -> Answer:
    release = next((v for n, v in answer.headers if n.lower() == "agent-resolved-release"), None)
    if release is None or answer.operation != CHAT or not isinstance(answer.body, dict) or not answer.ok:
        return answer
    return replace(answer, body={**answer.body, "model": release})


def _cached(made: Callable[[int, int], int]) -> Change:
    """`made` gets the tokens of the prompt and those of it that were cached."""

    def change(body: dict[str, Any]) -> None:
        usage = body.get("usage") or {}
        details = usage.get("prompt_tokens_details")
        if isinstance(details, dict):
            details["cached_tokens"] = made(usage["prompt_tokens"], details["cached_tokens"])

    return on_body(change)


def _to_anybody(call: Call, answer: Answer) -> Answer:
    trace = call.query.get("trace_id")
    if not call.path.startswith(_USAGE) or trace is None or answer.status != 404:
        return answer
    return replace(answer, status=200, body={"object": "usage", "trace_id": trace, "charged_usd": 0.01})


def _usage_status(wanted: int, status: int, body: Any) -> Change:
    def changed(call: Call, answer: Answer) -> Answer:
        asked = call.path.startswith(_USAGE) and answer.status == wanted
        return replace(answer, status=status, body=body) if asked else answer

    return on_answer(changed)


def _slimmer(call: Call, answer: Answer) -> Answer:
    if not _signalled(call) or answer.operation != CHAT or not answer.ok or answer.body is None:
        return answer
    return replace(answer, body={k: v for k, v in answer.body.items() if k != "service_tier"})


_NOT_FOUND = {
    "error": {"message": "Not found.", "type": "invalid_request_error", "param": None, "code": None},
}
_REFUSED = (402, 403, 429, 504)


def _header(name: str, title: str, header: str, given: str | None, caught_by: str, *also: str) -> Twist:
    change = on_header(header, lambda _: given)
    return Twist(name, title, change, caught_by=caught_by, also=also, cases=INLINE)


_DEFECTS = (
    Twist(
        "signals-trace-id-form",
        "A trace id has no prefix",
        on_header("agent-trace-id", lambda value: value.removeprefix("trc_")),
        caught_by="signals.trace-id",
        cases=INLINE,
    ),
    _header(
        "signals-profile-word",
        "The execution profile is another word",
        "agent-execution-profile",
        "managed",
        "signals.execution-profile",
    ),
    _header(
        "signals-provider-name",
        "The provider is told by its trade name",
        "agent-resolved-provider",
        "Open AI",
        "signals.resolved-provider",
    ),
    _header("signals-region-words", "The region is prose", "agent-region", "EU (west)", "signals.region"),
    _header(
        "signals-admission-flag",
        "Admission is a number",
        "agent-qos-admission",
        "1",
        "signals.qos-admission",
    ),
    _header(
        "signals-target-python",
        "Whether the target was met is spelt as in Python",
        "agent-qos-target-met",
        "True",
        "signals.qos-target-met",
    ),
    _header(
        "signals-fallback-word",
        "Whether a fallback was used is no word of truth",
        "agent-qos-fallback-used",
        "no",
        "signals.qos-fallback-used",
    ),
    _header(
        "signals-honored-json",
        "The sections that were honoured are a JSON array",
        "agent-hints-honored",
        '["qos","reuse"]',
        "signals.hints-honored",
        "signals.hints-told",
    ),
    Twist(
        "signals-replay-word",
        "A replay is told as yes",
        on_header(_REPLAY, lambda value: "yes" if value == "true" else value),
        caught_by="signals.idempotent-replay",
        also=("signals.replay-told",),
        cases=_chat("idempotent-again"),
    ),
    Twist(
        "signals-stream-bare",
        "Streams have no signals",
        on_answer(lambda _, answer: answer if answer.events is None else _bare("agent-")(answer)),
        caught_by="signals.present",
        also=("signals.*-told",),
        cases=_chat("signals-stream"),
    ),
    _header("signals-region-absent", "No region is told", "agent-region", None, "signals.region-told"),
    Twist(
        "signals-error-untraced",
        "Refusals have no signals",
        on_answer(lambda _, answer: answer if answer.ok else _bare("agent-")(answer)),
        caught_by="signals.error-trace",
        cases=_chat("trace-mode-unknown"),
    ),
    _header(
        "signals-qos-silent",
        "Whether the deadline was kept is not told",
        "agent-qos-target-met",
        None,
        "signals.qos-told",
    ),
    _header(
        "signals-hints-silent",
        "Which hints were honoured is not told",
        "agent-hints-honored",
        None,
        "signals.hints-told",
    ),
    _header(
        "signals-hints-all",
        "All sections are told as honoured, sent or not",
        "agent-hints-honored",
        "qos,reuse,routing,safety",
        "signals.hints-told",
    ),
    Twist(
        "signals-slimmer",
        "A body lacks a key where the request has signals",
        on_answer(_slimmer),
        caught_by="signals.same-shape",
        cases=INLINE,
    ),
    _header(
        "signals-trace-constant",
        "Every answer has the same trace id",
        "agent-trace-id",
        "trc_0",
        "signals.trace-unique",
    ),
    Twist(
        "signals-model-resolved",
        "model names the release in place of the alias",
        on_answer(_resolved),
        caught_by="signals.model-echo",
        also=("chat.model", "pairs.model"),
        cases=_chat("alias"),
    ),
    Twist(
        "signals-cached-made-up",
        "Half of every prompt shows as cached",
        _cached(lambda prompt, _: prompt // 2),
        caught_by="signals.cached-fresh",
        cases=_chat("prefix-first"),
    ),
    Twist(
        "signals-cached-never",
        "Nothing ever shows as cached",
        _cached(lambda _, __: 0),
        caught_by="signals.cached-prefix",
        cases=_chat("prefix-again"),
    ),
    Twist(
        "signals-replay-rerun",
        "A request with an idempotency key is run each time",
        _without(_KEY),
        caught_by="signals.replay-body",
        cases=_chat("idempotent-again"),
    ),
    Twist(
        "signals-replay-untold",
        "A replay does not say that it is one",
        on_header(_REPLAY, lambda _: None),
        caught_by="signals.replay-told",
        cases=_chat("idempotent-again"),
    ),
    Twist(
        "signals-replay-always",
        "Every answer to an idempotency key says that it is a replay",
        on_header(_REPLAY, lambda _: "true"),
        caught_by="signals.replay-first",
        cases=_chat("idempotent-first"),
    ),
    Twist(
        "signals-replay-anybody",
        "Idempotency keys are everybody's",
        _on_headers(lambda _, said: {**said, "authorization": "Bearer sk-of-all"} if _KEY in said else said),
        caught_by="signals.replay-scope",
        also=("chat.id-unique",),
        cases=_chat("idempotent-stranger"),
    ),
    Twist(
        "signals-race",
        "Two requests at the same time with one idempotency key both run",
        _without(_KEY),
        caught_by="signals.once",
        cases=_chat("once-a", "once-b"),
    ),
    Twist(
        "signals-code-null",
        "Refusals of the gateway's own have no code",
        on_error(put("error.code", None), *_REFUSED),
        caught_by="signals.error-code",
        also=("headers.retry-after",),
        cases=_chat("no-credits", "blocked-region", "budget-spent", "rate-reached", "deadline"),
    ),
    Twist(
        "signals-usage-gone",
        "/v2/usage is not there",
        _usage_status(200, 404, _NOT_FOUND),
        caught_by="signals.usage-found",
        cases=("gateway.usage::own",),
    ),
    Twist(
        "signals-usage-anybody",
        "/v2/usage shows a trace to whoever knows its id",
        on_answer(_to_anybody),
        caught_by="signals.usage-scope",
        cases=("gateway.usage::stranger",),
    ),
    Twist(
        "signals-usage-open",
        "/v2/usage asks for no key",
        _usage_status(401, 200, {"object": "list", "data": []}),
        caught_by="signals.usage-key",
        cases=("gateway.usage::no-key",),
    ),
    Twist(
        "signals-mode-unread",
        "A trace mode that does not exist is passed over",
        _unread("agent-trace-mode", _MODES.__contains__),
        caught_by="http.status",
        cases=_chat("trace-mode-unknown"),
    ),
    Twist(
        "signals-refs-unread",
        "References to nothing are passed over",
        _without("agent-hints-ref", "agent-session-ref"),
        caught_by="http.status",
        cases=_chat("hints-ref-unknown", "session-ref-unknown"),
    ),
    Twist(
        "signals-hints-unread",
        "Hints that cannot be read are passed over",
        _without("agent-hints"),
        caught_by="http.status",
        cases=_chat("hints-not-base64", "hints-not-json", "hints-array"),
    ),
    Twist(
        "signals-key-taken",
        "Another request with an idempotency key that is taken is run",
        _without(_KEY),
        caught_by="http.status",
        cases=_chat("idempotent-other"),
    ),
    Twist(
        "signals-unexposed",
        "A page may read the request id of an answer, and none of its signals",
        on_header("access-control-expose-headers", lambda _: "x-request-id"),
        caught_by="cors.expose-signals",
        cases=PAGES,
    ),
)
DEFECTS = tuple(replace(twist, profile="zumik") for twist in _DEFECTS)
