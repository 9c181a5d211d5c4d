"""Defects and a legal variant that no usual request shows: a search draws one that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from slashv1.reference_server.defects.adapters import drop
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError, server_error
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.wire import Answer, Call, Handler, dumps

CHAT = ("chat.completions.create",)
_BEYOND = "\uffff"
"""The last character that fits into 16 bits: those behind it are pairs in UTF-16."""
_PLAIN = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _said(call: Call) -> str:
    """Every text of a request, ids in its path included."""
    return unquote(call.path) + "".join(_texts(call.json))


def _empty(call: Call) -> bool:
    return "" in _texts(call.json)


def _rare(call: Call) -> bool:
    return any(one > _BEYOND for one in _said(call))


def _foreign(call: Call) -> bool:
    return not _said(call).isascii()


def _where(asked: Callable[[Call], bool], change: Callable[[Answer], Answer]) -> Change:
    """Change the answers to some requests for the operations touched."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        answer = await handler(call)
        return change(answer) if answer.operation in operations and asked(call) else answer

    return changed


def _crash(answer: Answer) -> Answer:
    return dress(server_error().answer(answer.operation), milliseconds=1)


def _cut(answer: Answer) -> Answer:
    return replace(answer, writes=(b"",), cut=True)


def _detail(answer: Answer) -> Answer:
    """A framework's own refusal."""
    fault = [{"loc": ["body"], "msg": "Input should be valid", "type": "value_error"}]
    return replace(answer, status=422, body={"detail": fault}, events=None)


def _refuse(answer: Answer) -> Answer:
    """An honest refusal, in the envelope."""
    problem = ApiError("This gateway takes no such characters.", param=None, code="invalid_value")
    return dress(problem.answer(answer.operation), milliseconds=1)


def _unnumbered(answer: Answer) -> Answer:
    """A plain completion whose choices have no index."""
    if not answer.ok or answer.body is None:
        return answer
    body = {**answer.body, "choices": [dict(choice) for choice in answer.body["choices"]]}
    drop("choices.*.index")(body)
    return replace(answer, body=body)


async def _mended(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """What is no JSON object is answered all the same."""
    if call.method == "POST" and find_route(call.method, call.path)[0] in operations and not call.json:
        call = replace(call, body=dumps(_PLAIN).encode())
    return await handler(call)


async def _typed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A validator of the framework refuses wrong types before the gateway does."""
    answer = await handler(call)
    wrong = not answer.ok and answer.body["error"]["code"] == "invalid_type"
    return _detail(answer) if wrong and answer.operation in operations else answer


DEFECTS = (
    Twist(
        "drawn-empty-text-500",
        "An empty text in a request ends as 500",
        _where(_empty, _crash),
        CHAT,
        "fuzz.server-error",
        drawn=True,
    ),
    Twist(
        "drawn-rare-character-cut",
        "A character beyond 16 bits in a request breaks the connection off",
        _where(_rare, _cut),
        CHAT,
        "fuzz.server-error",
        drawn=True,
    ),
    Twist(
        "drawn-id-500",
        "An id with a character beyond ASCII ends as 500",
        _where(_foreign, _crash),
        ("responses.retrieve",),
        "fuzz.server-error",
        drawn=True,
    ),
    Twist(
        "drawn-answer-without-index",
        "Asked with an empty text, the choices of a completion have no index",
        _where(_empty, _unnumbered),
        CHAT,
        "fuzz.valid-answer",
        drawn=True,
    ),
    Twist(
        "drawn-refusal-detail",
        "Texts in another script are refused with {detail: …}",
        _where(_foreign, lambda answer: _detail(answer) if answer.ok else answer),
        CHAT,
        "fuzz.honest-rejection",
        drawn=True,
    ),
    Twist(
        "drawn-no-json-accepted",
        "A body that is no JSON object is answered",
        _mended,
        CHAT,
        "fuzz.broken-refused",
        drawn=True,
    ),
    Twist(
        "drawn-types-detail",
        "Values of a wrong type are refused with 422 and {detail: …}",
        _typed,
        CHAT,
        "fuzz.broken-envelope",
        drawn=True,
    ),
)
VARIANTS = (
    Twist(
        "refuses-rare-characters",
        "Characters beyond 16 bits are refused, in the envelope",
        _where(_rare, _refuse),
        CHAT,
        drawn=True,
    ),
)
