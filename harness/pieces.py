"""Secrets that an answer holds in pieces, one a delta: who joins the text has them whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures import Exchange
from slashv1.fixtures.redact import Redactor
from slashv1.harness.sse import each_frame
from slashv1.spec import parse

Path = tuple[Any, ...]
_PLACES = ("index", "output_index", "content_index", "summary_index", "item_id")
"""Keys by which the deltas of several texts are told apart."""


def holds_pieces(exchange: Exchange, redactor: Redactor) -> bool:
    """Whether the texts at one place of an answer, joined over frames and items, give a secret."""
    together: dict[Path, list[str]] = {}
    for text in _documents(exchange):
        value = parse(text).value
        for path, found in _texts(value if isinstance(value, dict | list) else text):
            together.setdefault(path, []).append(found)
            place = tuple(step for step in path if isinstance(step, str))
            if place != path:
                together.setdefault(place, []).append(found)
    joined = ("".join(texts) for texts in together.values() if len(texts) > 1)
    return any(redactor.text(text) != text for text in joined)


def _documents(exchange: Exchange) -> Iterator[str]:
    if exchange.content_type != "text/event-stream":
        yield exchange.body.decode("utf-8", "replace")
        return
    for frame in each_frame(exchange):
        yield frame.data or ""


def _texts(value: Any) -> Iterator[tuple[Path, str]]:
    """Every text with its keys, and with what tells its place apart."""
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, at = stack.pop()
        if isinstance(at, str):
            yield path, at
        elif isinstance(at, dict):
            own = tuple((name, at[name]) for name in _PLACES if isinstance(at.get(name), int | str))
            stack.extend(((*path, *own, key), item) for key, item in reversed(at.items()))
        elif isinstance(at, list):
            stack.extend((path, item) for item in reversed(at))
