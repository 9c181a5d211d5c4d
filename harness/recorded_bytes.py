"""The bytes of a recording: gzip undone, text in UTF-8 whatever its byte order mark says, all bounded."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from slashv1.errors import UsageError

Stream = gzip.GzipFile | BufferedReader

MAX_LINE = 128 * 2**20
"""Bytes of one line of JSONL."""
MAX_FILE = 256 * 2**20
"""Bytes of a file that has to be read as a whole, gzip undone."""
MAX_BODY = 64 * 2**20
"""Bytes of one body, its content coding undone."""
HEAD = 64 * 2**10
"""Bytes that tell a format."""

DAMAGED = (EOFError, zlib.error, OSError)
"""What reading a cut or broken gzip file raises."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def opened(path: Path) -> Stream:
    """The file, gzip undone where its first bytes say so.

    Raises:
        UsageError: it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        return gzip.open(path, "rb") if zipped else path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def head(path: Path) -> str:
    """The first characters, to tell the format by; empty where nothing can be read.

    Raises:
        UsageError: the file cannot be opened.
    """
    with opened(path) as file:
        found = bytearray()
        try:
            while len(found) < HEAD and (block := file.read1(HEAD - len(found))):
                found += block
        except DAMAGED:
            pass
    encoding, length = _marked(bytes(found))
    return bytes(found[length:]).decode(encoding or "utf-8", "replace")


def lines(path: Path) -> Iterator[tuple[int, bytes | str]]:
    """Number and bytes (UTF-8) of each line, or what is wrong there in words.

    A damaged end and an encoding that breaks are the last line; a line without end is passed over.

    Raises:
        UsageError: the file cannot be opened.
    """
    number = 0
    with opened(path) as file:
        try:
            stream = _utf8(file)
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    yield number, f"a line of more than {MAX_LINE:,} bytes"
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(2**20)
                else:
                    yield number, line
        except UnicodeDecodeError as error:
            yield number + 1, f"not {error.encoding} as the file begins: {error.reason}"
        except DAMAGED as error:
            yield number + 1, f"the file ends or is damaged here: {error}"


def whole(path: Path) -> tuple[bytes, str]:
    """All bytes in UTF-8, as far as they could be read, and what stopped the reading (empty: nothing).

    Raises:
        UsageError: the file cannot be opened.
    """
    found, fault = bytearray(), ""
    with opened(path) as file:
        try:
            while block := file.read1(2**16):  # `read` would lose what stands before a cut
                found += block
                if len(found) > MAX_FILE:
                    return bytes(found[:MAX_FILE]), f"more than {MAX_FILE:,} bytes: the rest was not read"
        except DAMAGED as error:
            fault = f"the file ends or is damaged here: {error}"
    encoding, length = _marked(bytes(found[:4]))
    if encoding is None:
        return bytes(found), fault
    text = bytes(found[length:])
    try:
        return text.decode(encoding).encode(), fault
    except UnicodeDecodeError as error:
        kept = text[: error.start].decode(encoding).encode()
        return kept, fault or f"not {encoding} as the file begins: {error.reason}"


def undone(coding: str, body: bytes) -> bytes | str:
    """A body with its content coding undone, or why it cannot be.

    Recorders often undo it and keep the header: a body that is not so coded is taken as it is.
    """
    for one in reversed([part.strip().lower() for part in coding.split(",")]):
        if one in ("gzip", "x-gzip"):
            if not body.startswith(b"\x1f\x8b"):
                continue
            found = _inflated(body, 31)
        elif one == "deflate" and body[:1] == b"\x78":
            found = _inflated(body, 15)
        elif one in ("br", "zstd") and not _is_text(body):
            return f"content-encoding {one} cannot be undone; record with accept-encoding: identity"
        else:
            continue
        if isinstance(found, str):
            return found
        body = found
    return body


def _inflated(body: bytes, window: int) -> bytes | str:
    decoder = zlib.decompressobj(window)
    try:
        found = decoder.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        return f"the coding of the body is broken: {error}"
    if len(found) > MAX_BODY:
        return f"a body of more than {MAX_BODY:,} bytes once its coding is undone"
    return found if decoder.eof else "the coded body is cut short"


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _marked(start: bytes) -> tuple[str | None, int]:
    """The encoding that a byte order mark tells, and the mark's length; of UTF-16 without one, 0."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    if len(start) > 1 and start[:2].count(0) == 1:  # what is read here begins with ASCII
        return ("utf-16-be" if start[0] == 0 else "utf-16-le"), 0
    return None, 0


def _utf8(file: Stream) -> Stream | _Recoded:
    """The stream in UTF-8, its mark left out."""
    encoding, length = _marked(file.peek(4)[:4])
    file.read(length)
    return file if encoding is None or encoding == "utf-8" else _Recoded(file, encoding)


class _Recoded:
    """A stream of another encoding, read line by line as UTF-8."""

    def __init__(self, file: Stream, encoding: str) -> None:
        self.text = codecs.getreader(encoding)(file)
        self.rest = b""

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self.rest and len(self.rest) < limit:
            block = self.text.read(2**16)
            if not block:
                break
            self.rest += block.encode("utf-8", "surrogatepass")
        end = self.rest.find(b"\n", 0, limit) + 1 or min(limit, len(self.rest))
        line, self.rest = self.rest[:end], self.rest[end:]
        return line
