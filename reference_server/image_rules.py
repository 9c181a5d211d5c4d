"""What images refuse: unknown models, sizes a model does not make, files that are no images."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.images import is_older
from slashv1.reference_server.media import kind
from slashv1.reference_server.problems import ApiError, missing_parameter
from slashv1.reference_server.validation import validate

Asked = dict[str, Any]
_USER_ERROR = "image_generation_user_error"
_SIZES = {
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
    "dall-e-3": ("1024x1024", "1024x1792", "1792x1024"),
}
_NEWER_SIZES = ("1024x1024", "1024x1536", "1536x1024", "auto")
_DEFAULT = "dall-e-2"
_IMAGES = ("png", "jpeg", "webp")


def check_pictures(operation: str, asked: Asked) -> Model:
    """Judge a request for images by the settings in it.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    name = asked.get("model") or _DEFAULT
    older = isinstance(name, str) and name.startswith("dall-e")
    validate(f"{operation}.older" if older else operation, asked)
    model = find(name)
    if model is None or model.kind != "image":
        raise _refused(f"The model '{name}' does not exist.", "model")
    size = asked.get("size")
    known = _SIZES.get(model.id, _NEWER_SIZES)
    if size is not None and size not in known:
        listed = f"{', '.join(known[:-1])}, and {known[-1]}"
        raise _refused(f"Invalid size '{size}'. Supported sizes are {listed}.", "size")
    if model.id == "dall-e-3" and (asked.get("n") or 1) > 1:
        raise ApiError("You must provide n=1 for this model.")
    return model


def check_uploads(files: list[bytes], model: Model) -> None:
    """Judge the images that are edited or varied."""
    if not files:
        raise missing_parameter("image")
    for number, data in enumerate(files):
        found = kind(data)
        if is_older(model) and found != "png":
            raise ApiError("Uploaded image must be a PNG and less than 4 MB.", param="image")
        if found not in _IMAGES:
            raise ApiError(
                f"Invalid image file or mode for image {number + 1}, please check your image file.",
                kind=_USER_ERROR,
                param="image",
                code="invalid_image_file",
            )


def check_references(images: list[dict[str, Any]]) -> None:
    """Judge images that a request names: data URLs are looked into, others taken as they are."""
    for number, one in enumerate(images):
        url = one.get("image_url")
        if url is None and one.get("file_id") is None:
            raise missing_parameter(f"images[{number}].image_url")
        if isinstance(url, str) and not _may_be_image(url):
            raise ApiError(
                "Invalid image data.",
                kind=_USER_ERROR,
                param=f"images[{number}].image_url",
                code="invalid_image_file",
            )


def _may_be_image(url: str) -> bool:
    if not url.startswith("data:"):
        return not url.lower().endswith(".svg")
    try:
        data = base64.b64decode(url.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind(data) in _IMAGES


def _refused(message: str, param: str) -> ApiError:
    return ApiError(message, kind=_USER_ERROR, param=param, code="invalid_value")
