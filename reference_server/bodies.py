"""Reading a request's body as the JSON object that every operation takes."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Call
from slashv1.spec.jsontext import parse

MAX_BODY = 50 * 1024 * 1024
_UNREADABLE = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
    "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you "
    "have trouble figuring out how to fix this, please contact us through our help center at "
    "help.openai.com.)"
)
_FORBIDDEN = ("nan", "surrogate")
"""Faults of JSON text that leave a value which no strict parser would have given."""


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
    if not document.ok or any(problem.kind in _FORBIDDEN for problem in document.problems):
        raise ApiError(_UNREADABLE)
    if not isinstance(document.value, dict):
        raise ApiError(_UNREADABLE)
    return document.value


def too_large(size: int) -> ApiError:
    """A body above the limit."""
    return ApiError(f"Maximum content size limit ({MAX_BODY}) exceeded ({size} bytes read)", status=413)
