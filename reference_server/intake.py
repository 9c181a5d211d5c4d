"""Reading the body of a request off the socket: into memory, or, of a large upload, into a temporary file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from slashv1.reference_server.problems import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

MIB = 1024 * 1024
MAX_BODY = 50 * MIB
MAX_FILE = 512 * MIB
"""Bytes of an uploaded file, by upstream's reference of `files.create`."""
MAX_UPLOAD = MAX_FILE + MIB
"""Bytes of a form with such a file: its other fields have room beside it."""
HELD = MIB
"""Bytes of an upload that are held in memory."""
BODY_SECONDS = 60.0
"""Without a byte of a body, until its request is refused."""


class Intake(NamedTuple):
    """A body: its bytes, or the file that has them."""

    data: bytes
    spool: BinaryIO | None = None

    def close(self) -> None:
        """Forget the file."""
        if self.spool is not None:
            self.spool.close()


async def take_in(request: Request) -> Intake:
    """The body, refused before it is read where its length or its coding says so.

    Raises:
        ApiError: 408, it stopped coming; 413, it is too long; 415, it is coded.
        ClientDisconnect: the client went away.
        OSError: the temporary file cannot be written.
    """
    _refuse_coding(request.headers)
    upload = _is_upload(request)
    limit = MAX_UPLOAD if upload else MAX_BODY
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > limit:
        raise too_large(int(stated), limit)
    taken = _Taken(HELD if upload else limit)
    try:
        await _collect(request, taken, limit)
        return await taken.whole()
    except BaseException:
        taken.close()
        raise


def _is_upload(request: Request) -> bool:
    media = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    return request.method == "POST" and media and request.url.path.endswith("/v1/files")


class _Taken:
    """What came of a body so far, at most `held` bytes of it and a read in memory."""

    def __init__(self, held: int) -> None:
        self.size = 0
        self._held = held
        self._data = bytearray()
        self._spool: BinaryIO | None = None

    async def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._data += chunk
        if len(self._data) > self._held:
            await self._write()

    async def _write(self) -> None:
        if self._spool is None:
            self._spool = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 - closed with the request
        await asyncio.to_thread(self._spool.write, bytes(self._data))
        self._data.clear()

    async def whole(self) -> Intake:
        if self._spool is None:
            return Intake(bytes(self._data))
        await self._write()
        self._spool.seek(0)
        return Intake(b"", self._spool)

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()


async def _collect(request: Request, taken: _Taken, limit: int) -> None:
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(BODY_SECONDS) as waiting:
            async for chunk in request.stream():
                waiting.reschedule(clock() + BODY_SECONDS)
                await taken.add(chunk)
                if taken.size > limit:
                    raise too_large(taken.size, limit)
    except TimeoutError:
        said = f"The request body did not come: nothing for {BODY_SECONDS:g} seconds."
        raise ApiError(said, status=408) from None


def _refuse_coding(headers: Mapping[str, str]) -> None:
    """Refuse a body that is compressed or coded otherwise: it is read as it stands."""
    coding = headers.get("content-encoding", "").strip()
    if coding.lower() not in ("", "identity"):
        raise ApiError(
            f"Unsupported content encoding: '{coding[:80]}'. Send the body as it is, without the header "
            "'Content-Encoding'.",
            status=415,
            code="unsupported_content_encoding",
        )


def too_large(size: int, limit: int) -> ApiError:
    """A body, or a file within it, above its limit."""
    return ApiError(f"Maximum content size limit ({limit}) exceeded ({size} bytes read)", status=413)
