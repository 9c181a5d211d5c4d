"""A request and its answer in a terminal: heads, JSON over several lines, frames with the times they came.

Whatever a server said goes through `printable`. On a terminal long lines are folded; elsewhere they stay
whole, for who searches them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from slashv1.harness.indented import indented
from slashv1.harness.paragraph import folded
from slashv1.harness.printable import printable
from slashv1.record import Finding, Frame, Wire

_SENT, _CAME, _MARKED = "> ", "< ", "! "
_NARROW = 4
"""Columns by which what is folded is indented."""
_NO_TEXT = ("audio/", "image/", "video/", "application/octet-stream")


def show_wire(out: Console, wire: Wire, findings: Sequence[Finding] = (), *, title: str = "") -> None:
    """The exchange of one case; frames that a finding names are marked with `!`, and with its check."""
    head = f"{wire.operation}::{wire.case}{f', {title}' if title else ''}"
    _line(out, "", printable(head), "bold")
    for line in _request(wire):
        _line(out, _SENT, line, "cyan")
    _line(out, "", "")
    for line in _head(wire):
        _line(out, _CAME, line, "bold" if line.startswith("HTTP") else "")
    marked = _marks(findings)
    for frame in wire.frames:
        named = marked.get(frame.number)
        prefix, style = (_MARKED, "bold red") if named else (_CAME, "")
        _line(out, prefix, _frame(frame, f" ({named})" if named else ""), style)
    if wire.frames_left_out:
        _line(out, _CAME, f"… {wire.frames_left_out:,} frames more, left out here", "dim")
    if wire.failure:
        _line(out, _MARKED, printable(wire.failure), "bold red")
    out.print()


def _request(wire: Wire) -> Iterator[str]:
    yield printable(f"{wire.method} {wire.url}")
    yield from _headers(wire.request_headers)
    if wire.request_body is not None:
        yield ""
        yield from _body(wire.request_body)


def _head(wire: Wire) -> Iterator[str]:
    if wire.status is None:
        yield "no answer"
        return
    times = [f"first byte {wire.first_byte:.3f} s" if wire.first_byte is not None else ""]
    times.append(f"whole {wire.seconds:.3f} s" if wire.seconds is not None else "")
    times.append(f"{wire.attempts} attempts" if wire.attempts > 1 else "")
    yield f"HTTP {wire.status}  ({', '.join(filter(None, times))})"
    yield from _headers(wire.response_headers)
    if wire.body or wire.frames:
        yield ""
    media = next((v.lower() for n, v in wire.response_headers if n.lower() == "content-type"), "")
    if wire.body and media.startswith(_NO_TEXT) and "\ufffd" in wire.body:
        yield f"({printable(media)}, no text)"
    elif wire.body:
        yield from _body(wire.body)


def _headers(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (printable(f"{name}: {value}") for name, value in headers)


def _body(text: str) -> Iterator[str]:
    return (printable(line) for line in indented(text).split("\n"))


def _frame(frame: Frame, named: str) -> str:
    """`0.012 s  #3  response.created  {…}`; the data as it was sent, its line breaks shown."""
    at = f"{frame.at:.3f} s" if frame.at is not None else "?"
    event = f"  {printable(frame.event)}" if frame.event else ""
    return f"{at}  #{frame.number}{named}{event}  {printable(frame.data)}"


def _marks(findings: Iterable[Finding]) -> dict[int, str]:
    """By number of the frame, the checks that object to it."""
    named: dict[int, dict[str, None]] = {}
    for finding in findings:
        if finding.frame is not None:
            named.setdefault(finding.frame, {})[finding.check] = None
    return {number: ", ".join(checks) for number, checks in named.items()}


def _line(out: Console, prefix: str, line: str, style: str = "") -> None:
    """One line of the exchange, behind what says whose it is."""
    room = out.width - len(prefix)
    for piece in folded(line, room, _NARROW) if out.is_terminal else [line]:
        out.print(Text((prefix + piece).rstrip(), style), soft_wrap=True)
