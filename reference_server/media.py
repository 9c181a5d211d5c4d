"""Tiny valid media: what a speech or an image is answered with, silence and white."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache

from slashv1.reference_server.tables import table

RATE = 24_000
"""Samples a second, one channel of 16 bits."""
_SAMPLES = RATE // 10


def speech(form: str) -> bytes:
    """A tenth of a second of silence: `mp3`, `opus`, `aac`, `flac`, `wav` or `pcm`."""
    if form == "pcm":
        return bytes(2 * _SAMPLES)
    return _wav() if form == "wav" else _kept()[form]


def image(form: str, size: str) -> bytes:
    """A white image: a `png` of the size asked for (`256x256`), a `jpeg` or `webp` of one pixel."""
    if form != "png":
        return _kept()[form]
    width, height = (int(side) for side in size.split("x"))
    return _png(width, height)


@cache
def _kept() -> dict[str, bytes]:
    return {form: base64.b64decode(data) for form, data in table("media").items()}


def _wav() -> bytes:
    data = bytes(2 * _SAMPLES)
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    whole = b"WAVE" + head + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(whole)) + whole


@cache
def _png(width: int, height: int) -> bytes:
    """One bit a pixel: a white one of a thousand by a thousand has some two hundred bytes."""
    row = b"\0" + b"\xff" * ((width + 7) // 8)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def seconds(audio: bytes) -> float:
    """How long a sound is: of WAV and FLAC by their headers, of any other one second."""
    if len(audio) >= 44 and kind(audio) == "wav":
        rate, size = struct.unpack_from("<I", audio, 28)[0], len(audio) - 44
    elif len(audio) >= 42 and kind(audio) == "flac":
        told = int.from_bytes(audio[18:26], "big")
        rate, size = told >> 44, told & (2**36 - 1)
    else:
        return 1.0
    return round(size / rate, 3) if rate else 1.0


def kind(data: bytes) -> str | None:
    """The format that bytes begin as; None: none that is known here."""
    for name, starts in _STARTS:
        if any(data[at : at + len(mark)] == mark for at, mark in starts):
            return name
    return None


_STARTS: tuple[tuple[str, tuple[tuple[int, bytes], ...]], ...] = (
    ("png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    ("jpeg", ((0, b"\xff\xd8\xff"),)),
    ("webp", ((8, b"WEBP"),)),
    ("wav", ((8, b"WAVE"),)),
    ("flac", ((0, b"fLaC"),)),
    ("ogg", ((0, b"OggS"),)),
    ("webm", ((0, b"\x1aE\xdf\xa3"),)),
    ("mp4", ((4, b"ftyp"),)),
    ("mp3", ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"), (0, b"\xff\xfa"))),
)
"""Formats that requests send, each with the marks that any of them stands at its place."""
