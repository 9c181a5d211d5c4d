"""Multipart forms: a case's parts as bytes, the same each time, and bytes as parts again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from slashv1.fixtures import Request

_BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part of a form."""

    name: str
    data: bytes
    filename: str | None = None
    """None: a field, no file."""
    content_type: str = _BYTES
    """Of a file."""


def parts_of(form: Mapping[str, Any]) -> tuple[FormPart, ...]:
    """The parts of a case's form, in its order."""
    return tuple(_part(name, value) for name, given in form.items() for value in _listed(given))


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _part(name: str, value: Any) -> FormPart:
    if not isinstance(value, Mapping):
        return FormPart(name, str(value).encode("utf-8", "replace"))
    if "base64" in value:
        data = base64.b64decode(value["base64"])
    else:
        data = str(value["text"]).encode("utf-8", "replace")
    return FormPart(name, data, value["filename"], value.get("content_type", _BYTES))


def encoded(parts: tuple[FormPart, ...]) -> tuple[str, bytes]:
    """Content type and body; the boundary follows from the parts, so that a fixture can be compared."""
    boundary = f"slashv1-{_digest(parts)}"
    lines = [line for part in parts for line in (f"--{boundary}".encode(), *_head(part), b"", part.data)]
    body = b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])
    return f"multipart/form-data; boundary={boundary}", body


def _digest(parts: tuple[FormPart, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr((part.name, part.filename, part.data)).encode())
    return digest.hexdigest()[:32]


def _head(part: FormPart) -> Iterator[bytes]:
    named = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.filename is None:
        yield named.encode()
        return
    yield f'{named}; filename="{_quoted(part.filename)}"'.encode()
    yield f"Content-Type: {part.content_type}".encode()


def _quoted(text: str) -> str:
    """As browsers write it (HTML standard, multipart/form-data encoding)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def sent_parts(request: Request) -> tuple[FormPart, ...]:
    """The parts of a form that was sent; none where the request holds no whole form."""
    head = Message()
    head["content-type"] = next((v for n, v in request.headers if n.lower() == "content-type"), "")
    boundary = head.get_param("boundary")
    if head.get_content_maintype() != "multipart" or not isinstance(boundary, str) or request.body is None:
        return ()
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    return tuple(part for piece in pieces[1:-1] if (part := _read(piece)) is not None)


def _read(piece: bytes) -> FormPart | None:
    raw, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    head = Message()
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            head[key] = value.strip()
    said = {name: head.get_param(name, header="content-disposition") for name in ("name", "filename")}
    name, filename = said["name"], said["filename"]
    if not isinstance(name, str):
        return None
    return FormPart(
        name, data, filename if isinstance(filename, str) else None, head.get("content-type", _BYTES)
    )


def fields_of(parts: Any) -> dict[str, Any] | None:
    """The fields of a form by name: text, for a file its name; a list where `name[]` may come again.

    `parts`: mappings of `name` and `text` or `filename`, as recorders write them.
    """
    if not isinstance(parts, list):
        return None
    fields: dict[str, Any] = {}
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            continue
        name, _, inner = part["name"].partition("[")
        value = part["filename"] if "filename" in part else _plain(part.get("text", ""))
        inner = inner.rstrip("]")
        if inner and not inner.isdigit():
            held = fields.setdefault(name, {})
            if isinstance(held, dict):
                held[inner] = value
        elif "[" in part["name"] or name in fields:
            held = fields.get(name, [])
            fields[name] = [*(held if isinstance(held, list) else [held]), value]
        else:
            fields[name] = value
    return fields


def _plain(value: Any) -> Any:
    """Text that a recorder wrote as `b64:…`, because it stood for bytes, as text again."""
    if not isinstance(value, str) or not value.startswith("b64:"):
        return value
    try:
        return base64.b64decode(value[4:], validate=True).decode()
    except ValueError:
        return value


def asked_of(parts: tuple[FormPart, ...]) -> dict[str, Any]:
    """The fields of parts that are to be sent, as `fields_of` gives those of a recording."""
    said = [
        {"name": part.name, "text": part.data.decode("utf-8", "replace")}
        if part.filename is None
        else {"name": part.name, "filename": part.filename}
        for part in parts
    ]
    return fields_of(said) or {}
