"""The wire around the place of a finding, in a few lines: what an example shows."""

from __future__ import annotations

from slashv1.harness.notes.apart import place_apart, windows_apart
from slashv1.harness.notes.focus import brief, focus, steps_of
from slashv1.harness.notes.steady import Steady
from slashv1.harness.printable import printable
from slashv1.harness.reading import Event, Reading
from slashv1.harness.sse import Frame
from slashv1.record import Finding

LIMIT = 600
"""Characters of one excerpt."""
_LINE = 190
_REQUEST = 200
_TALKATIVE = ("messages", "input", "tools")
_HEADERS = 6


def request_of(reading: Reading) -> str:
    """The request in a line: method, path, what is special of its body, and the key where it is."""
    steady = _steady(reading)
    request = reading.exchange.request
    query = f"?{request.query}" if request.query else ""
    line = f"{request.method} {request.path}{query}"
    if isinstance(reading.asked, dict):
        said = {key: value for key, value in reading.asked.items() if key != "model"}
        pairs = (
            f'"{key}": {brief(value) if key in _TALKATIVE else focus(value, ())}'
            for key, value in said.items()
        )
        line += " {" + ", ".join(pairs) + "}"
    elif request.body:
        line += " " + request.body[:60].decode("utf-8", "replace")
    if "authorization" in {name.lower() for name in reading.case.request.headers}:
        line += (
            " (with no key)" if reading.case.request.headers.get("authorization") is None else " (wrong key)"
        )
    return _cut(printable(steady.text(line)), _REQUEST)


def _steady(reading: Reading) -> Steady:
    """One that knows the ids of the request already, and those of the answers it is compared with."""
    steady, request = Steady(reading.exchange.sent_at), reading.exchange.request
    steady.text(f"{request.path} {(request.body or b'').decode('utf-8', 'replace')}")
    for other in reading.others.values():
        steady.exchange(other.exchange)
    steady.restart()
    return steady


def excerpts(good: Reading, bad: Reading, at: Finding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines of two answers around the place of a finding; where they are alike, around where they part."""
    one, other = (_steadied(reading) for reading in (good, bad))
    lines = _lines(one, at), _lines(other, at)
    if lines[0] == lines[1]:
        there = place_apart(one, other, at)
        lines = _lines(one, there), _lines(other, there)
    if lines[0] == lines[1]:
        texts = windows_apart(_text(one), _text(other), 2 * _LINE)
        lines = _bounded([_status(one), texts[0]]), _bounded([_status(other), texts[1]])
    if lines[0] == lines[1]:
        lines = (*lines[0], _arrival(good)), (*lines[1], _arrival(bad))
    return lines


def _arrival(reading: Reading) -> str:
    """How the body came, where that is all that two answers differ in."""
    times = [read.at for read in reading.exchange.reads]
    at_once = bool(times) and times[-1] - times[0] < times[-1] / 10
    return "(it came all at once, at the end)" if at_once else "(it came piece by piece)"


def _steadied(reading: Reading) -> Reading:
    return Reading(reading.case, _steady(reading).exchange(reading.exchange), reading.asked)


def _text(shown: Reading) -> str:
    return shown.exchange.body.decode("utf-8", "backslashreplace")


def _status(shown: Reading) -> str:
    status = "no answer" if shown.exchange.status is None else str(shown.exchange.status)
    return f"{status} {shown.exchange.header('content-type') or 'no content-type'}"


def _lines(shown: Reading, at: Finding) -> tuple[str, ...]:
    lines = [_status(shown), *_around(shown, at)]
    if shown.exchange.failure:
        lines.append(f"(then the connection fails: {shown.exchange.failure.kind})")
    return _bounded(lines)


def _around(shown: Reading, at: Finding) -> list[str]:
    if at.header is not None:
        return _headers(shown, at.header.lower())
    if shown.exchange.content_type == "text/event-stream" and shown.frames:
        return _frames(shown, at)
    if at.pointer is not None and shown.document.ok:
        return [focus(shown.body, steps_of(at.pointer))]
    text = " ".join(shown.exchange.part(0, 400).decode("utf-8", "backslashreplace").split())
    return [_cut(text, 2 * _LINE)] if text else ["(no body)"]


def _headers(shown: Reading, name: str) -> list[str]:
    """The header, and those that start alike in two words: the rest of its family."""
    family = "-".join(name.split("-")[:2]) + "-" if name.count("-") > 1 else name
    found = [(n.lower(), value) for n, value in shown.exchange.headers]
    lines = [f"{n}: {value}" for n, value in sorted(found) if n == name or n.startswith(family)]
    absent = [] if any(n == name for n, _ in found) else [f"(no {name})"]
    return [_cut(line, _LINE) for line in [*absent, *lines][:_HEADERS]]


def _frames(shown: Reading, at: Finding) -> list[str]:
    """The offending frame between its neighbours; of a stream as a whole, its end."""
    last = len(shown.frames) - 1
    middle = last - 1 if at.frame is None else min(at.frame, last)
    near = shown.frames[max(0, middle - 1) : middle + 2]
    events = {event.number: event for event in shown.events}
    steps = steps_of(at.pointer) if at.pointer is not None else None
    lines = ["…"] if near[0].number else []
    for frame in near:
        lines += _frame(shown, frame, events.get(frame.number), steps)
    return [*lines, "…" if near[-1].number < last else "(end)"]


def _frame(shown: Reading, frame: Frame, event: Event | None, steps: list[str] | None) -> list[str]:
    """A frame in its JSON around the place; byte for byte where it is not framed as OpenAI frames."""
    raw = shown.exchange.part(frame.offset, frame.end).decode("utf-8", "backslashreplace")
    name = [f"event: {frame.event}"] if frame.event is not None else []
    usual = raw == "\n".join([*name, f"data: {frame.data}", "", ""])
    if event is not None and event.object and (steps or usual):
        way = steps or ["choices" if "choices" in event.object else "type"]
        return [*name, _cut(f"data: {focus(event.value, way)}", _LINE)]
    return [_from_odd(line.replace("\r", "\\r")) for line in raw.split("\n") if line.strip()]


def _from_odd(line: str) -> str:
    """A line cut, so that the first byte in it that is no text is seen."""
    at = line.find("\\x")
    return _cut(f"…{line[at - _LINE // 2 :]}" if at > _LINE - 20 else line, _LINE)


def _bounded(lines: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    left = LIMIT
    for line in map(printable, lines):
        if left <= 20:
            return (*kept, "…")
        kept.append(_cut(line, left - 2))
        left -= len(kept[-1]) + 1
    return tuple(kept)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def sentence(reading: Reading, at: Finding) -> str:
    """The message of a finding, without what differs from run to run."""
    steady = _steady(reading)
    steady.exchange(reading.exchange)
    return _cut(printable(steady.text(at.message)), LIMIT)
