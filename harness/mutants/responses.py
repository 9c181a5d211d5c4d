"""Operators on a plain Response: ids, status, items, calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from slashv1.harness.mutants.chat import cut, edit
from slashv1.harness.mutants.chat_calls import is_object
from slashv1.harness.mutants.edit import Path, dig
from slashv1.harness.mutants.model import PLAIN, Baseline, Site, operator, real

ON = ("responses.create", "responses.retrieve")
ENUM = ("body.enum", "body.unknown-variant")


def items(base: Baseline, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The output items of a type, with their paths."""
    output = base.object.get("output")
    for index, item in enumerate(output if isinstance(output, list) else ()):
        if isinstance(item, dict) and item.get("type") == kind:
            yield ("output", index), item


def _put(name: str, path: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        if base.object.get("object") == "response" and dig(base.value, *path) is not None:
            yield edit(base, path, make(dig(base.value, *path)))

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=PLAIN, needs=real(path))(find)


def _item(name: str, kind: str, steps: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for path, item in items(base, kind):
            if dig(item, *steps) is not None:
                yield edit(base, (*path, *steps), make(dig(item, *steps)))

    find.__doc__ = does
    operator(name, *fits, on=ON, kinds=PLAIN, needs=real(steps))(find)


_put(
    "response-id-prefix",
    ("id",),
    lambda _: "chatcmpl-1",
    "gives a response the id of a completion",
    "responses.id-prefix",
)
_put(
    "response-object",
    ("object",),
    lambda _: "chat.completion",
    "calls a response a completion",
    "responses.object",
    "body.enum",
)
_put(
    "response-created-ms",
    ("created_at",),
    lambda old: int(old) * 1000,
    "gives created_at in milliseconds",
    "responses.created*",
)
_put(
    "response-status-word",
    ("status",),
    lambda _: "done",
    "gives a status of its own",
    "body.enum",
    "responses.status.*",
)
_put(
    "response-output-text",
    ("output",),
    lambda _: "Yes.",
    "gives the output as text",
    "body.type",
    "responses.output.*",
)
_put(
    "response-output-null",
    ("output",),
    lambda _: None,
    "puts null for the output",
    "body.null",
    "responses.output.*",
)
_put(
    "response-as-choices",
    ("output",),
    lambda old: [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
    "fills the output with choices",
    "body.*",
    "responses.output.*",
)
_item(
    "item-id-prefix",
    "message",
    ("id",),
    lambda _: "x",
    "gives a message an id without its prefix",
    "responses.output.id-prefix",
)
_item(
    "item-role-user",
    "message",
    ("role",),
    lambda _: "user",
    "gives the answer the role user",
    "responses.output.message-role",
    *ENUM,
)
_item(
    "item-status-word",
    "message",
    ("status",),
    lambda _: "done",
    "gives an item a status of its own",
    "responses.output.item-status",
    "body.enum",
)
_item(
    "item-content-text",
    "message",
    ("content",),
    lambda _: "Yes.",
    "gives the content of a message as text",
    "body.type",
    "responses.output.*",
)
_item(
    "part-type-text",
    "message",
    ("content", 0, "type"),
    lambda _: "text",
    "calls a part `text`, as in chat",
    "responses.output.part-type",
    *ENUM,
)
_item(
    "part-annotations-lost",
    "message",
    ("content", 0, "annotations"),
    lambda _: None,
    "puts null for the annotations of a text",
    "responses.output.annotations",
    "body.null",
)
_item(
    "reasoning-summary-text",
    "reasoning",
    ("summary",),
    lambda _: "thought",
    "gives the summary as text",
    "responses.reasoning.summary",
    "body.type",
)
_item(
    "fc-arguments-object",
    "function_call",
    ("arguments",),
    lambda _: {},
    "gives arguments as an object",
    "body.type",
    "responses.call.*",
)
_item(
    "fc-call-id-empty",
    "function_call",
    ("call_id",),
    lambda _: "",
    "empties call_id",
    "responses.call.call-id",
)
_item(
    "fc-name-empty",
    "function_call",
    ("name",),
    lambda _: "",
    "empties the name of the function",
    "responses.call.name*",
)


@operator("response-status-open", "responses.status.*", "*.in-progress", on="responses.create", kinds=PLAIN)
def _open(base: Baseline) -> Iterable[Site]:
    """leaves a response that was waited for in progress"""
    if base.object.get("status") == "completed" and not base.asked.get("background"):
        yield edit(base, ("status",), "in_progress")


@operator("item-status-open", "responses.output.item-status", on=ON, kinds=PLAIN)
def _item_open(base: Baseline) -> Iterable[Site]:
    """leaves an item of a completed response in progress"""
    for path, item in items(base, "message"):
        if base.object.get("status") == "completed" and item.get("status"):
            yield edit(base, (*path, "status"), "in_progress")


@operator("response-status-incomplete", "responses.status.*", on=ON, kinds=PLAIN)
def _incomplete(base: Baseline) -> Iterable[Site]:
    """calls a response incomplete without a reason"""
    if base.object.get("status") == "completed" and base.object.get("incomplete_details", "") is None:
        yield edit(base, ("status",), "incomplete")


@operator("response-status-failed", "responses.status.*", on=ON, kinds=PLAIN)
def _failed(base: Baseline) -> Iterable[Site]:
    """calls a response failed without an error"""
    if base.object.get("status") == "completed" and base.object.get("error", "") is None:
        yield edit(base, ("status",), "failed")


@operator("response-completed-error", "responses.status.*", on=ON, kinds=PLAIN)
def _error(base: Baseline) -> Iterable[Site]:
    """gives a completed response an error"""
    if base.object.get("status") == "completed" and base.object.get("error", "") is None:
        yield edit(base, ("error",), {"code": "server_error", "message": "no"})


@operator("response-output-empty", "responses.output.not-empty", "ignored.*", on=ON, kinds=PLAIN)
def _empty(base: Baseline) -> Iterable[Site]:
    """empties the output of a completed response"""
    if base.object.get("status") == "completed" and base.object.get("output"):
        yield edit(base, ("output",), [])


@operator("response-text-beside", "responses.no-output-text", "body.unknown-field", on=ON, kinds=PLAIN)
def _text(base: Baseline) -> Iterable[Site]:
    """adds `output_text`, which the SDKs compute"""
    if base.object.get("object") == "response" and "output_text" not in base.object:
        yield edit(base, ("output_text",), "Yes.")


@operator("items-one-id", "responses.output.ids-unique", on=ON, kinds=PLAIN)
def _one_id(base: Baseline) -> Iterable[Site]:
    """gives two items one id"""
    output = base.object.get("output")
    if isinstance(output, list) and len(output) > 1 and all(dig(one, "id") for one in output[:2]):
        yield edit(base, ("output", 1, "id"), output[0]["id"])


@operator("fc-call-id-removed", "responses.call.call-id", "body.missing-field", on=ON, kinds=PLAIN)
def _call_id(base: Baseline) -> Iterable[Site]:
    """takes call_id away"""
    yield from (cut(base, (*path, "call_id")) for path, _ in items(base, "function_call"))


@operator("fc-arguments-cut", "responses.call.arguments-json", on=ON, kinds=PLAIN)
def _arguments(base: Baseline) -> Iterable[Site]:
    """cuts the arguments of a call off"""
    for path, item in items(base, "function_call"):
        text = item.get("arguments")
        if isinstance(text, str) and is_object(text) and item.get("status") in ("completed", None):
            rule = "still-json" if is_object(text[:-1]) else None
            yield edit(base, (*path, "arguments"), text[:-1], rule)
