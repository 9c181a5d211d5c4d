"""Where in /v1 a recorded request went: base URLs differ, and `/v1` may stand deeper or be left out."""

from __future__ import annotations

from slashv1.spec import find_operation


def from_v1(method: str, said: str) -> tuple[str, str]:
    """Path from `/v1` on, and query, of a path, a path with its query or a whole URL; else as it is said."""
    path, _, query = said.partition("?")
    _, cut, rest = path.rpartition("/v1/")
    if cut:
        return f"/v1/{rest}", query
    known = find_operation(method, f"/v1{path}") is not None
    return (f"/v1{path}" if known else path), query
