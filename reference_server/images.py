"""Images: the answer to a valid request, plain or as a stream of partial images, in tiny valid files."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.media import image
from slashv1.reference_server.tokens import count
from slashv1.reference_server.wire import Event

Asked = dict[str, Any]
_INPUT_IMAGE = 194
"""Tokens of an image that is edited."""
_PRICES = {"low": (272, 408), "medium": (1056, 1584), "high": (4160, 6240)}
"""Tokens of an image by its quality: a square one, and one that is longer than wide or wider than long."""


def is_older(model: Model) -> bool:
    """Whether it is one of the dall-e models, which give URLs and tell nothing of settings and usage."""
    return model.id.startswith("dall-e")


def pictures(asked: Asked, model: Model, *, given: int = 0) -> dict[str, Any]:
    """The answer to a request of which `given` images are edited or varied."""
    body: dict[str, Any] = {"created": int(time.time())}
    if is_older(model):
        return {**body, "data": [_older(asked, model) for _ in range(asked.get("n") or 1)]}
    made = _settings(asked)
    number = asked.get("n") or 1
    return {
        **body,
        "background": made["background"],
        "data": [{"b64_json": _encoded(made)} for _ in range(number)],
        "output_format": made["output_format"],
        "quality": made["quality"],
        "size": made["size"],
        "usage": _usage(asked, made, number, given),
    }


def frames(asked: Asked, kind: str, *, given: int = 0) -> tuple[Event, ...]:
    """The same as events of a kind (`image_generation`, `image_edit`): partial images, then the whole one."""
    made = _settings(asked)
    data = {"b64_json": _encoded(made), "created_at": int(time.time()), **made}
    partial = [
        {"type": f"{kind}.partial_image", **data, "partial_image_index": number}
        for number in range(asked.get("partial_images") or 0)
    ]
    usage = _usage(asked, made, 1, given)
    del usage["output_tokens_details"]  # events tell of the input alone
    done = {"type": f"{kind}.completed", **data, "usage": usage}
    return tuple(Event(one, name=str(one["type"])) for one in (*partial, done))


def _older(asked: Asked, model: Model) -> dict[str, Any]:
    size = asked.get("size") or "1024x1024"
    revised = (
        {"revised_prompt": f"{asked['prompt']}, on a white background"} if model.id == "dall-e-3" else {}
    )
    if asked.get("response_format") == "b64_json":
        return {**revised, "b64_json": base64.b64encode(image("png", size)).decode()}
    return {**revised, "url": f"https://images.example/private/img-{secrets.token_hex(12)}.png"}


def _settings(asked: Asked) -> dict[str, str]:
    """What is told of a picture; `auto` is decided."""
    return {
        "size": _decided(asked, "size", "1024x1024"),
        "quality": _decided(asked, "quality", "medium"),
        "background": _decided(asked, "background", "opaque"),
        "output_format": _decided(asked, "output_format", "png"),
    }


def _decided(asked: Asked, key: str, own: str) -> str:
    value = asked.get(key)
    return own if value in (None, "auto") else str(value)


def _encoded(made: dict[str, str]) -> str:
    return base64.b64encode(image(made["output_format"], made["size"])).decode()


def _usage(asked: Asked, made: dict[str, str], number: int, given: int) -> dict[str, Any]:
    square, other = _PRICES[made["quality"]]
    text, pictured = number * count(asked["prompt"]), number * given * _INPUT_IMAGE
    output = number * (square if made["size"] == "1024x1024" else other)
    return {
        "input_tokens": text + pictured,
        "input_tokens_details": {"image_tokens": pictured, "text_tokens": text},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
        "total_tokens": text + pictured + output,
    }
