"""Operators on embeddings."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterable
from typing import Any

from slashv1.harness.mutants.chat import cut, edit
from slashv1.harness.mutants.edit import Path, dig
from slashv1.harness.mutants.model import PLAIN, Baseline, Site, operator

ON = "embeddings.create"


def _data(base: Baseline) -> list[Any]:
    found = base.object.get("data")
    return found if isinstance(found, list) else []


def _vector(name: str, make: Callable[[list[float]], Any], does: str, *fits: str, least: int = 1) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        if len(_data(base)) < least:
            return
        path: Path = ("data", len(_data(base)) - 1, "embedding")
        old = dig(base.value, *path)
        if isinstance(old, list) and old:
            yield edit(base, path, make(old))

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=PLAIN)(find)


_vector("vector-empty", lambda _: [], "empties a vector", "embeddings.vector.*", "ignored.dimensions")
_vector(
    "vector-shorter",
    lambda old: old[:-1],
    "takes the last number of one vector of several",
    "embeddings.vector.same-length",
    least=2,
)
_vector(
    "vector-scaled",
    lambda old: [3 * x for x in old],
    "makes a vector three times as long",
    "embeddings.vector.unit-norm",
)
_vector(
    "vector-nulls",
    lambda old: [None, *old[1:]],
    "puts null into a vector",
    "body.null",
    "embeddings.vector.*",
)
_vector(
    "vector-strings", lambda old: [str(x) for x in old], "writes the numbers of a vector as text", "body.type"
)
_vector("vector-nested", lambda old: [old], "wraps a vector in an array", "body.type")
_vector(
    "vector-as-base64",
    lambda old: base64.b64encode(struct.pack(f"<{len(old)}f", *old)).decode(),
    "gives base64 where floats were asked for",
    "ignored.encoding_format",
    "embeddings.*",
)


def _base64(name: str, make: Callable[[str], str], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        old = dig(base.value, "data", 0, "embedding")
        if isinstance(old, str) and len(old) > 16:
            yield edit(base, ("data", 0, "embedding"), make(old))

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=PLAIN)(find)


_base64(
    "base64-alphabet",
    lambda old: "!" + old[1:],
    "puts a character into base64 that has no place there",
    "embeddings.base64.*",
)
_base64("base64-cut", lambda old: old[:-5], "cuts base64 off", "embeddings.base64.*")
_base64(
    "base64-split-float",
    lambda old: base64.b64encode(base64.b64decode(old)[:-2]).decode(),
    "cuts the last number of a vector in half",
    "embeddings.base64.*",
    "embeddings.vector.*",
)
_base64("base64-empty", lambda _: "", "empties a base64 vector", "embeddings.base64.*", "embeddings.vector.*")


@operator("entry-lost", "embeddings.count", "embeddings.index", on=ON, kinds=PLAIN, needs=["request"])
def _lost(base: Baseline) -> Iterable[Site]:
    """drops the last entry"""
    if _data(base):
        yield cut(base, ("data", len(_data(base)) - 1))


@operator("entry-twice", "embeddings.count", "embeddings.index", on=ON, kinds=PLAIN)
def _twice(base: Baseline) -> Iterable[Site]:
    """gives an entry twice"""
    if _data(base):
        yield edit(base, ("data",), [*_data(base), _data(base)[-1]])


@operator("entries-reversed", "embeddings.index", on=ON, kinds=PLAIN)
def _reversed(base: Baseline) -> Iterable[Site]:
    """gives the entries in reverse order"""
    if len(_data(base)) > 1:
        yield edit(base, ("data",), _data(base)[::-1])


@operator("entry-index-off", "embeddings.index", on=ON, kinds=PLAIN)
def _index(base: Baseline) -> Iterable[Site]:
    """counts the entries from 1"""
    if _data(base):
        entries = [{**one, "index": one.get("index", 0) + 1} for one in _data(base)]
        yield edit(base, ("data",), entries)


@operator("data-unwrapped", "body.*", "embeddings.*", on=ON, kinds=PLAIN)
def _unwrapped(base: Baseline) -> Iterable[Site]:
    """gives the vectors bare, without index and object"""
    if _data(base):
        yield edit(base, ("data",), [one.get("embedding") for one in _data(base)])
