"""Overlays of a family that is another one under new names: `like: {family: responses, prefix: Beta}`.

Upstream documents its beta of the Responses API as a copy: `BetaResponse` beside `Response`, and so on for
every component. What genuine traffic taught of the one holds for the other, so its overlays are not written
twice: each place, definition and reference is read with the prefix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slashv1.errors import UsageError


def resolved(family: str, written: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The overlays of a family with those of the family that it is `like`, which come first.

    Raises:
        UsageError: `like` names no family, or one that is itself like another.
    """
    own = written[family]
    like = own.get("like")
    if like is None:
        return own
    other, prefix = written.get(like["family"]), like["prefix"]
    if other is None or "like" in other:
        raise UsageError(f"overlays/{family}.yaml: like {like['family']!r}: no such family, or like another")
    taken: dict[str, Any] = {
        "define": {prefix + name: _renamed(one, prefix) for name, one in other.get("define", {}).items()},
        "copy": {prefix + new: prefix + old for new, old in other.get("copy", {}).items()},
        "entries": [
            _renamed({**entry, "at": prefix + entry["at"]}, prefix) for entry in other.get("entries", ())
        ],
    }
    return {
        **own,
        "define": {**taken["define"], **own.get("define", {})},
        "copy": {**taken["copy"], **own.get("copy", {})},
        "entries": [*taken["entries"], *own.get("entries", ())],
    }


def _renamed(value: Any, prefix: str) -> Any:
    if isinstance(value, list):
        return [_renamed(item, prefix) for item in value]
    if not isinstance(value, dict):
        return value
    out = {key: _renamed(item, prefix) for key, item in value.items()}
    if isinstance(value.get("$ref"), str):
        out["$ref"] = prefix + value["$ref"]
    return out
