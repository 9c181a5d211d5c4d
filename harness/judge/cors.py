"""Web pages as clients: what a browser asks before it lets a page send its key to another origin.

Tried only where it is asked for (`--cors`): a gateway need not serve pages, and many should not.
"""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import short
from slashv1.harness.judge.signals_request import SIGNALS
from slashv1.harness.judge.when import PREFLIGHT, on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level
from slashv1.spec import header_grammar

ASKED = on(PREFLIGHT)
KEPT = [Facet.HEADERS]


def _from_a_page(case: Case) -> bool:
    return "cors" in case.tags


def _answered_page(case: Case) -> bool:
    return _from_a_page(case) and case.operation != PREFLIGHT


def _sent(reading: Reading, name: str) -> str:
    return next((v for n, v in reading.exchange.request.headers if n.lower() == name), "")


def _list(text: str | None) -> list[str]:
    return [part.strip().lower() for part in (text or "").split(",") if part.strip()]


def _granted(reading: Reading) -> bool:
    status = reading.exchange.status
    return status is not None and 200 <= status < 300


@check(
    "cors.preflight",
    title="A preflight is answered with success, and without a key",
    clause="HD-32",
    when=ASKED,
    always=True,
)
def _preflight(reading: Reading) -> Iterator[Deviation]:
    """A browser sends no key with its question and takes nothing but 2xx for an answer."""
    exchange = reading.exchange
    if exchange.failure or not _granted(reading):
        said = exchange.failure.message if exchange.failure else str(exchange.status)
        yield Deviation(f"OPTIONS was answered {said}: no page can call this operation", "200 or 204", said)


@check(
    "cors.allow-origin",
    title="The origin of the page is allowed",
    clause="HD-33",
    when=_from_a_page,
    needs=KEPT,
)
def _allow_origin(reading: Reading) -> Iterator[Deviation]:
    """Without it the browser throws the answer away and shows the page a network error."""
    given = reading.exchange.header_values("access-control-allow-origin")
    origin = _sent(reading, "origin")
    if len(given) != 1 or given[0].strip() not in ("*", origin):
        said = short(", ".join(given)) if given else "absent"
        message = f"access-control-allow-origin is {said} for a page of {origin}"
        yield Deviation(message, f"* or {origin}", said, header="access-control-allow-origin")


@check(
    "cors.allow-headers",
    title="A preflight allows the headers that the SDK sends",
    clause="HD-34",
    when=ASKED,
    needs=KEPT,
)
def _allow_headers(reading: Reading) -> Iterator[Deviation]:
    """openai-node in a page sends its key and `x-stainless-*`; one that is not allowed stops the request."""
    allowed = _list(", ".join(reading.exchange.header_values("access-control-allow-headers")))
    if "*" in allowed:
        return  # authorization stands by itself: cors.allow-authorization
    missing = [
        name for name in _list(_sent(reading, "access-control-request-headers")) if name not in allowed
    ]
    if missing:
        said = short(", ".join(allowed)) if allowed else "absent"
        message = f"access-control-allow-headers leaves out {', '.join(missing)}"
        yield Deviation(message, ", ".join(missing), said, header="access-control-allow-headers")


@check(
    "cors.allow-authorization",
    level=Level.SHOULD,
    title="A preflight allows authorization by its name",
    clause="HD-35",
    when=ASKED,
    needs=KEPT,
)
def _allow_authorization(reading: Reading) -> Iterator[Deviation]:
    """By the Fetch standard `*` does not cover it; some browsers let it pass, and warn."""
    allowed = _list(", ".join(reading.exchange.header_values("access-control-allow-headers")))
    if "*" in allowed and "authorization" not in allowed:
        message = "access-control-allow-headers is *, which does not cover authorization"
        yield Deviation(message, "authorization", "*", header="access-control-allow-headers")


@check(
    "cors.allow-methods",
    title="A preflight allows the method that it asks for",
    clause="HD-36",
    when=ASKED,
    needs=KEPT,
)
def _allow_methods(reading: Reading) -> Iterator[Deviation]:
    """GET and POST need no leave; DELETE does, and a page cannot delete what it stored."""
    wanted = _sent(reading, "access-control-request-method")
    allowed = _list(", ".join(reading.exchange.header_values("access-control-allow-methods")))
    if wanted not in ("GET", "HEAD", "POST") and not {wanted.lower(), "*"} & {*allowed}:
        said = short(", ".join(allowed)) if allowed else "absent"
        message = f"access-control-allow-methods leaves out {wanted}"
        yield Deviation(message, wanted, said, header="access-control-allow-methods")


@check(
    "cors.expose-headers",
    level=Level.MAY,
    title="A page may read the request id",
    clause="HD-37",
    when=_answered_page,
    needs=KEPT,
)
def _expose_headers(reading: Reading) -> Iterator[Deviation]:
    """Without leave a page sees no header of its own: `_request_id` is null in openai-node."""
    exposed = _list(", ".join(reading.exchange.header_values("access-control-expose-headers")))
    if not {"x-request-id", "*"} & {*exposed}:
        said = short(", ".join(exposed)) if exposed else "absent"
        message = "access-control-expose-headers leaves out x-request-id"
        yield Deviation(message, "x-request-id", said, header="access-control-expose-headers")


@check(
    "cors.expose-signals",
    level=Level.MAY,
    title="A page may read the Agent-* headers of its answer",
    clause="AG-36",
    when=_answered_page,
    needs=KEPT,
    within=SIGNALS,
)
def _expose_signals(reading: Reading) -> Iterator[Deviation]:
    """Without leave a page can neither find its trace at /v2/usage nor tell a replay from a new charge."""
    exposed = _list(", ".join(reading.exchange.header_values("access-control-expose-headers")))
    signals = [rule.name for rule in header_grammar().values() if rule.profile == "zumik"]
    came = [name for name in signals if reading.exchange.header(name) is not None]
    missing = [name for name in came if name.lower() not in exposed]
    if missing and "*" not in exposed:
        said = short(", ".join(exposed)) if exposed else "absent"
        message = f"access-control-expose-headers leaves out {', '.join(missing)}"
        yield Deviation(message, ", ".join(missing), said, header="access-control-expose-headers")
