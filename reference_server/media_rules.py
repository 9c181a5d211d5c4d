"""Pictures, sound and files inside a request: what a model takes, and data URLs that hold no such thing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.problems import ApiError

Part = Mapping[str, Any]
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
"""How a PNG, a JPEG, a GIF and a WebP begin."""
_NO_FILES = ("audio/", "image/", "video/")
"""Beginnings of media types that are no document."""


def check_chat_media(messages: list[dict[str, Any]], model: Model) -> None:
    """Judge the parts of chat messages.

    Raises:
        ApiError: sound for a model that does not hear, a picture for one that does not see, a broken one.
    """
    for at, message in enumerate(messages):
        parts = list(_parts(message.get("content")))
        if "audio" not in model.can.takes and any(part.get("type") == "input_audio" for _, part in parts):
            raise ApiError(
                f"Invalid 'messages[{at}]'. Content blocks are expected to be either text or image_url type.",
                param=f"messages[{at}]",
                code="invalid_value",
            )
        for number, part in parts:
            if part.get("type") == "image_url":
                _chat_picture(part["image_url"]["url"], model, at, number)


def _chat_picture(url: str, model: Model, at: int, number: int) -> None:
    sees = "image" in model.can.takes
    if not url.startswith("data:") and not (sees and url.startswith(("http://", "https://"))):
        raise _no_picture(
            f"messages[{at}].content[{number}].image_url.url", "a value without the 'data:' prefix"
        )
    if not sees:
        raise ApiError(
            "Invalid content type. image_url is only supported by certain models.",
            param=f"messages.[{at}].content.[{number}].type",
        )
    if not url.startswith("data:"):
        return
    media, data = _data_url(url)
    if not media.startswith("image/"):
        path = f"messages[{at}].content[{number}].image_url.url"
        raise _no_picture(path, f"unsupported MIME type '{media}'")
    if not data.startswith(_PICTURES):
        raise ApiError(
            "You uploaded an unsupported image. Please make sure your image has of one the following "
            "formats: ['png', 'jpeg', 'gif', 'webp'].",
            code="invalid_image_format",
        )


def _no_picture(path: str, got: str) -> ApiError:
    return ApiError(
        f"Invalid image URL: '{path}'. Expected a base64-encoded data URL with an image MIME type (e.g. "
        f"'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {got}.",
        param=path,
        code="invalid_value",
    )


def check_response_media(items: Any) -> None:
    """Judge the parts of input items, those of tool outputs too.

    Raises:
        ApiError: a data URL that holds no picture, or no document.
    """
    for at, item in enumerate(items if isinstance(items, list) else ()):
        for key in ("content", "output"):
            for number, part in _parts(item.get(key)):
                _response_part(part, f"input[{at}].{key}[{number}]")


def _response_part(part: Part, path: str) -> None:
    picture, file = part.get("image_url"), part.get("file_data")
    if part.get("type") == "input_image" and isinstance(picture, str) and picture.startswith("data:"):
        media, data = _data_url(picture)
        if not media.startswith("image/"):
            raise _no_picture(f"{path}.image_url", f"unsupported MIME type '{media}'")
        if not data.startswith(_PICTURES):
            raise ApiError(
                "The image data you provided does not represent a valid image. Please check your input and "
                "try again with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', "
                "'image/webp'].",
                param="input",
                code="invalid_value",
            )
    if part.get("type") == "input_file" and isinstance(file, str) and file.startswith("data:"):
        media, _ = _data_url(file)
        if media.startswith(_NO_FILES):
            raise ApiError(
                f"Invalid file data: '{path}.file_data'. Expected a base64-encoded data URL with a valid "
                "file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got unsupported "
                f"MIME type '{media}'.",
                param=f"{path}.file_data",
                code="invalid_value",
            )


def _parts(content: Any) -> Iterator[tuple[int, Part]]:
    for number, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, dict):
            yield number, part


def _data_url(url: str) -> tuple[str, bytes]:
    """The media type of a data URL, and the first bytes of what it holds."""
    head, _, data = url.removeprefix("data:").partition(",")
    try:
        return head.partition(";")[0], base64.b64decode(data[:64])
    except (binascii.Error, ValueError):
        return head.partition(";")[0], b""
