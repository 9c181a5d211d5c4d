"""What the Agent-* headers of a case's request ask for; read from the case alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from slashv1.harness.judge.look import mapping
from slashv1.harness.judge.when import on
from slashv1.matrix import Case

SIGNALS = "signals"
"""The tag of the cases, and what the profiles that judge them say `with:`."""
ANSWERED = on("chat.completions.create", "responses.create", "embeddings.create")
"""Answers of a model."""
_HINTS = ("agent-hints", "agent-hints-ref")
_KEY = "agent-idempotency-key"


def sent(case: Case) -> Mapping[str, str]:
    """The Agent-* headers by their name in lower case, `${…}` not filled in."""
    headers = case.request.headers.items()
    return {n.lower(): v for n, v in headers if v is not None and n.lower().startswith("agent-")}


def hinted(case: Case) -> bool:
    """Whether it brings hints, whole or by reference."""
    return not sent(case).keys().isdisjoint(_HINTS)


def sections(case: Case) -> Mapping[str, Any]:
    """The hints that the request itself holds; empty where it holds none that can be read."""
    text = sent(case).get("agent-hints", "")
    try:
        return mapping(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, RecursionError):
        return {}


def timed(case: Case) -> bool:
    """Whether its hints set a deadline."""
    return "deadline_ms" in mapping(sections(case).get("qos"))


def once(case: Case) -> str | None:
    """Its idempotency key."""
    return sent(case).get(_KEY)


def replays(one: Case, other: Case) -> bool:
    """Whether both are one request by their idempotency key, of one account."""
    key = once(one)
    return key is not None and key == once(other) and one.provoke == other.provoke
