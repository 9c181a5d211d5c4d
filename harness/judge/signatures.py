"""Formats of files by the bytes that they begin with."""

from __future__ import annotations

_MARKS: tuple[tuple[str, int, bytes], ...] = (
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("jpeg", 0, b"\xff\xd8\xff"),
    ("gif", 0, b"GIF8"),
    ("webp", 8, b"WEBP"),
    ("wav", 8, b"WAVE"),
    ("flac", 0, b"fLaC"),
    ("opus", 0, b"OggS"),
    ("mp3", 0, b"ID3"),
)


def format_of(data: bytes) -> str | None:
    """`png`, `jpeg`, `gif`, `webp`, `svg`, `wav`, `flac`, `opus`, `mp3` or `aac`; None: none of these.

    MP3 and AAC begin with a frame: eleven bits set, and soon the layer, which is 0 in AAC (ISO 13818-7).
    """
    for name, at, mark in _MARKS:
        if data[at : at + len(mark)] == mark:
            return name
    if data[:200].lstrip().startswith((b"<svg", b"<?xml")):
        return "svg"
    if len(data) > 3 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        return "mp3" if data[1] & 0x06 else "aac"
    return None
