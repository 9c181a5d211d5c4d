"""Reading a request's body as a multipart form, for the operations that take files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import from_text, rules
from slashv1.reference_server.wire import Call

if TYPE_CHECKING:
    from starlette.datastructures import FormData, UploadFile

_MOST = 1000
"""Files, and fields, of one form."""
_FIELD = 1024 * 1024
"""Bytes of one field."""
_PIECE = 1024 * 1024
"""Bytes of the body that are read at a time."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file within a form."""

    filename: str
    media: str
    """The content type of its part; empty where it names none."""
    data: bytes
    """Empty where it is to be read from `file`."""
    size: int = 0
    file: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a form, in their order; a name may come several times."""

    parts: tuple[tuple[str, str | Upload], ...] = ()

    def text(self, name: str) -> str | None:
        """The last field of a name; None where it is absent or a file."""
        texts = self.texts(name)
        return texts[-1] if texts else None

    def texts(self, name: str) -> list[str]:
        """Every field of a name, `name[]` too."""
        return [v for key, v in self.parts if key in (name, f"{name}[]") and isinstance(v, str)]

    def file(self, name: str) -> Upload | None:
        """The last file of a name; None where it is absent or a field."""
        files = self.files(name)
        return files[-1] if files else None

    def files(self, name: str) -> list[Upload]:
        """Every file of a name, `name[]` too."""
        return [v for key, v in self.parts if key in (name, f"{name}[]") and isinstance(v, Upload)]

    def object(self, name: str) -> dict[str, str]:
        """An object that is spread over fields, `name[key]`; empty where none of them is there."""
        found = {}
        for key, value in self.parts:
            if isinstance(value, str) and key.startswith(f"{name}[") and key.endswith("]"):
                found[key[len(name) + 1 : -1]] = value
        found.pop("", None)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """What is given, objects and lists by their own name."""
        return tuple(dict.fromkeys(key.partition("[")[0] for key, _ in self.parts))


async def form(call: Call) -> Form:
    """The form of a request, its files in memory.

    Raises:
        ApiError: 400, another media type, no boundary or another one than the body's, broken or cut parts.
    """
    async with opened(call) as given:
        return Form(tuple([(name, await _read(value)) for name, value in given.parts]))


def typed(given: Form, operation: str, *, leaving: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields as a JSON body would have them, by the rules of the operation, without those in `leaving`.

    Those are files. What is no number stays a text, to be refused.
    """
    properties = rules()[operation]["properties"]
    return {
        name: from_text(properties.get(name, {}).get("type"), text)
        for name in given.names
        if name not in leaving and (text := given.text(name)) is not None
    }


@asynccontextmanager
async def opened(call: Call) -> AsyncIterator[Form]:
    """The form of a request, its files open to be read while the block runs; raises as `form`."""
    stated = call.headers.get("content-type", "")
    media = stated.split(";")[0].strip().lower()
    if media != "multipart/form-data":
        raise ApiError(
            f"Unsupported content type: '{media}'. This API method only accepts 'multipart/form-data' "
            f"requests, but you specified the header 'Content-Type: {media}'. Please try again with a "
            "supported content type.",
            code="unsupported_content_type",
        )
    parsed = await _parsed(stated, call)
    try:
        yield Form(tuple((name, _part(value)) for name, value in parsed.multi_items()))
    finally:
        await parsed.close()


def _part(value: UploadFile | str) -> str | Upload:
    if isinstance(value, str):
        return value
    return Upload(value.filename or "", value.content_type or "", b"", value.size or 0, value.file)


async def _read(value: str | Upload) -> str | Upload:
    if isinstance(value, str) or value.file is None:
        return value
    data = await asyncio.to_thread(value.file.read)
    return Upload(value.filename, value.media, data, len(data))


async def _parsed(content_type: str, call: Call) -> FormData:
    from python_multipart.multipart import parse_options_header
    from starlette.datastructures import Headers
    from starlette.formparsers import MultiPartException, MultiPartParser

    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _unreadable()
    source = call.spool or BytesIO(call.body)
    # the parser drops a last part that no delimiter ends: half a file would be taken for a whole one
    if not await _holds(source, b"--" + boundary + b"--"):
        raise _unreadable()
    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(
        headers, _pieces(source), max_files=_MOST, max_fields=_MOST, max_part_size=_FIELD
    )
    try:
        return await parser.parse()
    except (MultiPartException, UnicodeError) as error:
        raise _unreadable() from error


async def _holds(source: BinaryIO, wanted: bytes) -> bool:
    before = b""
    async for piece in _pieces(source):
        seen = before + piece
        if wanted in seen:
            return True
        before = seen[-len(wanted) :]
    return False


async def _pieces(source: BinaryIO) -> AsyncGenerator[bytes, None]:
    """All of it, from its beginning."""
    source.seek(0)
    while piece := await asyncio.to_thread(source.read, _PIECE):
        yield piece


def _unreadable() -> ApiError:
    return ApiError("Could not parse multipart form.")
