"""Which operation a request line means."""

from __future__ import annotations

import re
from urllib.parse import unquote

from slashv1.reference_server.problems import ApiError

ROUTES = (
    ("chat.completions.create", "POST", r"/v1/chat/completions"),
    ("embeddings.create", "POST", r"/v1/embeddings"),
    ("responses.create", "POST", r"/v1/responses"),
    ("responses.input_tokens.count", "POST", r"/v1/responses/input_tokens"),
    ("responses.cancel", "POST", r"/v1/responses/(?P<id>[^/]+)/cancel"),
    ("responses.input_items.list", "GET", r"/v1/responses/(?P<id>[^/]+)/input_items"),
    ("responses.retrieve", "GET", r"/v1/responses/(?P<id>[^/]+)"),
    ("responses.delete", "DELETE", r"/v1/responses/(?P<id>[^/]+)"),
    ("models.list", "GET", r"/v1/models"),
    ("models.retrieve", "GET", r"/v1/models/(?P<id>.+)"),
)
"""Operation, method and path; a model's id may hold slashes."""
_COMPILED = tuple((name, method, re.compile(path + r"/?")) for name, method, path in ROUTES)


def find_route(method: str, path: str) -> tuple[str, str]:
    """Operation and the id in its path (`""` where it has none).

    Raises:
        ApiError: 404 for an unknown path, 405 for a known one with another method.
    """
    known = False
    for name, wanted, pattern in _COMPILED:
        found = pattern.fullmatch(path)
        if not found or (name.startswith("responses.") and found.groupdict().get("id") == "input_tokens"):
            continue
        known = True
        if method == wanted or (method == "HEAD" and wanted == "GET"):
            return name, unquote(found.groupdict().get("id") or "")
    if known:
        raise ApiError(
            f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
            status=405,
            code="method_not_supported",
        )
    raise ApiError(f"Invalid URL ({method} {path})", status=404)
