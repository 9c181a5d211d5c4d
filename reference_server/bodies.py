"""Reading a request's body as the JSON object that every operation takes."""

from __future__ import annotations

import math
import re
from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Call
from slashv1.spec.jsontext import parse

_UNREADABLE = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
    "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you "
    "have trouble figuring out how to fix this, please contact us through our help center at "
    "help.openai.com.)"
)
_BEYOND = re.compile(rb"[0-9][eE]\+?[0-9]{3}|[0-9]{309}")
"""How a number looks that a double may not hold."""


def json_object(call: Call) -> dict[str, Any]:
    """The body of a request.

    Raises:
        ApiError: 400, another media type or no JSON object.
    """
    media = call.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise ApiError(
            f"Unsupported content type: '{media}'. This API method only accepts 'application/json' requests, "
            f"but you specified the header 'Content-Type: {media}'. Please try again with a supported "
            "content type.",
            code="unsupported_content_type",
        )
    if not call.body.strip():
        return {}
    document = parse(call.body)
    # what a strict parser refuses is refused: a key twice, NaN, lone surrogates, numbers that become infinite
    if not document.ok or document.problems or not isinstance(document.value, dict):
        raise ApiError(_UNREADABLE)
    if _BEYOND.search(call.body) and _infinite(document.value):
        raise ApiError(_UNREADABLE)
    return document.value


def _infinite(value: Any) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, float) and math.isinf(item):
            return True
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False
