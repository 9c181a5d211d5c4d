"""Server-sent events by the WHATWG rules, with the byte offset and time of every frame.

Source: HTML standard, 9.2.5 and 9.2.6 (parsing and interpreting an event stream).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import Facet

_BOM = b"\xef\xbb\xbf"
_PIECE = 2**16
"""Bytes that are decoded at a time."""

Field = tuple[str, str]


class Frame(NamedTuple):
    """One event stream block, dispatched or not. A tuple: streams have thousands of them."""

    number: int
    """From 0, in order of the stream; comment-only blocks count not."""
    offset: int
    """Byte offset of its first line in the body."""
    end: int
    """Byte offset behind its last byte, the blank line included."""
    at: float | None
    """Seconds after the request at which its last byte was read."""
    data: str | None
    """Joined `data` lines; None where the block had none."""
    event: str | None = None
    """The `event` field; None where absent."""
    id: str | None = None
    retry: str | None = None
    fields: tuple[Field, ...] = ()
    """Every line of the block: field name and value; name `""` for comments."""
    terminated: bool = True
    """Whether a blank line ended it; WHATWG drops a block that the end of the body cuts."""


class Decoder:
    """Bytes in, as they are read; frames out, as their blank line comes. The same for any chunking.

    Holds the block in progress and nothing else. `place`, `count`: of a piece of a stream, the bytes and the
    frames before it.
    """

    def __init__(self, place: int = 0, count: int = 0) -> None:
        self._partial: list[bytes] = []
        """Pieces of the line in progress, or of one that ends in a CR an LF may follow."""
        self._lines: list[bytes] = []
        self._start = place
        """Byte offset of the block in progress."""
        self._place = place
        """Byte offset behind the last complete line."""
        self._read = place
        self._at: float | None = None
        self._count = count

    @property
    def held(self) -> int:
        """Bytes of the block in progress: what a limit on frames is held against."""
        return self._read - (self._start if self._lines else self._place)

    def feed(self, data: bytes, at: float | None = None) -> list[Frame]:
        """The frames that these bytes complete; `at`: seconds after the request, not decreasing."""
        if not data:
            return []
        before, earlier = self._read, self._at
        self._read, self._at = before + len(data), at
        follows_cr = bool(self._partial) and self._partial[-1].endswith(b"\r")
        self._partial.append(data)
        if b"\n" not in data and b"\r" not in data and not follows_cr:
            return []
        lines = b"".join(self._partial).splitlines(keepends=True)
        # A last CR waits: the LF that may follow belongs to the same line end.
        self._partial = [] if lines[-1].endswith(b"\n") else [lines.pop()]
        frames: list[Frame] = []
        for line in lines:
            if self._line(line):
                ended_before = self._place <= before
                frames.extend(self._block(self._place, earlier if ended_before else at))
        return frames

    def close(self) -> list[Frame]:
        """The block that the end of the body completes or cuts, if there is one."""
        last, self._partial = b"".join(self._partial), []
        if last and self._line(last):
            return self._block(self._place, self._at)
        return self._block(self._place, self._at, terminated=False)

    def _line(self, raw: bytes) -> bool:
        """Take in one line; whether it is the blank one that ends a block."""
        begin, self._place = self._place, self._place + len(raw)
        line = raw.rstrip(b"\r\n")
        if begin == 0:
            line = line.removeprefix(_BOM)
        if line:
            if not self._lines:
                self._start = begin
            self._lines.append(line)
            return False
        return bool(self._lines)

    def _block(self, end: int, at: float | None, *, terminated: bool = True) -> list[Frame]:
        """The frame of the lines taken in; none where all are comments."""
        fields = tuple([_field(line) for line in self._lines])
        self._lines = []
        if not any(name for name, _ in fields):
            return []
        number, self._count = self._count, self._count + 1
        return [_frame(number, self._start, end, at, fields, terminated=terminated)]


def _frame(
    number: int, start: int, end: int, at: float | None, fields: tuple[Field, ...], *, terminated: bool = True
) -> Frame:
    named: dict[str, str] = {}
    data: list[str] = []
    for name, value in fields:
        if name == "data":
            data.append(value)
        elif _counts(name, value):
            named[name] = value
    joined = "\n".join(data) if data else None
    event, known, retry = named.get("event"), named.get("id"), named.get("retry")
    return Frame(number, start, end, at, joined, event, known, retry, fields, terminated)


def _field(line: bytes) -> Field:
    return _named(line.decode("utf-8", "replace"))


def _named(line: str) -> Field:
    name, _, value = line.partition(":")
    return name, value[1:] if value[:1] == " " else value


def _counts(name: str, value: str) -> bool:
    """Whether a field other than data means anything: an id without NUL, a retry of ASCII digits."""
    if name == "id":
        return "\0" not in value
    return name == "event" or (name == "retry" and value.isascii() and value.isdigit())


def decode(exchange: Exchange) -> tuple[Frame, ...]:
    """The frames of an exchange's body; their times only where the exchange kept times."""
    timed = Facet.TIMES in exchange.facets
    whole = _at_once(exchange, timed=timed)
    return tuple(each_frame(exchange) if whole is None else whole)


def each_frame(exchange: Exchange) -> Iterator[Frame]:
    """As `decode`, one after the other: for who keeps few of the many frames of a long stream."""
    timed = Facet.TIMES in exchange.facets
    decoder = Decoder()
    for read in exchange.reads:
        for start in range(0, len(read.data), _PIECE):
            yield from decoder.feed(read.data[start : start + _PIECE], read.at if timed else None)
    yield from decoder.close()


def decode_one(data: bytes, start: int, number: int, at: float | None) -> Frame:
    """The frame whose block this is, as it was found in its stream: from which byte, as which, and when."""
    if data.endswith(b"\n\n") and b"\r" not in data:
        text = data[:-2].decode("utf-8", "replace")
        usual = _usual(text)
        if usual is not None:
            event, fields = usual
            return Frame(number, start, start + len(data), at, fields[-1][1], event, None, None, fields)
    decoder = Decoder(start, number)
    return [*decoder.feed(data, at), *decoder.close()][0]


def _at_once(exchange: Exchange, *, timed: bool) -> list[Frame] | None:
    """The frames of a body that is there whole and ends its lines in LF; None where only a `Decoder` knows.

    A blank line is two LF in a row then, and the body falls apart into its blocks at one go.
    """
    body = exchange.body
    if b"\r" in body or body.startswith(_BOM) or not body.endswith(b"\n\n"):
        return None
    try:
        whole = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    narrow = len(whole) == len(body)
    ends, reads = exchange.read_ends if timed else (), exchange.reads

    def arrived(end: int) -> float | None:
        return reads[bisect_left(ends, end)].at if timed else None

    frames: list[Frame] = []
    start = place = 0
    while (cut := whole.find("\n\n", place)) >= 0:
        text, place = whole[place:cut], cut + 2
        end = start + 2 + (len(text) if narrow else len(text.encode()))
        usual = _usual(text)
        if usual is not None:
            event, fields = usual
            data = fields[-1][1]
            frames.append(Frame(len(frames), start, end, arrived(end), data, event, None, None, fields))
        else:
            # Blank lines before a block end nothing, and what is all comments is none.
            found = tuple([_named(line) for line in text.split("\n") if line])
            if any(name for name, _ in found):
                begin = start + len(text) - len(text.lstrip("\n"))
                frames.append(_frame(len(frames), begin, end, arrived(end), found))
        start = end
    return frames


def _usual(text: str) -> tuple[str | None, tuple[Field, ...]] | None:
    """Name and fields of a block of a line of data, perhaps behind one with the event's name; else None."""
    if text.startswith("data: "):
        return None if "\n" in text else (None, (("data", text[6:]),))
    if text.startswith("event: "):
        name, _, rest = text.partition("\n")
        if rest.startswith("data: ") and "\n" not in rest:
            return name[7:], (("event", name[7:]), ("data", rest[6:]))
    return None
