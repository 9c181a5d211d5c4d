"""The Agent-* headers of an answer."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server import cors
from slashv1.reference_server.wire import Answer
from slashv1.reference_server.zumik.traces import Trace


def signalled(answer: Answer, trace: Trace, replay: bool | None) -> Answer:
    """The answer with what is known of its request, which a page of another origin may read too.

    Args:
        replay: whether it was given before; None: the request named no idempotency key.
    """
    aimed = trace.signals.deadline_ms is not None and trace.admission == "admitted"
    values = {
        "Agent-Trace-Id": trace.id,
        "Agent-Execution-Profile": trace.execution_profile,
        "Agent-Resolved-Provider": trace.provider,
        "Agent-Resolved-Release": trace.release,
        "Agent-Region": trace.region,
        "Agent-QoS-Admission": trace.admission,
        "Agent-QoS-Target-Met": _truth(answer.status != 504) if aimed else None,
        "Agent-QoS-Fallback-Used": trace.admission and _truth(False),
        "Agent-Idempotent-Replay": None if replay is None else _truth(replay),
        "Agent-Hints-Honored": ",".join(trace.signals.honoured) or None,
    }
    more = tuple((name, value) for name, value in values.items() if value)
    return cors.exposed(replace(answer, headers=(*answer.headers, *more)), *(name for name, _ in more))


def _truth(value: bool) -> str:
    return "true" if value else "false"
