"""The body of an answer as it comes in: content coding undone, every limit held, times kept."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from slashv1.fixtures.exchange import Failure, FailureKind
from slashv1.fixtures.reads import LONG, Read, StoredReads
from slashv1.harness.connection import Limits
from slashv1.harness.sse import Decoder

_MANY_READS = 50_000
"""Beyond so many, reads are merged: a stream of single bytes must not cost an object each."""
_MERGED = 65_536
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Broken(Exception):  # noqa: N818 - what the target did, not an error of ours
    """The answer cannot be read on; the bytes so far stay."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message)


class Body:
    """Reads of one body. `feed` and `close` raise `Broken`; what came before stays in `reads`."""

    def __init__(self, limits: Limits, *, coding: str, event_stream: bool, room: int) -> None:
        self._limits = limits
        self._coding = coding
        self._room = room
        """Bytes that the whole run may still keep."""
        self._inflater = _inflater(coding)
        self._frames = Decoder() if event_stream else None
        self._reads: list[Read] | StoredReads = []
        self._merged = bytearray()
        self._last = 0.0
        self.size = 0
        self.frames = 0

    @property
    def reads(self) -> Sequence[Read]:
        """What came so far; a long body lies in a file."""
        if self._merged:
            self._reads.append(Read(bytes(self._merged), self._last))
            self._merged.clear()
        return self._reads if isinstance(self._reads, StoredReads) else tuple(self._reads)

    def feed(self, data: bytes, at: float) -> None:
        """Take in one raw read, `at` seconds after the request."""
        if self._inflater is None or not data:
            self._keep(data, at)
        else:
            self._inflate(self._inflater, data, at)

    def close(self) -> None:
        """The body has ended by its framing."""
        if self._inflater is not None and self.size and not self._inflater.eof:
            raise Broken(FailureKind.TRUNCATED, f"the {self._coding} data of the body is cut off")
        if self._coding not in ("", "identity") and self._inflater is None:
            raise Broken(
                FailureKind.ENCODING,
                f"content-encoding {self._coding[:40]!r}, for which the request did not ask",
            )

    def _inflate(self, inflater: zlib._Decompress, data: bytes, at: float) -> None:
        more = True
        while data or more:
            try:
                piece = inflater.decompress(data, _MERGED)
            except zlib.error as error:
                if self._coding == "deflate" and self.size == 0 and inflater is self._inflater:
                    # Half the servers that say deflate send it without the zlib header.
                    inflater = zlib.decompressobj(_RAW)
                    self._inflater, self._coding = inflater, "raw deflate"
                    continue
                raise Broken(
                    FailureKind.ENCODING, f"the body is not the {self._coding} it claims: {error}"
                ) from None
            self._keep(piece, at)
            data = inflater.unconsumed_tail
            more = len(piece) == _MERGED  # a full piece: the rest may wait inside, its input all consumed
            if inflater.eof:
                more = False
                data = inflater.unused_data if self._coding == "gzip" else b""
                if data:
                    inflater = self._inflater = zlib.decompressobj(_GZIP)

    def _keep(self, data: bytes, at: float) -> None:
        if not data:
            return
        limit = min(self._limits.max_body, self._room)
        fits = data[: max(0, limit - self.size)]
        self.size += len(fits)
        if self.size > LONG and not isinstance(self._reads, StoredReads):
            self._reads = StoredReads(self._reads)
        self._add(fits, at)
        if len(fits) < len(data):
            whose = "a body may have" if limit == self._limits.max_body else "this run keeps in all"
            raise Broken(
                FailureKind.TOO_LARGE, f"the body goes on after {self.size:,} bytes, all that {whose}"
            )
        if self._frames is not None:
            self._count(self._frames, fits)

    def _count(self, frames: Decoder, data: bytes) -> None:
        self.frames += len(frames.feed(data))
        if self.frames > self._limits.max_frames:
            raise Broken(
                FailureKind.TOO_LARGE, f"the stream goes on after {self._limits.max_frames:,} frames"
            )
        if frames.held > self._limits.max_frame:
            raise Broken(
                FailureKind.TOO_LARGE, f"one SSE frame goes on after {self._limits.max_frame:,} bytes"
            )

    def _add(self, data: bytes, at: float) -> None:
        if len(self._reads) < _MANY_READS:
            self._reads.append(Read(data, at))
            return
        self._merged += data
        self._last = at
        if len(self._merged) >= _MERGED:
            self._reads.append(Read(bytes(self._merged), at))
            self._merged.clear()


def _inflater(coding: str) -> zlib._Decompress | None:
    if coding in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    return zlib.decompressobj(_ZLIB) if coding == "deflate" else None
