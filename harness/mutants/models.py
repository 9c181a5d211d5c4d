"""Operators on models, deleted objects and counted tokens: small bodies whose every key is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slashv1.harness.mutants.chat import cut, edit
from slashv1.harness.mutants.edit import Path, dig, dumped, with_body
from slashv1.harness.mutants.model import PLAIN, Baseline, Site, operator, real

LIST, ONE = "models.list", "models.retrieve"


def _put(name: str, on: str, path: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        if dig(base.value, *path) is not None:
            yield edit(base, path, make(dig(base.value, *path)))

    find.__doc__ = does
    operator(name, *fits, on=on, kinds=PLAIN, needs=real(path))(find)


_put("model-list-empty", LIST, ("data",), lambda _: [], "lists no model", "models.list.non-empty")
_put(
    "model-listed-twice",
    LIST,
    ("data",),
    lambda old: [*old, old[0]],
    "lists a model twice",
    "models.list.ids-unique",
)
_put("model-id-empty", LIST, ("data", 0, "id"), lambda _: "", "empties the id of a listed model", "models.id")
_put(
    "model-created-ms",
    LIST,
    ("data", 0, "created"),
    lambda old: old * 1000,
    "gives `created` of a model in milliseconds",
    "models.created-seconds",
)
_put(
    "model-object-foreign",
    LIST,
    ("data", 0, "object"),
    lambda _: "engine",
    "calls a model an engine",
    "models.object",
    "body.enum",
)
_put(
    "model-list-object",
    LIST,
    ("object",),
    lambda _: "models",
    "calls the list `models`",
    "models.list.object",
    "body.enum",
)
_put(
    "model-names-only",
    LIST,
    ("data",),
    lambda old: [one["id"] for one in old],
    "lists the names alone",
    "body.type",
    "models.*",
)
_put(
    "model-other-id",
    ONE,
    ("id",),
    lambda old: f"{old}-x",
    "retrieves another model than asked for",
    "models.retrieve.id",
)
_put(
    "model-one-created-ms",
    ONE,
    ("created",),
    lambda old: old * 1000,
    "gives `created` in milliseconds",
    "models.created-seconds",
)
_put(
    "deleted-false",
    "*.delete",
    ("deleted",),
    lambda _: False,
    "answers a delete with `deleted: false`",
    "*deleted*",
    "body.enum",
)
_put(
    "deleted-as-text",
    "*.delete",
    ("deleted",),
    lambda _: "true",
    "gives `deleted` as text",
    "*deleted*",
    "body.type",
)
_put(
    "deleted-other-id",
    "*.delete",
    ("id",),
    lambda old: f"{old}0",
    "deletes another id than asked for",
    "*deleted*",
)
_put(
    "deleted-object",
    "responses.delete",
    ("object",),
    lambda _: "thing",
    "names another object in a delete",
    "*deleted*",
    "body.enum",
)
_put(
    "count-zero",
    "*.input_tokens.count",
    ("input_tokens",),
    lambda _: 0,
    "counts no token",
    "*.input_tokens.*",
    "body.range",
)
_put(
    "count-object",
    "*.input_tokens.count",
    ("object",),
    lambda _: "usage",
    "names another object in a count",
    "*.input_tokens.*",
    "body.enum",
)


@operator("model-without-owner", "models.fields", "body.missing-field", on=LIST, kinds=PLAIN)
def _owner(base: Baseline) -> Iterable[Site]:
    """lists a model without owned_by"""
    if dig(base.value, "data", 0, "owned_by") is not None:
        yield cut(base, ("data", 0, "owned_by"))


@operator("model-list-bare", "body.type", "models.*", on=LIST, kinds=PLAIN)
def _bare(base: Baseline) -> Iterable[Site]:
    """lists the models in a bare array"""
    if isinstance(base.object.get("data"), list):
        yield Site("/", lambda: with_body(base.exchange, dumped(base.object["data"])))
