"""Which operation a request line means."""

from __future__ import annotations

import re
from urllib.parse import unquote

from slashv1.reference_server.families import ROUTES
from slashv1.reference_server.family import Route
from slashv1.reference_server.problems import ApiError

_SPACIOUS = "{model}"
"""The one id that may hold slashes."""


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", path)
    texts = (
        re.escape(part) if index % 2 == 0 else ("(.+)" if part == _SPACIOUS else "([^/]+)")
        for index, part in enumerate(parts)
    )
    return re.compile("".join(texts) + "/?")


_COMPILED = tuple((route, _pattern(route.path)) for route in ROUTES)


def find_route(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Operation and the ids in its path.

    A path that is itself an operation's is never another's id, whatever the method.

    Raises:
        ApiError: 404 for an unknown path, 405 for a known one with another method.
    """
    found = _matching(path)
    for route, identifiers in found:
        if method == route.method or (method == "HEAD" and route.method == "GET"):
            return route.operation, identifiers
    if found:
        raise ApiError(
            f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
            status=405,
            code="method_not_supported",
        )
    raise ApiError(f"Invalid URL ({method} {path})", status=404)


def operation_of(method: str, path: str) -> str:
    """The operation alone; `""` where the request line means none."""
    try:
        return find_route(method, path)[0]
    except ApiError:
        return ""


def _matching(path: str) -> list[tuple[Route, tuple[str, ...]]]:
    matches = [(route, match) for route, pattern in _COMPILED if (match := pattern.fullmatch(path))]
    found = [(route, tuple(unquote(text) for text in match.groups())) for route, match in matches]
    literal = [(route, identifiers) for route, identifiers in found if not identifiers]
    return literal or found
