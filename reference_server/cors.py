"""Requests from web pages: a browser asks before it sends a key across origins (Fetch standard, 3.3)."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server.families import ROUTES
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.routes import find_route
from slashv1.reference_server.wire import Answer, Call

_METHODS = tuple(dict.fromkeys(method for _, method, _ in ROUTES))
_EXPOSE = "access-control-expose-headers"
_EXPOSED = "x-request-id"


def preflight(call: Call) -> Answer | None:
    """The answer to a browser's question, which carries no key; None where the call is none."""
    asked = call.headers.get("access-control-request-method")
    if call.method != "OPTIONS" or asked is None or not _known(call.path):
        return None
    headers = [
        ("access-control-allow-methods", ", ".join(_METHODS)),
        ("access-control-allow-headers", call.headers.get("access-control-request-headers", "authorization")),
        ("access-control-max-age", "600"),
    ]
    return Answer("", headers=tuple(headers), writes=(b"",))


def _known(path: str) -> bool:
    def takes(method: str) -> bool:
        try:
            find_route(method, path)
        except ApiError:
            return False
        return True

    return any(takes(method) for method in _METHODS)


def exposed(answer: Answer, *names: str) -> Answer:
    """The answer with leave for a page to read these headers too, where it may read any."""
    given = dict(answer.headers).get(_EXPOSE)
    return answer if given is None else answer.with_header(_EXPOSE, ", ".join((given, *names)))


def allowed(call: Call, answer: Answer) -> Answer:
    """The answer as a page of another origin may read it."""
    if "origin" not in call.headers:
        return answer
    more = (("access-control-allow-origin", "*"), (_EXPOSE, _EXPOSED))
    return replace(answer, headers=(*answer.headers, *more))
