"""What the gateway's model says: a deterministic function of the conversation's end and the request's rules.

"Reply with exactly X" is answered with X, "Count from 1 to 5" with the numbers; a tool is called when it is
forced or when the user names it; all else gets one friendly sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.synthesis import synthesize
from slashv1.reference_server.tokens import split
from slashv1.reference_server.wire import dumps

DEFAULT_LIMIT = 16_384
_EXACT = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|write|output|print)\b"
    r"(?: (?:with|only|just|back|me|this|the|following|single|word|words|text|nothing but))*"
    r"(?:[,:]? ?(?:exactly|verbatim|precisely|only))(?: (?:with|this|the following|these words))*"
    r"\s*:?\s*(?P<text>.+)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|write)\b[^\"'“`]{0,60}[\"“`](?P<text>[^\"”`]+)[\"”`]",
    re.IGNORECASE,
)
_COLON = re.compile(
    r"(?:\b(?:say|repeat)(?: after me)?:\s*(?P<text>.+)|^say (?P<word>[\w-]+)[.!]?$)",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"\bcount\b.*?\b(?P<low>\d{1,4})\b.*?\b(?P<high>\d{1,4})\b", re.IGNORECASE | re.DOTALL)
_MANY = re.compile(r"\b(?:both|two|each|parallel|at the same time)\b", re.IGNORECASE)
_SENTENCES = (
    "Hello! How can I help you today?",
    "Hi there! What can I do for you?",
    "Good day! How may I help?",
)
_UNICODE = "Grüße aus Zürich! 你好, мир – こんにちは 👋🏽"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the client offers and would run itself."""

    name: str
    parameters: Any = None
    custom: bool = False
    """Takes free text instead of JSON arguments."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the model is told, whichever operation asked."""

    user: str = ""
    """Text of the last user turn."""
    tool_result: str | None = None
    """Output of the last tool, where the conversation ends with it."""
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    """`none`, `auto`, `required` or `named`."""
    named: str | None = None
    parallel: bool = True
    schema: Any = None
    """JSON Schema that the text must keep; `{}` for any JSON object."""
    structured: bool = False
    stop: tuple[str, ...] = ()
    limit: int | None = None
    """Most tokens of output."""
    index: int = 0
    """Which of `n` choices."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call: arguments are JSON text, or free text for a custom tool."""

    name: str
    arguments: str
    id: str
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model answers."""

    text: str | None
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    """`stop`, `length`, `tool_calls` or (told so) `content_filter`."""

    @property
    def tokens(self) -> list[str]:
        """Tokens of the text."""
        return split(self.text or "")

    @property
    def billed(self) -> int:
        """Tokens of output: the text, or every call's name and arguments."""
        calls = sum(len(split(call.arguments)) + len(split(call.name)) for call in self.calls)
        return len(self.tokens) + calls


TOLD: ContextVar[Callable[[Ask], Turn] | None] = ContextVar("TOLD", default=None)
"""What the model says in the request at hand, where a script says it."""


def answer(ask: Ask) -> Turn:
    """The model's turn."""
    told = TOLD.get()
    if told is not None:
        return told(ask)
    called = _called(ask)
    if called:
        return _calling(ask, called)
    text = dumps(synthesize(ask.schema)) if ask.structured and ask.schema else _text(ask)
    if ask.structured and not ask.schema:
        text = dumps({"answer": _text(ask)})
    return cut_short(ask, text)


def _called(ask: Ask) -> list[Tool]:
    if not ask.tools or ask.choice == "none":
        return []
    if ask.choice == "named":
        return [tool for tool in ask.tools if tool.name == ask.named][:1]
    mentioned = [tool for tool in ask.tools if _mentions(ask.user, tool.name)]
    if ask.choice == "auto" and (ask.tool_result is not None or not mentioned):
        return []
    chosen = mentioned or list(ask.tools[:1])
    if not ask.parallel:
        return chosen[:1]
    if _MANY.search(ask.user) and len(chosen) == 1:
        others = [tool for tool in ask.tools if tool not in chosen]
        return [*chosen, *(others or chosen)][:2]
    return chosen


def _mentions(text: str, name: str) -> bool:
    folded = text.lower()
    words = name.lower().replace("_", " ").replace("-", " ")
    return name.lower() in folded or words in folded or ("weather" in words and "weather" in folded)


def _calling(ask: Ask, tools: list[Tool]) -> Turn:
    left = DEFAULT_LIMIT if ask.limit is None else ask.limit
    calls: list[ToolCall] = []
    finish = "stop" if ask.choice == "named" else "tool_calls"
    for tool in tools:
        text = _text(ask) if tool.custom else dumps(synthesize(tool.parameters or {"type": "object"}))
        pieces = split(text)
        left -= len(split(tool.name))
        if len(pieces) > left:
            text, finish = "".join(pieces[: max(left, 0)]), "length"
        calls.append(ToolCall(tool.name, text, ids.call_id(), tool.custom))
        left -= len(pieces)
        if left <= 0:
            break
    return Turn(None, tuple(calls), finish)


def _text(ask: Ask) -> str:
    user = ask.user.strip()
    if ask.tool_result is not None:
        return f"The tool says: {ask.tool_result[:120]}"
    counted = _COUNT.search(user)
    if counted:
        low, high = int(counted["low"]), int(counted["high"])
        step = 1 if high >= low else -1
        between = " " if "space" in user.lower() else "\n" if "line" in user.lower() else ", "
        return between.join(str(number) for number in range(low, high + step, step))
    for pattern in (_QUOTED, _EXACT, _COLON):
        found = pattern.search(user)
        if found:
            return _unwrapped(next(text for text in found.groups() if text))
    if not user.isascii():
        return _UNICODE
    return _SENTENCES[ask.index % len(_SENTENCES)]


def _unwrapped(text: str) -> str:
    text = text.strip()
    if len(text) > 2 and text[0] in "\"'`“" and text[-1] in "\"'`”":
        return text[1:-1]
    return text


def cut_short(ask: Ask, text: str) -> Turn:
    """Stop sequences first, then the token limit, as the text would have met them."""
    limit = DEFAULT_LIMIT if ask.limit is None else ask.limit
    ends = [text.find(stop) for stop in ask.stop if stop and stop in text]
    stopped = text[: min(ends)] if ends else text
    pieces = split(stopped)
    if len(pieces) > limit:
        return Turn("".join(pieces[:limit]), finish="length")
    return Turn(stopped)
