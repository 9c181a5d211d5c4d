"""Files: uploaded as forms, listed, retrieved, read and deleted."""

from __future__ import annotations

import re
import time
from typing import Any, BinaryIO
from urllib.parse import quote

from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.file_store import PIECE, FileStore, StoredFile
from slashv1.reference_server.forms import Form, opened
from slashv1.reference_server.intake import MAX_FILE, too_large
from slashv1.reference_server.paging import page, query_of
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import validate
from slashv1.reference_server.wire import Answer, Call, Pieces

ROUTES = (
    Route("files.create", "POST", "/v1/files"),
    Route("files.list", "GET", "/v1/files"),
    Route("files.retrieve", "GET", "/v1/files/{file_id}"),
    Route("files.content", "GET", "/v1/files/{file_id}/content"),
    Route("files.delete", "DELETE", "/v1/files/{file_id}"),
)
PURPOSES = ("fine-tune", "assistants", "batch", "user_data", "vision", "evals")
_FIELDS = ("file", "purpose", "expires_after")
_UNREADABLE = ("assistants", "user_data")
"""Purposes whose files cannot be downloaded again."""
_MONTH = 30 * 24 * 3600
_PAGE = 10_000


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _Files(FileStore(services.store))
    return {
        "files.create": family.create,
        "files.list": family.list,
        "files.retrieve": family.retrieve,
        "files.content": family.content,
        "files.delete": family.delete,
    }


async def resume(services: Services) -> None:
    """Let go what a server before this one did not come to keep whole."""
    await FileStore(services.store).tidy()


class _Files:
    def __init__(self, kept: FileStore) -> None:
        self._kept = kept

    async def create(self, call: Call) -> Answer:
        async with opened(call) as given:
            file, content = _uploaded(given)
            await self._kept.save(file, content)
        return Answer("files.create", body=file.public())

    async def list(self, call: Call) -> Answer:
        query = query_of(call, "files.list")
        files = [file.public() for file in await self._kept.all(query.get("purpose"))]
        return Answer("files.list", body=page(files, query, most=_PAGE))

    async def _file(self, file_id: str) -> StoredFile:
        file = await self._kept.load(file_id)
        if file is None:
            raise unknown_file(file_id)
        return file

    async def retrieve(self, _: Call, file_id: str) -> Answer:
        return Answer("files.retrieve", body=(await self._file(file_id)).public())

    async def content(self, _: Call, file_id: str) -> Answer:
        file = await self._file(file_id)
        if file.purpose in _UNREADABLE:
            raise ApiError(f"Not allowed to download files of purpose: {file.purpose}")
        headers = (("content-disposition", _disposition(file.filename)),)
        if file.size > PIECE:
            pieces = Pieces(file.size, lambda: self._kept.pieces(file_id))
            return Answer("files.content", headers=headers, pieces=pieces)
        return Answer("files.content", headers=headers, content=await self._kept.read(file_id))

    async def delete(self, _: Call, file_id: str) -> Answer:
        if not await self._kept.delete(file_id):
            raise unknown_file(file_id)
        return Answer("files.delete", body={"object": "file", "deleted": True, "id": file_id})


def _uploaded(given: Form) -> tuple[StoredFile, BinaryIO]:
    """The file of a form and where its content is read, judged in OpenAI's order and words."""
    unknown = [name for name in given.names if name not in _FIELDS]
    if unknown:
        raise ApiError(f"Additional properties are not allowed ('{unknown[0]}' was unexpected)")
    upload, purpose = given.file("file"), given.text("purpose")
    if upload is None or upload.file is None:
        if given.text("file") is not None:
            raise ApiError("Expected file to be a file upload, but got a text field.", param="file")
        raise ApiError("'file' is a required property")
    if purpose is None:
        raise ApiError("'purpose' is a required property")
    if purpose not in PURPOSES:
        raise ApiError(f"'{purpose}' is not one of {list(PURPOSES)} - 'purpose'", param="purpose")
    if not upload.size:
        raise ApiError("File is empty.", param="file")
    if upload.size > MAX_FILE:
        raise too_large(upload.size, MAX_FILE)
    lifetime = _lifetime(given.object("expires_after"), purpose)
    now = int(time.time())
    expires = None if lifetime is None else now + lifetime
    name = upload.filename or "file"
    return StoredFile(name, purpose, upload.size, expires, created_at=now), upload.file


def _lifetime(given: dict[str, str], purpose: str) -> int | None:
    """Seconds until the file expires; None: never."""
    if not given:
        return _MONTH if purpose == "batch" else None
    typed: dict[str, Any] = dict(given)
    if re.fullmatch(r"-?\d{1,18}", typed.get("seconds", "")):
        typed["seconds"] = int(typed["seconds"])
    validate("files.expires_after", {"expires_after": typed})
    return int(typed["seconds"])


def unknown_file(file_id: str) -> ApiError:
    """No file of that id, or it has expired."""
    return ApiError(f"No such File object: {file_id}", status=404, param="id")


def _disposition(filename: str) -> str:
    """A name that no header can be made of: plain characters, the rest in the way of RFC 6266."""
    plain = re.sub(r'[^ -~]|["\\]', "_", filename)
    more = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe='', errors='replace')}"
    return f'attachment; filename="{plain}"{more}'
