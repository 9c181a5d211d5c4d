"""Operators on the tool calls of a plain chat completion."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from slashv1.harness.mutants.chat import CHAT, cut, edit
from slashv1.harness.mutants.edit import Path, dig, put
from slashv1.harness.mutants.model import PLAIN, Baseline, Site, operator


def calls(base: Baseline) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every call of a function, with its path."""
    for i, choice in enumerate(base.object.get("choices") or ()):
        for j, call in enumerate(dig(choice, "message", "tool_calls") or ()):
            if isinstance(call, dict) and isinstance(call.get("function"), dict):
                yield ("choices", i, "message", "tool_calls", j), call


def is_object(text: Any) -> bool:
    """Whether a text is a JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, TypeError):
        return False


def whole(base: Baseline, choice: int) -> bool:
    """Whether a choice ended with all its calls said."""
    return dig(base.value, "choices", choice, "finish_reason") in ("stop", "tool_calls", "function_call")


def _call(name: str, steps: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for path, call in calls(base):
            old = dig(call, *steps)
            if old is not None:
                yield edit(base, (*path, *steps), make(old))

    find.__doc__ = does
    operator(name, *fits, on=CHAT, kinds=PLAIN)(find)


_call(
    "call-arguments-object",
    ("function", "arguments"),
    lambda old: json.loads(old) if is_object(old) else {},
    "gives arguments as an object",
    "body.type",
    "chat.tools.arguments",
)
_call("call-id-empty", ("id",), lambda _: "", "empties the id of a call", "chat.tools.id")
_call("call-id-null", ("id",), lambda _: None, "puts null for the id of a call", "chat.tools.id", "body.null")
_call(
    "call-type-foreign",
    ("type",),
    lambda _: "tool_use",
    "gives a call the type of another API",
    "chat.tools.type",
    "body.enum",
    "body.unknown-variant",
)
_call(
    "call-name-empty",
    ("function", "name"),
    lambda _: "",
    "empties the name of the function",
    "chat.tools.name",
)
_call(
    "call-name-prefixed",
    ("function", "name"),
    lambda old: f"functions.{old}",
    "puts a namespace before the name of the function",
    "chat.tools.name*",
)


@operator("call-arguments-cut", "chat.tools.arguments", on=CHAT, kinds=PLAIN)
def _arguments(base: Baseline) -> Iterable[Site]:
    """cuts the arguments of a call off"""
    for path, call in calls(base):
        text = call["function"].get("arguments")
        if isinstance(text, str) and is_object(text) and whole(base, int(path[1])):
            shorter = text[:-1]
            yield edit(
                base, (*path, "function", "arguments"), shorter, "still-json" if is_object(shorter) else None
            )


@operator("call-id-removed", "chat.tools.id", "body.missing-field", on=CHAT, kinds=PLAIN)
def _id(base: Baseline) -> Iterable[Site]:
    """takes the id of a call away"""
    yield from (cut(base, (*path, "id")) for path, _ in calls(base))


@operator("call-index-added", "chat.tools.no-index", "body.unknown-field", on=CHAT, kinds=PLAIN)
def _index(base: Baseline) -> Iterable[Site]:
    """gives a call an `index`, as in a chunk"""
    yield from (edit(base, (*path, "index"), 0) for path, _ in calls(base))


@operator("call-ids-equal", "chat.tools.id*", on=CHAT, kinds=PLAIN)
def _equal(base: Baseline) -> Iterable[Site]:
    """gives two calls of a choice one id"""
    found = [path for path, _ in calls(base) if path[1] == 0]
    if len(found) > 1:
        yield edit(base, (*found[1], "id"), dig(base.value, *found[0], "id"))


@operator("calls-empty", "chat.tools.nonempty", "chat.finish-reason-tools", "ignored.*", on=CHAT, kinds=PLAIN)
def _empty(base: Baseline) -> Iterable[Site]:
    """leaves `tool_calls` an empty list"""
    for path in {path[:-1] for path, _ in calls(base)}:
        yield edit(base, path, [])


@operator("calls-finish-stop", "chat.finish-reason-tools", on=CHAT, kinds=PLAIN)
def _finish(base: Baseline) -> Iterable[Site]:
    """ends a choice that calls tools with `stop`"""
    for i in sorted({int(path[1]) for path, _ in calls(base)}):
        path: Path = ("choices", i, "finish_reason")
        if dig(base.value, *path) == "tool_calls":
            yield edit(base, path, "stop")


@operator("call-legacy", "body.*", "chat.*", "ignored.*", on=CHAT, kinds=PLAIN)
def _legacy(base: Baseline) -> Iterable[Site]:
    """lays the function's name and arguments bare on the call"""
    for path, call in calls(base):
        bare = {**{k: v for k, v in call.items() if k != "function"}, **call["function"]}
        yield edit(base, path, put(bare, ("type",), "function"))
