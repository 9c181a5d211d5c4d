"""How fast an answer comes: a model that takes its time, and what stands between it and the client."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from slashv1.reference_server.wire import Answer, Call

TOKEN = 0.012
"""Seconds that a slow model takes for a token."""
START = 2.0
"""Seconds before a slow start's first byte."""
LONG = ("*::long-stream",)
"""Cases that keep a model busy, and what is compared with them."""
_COMMENT = b": keep-alive\n\n"


def slow_model(call: Call, answer: Answer) -> Answer:
    """Token by token: a stream as it is generated, a plain answer when all is."""
    if answer.events is not None:
        return replace(answer, pace=TOKEN)
    return replace(answer, delay=TOKEN * _tokens(answer.body))


def buffered(call: Call, answer: Answer) -> Answer:
    """As slow, and the whole stream is held back until its end."""
    if answer.events is None:
        return slow_model(call, answer)
    writes = answer.encoded()
    return replace(answer, delay=TOKEN * len(writes), writes=(b"".join(writes),))


def slow_start(call: Call, answer: Answer) -> Answer:
    """Nothing for two seconds, then everything: a cold start, a queue."""
    writes = (b"".join(answer.encoded()),) if answer.events is not None else answer.writes
    return replace(answer, delay=START, writes=writes)


def slow_keepalive(call: Call, answer: Answer) -> Answer:
    """A model that thinks before it speaks, comments sent meanwhile; once a second would be usual."""
    if answer.events is None:
        return answer
    comments = tuple(itertools.repeat(_COMMENT, 10))
    return replace(answer, pace=0.02, writes=(*comments, b"".join(answer.encoded())))


def _tokens(body: Any) -> int:
    usage = body.get("usage") if isinstance(body, dict) else None
    counted = usage or {}
    return int(counted.get("completion_tokens") or counted.get("output_tokens") or 0)
