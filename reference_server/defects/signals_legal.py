"""Unusual and legal under the profile `zumik`: what no check of the header signals may object to."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_header
from slashv1.reference_server.defects.pages import PAGES
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Answer, Call, Event

CHAT = "chat.completions.create"
_PAGES = ("system", "user", "assistant")
"""The roles that the gateway's own page names."""
_BEYOND = ("tools", "tool_choice", "response_format", "logprobs", "n", "stop")


def _cased(call: Call, answer: Answer) -> Answer:
    """Names in another case, one header more, and a blank behind each comma."""
    spelt = [(n.upper() if n.lower().startswith("agent-") else n, v) for n, v in answer.headers]
    spaced = [(n, v.replace(",", ", ") if n == "AGENT-HINTS-HONORED" else v) for n, v in spelt]
    return replace(answer, headers=(*spaced, ("Agent-Model-Release", "rel_2026_06")))


def _other_statuses(call: Call, answer: Answer) -> Answer:
    """409 for a key that is taken, 400 for a reference to nothing."""
    error = answer.body.get("error") if isinstance(answer.body, dict) and not answer.ok else None
    code = error["code"] if isinstance(error, dict) else None
    wanted = {"idempotency_key_reused": 409, "reference_not_found": 400}.get(str(code))
    return replace(answer, status=wanted) if wanted else answer


def _text_only(call: Call, answer: Answer) -> Answer:
    """An honest 400 for what the gateway's page does not name."""
    if answer.operation != CHAT or not answer.ok:
        return answer
    asked = call.json
    beyond = [name for name in _BEYOND if name in asked]
    strange = [
        m for m in asked["messages"] if m["role"] not in _PAGES or not isinstance(m.get("content"), str)
    ]
    if not beyond and not strange:
        return answer
    what = beyond[0] if beyond else "messages"
    problem = ApiError(f"'{what}' of this form is not supported.", param=what, code="unsupported_parameter")
    kept = tuple((n, v) for n, v in answer.headers if n.lower().startswith("agent-"))
    refused = dress(problem.answer(CHAT), milliseconds=1)
    return replace(refused, headers=(*refused.headers, *kept))


def _undeletable(call: Call, answer: Answer) -> Answer:
    if answer.operation != "responses.delete" or not answer.ok:
        return answer
    problem = ApiError("Responses cannot be deleted here.", status=405, code="method_not_supported")
    return dress(problem.answer(answer.operation), milliseconds=1)


def _as_on_the_page(call: Call, answer: Answer) -> Answer:
    """Chat bodies with the keys of the gateway's own wire examples, and no others."""
    if answer.operation != CHAT or not answer.ok or call.json.get("logprobs"):
        return answer
    if answer.body is not None:
        return replace(answer, body=_sparse(answer.body))
    return replace(answer, events=tuple(_chunk(event) for event in answer.events or ()))


def _sparse(body: dict[str, Any]) -> dict[str, Any]:
    spare = copy.deepcopy({k: v for k, v in body.items() if k not in ("service_tier", "system_fingerprint")})
    for choice in spare["choices"]:
        del choice["logprobs"]
        for key in ("refusal", "annotations"):
            choice["message"].pop(key, None)
    _bill(spare["usage"])
    return spare


def _bill(usage: dict[str, Any]) -> None:
    usage.pop("completion_tokens_details", None)
    usage["prompt_tokens_details"].pop("audio_tokens", None)


def _chunk(event: Event) -> Event:
    if not isinstance(event.data, dict):
        return event
    spare = ("service_tier", "system_fingerprint", "obfuscation")
    chunk = copy.deepcopy({key: value for key, value in event.data.items() if key not in spare})
    for choice in chunk["choices"]:
        choice.pop("logprobs", None)
        choice["delta"].pop("refusal", None)
        if choice["finish_reason"] is None:
            del choice["finish_reason"]
    if chunk.get("usage", {}) is None:
        del chunk["usage"]
    if "usage" in chunk:
        _bill(chunk["usage"])
    return replace(event, data=chunk)


_VARIANTS = (
    Twist(
        "signals-cased",
        "Names of signals in another case, blanks in a list, one more header",
        on_answer(_cased),
    ),
    Twist(
        "signals-statuses",
        "Signals are refused with other statuses",
        on_answer(_other_statuses),
        cases=("*::*-unknown", "*::idempotent-*"),
    ),
    Twist(
        "signals-text-only",
        "What the gateway's page does not name is refused with an honest 400",
        on_answer(_text_only),
        operations=(CHAT,),
    ),
    Twist(
        "signals-undeletable",
        "Responses cannot be deleted",
        on_answer(_undeletable),
        cases=("responses.*::*",),
    ),
    Twist(
        "signals-as-on-the-page",
        "Chat bodies have the keys of the gateway's own wire examples alone",
        on_answer(_as_on_the_page),
        operations=(CHAT,),
    ),
    Twist(
        "signals-exposed-by-a-star",
        "A page may read every header of an answer, its signals too, by a star",
        on_header("access-control-expose-headers", lambda _: "*"),
        cases=PAGES,
    ),
)
VARIANTS = tuple(replace(twist, profile="zumik") for twist in _VARIANTS)
