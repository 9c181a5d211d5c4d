"""Defects of response headers, and of those that a profile names: no built-in profile names any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slashv1.reference_server.defects.adapters import on_answer, on_header
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call

_KEY = "sk-proj-" + "Zq7" * 12
LIMITED = ("chat.completions.create", "embeddings.create", "responses.create")
_REQUIRED = "x-content-type-options"
"""What every answer of the correct gateway has, and no other check asks for."""
_FORBIDDEN = ("x-vendor-*", "x-powered-by")
_NAMED_CASES = (
    "chat.completions.create::plain",
    "chat.completions.create::stream",
    "chat.completions.create::unknown-model",
    "models.list::plain",
)


def _twice(call: Call, answer: Answer) -> Answer:
    again = tuple((n, f"{v}0") for n, v in answer.headers if n == "x-request-id")
    return replace(answer, headers=(*answer.headers, *again))


def _octets(call: Call, answer: Answer) -> Answer:
    if answer.events is not None:
        return answer
    return answer.with_header("content-type", "application/octet-stream")


def _with(answer: Answer, name: str, value: str) -> Answer:
    return replace(answer, headers=(*answer.headers, (name, value)))


def _bare_stream(call: Call, answer: Answer) -> Answer:
    return _without(answer, "x-ratelimit-") if answer.events is not None else answer


def _bare_error(call: Call, answer: Answer) -> Answer:
    return answer if answer.ok else _without(answer, "x-ratelimit-", "openai-")


def _without(answer: Answer, *starts: str) -> Answer:
    kept = tuple((name, value) for name, value in answer.headers if not name.startswith(starts))
    return replace(answer, headers=kept)


def _lost(where: Callable[[Answer], bool]) -> Change:
    def changed(call: Call, answer: Answer) -> Answer:
        return answer.with_header(_REQUIRED, None) if where(answer) else answer

    return on_answer(changed)


def _respelt(call: Call, answer: Answer) -> Answer:
    """Names in another case and order, another value, and headers that only begin like a forbidden one."""
    told = tuple((n.title(), "NOSNIFF" if n == _REQUIRED else v) for n, v in reversed(answer.headers))
    return _with(_with(replace(answer, headers=told), "X-Vendor", "own"), "X-Powered-By-Wind", "yes")


DEFECTS = (
    Twist(
        "request-id-missing",
        "No answer has an x-request-id",
        on_header("x-request-id", lambda _: None),
        (),
        "headers.request-id",
        (),
    ),
    Twist(
        "request-id-constant",
        "Every answer has the same x-request-id",
        on_header("x-request-id", lambda _: "req_" + "0" * 32),
        (),
        "headers.request-id-unique",
    ),
    Twist("request-id-twice", "x-request-id stands there twice", on_answer(_twice), (), "headers.single"),
    Twist(
        "ratelimit-reset-seconds",
        "A rate limit's reset is a bare number",
        on_header("x-ratelimit-reset-requests", lambda _: "0.006"),
        LIMITED,
        "headers.ratelimit-reset",
    ),
    Twist(
        "ratelimit-remaining-text",
        "What remains of a rate limit is no number",
        on_header("x-ratelimit-remaining-tokens", lambda _: "unlimited"),
        LIMITED,
        "headers.ratelimit-count",
        (),
    ),
    Twist(
        "ratelimit-remaining-above",
        "More remains than the limit allows",
        on_header("x-ratelimit-limit-tokens", lambda _: "1"),
        LIMITED,
        "headers.ratelimit-remaining",
    ),
    Twist(
        "ratelimit-half",
        "A rate limit comes without what remains",
        on_header("x-ratelimit-remaining-requests", lambda _: None),
        LIMITED,
        "headers.ratelimit-complete",
    ),
    Twist(
        "processing-ms-decimal",
        "openai-processing-ms has a unit",
        on_header("openai-processing-ms", lambda value: f"{value}ms"),
        (),
        "headers.processing-ms",
    ),
    Twist(
        "content-type-octets",
        "JSON comes as application/octet-stream",
        on_answer(_octets),
        (),
        "http.content-type-json",
        ("error.content-type",),
    ),
    Twist(
        "stream-headers-bare",
        "Streams tell no rate limits",
        on_answer(_bare_stream),
        ("chat.completions.create",),
        "headers.stream-parity",
        (),
    ),
    Twist(
        "error-headers-bare",
        "Refusals have none of OpenAI's headers",
        on_answer(_bare_error),
        LIMITED,
        "headers.error-parity",
        (),
    ),
    Twist(
        "headers-huge",
        "A header of 20 kB carries the request's trace",
        on_answer(lambda call, answer: _with(answer, "x-debug-trace", "span;" * 4_000)),
        (),
        "headers.size",
        (),
    ),
    Twist(
        "headers-latin-1",
        "A header names the region in Latin-1",
        on_answer(lambda call, answer: _with(answer, "x-region", "Zürich")),
        (),
        "headers.ascii",
        (),
    ),
    Twist(
        "headers-copied",
        "What the provider's connection needs is passed on",
        on_answer(lambda call, answer: _with(answer, "proxy-connection", "keep-alive")),
        (),
        "headers.hop-by-hop",
        (),
    ),
    Twist(
        "headers-provider-key",
        "A header shows the key of the provider behind",
        on_answer(lambda call, answer: _with(answer, "x-upstream-key", _KEY)),
        (),
        "headers.no-secret",
        (),
    ),
    Twist(
        "headers-public",
        "Any cache may keep the answer",
        on_answer(lambda call, answer: _with(answer, "cache-control", "public, max-age=300")),
        (),
        "headers.shared-cache",
        (),
    ),
)
OF_A_PROFILE = (
    Twist(
        "profile-header-refused",
        "Refusals lack a header that the profile requires",
        _lost(lambda answer: not answer.ok),
        caught_by="profile.headers-required",
        cases=_NAMED_CASES,
        required=(_REQUIRED,),
    ),
    Twist(
        "profile-header-stream",
        "Streams lack a header that the profile requires",
        _lost(lambda answer: answer.events is not None),
        caught_by="profile.headers-required",
        cases=_NAMED_CASES,
        required=(_REQUIRED,),
    ),
    Twist(
        "profile-header-vendor",
        "Answers say what a request cost the vendor behind, which the profile forbids",
        on_answer(lambda _, answer: _with(answer, "X-Vendor-Cost", "0.00042")),
        caught_by="profile.headers-forbidden",
        cases=_NAMED_CASES,
        forbidden=_FORBIDDEN,
    ),
    Twist(
        "profile-header-software",
        "Answers name the software behind, which the profile forbids",
        on_answer(lambda _, answer: _with(answer, "x-powered-by", "Express")),
        caught_by="profile.headers-forbidden",
        cases=_NAMED_CASES,
        forbidden=_FORBIDDEN,
    ),
)
VARIANTS = (
    Twist(
        "profile-headers-respelt",
        "A header that the profile requires in another case and value, others that resemble forbidden ones",
        on_answer(_respelt),
        cases=_NAMED_CASES,
        required=(_REQUIRED,),
        forbidden=_FORBIDDEN,
    ),
)
