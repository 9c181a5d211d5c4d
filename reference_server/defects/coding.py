"""Compression: asked for or not, whole or not."""

from __future__ import annotations

import zlib
from dataclasses import replace

from slashv1.reference_server.wire import Answer, Call

Writes = tuple[bytes, ...]
GZIP = 16 + zlib.MAX_WBITS


def gzipped(writes: Writes) -> Writes:
    """Each write compressed and flushed, so that a stream still comes bit by bit."""
    packer = zlib.compressobj(wbits=GZIP)
    packed = tuple(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH) for data in writes)
    return (*packed[:-1], packed[-1] + packer.flush()) if packed else (packer.flush(),)


def _asked(call: Call) -> bool:
    return "gzip" in call.headers.get("accept-encoding", "")


def _marked(answer: Answer, writes: Writes) -> Answer:
    return replace(answer.with_header("content-encoding", "gzip"), writes=writes)


def honoured(call: Call, answer: Answer) -> Answer:
    """gzip for whoever asks for it."""
    return _marked(answer, gzipped(answer.encoded())) if _asked(call) else answer


def unasked(call: Call, answer: Answer) -> Answer:
    """gzip for everybody."""
    return _marked(answer, gzipped(answer.encoded()))


def false(call: Call, answer: Answer) -> Answer:
    """Said to be gzip, and plain text."""
    return _marked(answer, answer.encoded()) if _asked(call) else answer


def unfinished(call: Call, answer: Answer) -> Answer:
    """The compressor is never closed: the last block is missing."""
    if not _asked(call):
        return answer
    writes = gzipped(answer.encoded())
    return _marked(answer, (*writes[:-1], writes[-1][:-10]))
