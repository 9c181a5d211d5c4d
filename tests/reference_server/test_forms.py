"""Broken forms are refused with the envelope, whatever is wrong with them."""

from __future__ import annotations

import asyncio

import pytest

from slashv1.reference_server.forms import form
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Call

PART = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhalf'
WHOLE = PART + b"--b--\r\n"
BROKEN = {
    "no boundary": ("multipart/form-data", WHOLE),
    "empty boundary": ("multipart/form-data; boundary=", WHOLE),
    "another boundary": ("multipart/form-data; boundary=c", WHOLE),
    "no end": ("multipart/form-data; boundary=b", PART),
    "a file cut off": ("multipart/form-data; boundary=b", PART + FILE),
    "nothing": ("multipart/form-data; boundary=b", b""),
    "no name": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ),
    "no disposition": ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nx\r\n--b--\r\n"),
    "a broken header": ("multipart/form-data; boundary=b", b"--b\r\n\xff\xfe\r\n\r\nx\r\n--b--\r\n"),
    "a field too long": (
        "multipart/form-data; boundary=b",
        PART.replace(b"batch", b"x" * 2_000_000) + b"--b--\r\n",
    ),
    "too many fields": ("multipart/form-data; boundary=b", PART * 1001 + b"--b--\r\n"),
    "a long boundary": (f"multipart/form-data; boundary={'b' * 5000}", WHOLE),
}


def _read(content_type: str, body: bytes) -> object:
    return asyncio.run(form(Call("POST", "/v1/files", headers={"content-type": content_type}, body=body)))


def test_a_whole_form_is_read() -> None:
    assert _read("multipart/form-data; boundary=b", WHOLE) == form_of(("purpose", "batch"))


def form_of(*parts: tuple[str, str]) -> object:
    from slashv1.reference_server.forms import Form

    return Form(parts)


@pytest.mark.parametrize(("content_type", "body"), BROKEN.values(), ids=BROKEN)
def test_a_broken_form_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        _read(content_type, body)
    assert (refused.value.status, refused.value.kind) == (400, "invalid_request_error")
    assert "multipart" in refused.value.message


@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
def test_another_media_type_is_refused_by_name(media: str) -> None:
    with pytest.raises(ApiError) as refused:
        _read(media, WHOLE)
    assert refused.value.code == "unsupported_content_type"
