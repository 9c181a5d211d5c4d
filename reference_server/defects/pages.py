"""Defects that web pages alone meet: what a browser asks, and what it must be answered."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server.defects.adapters import on_answer, on_header
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Handler

PAGES = ("cors.preflight::*", "*::from-page")


async def _no_preflight(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """As a framework without the middleware answers: it knows no such method."""
    if call.method != "OPTIONS":
        return await handler(call)
    headers = {n: v for n, v in call.headers.items() if n != "access-control-request-method"}
    return await handler(replace(call, headers=headers))


def _bare(call: Call, answer: Answer) -> Answer:
    if call.method == "OPTIONS":
        return answer
    kept = tuple((n, v) for n, v in answer.headers if not n.startswith("access-control-"))
    return replace(answer, headers=kept)


DEFECTS = (
    Twist(
        "cors-refused",
        "OPTIONS is not allowed",
        _no_preflight,
        (),
        "cors.preflight",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-other-origin",
        "Only the gateway's own pages are allowed",
        on_header("access-control-allow-origin", lambda _: "https://console.example"),
        (),
        "cors.allow-origin",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-answer-bare",
        "The preflight is answered, and the answer itself allows nobody",
        on_answer(_bare),
        (),
        "cors.allow-origin",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-few-headers",
        "A preflight allows the key and the type alone, not what the SDK sends",
        on_header("access-control-allow-headers", lambda _: "Authorization, Content-Type"),
        (),
        "cors.allow-headers",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-any-header",
        "A preflight allows any header by a star",
        on_header("access-control-allow-headers", lambda _: "*"),
        (),
        "cors.allow-authorization",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-no-delete",
        "A preflight allows GET and POST alone",
        on_header("access-control-allow-methods", lambda _: "GET, POST"),
        (),
        "cors.allow-methods",
        (),
        cases=PAGES,
    ),
    Twist(
        "cors-nothing-exposed",
        "A page may read no header of an answer",
        on_header("access-control-expose-headers", lambda _: None),
        (),
        "cors.expose-headers",
        (),
        cases=PAGES,
    ),
)
