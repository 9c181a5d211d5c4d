"""An exchange as the report shows it: redacted already, and bounded here."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from slashv1.fixtures import Exchange, Request
from slashv1.harness.connection import Connection
from slashv1.harness.curl import curl_line
from slashv1.harness.sse import Frame as Decoded
from slashv1.harness.sse import each_frame
from slashv1.matrix import Case
from slashv1.record import Frame, Wire

WRONG_KEY = "Bearer sk-slashv1-invalid-key"
WRONG_KEYS = frozenset({WRONG_KEY, "sk-slashv1-invalid-key", "Bearer", "Basic c2stc2xhc2h2MTppbnZhbGlk"})
"""What the matrix sends where a wrong key must be refused."""
BODY_LIMIT = 16_384
"""Characters of a body that are kept."""
FRAME_LIMIT = 2_048
FIRST_FRAMES, LAST_FRAMES, MARKED_FRAMES = 60, 20, 40
_MOST_HEADERS, _LONGEST_VALUE = 100, 1_000


def wire_of(case: Case, exchange: Exchange, connection: Connection, marked: frozenset[int]) -> Wire:
    """What was sent and what came; `marked`: numbers of the frames that findings speak of."""
    request = _with_wrong_key(case, exchange.request)
    query = f"?{request.query}" if request.query else ""
    url = f"{connection.root}{request.path}{query}"
    shown, count = _frames(exchange, marked) if exchange.content_type == "text/event-stream" else ((), 0)
    return Wire(
        case.operation,
        case.name,
        request.method,
        url,
        _headers(request.headers),
        None if request.body is None else _cut(request.body.decode("utf-8", "replace"), BODY_LIMIT),
        exchange.status,
        _headers(exchange.headers),
        None if count or exchange.status is None else _text(exchange.part(0, BODY_LIMIT * 4), exchange.size),
        shown,
        count - len(shown),
        _rounded(exchange.seconds),
        _rounded(exchange.first_byte),
        exchange.failure.message if exchange.failure else None,
        exchange.attempts,
        curl_line(url, request, stream=case.stream),
    )


def _with_wrong_key(case: Case, request: Request) -> Request:
    """The key of the cases on wrong keys is no secret, and their curl lines are wrong without it."""
    own = {name.lower(): value for name, value in case.request.headers.items()}
    given = own.get("authorization")
    if given not in WRONG_KEYS:
        return request
    headers = tuple((n, given if n.lower() == "authorization" else v) for n, v in request.headers)
    return replace(request, headers=headers)


def _frames(exchange: Exchange, marked: frozenset[int]) -> tuple[tuple[Frame, ...], int]:
    """The first frames, the last, and those that a finding names; and how many there are."""
    wanted = set(sorted(marked)[:MARKED_FRAMES])
    shown: list[Frame] = []
    last: deque[Frame] = deque()
    count = 0
    for count, frame in enumerate(each_frame(exchange), 1):
        if count <= FIRST_FRAMES:
            shown.append(_frame(frame))
            continue
        last.append(_frame(frame))
        if len(last) > LAST_FRAMES and (passed := last.popleft()).number in wanted:
            shown.append(passed)
    return (*shown, *last), count


def _frame(frame: Decoded) -> Frame:
    return Frame(
        frame.number,
        frame.offset,
        _rounded(frame.at),
        None if frame.event is None else _cut(frame.event, 200),
        _cut(frame.data or "", FRAME_LIMIT),
    )


def _text(start: bytes, size: int) -> str:
    """Cut before it is decoded: a body of 64 MiB is not made into text for 16 KiB of it."""
    return _cut(start.decode("utf-8", "replace"), BODY_LIMIT, size)


def _headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((_cut(n, 200), _cut(v, _LONGEST_VALUE)) for n, v in headers[:_MOST_HEADERS])


def _cut(text: str, limit: int, size: int | None = None) -> str:
    if len(text) <= limit:
        return text
    of = f"{size:,} bytes" if size is not None else f"{len(text):,} characters"
    return f"{text[:limit]}… [cut: {of} in all]"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
