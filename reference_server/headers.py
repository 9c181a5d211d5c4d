"""The response headers that OpenAI sends, by operation and status."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server import ids
from slashv1.reference_server.wire import Answer

_LIMITED = (
    "audio.speech.create",
    "chat.completions.create",
    "completions.create",
    "embeddings.create",
    "responses.compact",
    "responses.create",
)
_COUNTED = ("audio.transcriptions.create", "audio.translations.create")
"""Operations whose limit counts requests, not tokens."""
_OLD = ("chat.completions.create", "completions.create", "embeddings.create")
"""Operations whose gate answers 401 and 404 with a charset."""
_TOKENS = 2_000_000
_REQUESTS = 10_000


def dress(answer: Answer, *, milliseconds: int, tokens: int = 0) -> Answer:
    """The answer with all its headers; `tokens` is what the request used of the rate limit."""
    headers = [("content-type", _content_type(answer))]
    headers += answer.headers
    headers += [("x-request-id", ids.request_id())]
    if not _at_the_gate(answer):
        headers += [
            ("openai-version", "2020-10-01"),
            ("openai-organization", "slashv1"),
            ("openai-processing-ms", str(max(1, milliseconds))),
        ]
    headers += _model_named(answer)
    headers += [
        ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
        ("x-content-type-options", "nosniff"),
    ]
    if _rate_limited(answer):
        headers += rate_limits(tokens)
    elif answer.operation in _COUNTED and answer.ok:
        headers += [(name, value) for name, value in rate_limits(tokens) if name.endswith("-requests")]
    if answer.status == 401 and answer.operation not in _OLD:
        headers.append(("www-authenticate", 'Bearer realm="OpenAI API"'))
    return replace(answer, headers=tuple(headers))


def _model_named(answer: Answer) -> list[tuple[str, str]]:
    """`openai-model`, which only the operations of one model a request still send."""
    if answer.operation not in ("completions.create", "embeddings.create") or not answer.ok:
        return []
    body = answer.body if answer.events is None else answer.events[0].data
    return [("openai-model", body["model"])] if isinstance(body, dict) and "model" in body else []


def _at_the_gate(answer: Answer) -> bool:
    """Whether the oldest operations refused a request before any organization was looked up."""
    return answer.operation in _OLD and answer.status in (401, 404)


def _content_type(answer: Answer) -> str:
    if answer.events is not None:
        plain = answer.operation == "completions.create"  # the oldest stream names no charset
        return "text/event-stream" if plain else "text/event-stream; charset=utf-8"
    if answer.content is not None or answer.pieces is not None:
        return answer.media
    if answer.operation in _OLD and answer.status in (401, 403, 404):
        return "application/json; charset=utf-8"
    return "application/json"


def _rate_limited(answer: Answer) -> bool:
    if answer.operation not in _LIMITED or answer.status not in (200, 400):
        return False
    return answer.operation in _OLD or (answer.ok and answer.events is None)


def rate_limits(tokens: int) -> list[tuple[str, str]]:
    """`x-ratelimit-*`: limit, what remains, and the duration until it is whole again."""
    return [
        ("x-ratelimit-limit-requests", str(_REQUESTS)),
        ("x-ratelimit-limit-tokens", str(_TOKENS)),
        ("x-ratelimit-remaining-requests", str(_REQUESTS - 1)),
        ("x-ratelimit-remaining-tokens", str(_TOKENS - tokens)),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-reset-tokens", f"{tokens * 60_000 // _TOKENS}ms" if tokens > 33 else "0s"),
    ]
