"""Operators on a plain chat completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slashv1.harness.mutants.edit import Path, dig, dumped, pointer, put, without
from slashv1.harness.mutants.model import PLAIN, Baseline, Doc, Site, operator, real

CHAT = "chat.completions.create"
CHOICE: Path = ("choices", 0)


def edit(base: Baseline, path: Path, value: Any, rule: str | None = None) -> Site:
    """The site that puts a value at a path of the body."""
    doc = Doc(base, base.value)
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    return Site(pointer(path), lambda: doc.saying(dumped(put(base.value, path, value))), rule, "", key)


def cut(base: Baseline, path: Path, rule: str | None = None) -> Site:
    """The site that takes away what lies at a path of the body."""
    doc = Doc(base, base.value)
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    return Site(pointer(path), lambda: doc.saying(dumped(without(base.value, path))), rule, "", key)


def _chat(name: str, path: Path, make: Callable[[Any], Any], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        here = dig(base.value, *path)
        if here is not None:
            yield edit(base, path, make(here))

    find.__doc__ = does
    operator(name, *fits, on=CHAT, kinds=PLAIN, needs=real(path))(find)


_chat(
    "choices-empty",
    ("choices",),
    lambda _: [],
    "leaves `choices` empty",
    "chat.choices*",
    "ignored.n",
    "body.range",
)
_chat(
    "choice-twice",
    ("choices",),
    lambda old: [*old, old[-1]],
    "gives a choice twice",
    "chat.choices*",
    "ignored.n",
)
_chat(
    "choice-index-off",
    (*CHOICE, "index"),
    lambda old: old + 5,
    "gives a choice an index of its own",
    "chat.choices.index",
)
_chat(
    "finish-reason-empty",
    (*CHOICE, "finish_reason"),
    lambda _: "",
    "empties finish_reason",
    "chat.finish-reason*",
    "body.enum",
)
_chat(
    "finish-reason-null",
    (*CHOICE, "finish_reason"),
    lambda _: None,
    "puts null for finish_reason",
    "chat.finish-reason*",
    "body.null",
)
_chat(
    "finish-reason-foreign",
    (*CHOICE, "finish_reason"),
    lambda _: "end_turn",
    "gives the finish_reason of another API",
    "chat.finish-reason*",
    "body.enum",
)
_chat(
    "message-role-user",
    (*CHOICE, "message", "role"),
    lambda _: "user",
    "gives the answer the role user",
    "chat.message.role",
    "body.enum",
    "body.unknown-variant",
)
_chat(
    "content-as-parts",
    (*CHOICE, "message", "content"),
    lambda old: [{"type": "text", "text": old}],
    "gives the content in parts",
    "body.type",
    "chat.message.content",
)
_chat(
    "message-as-text",
    (*CHOICE, "message"),
    lambda old: old.get("content") or "",
    "gives the text in the place of the message",
    "body.type",
    "chat.message*",
)
_chat(
    "created-in-milliseconds",
    ("created",),
    lambda old: old * 1000,
    "gives `created` in milliseconds",
    "chat.created*",
    "body.range",
)
_chat("created-zero", ("created",), lambda _: 0, "gives 0 for `created`", "chat.created*", "body.range")
_chat(
    "created-as-date",
    ("created",),
    lambda _: "2025-06-01T00:00:00Z",
    "gives `created` as a date",
    "body.type",
    "chat.created*",
)
_chat("model-empty", ("model",), lambda _: "", "empties `model`", "chat.model*")


@operator("delta-for-message", "body.*", "chat.*", on=CHAT, kinds=PLAIN)
def _delta(base: Baseline) -> Iterable[Site]:
    """calls the message `delta`, as in a chunk"""
    message = dig(base.value, *CHOICE, "message")
    if message is not None:
        choice = {k: v for k, v in dig(base.value, *CHOICE).items() if k != "message"}
        yield edit(base, CHOICE, {**choice, "delta": message})


@operator(
    "content-taken",
    "chat.message.empty",
    "chat.message.content",
    "body.missing-field",
    "body.null",
    "ignored.*",
    on=CHAT,
    kinds=PLAIN,
)
def _content(base: Baseline) -> Iterable[Site]:
    """puts null for the content of an answer that ends with nothing else"""
    message = dig(base.value, *CHOICE, "message")
    if not isinstance(message, dict) or not message.get("content"):
        return
    others = any(message.get(key) for key in ("tool_calls", "function_call", "refusal", "audio"))
    if not others and dig(base.value, *CHOICE, "finish_reason") == "stop":
        yield edit(base, (*CHOICE, "message", "content"), None)


@operator("choice-lost", "ignored.n", "chat.choices*", on=CHAT, kinds=PLAIN, needs=["request"])
def _lost(base: Baseline) -> Iterable[Site]:
    """drops one of the choices that were asked for"""
    choices = base.object.get("choices")
    if isinstance(choices, list) and choices:
        several = isinstance(base.asked.get("n"), int) and base.asked["n"] > 1
        yield cut(base, ("choices", len(choices) - 1), None if several else "not-asked")


@operator("logprobs-unasked", "chat.logprobs.unasked", on=CHAT, kinds=PLAIN, needs=["request"])
def _logprobs(base: Baseline) -> Iterable[Site]:
    """adds logprobs that nobody asked for"""
    choice = dig(base.value, *CHOICE)
    if isinstance(choice, dict) and not base.asked.get("logprobs") and not choice.get("logprobs"):
        entry = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}
        yield edit(base, (*CHOICE, "logprobs"), {"content": [entry], "refusal": None})


@operator("logprob-positive", "chat.logprobs.values", on=CHAT, kinds=PLAIN)
def _positive(base: Baseline) -> Iterable[Site]:
    """gives a log probability above 0"""
    path: Path = (*CHOICE, "logprobs", "content", 0, "logprob")
    if isinstance(dig(base.value, *path), (int, float)):
        yield edit(base, path, 0.5)


@operator("logprob-bytes-off", "chat.logprobs.bytes", on=CHAT, kinds=PLAIN)
def _bytes(base: Baseline) -> Iterable[Site]:
    """gives a token the bytes of another text"""
    path: Path = (*CHOICE, "logprobs", "content", 0, "bytes")
    if isinstance(dig(base.value, *path), list):
        yield edit(base, path, [120, 120, 120])
