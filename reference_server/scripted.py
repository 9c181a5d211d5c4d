"""The gateway under a script: the handler that looks a request up in its rules before it answers as ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slashv1.reference_server import cors, ids
from slashv1.reference_server.headers import dress
from slashv1.reference_server.mind import TOLD, Ask, ToolCall, Turn, cut_short
from slashv1.reference_server.routes import operation_of
from slashv1.reference_server.script import SPOKEN, Reply, Rule
from slashv1.reference_server.script_faults import disturbed
from slashv1.reference_server.wire import Answer, Call, Event, Handler

_MESSAGE = "The script of this gateway says so."
_ERRORS: dict[int, dict[str, Any]] = {
    401: {"code": "invalid_api_key"},
    404: {"code": "model_not_found"},
    429: {"type": "requests", "code": "rate_limit_exceeded"},
}
"""What an error of a status has where the script names nothing."""


class Scripted:
    """A handler under a script; its only state is how often each rule was used."""

    def __init__(self, handler: Handler, rules: Sequence[Rule]) -> None:
        self._handler = handler
        self._rules = tuple(rules)
        self._used = [0] * len(self._rules)

    async def answer(self, call: Call) -> Answer:
        """The answer of the first rule that fits and is not used up, or the ordinary one."""
        operation = operation_of(call.method, call.path)
        reply = self._reply(call, operation)
        if reply is None:
            return await self._handler(call)
        given = (
            cors.allowed(call, _whole(reply, operation)) if reply.whole else await self._spoken(call, reply)
        )
        for name, value in reply.headers:
            given = given.with_header(name, value)
        return disturbed(given, reply.delay, reply.fault)

    def _reply(self, call: Call, operation: str) -> Reply | None:
        for number, rule in enumerate(self._rules):
            reply = rule.reply(self._used[number])
            if reply is None or (reply.spoken and operation not in SPOKEN):
                continue
            if rule.when.fits(call, operation):
                self._used[number] += 1
                return reply
        return None

    async def _spoken(self, call: Call, reply: Reply) -> Answer:
        """The ordinary answer, its model told what to say."""
        if not reply.spoken:
            return await self._handler(call)
        token = TOLD.set(lambda ask: _turn(reply, ask))
        try:
            return await self._handler(call)
        finally:
            TOLD.reset(token)


def _turn(reply: Reply, ask: Ask) -> Turn:
    custom = {tool.name for tool in ask.tools if tool.custom}
    calls = tuple(
        ToolCall(call.name, call.arguments, call.id or ids.call_id(), call.name in custom)
        for call in reply.calls
    )
    finish = reply.finish or ("tool_calls" if calls else None)
    if finish is None:
        return cut_short(ask, reply.text or "")
    return Turn(reply.text if calls else reply.text or "", calls, finish)


def _whole(reply: Reply, operation: str) -> Answer:
    """An answer that the gateway has no part in."""
    answer = Answer(operation, status=reply.status or 200)
    if reply.frames is not None:
        answer = replace(answer, events=tuple(_event(frame, operation) for frame in reply.frames))
    elif isinstance(reply.body, str):
        answer = replace(answer, writes=(reply.body.encode(),))
    else:
        answer = replace(answer, body=reply.body if reply.has_body else _error(reply))
    return dress(answer, milliseconds=1)


def _event(frame: Any, operation: str) -> Event:
    """Text is sent as it stands; events of responses are named by their type."""
    kind = frame.get("type") if isinstance(frame, dict) and operation.startswith("responses.") else None
    return Event(frame, name=kind if isinstance(kind, str) else None)


def _error(reply: Reply) -> dict[str, Any]:
    status = reply.status or 500
    kind = "server_error" if status >= 500 else "invalid_request_error"
    usual = {"message": _MESSAGE, "type": kind, "param": None, "code": None, **_ERRORS.get(status, {})}
    return {"error": {**usual, **(reply.error or {})}}
